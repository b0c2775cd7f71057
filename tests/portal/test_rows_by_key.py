"""Flat rows of many records, with SQL that is written once."""

import pytest

from partnerships.models import Partnership
from portal.rows_by_key import AmongKeys, rows_by_key, written
from tests.factories import make_partnership

pytestmark = pytest.mark.django_db


def names_of(keys):
    found = Partnership.objects.filter(AmongKeys("pk", keys)).order_by("pk")
    return found.values_list("acronym")


def test_only_the_rows_of_these_keys_are_read_however_many():
    keys = {name: make_partnership(acronym=name).pk for name in "ABC"}
    for wanted in ("", "A", "AC", "ABC"):
        among = [keys[name] for name in wanted]
        found = [name for (name,) in names_of(among)]
        assert found == list(wanted)
        assert [name for (name,) in rows_by_key(names_of, among)] == found
    assert list(names_of([2**62])) == []


def test_the_sql_is_written_once():
    written.cache_clear()
    for keys in ([1], [2, 3]):
        rows_by_key(names_of, keys)
    assert written.cache_info().misses == 1
