"""Downloads from the index in memory, against those from the database."""

import csv
import io

import pytest
from openpyxl import load_workbook

from partnerships.batches import PLAIN, TERMS
from partnerships.index import live_partnerships
from partnerships.models import Partnership
from partnerships.tables import EXPORT_COLUMNS
from portal.exports import ExportColumn
from tests.factories import (
    make_country,
    make_industry,
    make_partnership,
    make_technology_field,
)

pytestmark = pytest.mark.django_db
QUERIES = ["", "target=CL", "smes_max=3&sort=acronym", "columns=smes&columns=targets"]


@pytest.fixture
def partnerships():
    countries = [
        make_country(iso2=iso2, iso3=f"{iso2}X", name=name)
        for iso2, name in (("MX", "Mexico"), ("CL", "Chile"))
    ]
    industries = [make_industry(f"C1{n}", title=f"=Industry {n}") for n in range(3)]
    fields = [make_technology_field(f"A2{n}", title=f"Field {n}") for n in range(3)]
    return [
        make_partnership(
            countries[: number % 3],
            industries=industries[: number % 4],
            technology_fields=fields[number % 3 :],
            acronym=f"P{number}",
            name=("-1 + 2", "Ωmega; “quoted”", "=SUM(1)")[number % 3],
            generation=number % 3 or None,
            sme_count=(None, 0, number)[number % 3],
            partner_count=(number, None)[number % 2],
        )
        for number in range(8)
    ]


def read(content, file_format):
    if file_format == "csv":
        return list(csv.reader(io.StringIO(content.decode())))
    if file_format == "xlsx":
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        return list(sheet.iter_rows(values_only=True))
    return [
        line for line in content.decode().splitlines() if "retrieved_at" not in line
    ]


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json"])
def test_both_ways_give_the_same_file(client, monkeypatch, partnerships, file_format):
    for query in QUERIES:
        address = f"/partnerships/?format={file_format}&{query}"
        assert live_partnerships.current() is not None
        indexed = client.get(address).getvalue()
        with monkeypatch.context() as patch:
            patch.setattr(live_partnerships, "current", lambda **_how: None)
            plain = client.get(address).getvalue()
        assert read(indexed, file_format) == read(plain, file_format), query
        assert "Chile" in str(read(indexed, file_format))


def test_what_is_gone_meanwhile_is_left_out(partnerships):
    index = live_partnerships.current()
    keys = [record.pk for record in partnerships[:3]]
    Partnership.objects.filter(pk=keys[0]).delete()
    index.drop(keys[1])
    (batch,) = live_partnerships.source.batches(index, [keys])
    for column in EXPORT_COLUMNS:
        assert len(batch.values(column)) == len(batch.cells(column)) == 1
    acronym = next(column for column in EXPORT_COLUMNS if column.key == "acronym")
    assert list(batch.values(acronym)) == ["P2"]
    (empty,) = live_partnerships.source.batches(index, [[]])
    assert list(empty.values(acronym)) == []


def test_each_column_is_known_to_batches():
    keys = {column.key for column in EXPORT_COLUMNS}
    assert keys == {*PLAIN, *TERMS, "state"}


def test_a_column_of_pages_is_asked_of_each(partnerships):
    index = live_partnerships.current()
    (batch,) = live_partnerships.source.batches(index, [[partnerships[0].pk]])
    column = ExportColumn("page", "Page", lambda row: row.get_absolute_url())
    assert batch.values(column) == [partnerships[0].get_absolute_url()]


def test_a_country_that_is_new_meanwhile_breaks_nothing_off(partnerships):
    index = live_partnerships.current()
    make_country(iso2="PE", iso3="PER", name="Peru")
    keys = [record.pk for record in partnerships]
    targets = next(column for column in EXPORT_COLUMNS if column.key == "targets")
    (batch,) = live_partnerships.source.batches(index, [keys])
    assert "Peru" not in str(batch.values(targets))
