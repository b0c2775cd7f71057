"""The JSON of the API is that of Django REST framework."""

import datetime
import json
from decimal import Decimal

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.serializer_helpers import ReturnDict

from partnerships.models import Partnership
from portal.json_renderer import QuickJSONRenderer

VALUES = {
    "texts": ["Ñandú", 'quote " and \\', "日本", "\x07", mark_safe("<b>")],
    "lazy": gettext_lazy("Name"),
    "choice": Partnership.State.RUNNING,
    "numbers": [0, -1, 2**53, 1.5, 1e100, Decimal("1.20"), True, None],
    "moments": [
        datetime.datetime(2026, 3, 4, 12, 30, 1, 123456, datetime.UTC),
        datetime.date(2026, 3, 4),
    ],
    "row": ReturnDict({"a": (1, 2)}, serializer=None),
}


@pytest.mark.parametrize("media_type", [None, "application/json; indent=2"])
@pytest.mark.parametrize("value", [*VALUES.values(), VALUES, None, [], {}])
def test_writes_the_same(value, media_type):
    mine, theirs = QuickJSONRenderer(), JSONRenderer()
    assert mine.render(value, media_type) == theirs.render(value, media_type)


@pytest.mark.parametrize(
    "value",
    # What both write in another way, and what orjson does not know.
    ["line\u2028line", 1e-07, 2**70, {1: "key"}, {None: "key"}],
)
def test_says_the_same(value):
    mine, theirs = QuickJSONRenderer(), JSONRenderer()
    assert json.loads(mine.render(value)) == json.loads(theirs.render(value))
