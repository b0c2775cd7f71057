"""A web server on this machine that answers well, badly, slowly or not at all."""

import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HUGE = 50 * 2**20


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        self.server.asked.append(self.path)
        name = self.path.strip("/").replace("-", "_").replace(".", "_")
        getattr(self, f"answer_{name}", self.answer_plainly)()

    def say(self, status, content=b"", **headers):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def answer_plainly(self):
        number = self.path.strip("/")
        self.say(int(number) if number.isdigit() else 200, b"Hello")

    def answer_robots_txt(self):
        self.say(200, b"User-agent: *\nDisallow: /private\n")

    def answer_moved(self):
        self.say(301, Location="/there")

    def answer_loop(self):
        self.say(302, Location="/loop")

    def answer_nowhere(self):
        self.say(302)

    def answer_inward(self):
        self.say(302, Location=f"http://127.0.0.2:{self.server.server_port}/")

    def answer_to_a_file(self):
        self.say(302, Location="file:///etc/passwd")

    def answer_no_head(self):
        self.say(405 if self.command == "HEAD" else 200)

    def answer_silent(self):
        self.server.may_end.wait(20)

    def answer_drip(self):
        """Send a byte of the head now and then, for ever."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while not self.server.may_end.wait(0.1):
            try:
                self.wfile.write(b"x")
            except OSError:
                return

    def answer_huge(self):
        if self.command == "HEAD":
            self.say(500)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(HUGE))
        self.end_headers()
        try:
            while not self.server.may_end.is_set():
                self.server.sent += self.wfile.write(b"x" * 65536)
        except OSError:
            return

    def log_message(self, *arguments):
        """Say nothing between the results of the tests."""


@contextmanager
def serving(certificate=None):
    """Run the server for as long as the block; yield it, with its ``address``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.asked, server.sent, server.may_end = [], 0, threading.Event()
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if certificate else "http"
    server.address = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.may_end.set()
        server.shutdown()
        server.server_close()
        thread.join()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """Make a certificate that nobody vouches for."""
    path = folder / "server.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-keyout", path, "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + (folder / "cert.pem").read_text())
    return path
