"""Tell a client that what it has still holds, without making the answer anew."""

import datetime
import functools
from collections.abc import Callable
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.utils.translation import get_language

from .content_version import changed_at, current_version
from .licence import terms_of_use

# HTTP tells time in whole seconds: another change may come within the same one.
SECONDS_UNTIL_SETTLED = 2


class NotModifiedError(Exception):
    """The client has the answer; ``response`` tells it so."""

    def __init__(self, response: HttpResponse):
        super().__init__()
        self.response = response


@functools.cache
def release() -> bytes:
    """Return a digest of the code, which is the same wherever this release runs."""
    digest = blake2b(digest_size=8)
    packages = {path.parent for path in settings.BASE_DIR.glob("*/apps.py")}
    for path in sorted(p for package in packages for p in package.rglob("*.py")):
        digest.update(Path(path).read_bytes())
    return digest.digest()


def etag(address: str, representation: str) -> str:
    """Return the tag of what an address answers for the present content.

    Language, terms of use and contact can be set anew without a word of the content or
    the code being another.
    """
    version = current_version()
    facts = (version.epoch, version.number, version.moment, address, representation)
    facts = (*facts, get_language(), terms_of_use(), settings.CONTACT_EMAIL)
    digest = blake2b(repr(facts).encode(), key=release(), digest_size=16)
    return quote_etag(digest.hexdigest())


def last_modified() -> datetime.datetime | None:
    """Return when the content changed; None until another change would show."""
    moment = changed_at()
    settled = timezone.now() - datetime.timedelta(seconds=SECONDS_UNTIL_SETTLED)
    return moment if moment is not None and moment < settled else None


class Validators:
    """The ETag and the Last-Modified of an answer."""

    def __init__(self, request, representation: str):
        self.request = request
        self.etag = etag(request.build_absolute_uri(), representation)
        self.last_modified = last_modified()

    def check(self) -> None:
        """Raise NotModifiedError where the client has the answer already."""
        seconds = self.last_modified and int(self.last_modified.timestamp())
        response = get_conditional_response(self.request, self.etag, seconds)
        if response is not None and response.status_code == 304:
            self.mark(response)
            raise NotModifiedError(response)

    def check_etag(self) -> None:
        """As ``check``, where the client names what it has.

        Only who got an answer knows its tag, so nothing else needs to be looked at;
        a time, or ``*``, could as well be sent for what does not exist.
        """
        if self.request.headers.get("If-None-Match", "*").strip() != "*":
            self.check()

    def mark(self, response: HttpResponse) -> None:
        response.headers["ETag"] = self.etag
        if self.last_modified is not None:
            response.headers["Last-Modified"] = http_date(
                self.last_modified.timestamp()
            )


def revalidated(
    request, representation: str, make: Callable[[], HttpResponse]
) -> HttpResponse:
    """Return what ``make`` answers, or only that the client has it already."""
    validators = Validators(request, representation)
    try:
        validators.check()
    except NotModifiedError as error:
        return error.response
    response = make()
    # Who was refused has nothing to compare later.
    if response.status_code == HTTPStatus.OK:
        validators.mark(response)
    return response
