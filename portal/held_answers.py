"""Tell who has an answer of the API already that it still holds, before Django.

A WSGI application round Django's own. Django is the first to tell so; for as long as
the content stays the same, the same is told to whoever sends the same tag. Nothing
else is kept of the API, because its answers are counted for each client, and a 304 is
not.
"""

from collections.abc import Iterable

from .response_cache import NOT_MODIFIED, Page, Pages, address_of, is_held, is_of_anyone
from .version_watch import DatabaseAwayError, VersionWatch

COUNTED = "/api/v1/"
KEPT_BYTES = 8 * 2**20
# In characters; a longer one is nobody's who follows links.
LONGEST_ADDRESS = 2000


class HeldAnswers:
    def __init__(self, application, watch: VersionWatch):
        self._application, self._watch = application, watch
        self._answers = Pages(KEPT_BYTES)

    def __call__(self, environ, start_response) -> Iterable[bytes]:
        if not may_be_held(environ):
            return self._application(environ, start_response)
        try:
            edition = self._watch.edition()
        except DatabaseAwayError:
            return self._application(environ, start_response)
        key = (*address_of(environ), environ.get("HTTP_ACCEPT"))
        answer = self._answers.get(key)
        if answer is not None and answer.edition == edition:
            if is_held(answer, environ):
                start_response(NOT_MODIFIED, answer.headers_of_304)
                return []
            return self._application(environ, start_response)

        def start(status, headers, *error):
            # Without a time, the content may have changed just now.
            if status.startswith("304") and "Last-Modified" in dict(headers):
                self._answers.put(key, Page(edition, status, headers, b""))
            return start_response(status, headers, *error)

        return self._application(environ, start)


def may_be_held(environ) -> bool:
    return (
        environ["PATH_INFO"].startswith(COUNTED)
        and environ.get("HTTP_IF_NONE_MATCH", "*").strip() != "*"
        and is_of_anyone(environ)
        and not (
            "HTTP_X_API_KEY" in environ
            # Conditions of other kinds, which Django alone decides.
            or "HTTP_IF_MATCH" in environ
            or "HTTP_IF_UNMODIFIED_SINCE" in environ
        )
        and len(environ.get("QUERY_STRING", "")) <= LONGEST_ADDRESS
    )
