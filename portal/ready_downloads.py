"""Large downloads that are ready, for as long as the content stays the same.

The first one of a version of the content is written to a file while it is sent, and
whoever asks for the same gets this file. It has no name, so that it goes with the
process that wrote it, however that ends.
"""

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

from django.db import Error as DatabaseAwayError
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import get_language

from .content_version import Version, current_version, version_until

# In bytes, of all files that a process keeps; and how many more it writes at a time.
KEPT_BYTES = 128 * 2**20
MOST_WRITTEN = 2
# A smaller one is made anew as quickly.
SMALLEST = 2**20
PART_SIZE = 256 * 1024


class ReadyFile:
    """A file that is closed once nobody keeps or reads it any more."""

    def __init__(self, file: BinaryIO, size: int):
        file.flush()
        self.descriptor, self.size = file.fileno(), size
        weakref.finalize(self, let_go, file)

    def parts(self) -> Iterator[bytes]:
        # Each from its place, because several requests may read the file.
        for place in range(0, self.size, PART_SIZE):
            yield os.pread(self.descriptor, PART_SIZE, place)


def let_go(file: BinaryIO) -> None:
    # Closing writes what is left, for which the disk may have no room.
    with suppress(OSError):
        file.close()


class Copy:
    """A copy of what is sent, unless it grows too large or the disk has no room.

    ``may_grow`` is asked once it is as large as those that are kept.
    """

    def __init__(self, limit: int, may_grow: Callable[[], bool]):
        self._limit, self._size = limit, 0
        self._may_grow = may_grow
        self._file: BinaryIO | None = SpooledTemporaryFile(  # noqa: SIM115
            SMALLEST
        )

    def add(self, part: bytes) -> None:
        former, self._size = self._size, self._size + len(part)
        is_large = former < SMALLEST <= self._size
        if self._size > self._limit or (is_large and not self._may_grow()):
            self.drop()
        if self._file is not None:
            try:
                self._file.write(part)
            except OSError:
                self.drop()

    def drop(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            let_go(file)

    def finished(self) -> ReadyFile | None:
        """Return the whole file; None where there is none, or a small one."""
        if self._file is None or self._size < SMALLEST:
            return None
        try:
            ready = ReadyFile(self._file, self._size)
        except OSError:
            return None
        self._file = None
        return ready


class ReadyFiles:
    """The files that were asked for last, all of one version of the content."""

    def __init__(self, limit: int = KEPT_BYTES):
        self._limit = limit
        self._version: Version | None = None
        self._files: OrderedDict[Hashable, ReadyFile] = OrderedDict()
        # The large ones; small ones that slow clients read are in nobody's way.
        self._written: dict[Hashable, Copy] = {}
        self._lock = threading.Lock()

    def get(self, version: Version, key: Hashable) -> ReadyFile | None:
        """Return what is ready, and let go of all files of another version."""
        with self._lock:
            if version != self._version:
                self._version = version
                self._files.clear()
            if key in self._files:
                self._files.move_to_end(key)
            return self._files.get(key)

    def put(self, version: Version, key: Hashable, ready: ReadyFile) -> None:
        with self._lock:
            if version != self._version:
                return
            self._files[key] = ready
            while sum(one.size for one in self._files.values()) > self._limit:
                self._files.popitem(last=False)

    def written(
        self, version: Version, key: Hashable, parts: Iterable[bytes]
    ) -> Iterator[bytes]:
        """Yield the parts of a download, and keep them once they all were sent.

        Not if the content changed meanwhile, as part of it may be newer, nor if the
        same is being written already.
        """
        copy = Copy(self._limit, lambda: self._has_place(key, copy))
        try:
            for part in parts:
                yield part
                copy.add(part)
            ready = copy.finished()
            if ready is not None and is_present(version):
                self.put(version, key, ready)
        finally:
            copy.drop()
            with self._lock:
                if self._written.get(key) is copy:
                    del self._written[key]

    def _has_place(self, key: Hashable, copy: Copy) -> bool:
        with self._lock:
            if key in self._written or len(self._written) == MOST_WRITTEN:
                return False
            self._written[key] = copy
            return True


def is_present(version: Version) -> bool:
    try:
        return version_until()[0] == version
    except DatabaseAwayError:
        return False


ready_files = ReadyFiles()


def offer(response: StreamingHttpResponse) -> StreamingHttpResponse:
    """Let a download be kept; all it tells must be public and follow from its address."""
    response.content_version = current_version()
    return response


class ReadyDownloadsMiddleware:
    """Send a download that is ready in place of one that would be made anew.

    It stands outside of what compresses, and views make their downloads as they are
    sent, so nothing is made in vain.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        response = self.get_response(request)
        version = getattr(response, "content_version", None)
        if version is None or "no-store" in response.get("Cache-Control", ""):
            return response
        encoding = response.get("Content-Encoding")
        key = request.build_absolute_uri(), get_language(), encoding
        ready = ready_files.get(version, key)
        if ready is not None:
            response.streaming_content = ready.parts()
            response["Content-Length"] = ready.size
        else:
            response.streaming_content = ready_files.written(
                version, key, response.streaming_content
            )
        return response
