"""Public pages that are ready, kept before Django.

A WSGI application round Django's own. It keeps whole answers to visitors without a
cookie, as bytes, and gives them again for as long as the content stays the same
(``version_watch``). While the database is away it gives the last answer it had.

What it keeps is decided by the answer: 200, no cookie, and the ``Cache-Control`` that
the portal gives to whatever any cache may keep.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from functools import lru_cache
from urllib.parse import unquote

from .middleware import NotModifiedMiddleware
from .version_watch import DatabaseAwayError, Edition, VersionWatch

KEPT_BYTES = 32 * 2**20
# An answer larger than this is a download, not a page.
LARGEST = 2**20
# How long a page is given while the database is away, in seconds.
LONGEST_STALE = 24 * 60 * 60
# Pages of people who are signed in, what is counted for each visitor, and the state
# of the server itself.
NEVER_KEPT = (
    *("/admin/", "/api/v1/", "/api/schema/", "/health/"),
    *("/media/", "/preview/", "/static/"),
)
CACHEABLE = "no-cache"
# What an answer may depend on besides its address: for visitors without cookie, only on
# the compression. In a second language, nothing is kept until the key names it.
KNOWN_VARY = {"accept-encoding", "cookie"}
# Counted for each visitor by what was asked, and sent in parts; to ask for it once more
# as a page would count twice. Of a path and its query.
IS_DOWNLOAD = re.compile(
    r"^/data/[^/]+\.(csv|jsonl?)\?|[?&]format=(csv|xlsx|json)(&|$)"
)
# What a 304 leaves to the copy that the visitor has: what tells of its body, and the
# policies that came with it.
OF_THE_COPY = {
    *("content-length", "content-type", "content-encoding"),
    *(name.lower() for name in NotModifiedMiddleware.policies),
}
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
READING = ("GET", "HEAD")
HIT = "Cache-Status", "portal; hit"
NOT_MODIFIED = "304 Not Modified"
# How long a request waits for another that makes the same page, in seconds.
PATIENCE = 10


class Page:
    """An answer, ready to be sent, and the headers with which it is sent again."""

    __slots__ = (
        *("body", "edition", "etag", "headers", "headers_of_304", "headers_of_hit"),
        *("made_at", "status"),
    )

    def __init__(self, edition: Edition, status: str, headers: list, body: bytes):
        self.edition, self.status = edition, status
        self.headers, self.body = headers, body
        self.headers_of_hit = [*headers, HIT]
        self.headers_of_304 = of_304(self.headers_of_hit)
        self.etag = dict(headers)["ETag"].removeprefix("W/")
        self.made_at = time.time()

    @property
    def age(self) -> int:
        return int(time.time() - self.made_at)

    @property
    def size(self) -> int:
        # Some kilobytes for headers and key.
        return len(self.body) + 4096


class Pages:
    """The pages used last, as many as fit in ``limit`` bytes."""

    def __init__(self, limit: int = KEPT_BYTES):
        self._limit, self._size = limit, 0
        self._pages: OrderedDict[tuple, Page] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key) -> Page | None:
        page = self._pages.get(key)
        if page is not None:
            # Meanwhile another thread may have dropped it.
            with suppress(KeyError):
                self._pages.move_to_end(key)
        return page

    def put(self, key, page: Page) -> None:
        with self._lock:
            former = self._pages.pop(key, None)
            self._size += page.size - (former.size if former else 0)
            self._pages[key] = page
            while self._size > self._limit:
                _key, oldest = self._pages.popitem(last=False)
                self._size -= oldest.size


class Makers:
    """Let one request at a time make a page that several ask for."""

    def __init__(self):
        self._lock = threading.Lock()
        self._locks: dict[tuple, list] = {}

    @contextmanager
    def one_for(self, key):
        with self._lock:
            entry = self._locks.setdefault(key, [threading.Lock(), 0])
            entry[1] += 1
        mine = entry[0].acquire(timeout=PATIENCE)
        try:
            yield
        finally:
            if mine:
                entry[0].release()
            with self._lock:
                entry[1] -= 1
                if not entry[1]:
                    del self._locks[key]


class ResponseCache:
    """A WSGI application that asks another one only for what it has not got."""

    def __init__(self, application, watch=None, shared=None):
        self._application = application
        self._watch = watch or VersionWatch()
        self._shared = shared
        self._pages = Pages()
        self._makers = Makers()

    def __call__(self, environ, start_response) -> Iterable[bytes]:
        if not is_of_anyone(environ):
            return self._application(environ, start_response)
        key = address_of(environ)
        page = self._pages.get(key)
        if page is None and is_never_kept(environ):
            return self._application(environ, start_response)
        try:
            edition = self._watch.edition()
        except DatabaseAwayError:
            if page is None or page.age > LONGEST_STALE:
                return self._application(environ, start_response)
            return told(page, environ, start_response, f"hit; ttl=-{page.age}")
        if page is not None and page.edition == edition:
            return given(page, environ, start_response)
        with self._makers.one_for(key):
            return self._answer(key, edition, environ, start_response)

    def _answer(self, key, edition, environ, start_response):
        page = self._pages.get(key)
        if page is None or page.edition != edition:
            page = self._shared.get(key, edition) if self._shared else None
            if page is None:
                return self._make(key, edition, environ, start_response)
            self._pages.put(key, page)
        return given(page, environ, start_response)

    def _make(self, key, edition, environ, start_response):
        """Let Django answer, and keep the answer if any cache may."""
        started = []
        # Made whole, because it is kept for those who ask otherwise as well.
        whole = environ | {"REQUEST_METHOD": "GET"}
        for name in CONDITIONS:
            whole.pop(name, None)
        is_whole = whole == environ
        response = self._application(whole, lambda *answer: started.append(answer))
        status, headers = started[0][:2]
        if may_be_kept(response, status, headers):
            page = Page(edition, status, headers, b"".join(response))
            response.close()
            self._pages.put(key, page)
            if self._shared:
                self._shared.put(key, page)
            return told(page, environ, start_response, "fwd=miss; stored")
        if not is_whole:
            # Asked once more, as the visitor asked.
            response.close()
            return self._application(environ, start_response)
        start_response(*started[0])
        return response


def is_of_anyone(environ) -> bool:
    """Tell whether somebody who is not known wants to read a whole answer."""
    return environ["REQUEST_METHOD"] in READING and not (
        "HTTP_COOKIE" in environ
        or "HTTP_AUTHORIZATION" in environ
        or "HTTP_RANGE" in environ
    )


def is_never_kept(environ) -> bool:
    path, query = environ["PATH_INFO"], unquote(environ.get("QUERY_STRING", ""))
    return path.startswith(NEVER_KEPT) or bool(IS_DOWNLOAD.search(f"{path}?{query}"))


def address_of(environ) -> tuple:
    """Return all that an answer to somebody who is not known depends on."""
    return (
        environ.get("HTTP_X_FORWARDED_PROTO", environ["wsgi.url_scheme"]),
        environ.get("HTTP_HOST"),
        environ.get("SCRIPT_NAME", ""),
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")),
    )


@lru_cache(maxsize=64)
def takes_gzip(accepted: str) -> bool:
    return re.search(r"\bgzip\b", accepted) is not None


def may_be_kept(response, status: str, headers: list[tuple[str, str]]) -> bool:
    found = {name.lower(): value for name, value in headers}
    varies = set(re.findall(r"[^,\s]+", found.get("vary", "").lower()))
    return (
        status.startswith("200")
        and found.get("cache-control") == CACHEABLE
        and "etag" in found
        and "set-cookie" not in found
        and "x-ratelimit-limit" not in found
        and varies <= KNOWN_VARY
        and not getattr(response, "streaming", True)
        and int(found.get("content-length", LARGEST)) < LARGEST
    )


def given(page: Page, environ, start_response) -> Iterable[bytes]:
    """Answer with a page that is ready, or say that the visitor has it already."""
    if is_held(page, environ):
        start_response(NOT_MODIFIED, page.headers_of_304)
        return []
    start_response(page.status, page.headers_of_hit)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [page.body]


def told(page: Page, environ, start_response, how: str) -> Iterable[bytes]:
    """Answer with a page, and say how it came about."""

    def start(status, headers):
        start_response(status, [*headers[:-1], (HIT[0], f"portal; {how}")])

    return given(page, environ, start)


def of_304(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for pair in headers if pair[0].lower() not in OF_THE_COPY]


def is_held(page: Page, environ) -> bool:
    """Tell whether the visitor has the page; a validator is sent back as it was."""
    if "HTTP_IF_NONE_MATCH" in environ:
        tags = environ["HTTP_IF_NONE_MATCH"].replace("W/", "").split(",")
        return page.etag in {tag.strip() for tag in tags}
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and ("Last-Modified", since) in page.headers
