"""Asking addresses: what the answers mean, and where the checker never goes."""

import ipaddress
import shutil

import pytest

from portal import link_checker
from portal.link_checker import AGENT, MOST_REDIRECTS, Limits, LinkChecker, is_public
from tests.web_server import HUGE, free_port, make_certificate, serving

LOCAL = ipaddress.ip_address("127.0.0.1")


def make_checker(**limits):
    """Return a checker that asks this machine, at 127.0.0.1 alone, on any port."""
    return LinkChecker(
        Limits(
            **{
                "timeout": 10,
                "deadline": 20,
                "pause": 0,
                "ports": None,
                "is_allowed": lambda address: address == LOCAL,
            }
            | limits
        )
    )


class Clock:
    """A clock that stands still but for the pauses that are made."""

    def __init__(self):
        self.now = 100.0
        self.pauses = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/", 200, ""),
        ("/moved", 200, ""),
        ("/no-head", 200, ""),
        # Not for machines, but there.
        ("/403", 403, ""),
        ("/404", 404, "It answers 404 Not Found."),
        ("/500", 500, "It answers 500 Internal Server Error."),
        ("/599", 599, "It answers 599."),
        ("/loop", None, f"It redirects more than {MOST_REDIRECTS} times."),
        ("/nowhere", None, "It redirects, but does not say where to."),
        ("/inward", None, "It leads into a private network."),
        ("/to-a-file", None, "It leads to no address of the web."),
    ],
)
def test_an_answer_tells_whether_the_address_is_reached(server, path, status, reason):
    answer = make_checker().check(server.address + path)
    assert (answer.status, answer.reason) == (status, reason)
    assert answer.is_ok == (not reason)


@pytest.mark.parametrize("path", ["/silent", "/drip"])
def test_an_answer_that_does_not_end_is_not_waited_for(server, path):
    answer = make_checker(timeout=2, deadline=1).check(server.address + path)
    assert (answer.status, answer.reason) == (None, "No answer came in time.")


def test_of_a_huge_answer_only_the_beginning_is_read(server):
    answer = make_checker().check(f"{server.address}/huge")
    assert answer.is_ok
    assert server.sent < HUGE / 4


def test_a_refused_connection_is_told():
    answer = make_checker().check(f"http://127.0.0.1:{free_port()}/")
    assert answer.reason.startswith("No connection:")
    assert "refused" in answer.reason


@pytest.mark.skipif(shutil.which("openssl") is None, reason="Needs openssl.")
def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path):
    with serving(make_certificate(tmp_path)) as server:
        answer = make_checker().check(f"{server.address}/")
    assert answer.reason.startswith("The connection is not secure:")


def test_a_name_that_leads_nowhere_is_told():
    answer = make_checker().check("http://nowhere.invalid/")
    assert answer.reason.startswith("No connection:")


@pytest.mark.parametrize(
    "address",
    [
        "ftp://127.0.0.1/",
        "http:///",
        "http://127.0.0.1:99999/",
        "http://a:b@127.0.0.1/",
        "http://[::1",
        f"http://{'a' * 70}.example/",
        "http://127.0.0.1/\r\nX-Injected: 1",
    ],
)
def test_what_is_no_sound_address_is_refused(address):
    answer = make_checker().check(address)
    assert answer.reason
    assert answer.status is None


def test_robots_that_are_not_wanted_keep_away(server):
    answer = make_checker().check(f"{server.address}/private/page")
    assert not answer.is_asked
    assert server.asked == ["/robots.txt"]


def test_a_host_is_asked_with_pauses_and_its_rules_once(server, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(link_checker, "time", clock)
    checker = make_checker(pause=30)
    assert checker.check(f"{server.address}/one").is_ok
    clock.now += 10
    assert checker.check(f"{server.address}/two").is_ok
    assert server.asked == ["/robots.txt", "/one", "/two"]
    assert clock.pauses == [30, 20]


def test_the_checker_says_what_it_is():
    assert AGENT.startswith("ClusterPortalLinkChecker/")


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1"),
        *("::", "::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1"),
        *("2002:7f00:1::", "2001:0:7f00:1::"),
    ],
)
def test_private_networks_are_never_asked(text):
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_asked(text):
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("path", ["/", "/moved"])
def test_by_default_this_machine_is_out_of_bounds(server, path):
    limits = Limits(pause=0, ports=None)
    answer = LinkChecker(limits).check(f"{server.address}{path}")
    assert answer.reason == "It leads into a private network."
    assert server.asked == []


def test_by_default_only_the_ports_of_the_web_are_asked(server):
    limits = Limits(pause=0, is_allowed=lambda address: True)
    answer = LinkChecker(limits).check(server.address)
    assert "to port" in answer.reason
    assert server.asked == []


def test_a_name_with_one_private_address_is_refused(server):
    # A name may have several; this one has both of this machine, or one of them.
    checker = make_checker(is_allowed=lambda address: False)
    port = server.server_port
    answer = checker.check(f"http://localhost:{port}/")
    assert answer.reason == "It leads into a private network."
    assert server.asked == []
