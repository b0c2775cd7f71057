"""Large downloads that are ready, for as long as the content stays the same.

The first one of a version of the content is written to a file while it is sent, and
whoever asks for the same gets this file. It has no name, so that it goes with the
process that wrote it, however that ends.
"""

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import get_language

from .content_version import Version, current_version, version_until

# In bytes, of all files of a process together.
KEPT_BYTES = 128 * 2**20
# A smaller one is made anew as quickly.
SMALLEST = 2**20
PART_SIZE = 256 * 1024


class ReadyFile:
    """A file that is closed once nobody keeps or reads it any more."""

    def __init__(self, file: BinaryIO, size: int):
        file.flush()
        self.descriptor, self.size = file.fileno(), size
        weakref.finalize(self, file.close)

    def parts(self) -> Iterator[bytes]:
        # Each from its place, because several requests may read the file.
        for place in range(0, self.size, PART_SIZE):
            yield os.pread(self.descriptor, PART_SIZE, place)


class ReadyFiles:
    """The files that were asked for last, all of one version of the content."""

    def __init__(self, limit: int = KEPT_BYTES):
        self._limit = limit
        self._version: Version | None = None
        self._files: OrderedDict[Hashable, ReadyFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, version: Version, key: Hashable) -> ReadyFile | None:
        with self._lock:
            if version != self._version or key not in self._files:
                return None
            self._files.move_to_end(key)
            return self._files[key]

    def put(self, version: Version, key: Hashable, ready: ReadyFile) -> None:
        with self._lock:
            if version != self._version:
                self._version = version
                self._files.clear()
            self._files[key] = ready
            while sum(one.size for one in self._files.values()) > self._limit:
                self._files.popitem(last=False)

    def written(
        self, version: Version, key: Hashable, parts: Iterable[bytes]
    ) -> Iterator[bytes]:
        """Yield the parts of a download, and keep them once they all were sent.

        Not if the content changed meanwhile, and part of it may be newer.
        """
        size, is_whole = 0, True
        with ExitStack() as closing:
            file = closing.enter_context(SpooledTemporaryFile(SMALLEST))
            for part in parts:
                yield part
                size += len(part)
                is_whole = is_whole and size <= self._limit and has_room(file, part)
            if is_whole and size >= SMALLEST and version_until()[0] == version:
                self.put(version, key, ReadyFile(file, size))
                closing.pop_all()


def has_room(file: BinaryIO, part: bytes) -> bool:
    """Write a part, if the disk has room for it."""
    try:
        file.write(part)
    except OSError:
        return False
    return True


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
