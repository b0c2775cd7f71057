"""What has to take place before a request reads public data.

A change that is due is made by whoever asks first. The middleware says how, and
``published()``, the one door to public data, asks for it: pages that read no data
need no database.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_waiting: ContextVar[Callable[[], None] | None] = ContextVar("waiting", default=None)


@contextmanager
def before_public_data(act: Callable[[], None]) -> Iterator[None]:
    """Call ``act`` once, when public data is first asked for in this context."""
    token = _waiting.set(act)
    try:
        yield
    finally:
        _waiting.reset(token)


def settle() -> None:
    """Let take place what waits."""
    act = _waiting.get()
    if act is not None:
        _waiting.set(None)
        act()
