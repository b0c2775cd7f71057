"""Set what the settings read from the environment, before pytest loads them."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("LOCAL", "true")
# Tests ask more often than people; those of the limits set their own.
for scope in ("API", "DATA", "EXPORT", "SEARCH"):
    os.environ.setdefault(f"{scope}_RATE_LIMIT", "0")
# Playwright's event loop runs in the thread of the tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# A test database need not outlive the machine, so nothing waits for its disk.
os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
