"""What the environment says: values that cannot be read, and what is made of others."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

SHOW = "import portal.settings as s; print(s.ALLOWED_HOSTS, s.SECRET_KEY_FALLBACKS)"


def started(**environment):
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        capture_output=True,
        cwd=settings.BASE_DIR,
        env=os.environ | environment,
        text=True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "postgres://portal:hush/hush@127.0.0.1/portal"),
        ("DATABASE_URL", "postgers://portal:hush@127.0.0.1/portal"),
        ("DATABASE_URL", "mysql://portal:hush@127.0.0.1/portal"),
        ("EMAIL_URL", "hush.example.org:587"),
        ("EMAIL_URL", "smtp://user:hu#sh@mail.example.org:587"),
        ("REDIS_URL", "hush:6379"),
    ],
)
def test_an_address_that_cannot_be_read_is_named_without_its_password(name, value):
    found = started(**{name: value})
    assert found.returncode == 1
    last = found.stderr.strip().splitlines()[-1]
    assert f"ImproperlyConfigured: {name} has to be an address such as" in last
    assert "hu" not in found.stderr


def test_spaces_in_lists_of_hosts_do_not_count():
    found = started(
        ALLOWED_HOSTS="portal.example.org, www.example.org", SECRET_KEY_FALLBACKS="old"
    )
    assert found.stdout == "['portal.example.org', 'www.example.org'] ['old']\n"
