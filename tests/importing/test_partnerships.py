"""The import of partnerships, from the shell and from whole files."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from countries.models import CountryAlias
from partnerships.importers import PartnershipImporter
from partnerships.models import Partnership
from portal.search_index import rebuild
from portal.substrings import index_of
from tests.factories import (
    make_country,
    make_industry,
    make_partnership,
    make_source,
    make_technology_field,
)

from .sheets import FOUNDING, csv_bytes, stored, take, xlsx_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vocabulary():
    make_country(iso2="MX", iso3="MEX", name="Mexico")
    korea = make_country(iso2="KR", iso3="KOR", name="Korea")
    for name in ("South Korea", "Korea, Republic of"):
        CountryAlias.objects.create(country=korea, name=name)
    make_technology_field("A", title="Human necessities")
    make_technology_field("D03", title="Weaving")
    make_industry("A", title="Agriculture, forestry and fishing")
    make_industry("C13", title="Manufacture of textiles")
    make_industry("C14", title="Manufacture of wearing apparel")


def codes(partnership):
    return {
        name: sorted(getattr(partnership, name).values_list(code, flat=True))
        for name, code in (
            ("targets", "iso2"),
            ("technology_fields", "code"),
            ("industries", "code"),
        )
    }


def outcomes(results):
    return [(one.row, str(one.outcome)) for one in results]


MESSY = (
    ("Partnerships 2018",),
    (),
    FOUNDING,
    (
        "TEX",
        "Textiles for the world",
        "A\\: Human necessities\nD03",
        "C13: Manufacture of textiles, Agriculture, forestry and fishing; C14 - Clothes",
        "South Korea, Mexico\nKorea, Republic of",
        "1,355",
        "1\u00a0200",
    ),
    (),
    ("BAD", "Bad", "X99", "", "Atlantis", "about 12", "-1"),
    ("tex", "Again"),
    ("DOT", "Point", "", "Weaving", "", "1.234", ""),
    ("POINT", "Point", "", "", "", "1.234", "n/a"),
    ("Total", "", "", "", "", "2,555", "22"),
    ("", "No acronym"),
    ("NONAME",),
)


@pytest.mark.parametrize("content", [csv_bytes(*MESSY), xlsx_bytes(*MESSY)])
def test_a_messy_founding_sheet_is_taken_row_by_row(content):
    totals, results = take(PartnershipImporter, content)
    assert totals == {
        "created": 2,
        "changed": 0,
        "same": 0,
        "rejected": 6,
        "skipped": 1,
    }
    assert [one.row for one in results if one.outcome == "created"] == [4, 9]
    textiles = Partnership.objects.get(acronym="TEX")
    assert codes(textiles) == {
        "targets": ["KR", "MX"],
        "technology_fields": ["A", "D03"],
        "industries": ["A", "C13", "C14"],
    }
    assert (textiles.sme_count, textiles.partner_count) == (1355, 1200)
    assert (textiles.status, textiles.slug) == ("draft", "tex")
    assert textiles.acronym_key == "tex"
    point = Partnership.objects.get(acronym="POINT")
    assert (point.sme_count, point.partner_count) == (1234, None)


def test_reasons_name_heading_and_cell_and_what_to_do():
    _totals, results = take(PartnershipImporter, csv_bytes(*MESSY))
    reasons = {one.row: one.reasons for one in results if one.reasons}
    assert reasons[6] == [
        "Technology Fields (C6): “X99” is no code or title of the IPC; write for "
        "instance D03.",
        "Targeted third countries (E6): the portal knows no country “Atlantis”; "
        "correct it, or add it to the other names of its country.",
        "No. of SMEs involved (F6): “about 12” is not a whole number; write for "
        "instance 1,234.",
        "No. of Partners (G6): “-1” is below 0.",
    ]
    assert reasons[7] == ["Row 4 has the same record; keep one of them."]
    assert reasons[10] == ["This is a total, and no record; leave it out."]
    assert reasons[11] == ["Acronym (A11): it is missing."]
    assert reasons[12] == ["Name (B12): a new record needs it."]


def test_the_same_file_twice_creates_and_changes_nothing():
    take(PartnershipImporter, csv_bytes(*MESSY))
    before = list(Partnership.objects.order_by("pk").values())
    totals, _results = take(PartnershipImporter, csv_bytes(*MESSY))
    assert (totals["created"], totals["changed"], totals["same"]) == (0, 0, 2)
    assert list(Partnership.objects.order_by("pk").values()) == before


def test_a_dry_run_tells_the_same_and_stores_nothing():
    dry, dry_results = take(PartnershipImporter, csv_bytes(*MESSY), writing=False)
    assert Partnership.objects.count() == 0
    totals, results = take(PartnershipImporter, csv_bytes(*MESSY))
    assert dry == totals
    assert [one.reported() for one in dry_results] == [
        one.reported() for one in results
    ]


def test_blank_cells_say_nothing_and_not_stated_empties_a_field():
    mexico = make_country(iso2="BR", iso3="BRA", name="Brazil")
    record = make_partnership(
        [mexico], acronym="TEX", name="Old", sme_count=5, partner_count=7
    )
    published_at = record.published_at
    _totals, results = take(
        PartnershipImporter,
        csv_bytes(FOUNDING, ("Tex", "New", "", "", "", "Not stated", "")),
    )
    record.refresh_from_db()
    assert (record.name, record.sme_count, record.partner_count) == ("New", None, 7)
    assert codes(record)["targets"] == ["BR"]
    # What was public stays so, and nothing becomes public.
    assert (record.status, record.published_at) == ("published", published_at)
    (result,) = results
    assert [vars(one) for one in result.differences] == [
        {"column": "Acronym", "old": "TEX", "new": "Tex"},
        {"column": "Name", "old": "Old", "new": "New"},
        {"column": "No. of SMEs involved", "old": "5", "new": ""},
    ]


def test_generations_part_partnerships_of_one_acronym():
    make_partnership(acronym="TEX", generation=1)
    make_partnership(acronym="TEX", generation=2)
    make_partnership(acronym="ONE")
    headings = ("Acronym", "Name", "Generation")
    _totals, results = take(
        PartnershipImporter,
        csv_bytes(
            headings,
            ("TEX", "Which?", ""),
            ("TEX", "Second", "2"),
            ("TEX", "Third", "3"),
            ("ONE", "Now stated", "1"),
            ("NEW", "New", "1"),
            ("NEW", "New", "2"),
            ("NEW", "New", ""),
        ),
    )
    assert outcomes(results) == [
        *((2, "rejected"), (3, "changed"), (4, "created"), (5, "changed")),
        *((6, "created"), (7, "created"), (8, "rejected")),
    ]
    assert Partnership.objects.filter(acronym="ONE").get().generation == 1


def test_an_import_of_each_download_changes_nothing():
    country = make_country(iso2="CL", iso3="CHL", name="=Chile")
    for number, name in enumerate(["=1+1", "+x", "-y", "@z", "Ωmega; “naïve”"]):
        record = make_partnership(
            [country],
            acronym=f"P{number}",
            name=name,
            generation=number + 1,
            sme_count=number,
        )
        record.sources.add(make_source())
    for name in ("csv", "xlsx"):
        content = Client().get(f"/partnerships/?format={name}").getvalue()
        totals, _results = take(PartnershipImporter, content)
        assert totals == {
            "created": 0,
            "changed": 0,
            "same": 5,
            "rejected": 0,
            "skipped": 0,
        }


def test_the_command_writes_a_report_and_fails_where_rows_are_rejected(tmp_path):
    file = stored(tmp_path / "file.csv", csv_bytes(*MESSY))
    report = tmp_path / "report.json"
    for options in ({"dry_run": True}, {}):
        with pytest.raises(CommandError, match="6 rows were rejected") as error:
            call_command("import_partnerships", file, report=report, **options)
        assert error.value.returncode == 2
        written = json.loads(report.read_text("utf-8"))
        assert list(written) == ["rows", "totals"]
        assert written["totals"] == {
            "created": 2,
            "changed": 0,
            "same": 0,
            "rejected": 6,
            "skipped": 1,
        }
        assert written["rows"][0] == {
            "row": 4,
            "outcome": "created",
            "acronym": "TEX",
            "reasons": [],
        }


def test_columns_that_are_not_used_are_reported(tmp_path, capsys):
    rows = (("Acronym", "Name", "Nmae", "", "Beginn"), ("TEX", "T", "?", "?", "2018"))
    file = stored(tmp_path / "file.csv", csv_bytes(*rows))
    report = tmp_path / "report.json"
    call_command("import_partnerships", file, report=report)
    written = json.loads(report.read_text("utf-8"))
    assert list(written) == ["rows", "totals", "unused_columns"]
    assert written["unused_columns"] == ["Nmae", "Beginn"]
    out = capsys.readouterr().out
    assert "Columns of the file that are not used: Nmae; Beginn" in out


def test_a_refused_file_stores_nothing_and_leaves_no_report(tmp_path):
    file = stored(tmp_path / "file.csv", b'Acronym,Name\nTEX,Textiles\n"open,x\n')
    report = tmp_path / "report.json"
    with pytest.raises(CommandError, match="Line 3"):
        call_command("import_partnerships", file, report=report)
    assert not report.exists()
    assert Partnership.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(rows, django_assert_num_queries):
    content = csv_bytes(
        FOUNDING,
        *((f"T{n}", f"N{n}", "D03", "C13", "MX", n, n) for n in range(rows)),
    )
    with django_assert_num_queries(6):
        take(PartnershipImporter, content, writing=False)


def test_what_was_imported_is_found_as_if_it_had_been_typed(client):
    row = ("NEW", "A rare new name", "", "", "Mexico", "", "")
    take(PartnershipImporter, xlsx_bytes(FOUNDING, row))
    assert not rebuild(check_only=True)
    assert client.get("/search/?q=rare").context["total"] == 0

    Partnership.objects.update(status="published", published_at=timezone.now())
    assert not rebuild(check_only=True)
    assert client.get("/search/?q=rare").context["total"] == 1
    assert "A rare new name" in client.get("/partnerships/?q=are+new+na").text
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            index = index_of(Partnership._meta.db_table)
            # Raises where the index is not what its table has.
            cursor.execute(
                f'INSERT INTO "{index}" ("{index}", rank) '
                "VALUES ('integrity-check', 1)"
            )
