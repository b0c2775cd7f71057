"""Let schemathesis try the API of a running production server, all checks, many cases.

    DATABASE_URL=… python bench/fuzz.py [cases of each operation [options of it]]

Loads the data of the portal first, where the database does not hold them.
"""

import os
import subprocess
import sys
from tempfile import TemporaryDirectory

from servers import BIN, ENVIRONMENT, PORT, ROOT, server

CASES = "200"
SEED = "1"


def main():
    cases, *options = sys.argv[1:] or [CASES]
    os.environ.update(ENVIRONMENT | {"API_RATE_LIMIT": "0"})
    manage = [sys.executable, str(ROOT / "manage.py")]
    for words in (
        ["migrate", "--verbosity", "0"],
        ["load_portal_data"],
        ["collectstatic", "--noinput", "--verbosity", "0"],
    ):
        subprocess.run([*manage, *words], check=True)  # noqa: S603 -- our own
    command = [
        *(str(BIN / "schemathesis"), "run", f"http://127.0.0.1:{PORT}/api/schema/"),
        *("--checks", "all", "--max-examples", cases, "--seed", SEED),
        *("--header", "X-Forwarded-Proto: https", "--continue-on-failure"),
        *options,
    ]
    # Elsewhere, because it leaves a folder of its own behind.
    with server("portal.wsgi:application", PORT), TemporaryDirectory() as folder:
        return subprocess.run(command, cwd=folder).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
