"""Ask whether an address answers: politely, within bounds, and never inside the network.

Of the standard library: a client that connects to the very network address that was
found to be a public one, so that no second answer of the DNS and no redirect leads to a
machine behind the portal.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import urllib.robotparser
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urljoin, urlsplit

from django.utils.translation import gettext as _

AGENT = "ClusterPortalLinkChecker/1.0"
# In seconds: for one answer of the network, and for one question altogether.
TIMEOUT = 10
DEADLINE = 20
# Between two questions to one host.
PAUSE = 1
MOST_REDIRECTS = 5
MOST_BYTES = 64 * 1024
PORTS = (80, 443)
REDIRECTS = (301, 302, 303, 307, 308)
# It is there, but not for a machine; a person would reach it.
ALSO_THERE = (401, 403, 429)
# Networks that IPv6 wraps IPv4 in, of which the inner address decides.
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Answer:
    """What came of asking: a status where there was one, and what was wrong."""

    status: int | None
    reason: str = ""
    # Whether it was asked at all; robots.txt may ask not to.
    is_asked: bool = True

    @property
    def is_ok(self) -> bool:
        return self.is_asked and not self.reason


class RefusedError(Exception):
    """An address that is not asked, or that gave no sound answer, with the reason."""


def is_public(address: Address) -> bool:
    """Tell whether a network address is on the open internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


@dataclass(frozen=True)
class Limits:
    timeout: float = TIMEOUT
    deadline: float = DEADLINE
    pause: float = PAUSE
    ports: tuple[int, ...] | None = PORTS
    is_allowed: Callable[[Address], bool] = is_public
    certificates: ssl.SSLContext | None = None


class LinkChecker:
    """Asks addresses, each host one question at a time; may be used by many threads."""

    def __init__(self, limits: Limits | None = None):
        self.limits = limits or Limits()
        self.tls = self.limits.certificates or ssl.create_default_context()
        self.lock = threading.Lock()
        self.hosts: dict[str, Host] = {}

    def check(self, address: str) -> Answer:
        try:
            return self.follow(address)
        except RefusedError as refused:
            return Answer(None, str(refused))
        except ssl.SSLError as error:
            text = _("The connection is not secure: %(reason)s.")
            return Answer(None, text % {"reason": error.reason or error})
        except TimeoutError:
            return Answer(None, _("No answer came in time."))
        except (OSError, http.client.HTTPException, ValueError) as error:
            text = _("No connection: %(reason)s.")
            reason = getattr(error, "strerror", None) or error or type(error).__name__
            return Answer(None, text % {"reason": reason})

    def follow(self, address: str) -> Answer:
        for _step in range(MOST_REDIRECTS + 1):
            host = self.host_of(address)
            with host.lock:
                if not host.allows(self, address):
                    reason = _("Not asked, because its robots.txt asks not to.")
                    return Answer(None, reason, is_asked=False)
                status, location = host.ask(self, address)
            if status not in REDIRECTS:
                return answer_of(status)
            if not location:
                raise RefusedError(_("It redirects, but does not say where to."))
            address = urljoin(address, location)
        raise RefusedError(
            _("It redirects more than %(number)d times.") % {"number": MOST_REDIRECTS}
        )

    def host_of(self, address: str) -> Host:
        parts = urlsplit(address)
        with self.lock:
            return self.hosts.setdefault(f"{parts.scheme}://{parts.netloc}", Host())

    def request(self, method: str, address: str, most=0):
        """Ask once; return the status, where it redirects to, and the first bytes."""
        connection = Connection(urlsplit(address), self)
        # A server that sends a byte now and then never runs into a timeout.
        alarm = threading.Timer(self.limits.deadline, connection.cut)
        alarm.start()
        try:
            connection.request(
                method,
                connection.path,
                headers={"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"},
            )
            response = connection.getresponse()
            content = response.read(most) if most else b""
            if connection.is_cut:
                # What came so far looks like the whole.
                raise TimeoutError
            return response.status, response.getheader("Location", ""), content
        except (OSError, http.client.HTTPException) as error:
            if connection.is_cut:
                raise TimeoutError from error
            raise
        finally:
            alarm.cancel()
            connection.close()


def answer_of(status: int) -> Answer:
    if status < HTTPStatus.BAD_REQUEST or status in ALSO_THERE:
        return Answer(status)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    text = _("It answers %(status)d %(phrase)s.")
    return Answer(
        status, (text % {"status": status, "phrase": phrase}).replace(" .", ".")
    )


class Host:
    """What one host was asked last, and what it lets robots read."""

    def __init__(self):
        self.lock = threading.Lock()
        self.asked_at = float("-inf")
        self.robots: urllib.robotparser.RobotFileParser | None = None

    def wait(self, checker: LinkChecker) -> None:
        pause = self.asked_at + checker.limits.pause - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        self.asked_at = time.monotonic()

    def ask(self, checker: LinkChecker, address: str):
        """Ask for the head; where that is not understood, for the beginning of it."""
        self.wait(checker)
        status, location, _content = checker.request("HEAD", address)
        if status < HTTPStatus.BAD_REQUEST:
            return status, location
        self.wait(checker)
        status, location, _content = checker.request("GET", address, most=MOST_BYTES)
        return status, location

    def allows(self, checker: LinkChecker, address: str) -> bool:
        if self.robots is None:
            self.robots = self.read_robots(checker, address)
        return self.robots.can_fetch(AGENT, address)

    def read_robots(self, checker, address):
        robots = urllib.robotparser.RobotFileParser()
        self.wait(checker)
        status, _location, content = checker.request(
            "GET", urljoin(address, "/robots.txt"), most=MOST_BYTES
        )
        is_there = status == HTTPStatus.OK
        robots.parse(
            content.decode("utf-8", "replace").splitlines() if is_there else []
        )
        return robots


class Connection(http.client.HTTPConnection):
    """A connection to the network address that was found to be allowed."""

    def __init__(self, parts, checker: LinkChecker):
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RefusedError(_("It leads to no address of the web."))
        if parts.username or parts.password:
            raise RefusedError(_("It holds a name or password."))
        self.is_secure = parts.scheme == "https"
        port = parts.port or (443 if self.is_secure else 80)
        limits = checker.limits
        if limits.ports is not None and port not in limits.ports:
            raise RefusedError(
                _("It leads to port %(port)d, not to the web.") % {"port": port}
            )
        self.default_port = 443 if self.is_secure else 80
        name = parts.hostname.encode("idna").decode("ascii")
        super().__init__(name, port, timeout=limits.timeout)
        self.checker = checker
        query = f"?{parts.query}" if parts.query else ""
        self.path = quote(f"{parts.path or '/'}{query}", safe="/%?=&+:;,@!$'()*~#[]")
        self.is_cut = False

    def connect(self):
        address = self.allowed_address()
        self.sock = socket.create_connection((str(address), self.port), self.timeout)
        if self.is_secure:
            self.sock = self.checker.tls.wrap_socket(
                self.sock, server_hostname=self.host
            )
        if self.is_cut:
            raise TimeoutError

    def allowed_address(self) -> Address:
        """Return a network address of the host, if all of them are allowed."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        if not all(map(self.checker.limits.is_allowed, addresses)):
            raise RefusedError(_("It leads into a private network."))
        return addresses[0]

    def cut(self):
        """End the connection from another thread, whatever it is waiting for."""
        self.is_cut = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                # It has ended by itself.
                return
