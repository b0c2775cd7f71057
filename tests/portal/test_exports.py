import csv
import datetime
import io
import json
from decimal import Decimal
from operator import itemgetter

from django.core.serializers.json import DjangoJSONEncoder
from django.test import TestCase
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from events.models import Event
from portal.exports import (
    Export,
    ExportColumn,
    Rows,
    as_json,
    csv_lines,
    in_batches,
    json_parts,
    safe,
    write_workbook,
)
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_industry,
    make_label,
    make_news_item,
    make_partnership,
    make_source,
    make_technology_field,
)

HOSTILE = ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK()"]
# XML knows no such line end; this is how Excel writes it.
HOSTILE_IN_WORKBOOKS = [text.replace("\r", "_x000D_") for text in HOSTILE]
SIGNED = ["+49", "-3.5", "+1,000"]


BEGINNINGS = ("", "=", "+", "-", "@", "\t", "\r", "\0=")
TEXTS = st.builds("{}{}".format, st.sampled_from(BEGINNINGS), st.text())


@given(st.lists(TEXTS | st.none() | st.integers()))
def test_no_cell_begins_like_a_formula_and_nothing_is_lost(values):
    for value, cell in zip(values, safe(values), strict=True):
        if not isinstance(value, str):
            assert cell is value
            continue
        is_formula = value.startswith(("=", "@", "\t", "\r"))
        assert cell == f"'{value}" or (cell == value and not is_formula)


def test_signed_numbers_stay_as_they_are():
    assert safe(SIGNED) == SIGNED
    assert safe(HOSTILE) == [f"'{text}" for text in HOSTILE]
    assert safe([*SIGNED, *HOSTILE])[: len(SIGNED)] == SIGNED
    assert safe([None, -3, 1.5, True]) == [None, -3, 1.5, True]


CELLS = st.text(st.sampled_from('a;, "\r\n\0é')) | st.none() | st.integers()


@given(st.lists(st.tuples(CELLS, CELLS, st.floats()), min_size=1))
def test_csv_is_what_the_csv_module_writes(rows):
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    columns = list(zip(*rows, strict=True))
    assert csv_lines(columns) == file.getvalue()


def test_a_workbook_takes_whatever_a_list_holds(tmp_path):
    headings = ["Name", "Name", "=1" + "é" * 40_000]
    columns = [
        ExportColumn(str(place), heading, itemgetter(place))
        for place, heading in enumerate(headings)
    ]
    rows = [(1, None, "a"), ("=1", 2.5, "x" * 40_000), ("\x00\x0b", ["y", "z"], None)]
    export = RecordlessExport(
        name="rows",
        columns=columns,
        batches=in_batches(rows),
        records=None,
        address="-1",
        filters=[],
    )
    write_workbook(export, str(tmp_path / "rows.xlsx"))
    sheet = load_workbook(tmp_path / "rows.xlsx").worksheets[0]
    assert list(sheet.iter_rows(values_only=True)) == [
        ("Name", "Name", "=1" + "é" * 32_765),
        (1, None, "a"),
        ("=1", 2.5, "x" * 32_767),
        (None, "y; z", None),
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}


def test_json_is_whole_where_all_of_a_batch_is_gone():
    def results(*batches):
        export = RecordlessExport(
            name="rows",
            columns=[ExportColumn("number", "Number", itemgetter(0))],
            batches=map(Rows, batches),
            records=None,
            address="",
            filters=[],
        )
        answer = json.loads("".join(json_parts(export)))
        return [row["number"] for row in answer["results"]]

    assert results([], [(1,), (2,)], [], [(3,)]) == [1, 2, 3]
    assert results([]) == results() == []


def test_json_says_what_python_would():
    value = {
        "texts": ["Ñandú", "line\u2028line", gettext_lazy("Name")],
        "numbers": [0, 1.5, Decimal("1.20"), None],
        "dates": [
            datetime.date(2026, 3, 4),
            datetime.datetime(2026, 3, 4, 12, 30, 1, 123456, datetime.UTC),
        ],
    }
    theirs = json.dumps(value, cls=DjangoJSONEncoder)
    assert json.loads(as_json(value)) == json.loads(theirs)


class RecordlessExport(Export):
    def sources(self):
        return ()


class DownloadTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        mexico = make_country(iso2="MX", iso3="MEX", name="Mexico")
        chile = make_country(iso2="CL", iso3="CHL", name="Chile")
        cls.source = make_source(citation="=Founding document")
        for number, name in enumerate(HOSTILE):
            partnership = make_partnership(
                [mexico, chile],
                industries=[make_industry(f"C1{number}", title="Food")],
                technology_fields=[make_technology_field(f"A2{number}", title="Dough")],
                acronym=f"P{number}",
                name=name,
                sme_count=1000 + number,
            )
            partnership.sources.add(cls.source)
        make_partnership(acronym="BLANK", name="Ωmega; “quoted”, naïve")
        make_label(cluster=make_cluster(name="=Cluster", country=mexico), level="gold")

    def download(self, address):
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment; filename=", response["Content-Disposition"])
        self.assertEqual(response.cookies, {})
        return response.getvalue()

    def csv_rows(self, address):
        return list(csv.DictReader(io.StringIO(self.download(address).decode())))

    def test_csv_has_all_rows_of_the_view_in_its_order_with_codes_and_titles(self):
        rows = self.csv_rows("/partnerships/?target=CL&format=csv&per_page=25&page=1")
        self.assertEqual(
            [row["Acronym"] for row in rows], ["P6", "P5", "P4", "P3", "P2", "P1", "P0"]
        )
        first = rows[-1]
        self.assertEqual(first["Targeted third countries (ISO codes)"], "CL; MX")
        self.assertEqual(first["Targeted third countries"], "Chile; Mexico")
        self.assertEqual(first["Sectoral industries (NACE codes)"], "C10")
        self.assertEqual(first["Sectoral industries"], "Food")
        self.assertEqual(first["Technology fields (IPC codes)"], "A20")
        self.assertEqual(first["No. of SMEs involved"], "1000")
        self.assertEqual(first["State"], "Not stated")
        self.assertRegex(first["Page"], r"^http://testserver/partnerships/[\w-]+/$")
        self.assertEqual(
            [row["Name"] for row in rows[::-1]], [f"'{t}" for t in HOSTILE]
        )

    def test_csv_leaves_blank_what_is_not_stated(self):
        (row,) = self.csv_rows("/partnerships/?q=QUOTED&format=csv")
        self.assertEqual(row["Name"], "Ωmega; “quoted”, naïve")
        self.assertEqual(row["No. of SMEs involved"], "")

    def test_workbook_holds_texts_as_they_are_and_says_where_they_come_from(self):
        content = self.download("/partnerships/?target=MX&format=xlsx")
        data, about = load_workbook(io.BytesIO(content)).worksheets
        rows = list(data.iter_rows())
        self.assertEqual([row[1].value for row in rows[:0:-1]], HOSTILE_IN_WORKBOOKS)
        for row in rows:
            for cell in row:
                self.assertNotEqual(cell.data_type, "f")
        self.assertEqual(rows[1][10].value, 1006)
        said = {row[0]: row[1] for row in about.iter_rows(values_only=True)}
        self.assertEqual(said["Targeted country"], "Mexico")
        self.assertEqual(said["Source"], "=Founding document")
        self.assertIn("/partnerships/?target=MX", said["Address"])
        self.assertIn("Licence", said)

    def test_a_workbook_can_be_read_and_narrowed_at_once(self):
        content = self.download("/partnerships/?format=xlsx")
        data, about = load_workbook(io.BytesIO(content)).worksheets
        self.assertEqual((data.freeze_panes, about.freeze_panes), ("B2", "A2"))
        self.assertEqual(data.auto_filter.ref, data.dimensions)
        self.assertTrue(all(cell.font.bold for cell in data[1]))
        self.assertGreater(data.column_dimensions["B"].width, 40)

    def test_json_keeps_types(self):
        answer = json.loads(self.download("/partnerships/?format=json&sort=smes"))
        self.assertEqual(answer["sources"], ["=Founding document"])
        self.assertEqual(len(answer["results"]), 8)
        first, last = answer["results"][0], answer["results"][-1]
        self.assertEqual((first["smes"], first["target_codes"]), (1000, ["CL", "MX"]))
        self.assertEqual((last["smes"], last["target_codes"]), (None, []))
        self.assertEqual(first["name"], "=1+1")

    def test_clusters_are_downloaded_too(self):
        (row,) = self.csv_rows("/clusters/?label=gold&format=csv")
        self.assertEqual((row["Name"], row["Country"]), ("'=Cluster", "Mexico"))
        self.assertEqual(
            row["ESCA labels on record"], "Gold (award not stated – end not stated)"
        )

    def test_countries_are_downloaded_with_what_is_counted_of_them(self):
        (row,) = self.csv_rows("/countries/?format=csv&q=mexico")
        self.assertEqual(
            (row["ISO code, three letters"], row["Target country"]), ("MEX", "Yes")
        )
        self.assertEqual(row["Partnerships that target it"], str(len(HOSTILE)))
        page = self.client.get("/countries/?q=mexico")
        self.assertContains(page, 'href="/countries/?format=csv&amp;q=mexico"')
        answer = json.loads(self.download("/countries/?format=json&q=mexico"))
        self.assertEqual(answer["results"][0]["partnerships"], len(HOSTILE))
        workbook = load_workbook(io.BytesIO(self.download("/countries/?format=xlsx")))
        self.assertEqual(workbook.worksheets[0].max_row, 3)
        with self.assertNumQueries(2):
            self.download("/countries/?format=csv")

    def test_an_empty_view_is_a_valid_file(self):
        self.assertEqual(self.csv_rows("/partnerships/?q=zzz&format=csv"), [])
        empty = json.loads(self.download("/partnerships/?q=zzz&format=json"))
        self.assertEqual(empty["results"], [])
        for address in ("/partnerships/", "/clusters/"):
            content = self.download(f"{address}?q=zzz&format=xlsx")
            data = load_workbook(io.BytesIO(content)).worksheets[0]
            (headings,) = data.iter_rows(values_only=True)
            self.assertIn("Name", headings)

    def test_the_number_of_queries_does_not_grow_with_the_rows(self):
        for address, number in (
            # Written after the answer has begun, it asks for the version again.
            ("/partnerships/?format=csv", 3),
            ("/partnerships/?q=P0&format=csv", 3),
            ("/clusters/?format=csv", 5),
        ):
            # What is kept for as long as the content stays is not read again.
            self.download(address)
            with self.subTest(address=address), self.assertNumQueries(number):
                self.download(address)

    def test_events_are_downloaded_beside_their_own_filter_of_that_name(self):
        mexico = make_country(iso2="XM", slug="xm", name="=Mexico")
        tex = make_partnership(acronym="TEX")
        for title, kind in (("Fair", "online"), ("Talk", "on_site"), ("Day", "")):
            event = make_event(title=title, format=kind, country=mexico, city="León")
            event.partnerships.add(tex)
        Event.objects.filter(title="Fair").update(
            starts_at=datetime.time(9), starts_on_precision="day"
        )
        page = self.client.get("/events/?format=online&sort=title")
        self.assertContains(
            page, 'href="/events/?format=online&amp;format=csv&amp;sort=title"'
        )
        (row,) = self.csv_rows("/events/?format=online&format=csv&sort=title")
        self.assertEqual(
            {name: text for name, text in row.items() if text},
            {
                "Title": "Fair",
                "First day": "2030-05-06",
                "Begins at": "09:00",
                "Time zone": "Europe/Brussels",
                "City": "León",
                "Country (ISO code)": "XM",
                "Country": "'=Mexico",
                "Format": "Online",
                "State": "Planned",
                "Partnerships": "TEX",
                "Page": row["Page"],
            },
        )
        titles = [
            row["Title"] for row in self.csv_rows("/events/?format=csv&sort=title")
        ]
        self.assertEqual(titles, ["Day", "Fair", "Talk"])
        response = self.client.get("/events/?format=csv&format=tape")
        self.assertRedirects(response, "/events/?format=tape")

    def test_stories_are_downloaded_with_their_proof(self):
        country = make_country(iso2="XM", slug="xm")
        for address, make, column in (
            ("/achievements/", make_achievement, {"proof_url": "https://a.example/"}),
            ("/news/", make_news_item, {"source_url": "https://a.example/"}),
        ):
            make([country], title="Found", date=datetime.date(2018, 12, 1), **column)
            make(title="Other")
            rows = self.csv_rows(f"{address}?country=XM&format=csv")
            self.assertEqual([row["Title"] for row in rows], ["Found"])
            self.assertEqual(rows[0]["Countries (ISO codes)"], "XM")
            chosen = self.csv_rows(f"{address}?columns=date&format=csv&q=found")
            self.assertEqual(list(chosen[0]), ["Date", "Page"])
            self.assertIn("https://a.example/", rows[0].values())
            answer = json.loads(self.download(f"{address}?format=json"))
            self.assertEqual(len(answer["results"]), 2)
            workbook = load_workbook(
                io.BytesIO(self.download(f"{address}?format=xlsx"))
            )
            self.assertEqual(workbook.worksheets[0].max_row, 3)

    def test_downloads_of_what_has_a_date_ask_as_much_for_one_row_as_for_three(self):
        country, tex = make_country(slug="xm"), make_partnership(acronym="TEX")
        for address, make, number in (
            ("/events/", lambda: make_event(country=country), 5),
            ("/achievements/", lambda: make_achievement([country]), 5),
            ("/news/", lambda: make_news_item([country]), 4),
        ):
            for rows in (1, 3):
                while len(self.csv_rows(f"{address}?format=csv")) < rows:
                    make().partnerships.add(tex)
                with self.subTest(address=address, rows=rows):
                    self.download(f"{address}?format=csv")
                    with self.assertNumQueries(number):
                        self.download(f"{address}?format=csv")

    def test_unknown_formats_are_named(self):
        response = self.client.get("/partnerships/?format=pdf")
        self.assertContains(response, "<code>format=pdf</code>")
        for name in ("csv", "xlsx", "json"):
            self.assertContains(response, f'href="/partnerships/?format={name}"')
