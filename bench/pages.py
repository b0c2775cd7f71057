"""Measure pages that are ready beside a bare view of Django, and files that nginx gives.

The answers of the portal are asked for as browsers do, compressed; nginx gives the same
bytes from a file. All are asked by 16 connections, in turn.
"""

import http.client
import shutil
import statistics
import tempfile
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from servers import PORT, bare_server, gunicorn, rate, run, server, show, warm_up

PAGES = ("/", "/countries/mexico/", "/partnerships/")
HEADERS = ("X-Forwarded-Proto: https", "Accept-Encoding: gzip")
TURNS = 5
NGINX = """
daemon off;
worker_processes 2;
pid {folder}/pid;
error_log {folder}/errors;
events {{ worker_connections 512; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 1000000;
  default_type text/html;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/files;
    add_header Content-Encoding gzip;
  }}
}}
"""


def compressed(path):
    """Return the bytes of a page as they go over the line."""
    headers = dict(header.split(": ") for header in HEADERS)
    with closing(http.client.HTTPConnection("127.0.0.1", PORT)) as client:
        client.request("GET", path, headers=headers)
        return client.getresponse().read()


@contextmanager
def files(port, bodies):
    """Let nginx give these bytes, as files named by their numbers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Workers of nginx have rights of their own.
        folder.chmod(0o755)
        (folder / "files").mkdir()
        for number, body in enumerate(bodies):
            (folder / "files" / str(number)).write_bytes(body)
        settings = folder / "nginx.conf"
        settings.write_text(NGINX.format(folder=folder, port=port))
        with run([shutil.which("nginx"), "-c", str(settings)], port):
            yield


def measure_ready_pages():
    if not shutil.which("wrk"):
        return
    portal = gunicorn("portal.wsgi:application", PORT + 3)
    with ExitStack() as stack:
        stack.enter_context(server("portal.wsgi:application", PORT))
        stack.enter_context(run(portal, PORT + 3))
        stack.enter_context(run(bare_server(), PORT + 2))
        # While a worker builds its index, it answers half as fast.
        warm_up(PORT)
        warm_up(PORT + 3)
        bodies = [compressed(path) for path in PAGES]
        ports = {"granian": PORT, "gunicorn": PORT + 3, "bare view": PORT + 2}
        if shutil.which("nginx"):
            stack.enter_context(files(PORT + 4, bodies))
            ports["nginx"] = PORT + 4
        rows = [
            row_of(number, path, bodies[number], ports)
            for number, path in enumerate(PAGES)
        ]
    show(["page", "bytes", *ports], rows)


def row_of(number, path, body, ports):
    """Return what each serves in a second, and how many times that of a bare view."""
    rates = {name: [] for name in ports}
    for _turn in range(TURNS):
        for name, port in ports.items():
            address = f"/{number}" if name == "nginx" else path
            rates[name].append(rate(port, address, *HEADERS))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    cells = [
        f"{number:,.0f} ({number / medians['bare view']:.1f} ×)"
        for number in medians.values()
    ]
    return [path, f"{len(body):,}", *cells]
