"""Values as the files of open data have them: plain in JSON, as texts in CSV."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

import orjson
from django.utils.functional import Promise

from .exports import parted, safe

# Types of which JSON holds each value as it is.
HELD_AS_IS = {int, bool, type(None)}


def plain(value: Any) -> Any:
    """Return what JSON holds of a value; what is not stated is None, never empty."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime.datetime):
        moment = value.astimezone(datetime.UTC).replace(tzinfo=None)
        return f"{moment.isoformat(timespec='seconds')}Z"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list):
        return plain_column(value)
    return str(value) if isinstance(value, Promise) else value


def plain_column(values: Sequence[Any]) -> Sequence[Any]:
    """Return what JSON holds of each of many values, which mostly are of one type."""
    types = set(map(type, values))
    if types <= HELD_AS_IS:
        return values
    if types <= {str, type(None)}:
        return [value or None for value in values]
    if types == {list}:
        listed = set(chain.from_iterable(values))
        if "" not in listed and set(map(type, listed)) <= {int, str}:
            return values
    return list(map(plain, values))


def cells(values: Sequence[Any]) -> list[Any]:
    """Return what the cells of a CSV hold of plain values."""
    if not {bool, list}.isdisjoint(map(type, values)):
        values = map(cell, values)
    return safe(values)


def cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        try:
            return parted(value)
        except TypeError:
            return parted(map(str, value))
    return value


def encode(value: Any) -> str:
    return orjson.dumps(value).decode()
