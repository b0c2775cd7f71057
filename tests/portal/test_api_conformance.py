"""What schemathesis makes of the schema: every operation does what it says there."""

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from portal.api import SCHEMA_FILE
from portal.wsgi import application

from .linked_records import make_linked_records

pytestmark = pytest.mark.django_db
PATHS = json.loads(SCHEMA_FILE.read_bytes())["paths"]
# More, against a running server, by `make fuzz`.
CASES = 5


@pytest.fixture(autouse=True)
def open_connection():
    """Keep the connection of the test, as the client of Django's tests does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("path", PATHS)
def test_each_operation_does_what_the_schema_says(path, mode):
    for _ in range(2):
        make_linked_records()
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    operation = schema[path]["GET"]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=CASES,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def holds(case):
        # The client of these tests does not unpack answers.
        case.call_and_validate(headers={"Accept-Encoding": "identity"})

    holds()
