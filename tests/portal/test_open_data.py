"""Data sets as files, on their pages and in the catalogue."""

import csv
import datetime
import io
import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pyld import jsonld

from countries.models import Country
from portal.content_version import changed_at, forget
from portal.data_views import DATA_SETS
from portal.links import note_reached
from portal.models import ContentVersion
from portal.open_data import FILE_FORMATS
from portal.partial_dates import BRUSSELS, parse_partial_date, today
from portal.publishing.models import Publishable
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_fact,
    make_indicator,
    make_industry,
    make_label,
    make_membership,
    make_news_item,
    make_organisation,
    make_partnership,
    make_report,
    make_section,
    make_source,
)

from .linked_records import FAR_OFF, HIDDEN, link, make_linked_records

pytestmark = pytest.mark.django_db
HOSTILE = ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]
# What these hold is public, whatever refers to it.
OPEN_TO_ALL = {"industries", "technology-fields", "indicators"}
DCAT = "http://www.w3.org/ns/dcat#"
DCT = "http://purl.org/dc/terms/"
XSD = "http://www.w3.org/2001/XMLSchema#"
FORMATS = list(FILE_FORMATS)


def download(client, address, **headers):
    response = client.get(address, headers=headers)
    assert response.status_code == 200, address
    return response.getvalue().decode()


def csv_rows(client, name):
    text = download(client, f"/data/{name}.csv")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def json_rows(client, name):
    return json.loads(download(client, f"/data/{name}.json"))["results"]


@pytest.mark.parametrize("name", DATA_SETS)
def test_page_csv_and_json_have_the_same_fields_and_rows(client, name):
    make_linked_records()
    keys = [field.key for field in DATA_SETS[name].fields]
    page = client.get(f"/data/{name}/").content.decode()
    rows = json_rows(client, name)
    lines = download(client, f"/data/{name}.jsonl").splitlines()

    assert re.findall(r'<th scope="row"><code>(\w+)</code>', page) == keys
    assert list(csv_rows(client, name)[0]) == keys
    assert [list(row) for row in rows] == [keys] * len(rows)
    assert [json.loads(line) for line in lines] == rows
    assert len(csv_rows(client, name)) == len(rows)
    assert re.search(r"<dt>Rows</dt><dd>(\d+)<", page)[1] == str(len(rows))


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_file_of_several_batches_has_all_rows_in_order(client, name, monkeypatch):
    for _round in range(3):
        make_linked_records()
    files = f"/data/{name}.csv", f"/data/{name}.jsonl"
    whole = [download(client, address) for address in files], json_rows(client, name)
    monkeypatch.setattr("portal.columnwise.ROWS_AT_A_TIME", 2)
    assert whole == (
        [download(client, address) for address in files],
        json_rows(client, name),
    )


@pytest.mark.parametrize(
    "name", [name for name, one in DATA_SETS.items() if one.fields[-1].kind == "page"]
)
def test_a_row_leads_to_the_page_of_its_record(client, name):
    make_linked_records()
    pages = [row["page"] for row in json_rows(client, name)]
    records = DATA_SETS[name].records()
    assert pages == [f"http://testserver{one.get_absolute_url()}" for one in records]


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_data_set_without_rows_is_a_valid_file(client, name):
    text = download(client, f"/data/{name}.csv")
    assert text == ",".join(field.key for field in DATA_SETS[name].fields) + "\r\n"
    assert json_rows(client, name) == []
    assert download(client, f"/data/{name}.jsonl") == ""


def test_a_fact_stands_with_its_year_unit_source_and_licence(client):
    source = make_source(citation="World Bank, 2026", licence="CC BY 4.0")
    make_fact(
        country=make_country(iso2="MX", iso3="MEX", name="Mexico"),
        indicator=make_indicator(
            code="gdp", name="GDP", unit="", price_basis="ppp", currency_code="USD"
        ),
        year=None,
        value="12345678901234.5",
        source=source,
        preferred=False,
    )
    (row,) = json_rows(client, "facts")
    assert isinstance(row.pop("id"), int)
    assert row == {
        "country": "MX",
        "country_name": "Mexico",
        "indicator": "gdp",
        "indicator_name": "GDP",
        "year": None,
        "value": "12345678901234.5",
        "unit": None,
        "currency": "USD",
        "price_basis": "ppp",
        "note": None,
        "preferred": False,
        "source": source.pk,
        "source_citation": "World Bank, 2026",
        "source_licence": "CC BY 4.0",
    }
    (cells,) = csv_rows(client, "facts")
    assert (cells["value"], cells["year"]) == ("12345678901234.5", "")
    assert cells["preferred"] == "false"


def test_a_partnership_keeps_declared_and_counted_numbers_apart(client):
    chile = make_country(iso2="CL", iso3="CHL")
    mexico = make_country(iso2="MX", iso3="MEX")
    partnership = make_partnership(
        [mexico, chile],
        start=datetime.date(2016, 1, 1),
        start_precision="month",
        sme_count=0,
        slug="alpha",
    )
    make_membership(partnership=partnership, partner_name="Ωmega", country=chile)

    (row,) = json_rows(client, "partnerships")
    assert sorted(row["targets"]) == ["CL", "MX"]
    assert (row["declared_sme_count"], row["declared_partner_count"]) == (0, None)
    assert (row["counted_partner_count"], row["start"]) == (1, "2016-01")
    assert row["page"] == "http://testserver/partnerships/alpha/"
    (member,) = json_rows(client, "memberships")
    assert (member["partnership"], member["name"]) == ("alpha", "Ωmega")
    assert (member["cluster"], member["country"]) == (None, "CL")


def test_a_country_is_not_another_name_of_itself(client):
    mexico = make_country(iso2="MX", name="Mexico")
    for name in ("MÉXICO", "Mejico", "Estados Unidos Mexicanos"):
        mexico.aliases.create(name=name)
    make_country(iso2="ZZ", name="Mejico").aliases.create(name="Zz")
    names = {row["iso2"]: row["other_names"] for row in json_rows(client, "countries")}
    assert names == {"MX": ["Estados Unidos Mexicanos", "Mejico"], "ZZ": ["Zz"]}


def test_a_text_on_a_country_is_in_words_with_its_figures_of_today(client):
    mexico = make_country(iso2="MX", name="Mexico", slug="mexico")
    make_section(country=mexico, kind="policies", lead="<p>It has [[clusters]].</p>")
    for number in range(2):
        (row,) = json_rows(client, "sections")
        assert row["lead"] == f"It has {number}."
        make_cluster(country=mexico)
    assert row["page"] == "http://testserver/countries/mexico/#policies"
    assert (row["kind"], row["country_name"]) == ("policies", "Mexico")


@pytest.mark.parametrize("name", ["sections", "news", "achievements"])
def test_figures_in_texts_are_asked_for_once(client, name):
    country = make_country(iso2="MX")
    numbers = []
    for kind in ("context", "policies"):
        make_section(country=country, kind=kind, lead="[[clusters]] [[clusters]]")
        make_news_item(body="[[clusters in MX]]")
        make_achievement(body="[[clusters in MX]]")
        client.get(f"/data/{name}.csv").getvalue()
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/data/{name}.csv").getvalue()
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_numbers_of_members_stand_with_their_sources(client):
    source = make_source()
    for slug in ("beta", "alpha"):
        counts = make_cluster(slug=slug).member_counts
        for year in (2014, 2016):
            counts.create(year=year, number=year - 2000)
    counts.get(year=2014).sources.add(source)
    hidden = make_cluster(status=Publishable.Status.DRAFT)
    hidden.member_counts.create(year=2014, number=1)
    assert json_rows(client, "member-counts") == [
        {"cluster": "alpha", "year": 2016, "number": 16, "sources": []},
        {"cluster": "alpha", "year": 2014, "number": 14, "sources": [source.pk]},
        {"cluster": "beta", "year": 2016, "number": 16, "sources": []},
        {"cluster": "beta", "year": 2014, "number": 14, "sources": []},
    ]


def test_a_report_has_the_address_of_its_file_or_where_it_is_found(client):
    make_report(title="A", url="https://example.org/a.pdf")
    make_report(title="B", url="", file="reports/b.pdf")
    rows = {row["title"]: row["address"] for row in json_rows(client, "reports")}
    assert rows == {
        "A": "https://example.org/a.pdf",
        "B": "http://testserver/media/reports/b.pdf",
    }


def test_no_cell_is_a_formula_and_json_keeps_texts_as_they_are(client):
    for text in HOSTILE:
        make_partnership(name=text)
        make_organisation(name=text)
    for name in ("partnerships", "organisations"):
        cells = [row["name"] for row in csv_rows(client, name)]
        assert sorted(cells) == sorted(f"'{text}" for text in HOSTILE)
        texts = [row["name"] for row in json_rows(client, name)]
        assert sorted(texts) == sorted(HOSTILE)


def test_a_file_says_what_it_is(client):
    make_partnership()
    response = client.get("/data/partnerships.json")
    version = response["X-Data-Version"]
    about = json.loads(response.getvalue())
    assert about["version"] == version
    assert about["licence"] == "CC BY 4.0"
    assert about["licence_url"] in response["Link"]
    assert "source" in about["rights"]
    assert response["Content-Disposition"] == (
        f'attachment; filename="partnerships-{version}.json"'
    )
    assert (
        '<http://testserver/data/partnerships/>; rel="describedby"'
        in (response["Link"])
    )
    assert response.cookies == {}
    assert response["Access-Control-Allow-Origin"] == "*"
    for page in ("/data/", "/data/partnerships/"):
        assert version in client.get(page).content.decode()


@pytest.mark.parametrize("file_format", FORMATS)
def test_who_has_the_present_file_gets_nothing_and_nothing_is_read(client, file_format):
    make_partnership()
    address = f"/data/partnerships.{file_format}"
    etag = client.get(address)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        again = client.get(address, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert len(queries) == 2
    assert "partnerships_partnership" not in str(queries.captured_queries)


def test_the_page_of_a_data_set_reads_no_other(client):
    make_partnership()
    with CaptureQueriesContext(connection) as queries:
        client.get("/data/labels/")
    assert "partnerships_historicalpartnership" not in str(queries.captured_queries)


def test_an_edit_shows_at_once_in_a_file_whoever_has_the_former_one(client):
    country = make_country(name="Before")
    before = client.get("/data/countries.csv")
    Country.objects.filter(pk=country.pk).update(name="After")
    after = client.get("/data/countries.csv", headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200
    assert b"After" in after.getvalue()
    assert after["X-Data-Version"] != before["X-Data-Version"]


def test_files_tell_when_the_content_changed_once_that_is_some_seconds_ago(client):
    make_country()
    assert "Last-Modified" not in client.get("/data/countries.csv")
    # Before the midnight from which the version holds, too.
    long_ago = timezone.now() - datetime.timedelta(days=2)
    ContentVersion.objects.update(changed_at=long_ago)
    forget()
    stamp = client.get("/data/countries.csv")["Last-Modified"]
    again = client.get("/data/countries.csv", headers={"if-modified-since": stamp})
    assert again.status_code == 304
    make_country()
    again = client.get("/data/countries.csv", headers={"if-modified-since": stamp})
    assert again.status_code == 200


@pytest.mark.parametrize("address", ["/data/countries.csv", "/data/catalog.jsonld"])
def test_what_a_former_release_wrote_is_sent_anew(client, monkeypatch, address):
    make_country()
    headers = {"if-none-match": client.get(address)["ETag"]}
    assert client.get(address, headers=headers).status_code == 304
    monkeypatch.setattr("portal.revalidation.release", lambda: b"another")
    assert client.get(address, headers=headers).status_code == 200


def test_files_are_dated_as_soon_as_the_answers_of_the_api(client, monkeypatch):
    make_country()
    moment = changed_at()
    for seconds, is_told in ((1.9, False), (2.1, True)):
        now = moment + datetime.timedelta(seconds=seconds)
        monkeypatch.setattr("portal.revalidation.timezone.now", lambda now=now: now)
        for address in ("/data/countries.csv", "/api/v1/countries/"):
            assert ("Last-Modified" in client.get(address).headers) == is_told


def test_what_the_clock_publishes_is_in_the_next_file(client, monkeypatch):
    now = timezone.now()
    make_country(
        name="Later",
        status=Publishable.Status.APPROVED,
        publish_at=now + datetime.timedelta(minutes=5),
    )
    before = client.get("/data/countries.csv")
    assert b"Later" not in before.getvalue()
    later = now + datetime.timedelta(minutes=6)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    after = client.get("/data/countries.csv", headers={"if-none-match": before["ETag"]})
    assert b"Later" in after.getvalue()
    assert "<td" in client.get("/data/").content.decode()


def test_a_named_version_is_that_version_or_none(client):
    make_country(name="Before")
    version = client.get("/data/countries.csv")["X-Data-Version"]
    address = f"/data/countries.csv?version={version}"
    assert b"Before" in client.get(address).getvalue()
    make_country(name="After")
    for asked in (version, "junk\0<b>", "9" * 5000):
        response = client.get("/data/countries.csv", {"version": asked})
        assert response.status_code == 410
        assert "/data/countries/" in response.content.decode()
        assert "Before" not in response.content.decode()


def test_a_file_takes_no_filter_and_names_what_does(client):
    make_fact()
    for address, named, led_to in (
        ("/data/facts.csv?country=MX", ["country"], ["/api/reference/facts/"]),
        (
            "/data/partnerships.json?target=MX&version=&sort=name&target=CL",
            ["sort", "target"],
            ["/api/reference/partnerships/", "/partnerships/"],
        ),
        ("/data/memberships.jsonl?<b>=1&utm_source=mail", ["<b>"], ["/api/reference/"]),
    ):
        response = client.get(address)
        assert response.status_code == 400, address
        content = response.content.decode()
        main = content[content.index("<main") : content.index("</main")]
        names = re.findall("<code>(.+?)</code>", main)
        assert [unescape(name) for name in names] == named
        for other in led_to:
            assert f'href="{other}"' in main
            assert client.get(other).status_code == 200
        assert client.head(address).status_code == 400


def test_an_empty_version_and_where_a_visitor_came_from_are_no_wish(client):
    make_country(name="Before")
    for query in ("version=", "utm_source=mail", "version=&utm_medium=mail"):
        assert "Before" in download(client, f"/data/countries.csv?{query}")


@pytest.mark.parametrize(
    "address",
    ["/data/nothing/", "/data/nothing.csv", "/data/countries.pdf", "/data/x.jsonld"],
)
def test_what_is_not_there_is_not_found(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/data/countries.csv", "/data/catalog.jsonld"])
def test_files_can_be_read_alone(address):
    answer = Client(enforce_csrf_checks=True).post(address)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("file_format", FORMATS)
def test_head_tells_of_a_file_without_reading_it(client, file_format):
    make_partnership()
    address = f"/data/partnerships.{file_format}"
    full = client.get(address)
    with CaptureQueriesContext(connection) as queries:
        head = client.head(address)
    assert (head.status_code, head.getvalue()) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Disposition", "X-Data-Version"):
        assert head[name] == full[name]
    assert "partnerships_partnership" not in str(queries.captured_queries)
    assert "Content-Length" not in head


@pytest.mark.parametrize("name", DATA_SETS)
def test_the_number_of_queries_does_not_grow_with_the_rows(client, name):
    records = make_linked_records()
    numbers = []
    for _round in range(2):
        client.get(f"/data/{name}.csv").getvalue()
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/data/{name}.csv").getvalue()
        numbers.append(len(queries))
        for _more in range(2):
            link(records, make_linked_records())
    assert numbers[0] == numbers[1]
    assert numbers[0] <= 11


def test_the_pages_ask_as_much_for_one_row_as_for_three(client):
    records = make_linked_records()
    for address in ("/data/", "/data/facts/", "/data/catalog.jsonld"):
        numbers = []
        for _round in range(2):
            forget()
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            numbers.append(len(queries))
            link(records, make_linked_records())
        assert numbers[0] == numbers[1], address


def everything(client):
    """Return what is said of data sets, less the version."""
    addresses = ["/data/", "/data/catalog.jsonld"]
    addresses += [f"/data/{name}/" for name in DATA_SETS]
    addresses += [
        f"/data/{name}.{file_format}"
        for name in DATA_SETS
        if name not in OPEN_TO_ALL
        for file_format in FORMATS
    ]
    said = {}
    for address in addresses:
        text = download(client, address)
        text = re.sub(r"[0-9a-f]+\.\d+\.\d{8}T\d{6}Z", "", text)
        # The number of indicators and terms, and times: of the version, and of the
        # last change, for which a record that was withdrawn counts.
        text = re.sub(r"\d+ \w+ 2\d{3}, [^<]*<", "<", text)
        text = re.sub(r'"version_since": "[^"]*"|\d{4}-\d\d-\d\dT[^"]*"', "", text)
        said[address] = re.sub(r"since [^<]*<|class=.number.>\d+<", "", text)
    return said


@pytest.mark.parametrize("values", HIDDEN)
def test_what_is_hidden_is_in_no_file_and_counted_on_no_page(client, values):
    public = make_linked_records()
    public[0].organisations.update(successor=None)
    counted = {name: json_rows(client, name) for name in DATA_SETS}
    before = everything(client)
    hidden = make_linked_records(suffix=" SECRET", **values)
    link(public, hidden)
    make_section(
        country=public[0], kind="policies", status=Publishable.Status.DRAFT
    ).sources.add(make_source(title="SECRET source"))
    after = everything(client)
    for address, text in after.items():
        assert "SECRET" not in text, address
        if not address.startswith(tuple(f"/data/{name}/" for name in OPEN_TO_ALL)):
            assert text == before[address], address
    overview = client.get("/data/").content.decode()
    for name in DATA_SETS.keys() - OPEN_TO_ALL:
        title = DATA_SETS[name].title
        shown = re.search(rf'>{title}</a></th>.+?"number">(\d+)<', overview, re.S)[1]
        assert int(shown) == len(counted[name])


def test_a_leak_would_be_noticed(client):
    public = make_linked_records()
    before = everything(client)
    link(public, make_linked_records(suffix=" SECRET"))
    after = everything(client)
    assert {address for address, text in after.items() if text == before[address]} <= {
        f"/data/{name}/" for name in DATA_SETS
    } | {"/data/"}


@pytest.mark.parametrize("name", DATA_SETS)
def test_each_data_set_tells_when_it_last_changed(client, name):
    make_linked_records()
    page = client.get(f"/data/{name}/").content.decode()
    shown = re.search(r"<dt>Last change</dt><dd>(.+?)</dd>", page)[1]
    if name == "sources":
        # What cites a source decides whether it is shown.
        assert shown == "Not after that of the version below."
        return
    assert re.match(r"\d+ \w+ \d{4}, ", shown), shown


def last_change_of(name):
    return DATA_SETS[name].last_change(timezone.now())


def test_a_part_that_changes_or_goes_is_a_change_of_its_data_set():
    fact = make_fact(country=make_country())
    moments = [last_change_of("facts")]
    for change in (fact.save, fact.delete, make_fact(country=fact.country).save):
        change()
        moments.append(last_change_of("facts"))
    assert moments == sorted(set(moments))


def test_a_part_of_a_draft_changes_nothing_until_the_draft_is_public():
    make_fact(country=make_country())
    before = last_change_of("facts")
    draft = make_country(status=Publishable.Status.DRAFT)
    make_fact(country=draft)
    assert last_change_of("facts") == before
    Country.objects.filter(pk=draft.pk).publish()
    assert last_change_of("facts") > before


def save(record, **values):
    for name, value in values.items():
        setattr(record, name, value)
    record.save()


def changes_of_what_is_read():
    """Return data sets, and what changes their content from another table."""
    fact, cluster = make_fact(country=make_country(iso2="MX")), make_cluster()
    partnership = make_partnership([fact.country], industries=[make_industry("Z")])
    make_membership(partnership=partnership, cluster=cluster)
    label, other_label = make_label(), make_label()
    former = cluster.former_names.create(name="Former")
    count = cluster.member_counts.create(year=2016, number=80)
    text = make_section(country=fact.country, lead="[[clusters]], [[partnerships]]")
    report = make_report(country=fact.country)
    news = make_news_item(body="[[clusters in MX]]")
    for story in (make_achievement(), make_event(), news):
        story.partnerships.add(partnership)
        if hasattr(story, "clusters"):
            story.clusters.add(cluster)
    return [
        ("achievements", lambda: save(cluster, slug="called-otherwise")),
        ("news", lambda: save(partnership, slug="called-otherwise")),
        ("events", lambda: save(partnership, slug="called-anew")),
        ("news", lambda: make_cluster(country=fact.country)),
        ("sections", lambda: make_cluster(country=text.country)),
        ("sections", lambda: make_partnership([text.country])),
        ("sections", lambda: save(text, rest="More")),
        ("reports", lambda: save(report, title="Renamed")),
        ("facts", lambda: save(fact.source, licence="CC BY 4.0")),
        ("facts", lambda: save(fact.indicator, unit="km²")),
        ("facts", lambda: save(fact.country, name="Renamed")),
        ("countries", lambda: fact.country.aliases.create(name="Alias")),
        ("countries", lambda: fact.country.aliases.get().delete()),
        ("countries", lambda: save(label.cluster, country=fact.country)),
        ("countries", lambda: partnership.targets.add(cluster.country)),
        ("clusters", lambda: save(cluster.country, iso2="ZZ")),
        ("clusters", former.delete),
        ("member-counts", lambda: save(count, number=81)),
        ("member-counts", lambda: save(cluster, slug="called-again")),
        ("labels", lambda: save(label.cluster, slug="another")),
        ("labels", lambda: save(label.cluster.country, iso2="YY")),
        ("partnerships", lambda: save(partnership.industries.get(), code="Y")),
        ("partnerships", lambda: make_membership(partnership=partnership)),
        ("memberships", lambda: save(cluster, slug="yet-another")),
        ("partnerships", lambda: save(cluster, status=Publishable.Status.ARCHIVED)),
        ("countries", label.cluster.delete),
        ("labels", other_label.cluster.delete),
    ]


def test_a_change_of_what_a_data_set_reads_is_a_change_of_it(client):
    for number, (name, change) in enumerate(changes_of_what_is_read()):
        content, before = csv_rows(client, name), last_change_of(name)
        change()
        assert csv_rows(client, name) != content, number
        assert last_change_of(name) > before, number


def test_what_a_data_set_does_not_read_is_no_change_of_it():
    make_fact()
    partnership = make_partnership()
    before = {name: last_change_of(name) for name in ("facts", "partnerships")}
    make_source(licence="CC BY 4.0")
    make_indicator()
    draft = make_cluster(
        country=partnership.targets.model.objects.get(), status="draft"
    )
    draft.former_names.create(name="Former")
    assert {name: last_change_of(name) for name in before} == before


def test_an_organisation_of_no_country_is_a_change_of_its_data_set():
    body = make_organisation(country=None)
    before = last_change_of("organisations")
    assert before is not None
    body.save()
    assert last_change_of("organisations") > before


def test_a_part_that_moves_to_a_draft_is_a_change_of_its_data_set():
    fact = make_fact()
    before = last_change_of("facts")
    save(fact, country=make_country(status=Publishable.Status.DRAFT))
    assert last_change_of("facts") > before


def test_a_day_that_changes_a_state_is_a_change_of_its_data_set(monkeypatch):
    day = timezone.localdate() + datetime.timedelta(days=10)
    make_partnership(start=day, end=day)
    make_label(awarded_on=day, valid_until=day)
    for days, changed_on in ((10, day), (12, day + datetime.timedelta(days=1))):
        now = timezone.now() + datetime.timedelta(days=days)
        begins = datetime.datetime.combine(changed_on, datetime.time.min, BRUSSELS)
        for name in ("partnerships", "labels"):
            assert DATA_SETS[name].last_change(now) == begins, name


def test_a_day_that_changes_a_figure_is_a_change_of_the_texts():
    day = timezone.localdate() + datetime.timedelta(days=10)
    label = make_label(awarded_on=timezone.localdate(), valid_until=day)
    make_section(country=label.cluster.country, lead="[[labels held]]")
    over = datetime.datetime.combine(
        day + datetime.timedelta(days=1), datetime.time.min, BRUSSELS
    )
    now = timezone.now() + datetime.timedelta(days=12)
    assert DATA_SETS["sections"].last_change(now) == over


def test_the_period_of_events_reaches_to_the_end_of_the_last_one(client):
    make_event(
        starts_on=datetime.date(2025, 10, 21), ends_on=datetime.date(2025, 10, 23)
    )
    assert "23 Oct 2025" in client.get("/data/events/").content.decode()


def test_an_event_tells_the_time_zone_of_its_end(client):
    day = timezone.localdate() + datetime.timedelta(days=10)
    make_event(
        starts_on=day,
        ends_on=day,
        ends_at=datetime.time(17),
        time_zone="America/Monterrey",
        end_time_zone="America/Tijuana",
    )
    (row,) = json_rows(client, "events")
    (listed,) = json.loads(client.get("/events/?format=json").getvalue())["results"]
    for one in (row, listed):
        assert one["time_zone"] == "America/Monterrey"
        assert one["end_time_zone"] == "America/Tijuana"


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        *(("sections", "countries"), ("memberships", "partnerships")),
        *(("labels", "labels"), ("member-counts", "clusters")),
    ],
)
def test_a_refused_parameter_leads_to_where_the_api_has_the_rows(
    client, name, resource
):
    answer = client.get(f"/data/{name}.csv?country=MX")
    assert answer.status_code == 400
    assert f'href="/api/reference/{resource}/"' in answer.content.decode()


def test_an_address_that_answered_is_a_change_of_the_clusters():
    cluster = make_cluster(website="https://example.org/")
    before = last_change_of("clusters")
    note_reached([cluster.website], today())
    assert last_change_of("clusters") > before
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    assert DATA_SETS["clusters"].last_change(tomorrow) < tomorrow


def test_what_belongs_to_a_hidden_parent_is_in_no_file(client):
    country = make_country(name="SECRET", status=Publishable.Status.DRAFT)
    make_fact(country=country, note="SECRET", source=make_source(citation="SECRET"))
    make_organisation(country=country, name="SECRET")
    make_membership(
        partnership=make_partnership(
            status=Publishable.Status.APPROVED, publish_at=FAR_OFF, name="SECRET"
        ),
        partner_name="SECRET",
    )
    for name in DATA_SETS:
        assert "SECRET" not in download(client, f"/data/{name}.json")


def expanded(client):
    def refuse(address, options):
        raise AssertionError(f"{address} would have to be fetched.")

    content = json.loads(download(client, "/data/catalog.jsonld"))
    return jsonld.expand(content, {"documentLoader": refuse})


def test_the_catalogue_expands_and_has_what_dcat_ap_requires(client, settings):
    settings.CONTACT_EMAIL = "data@example.org"
    make_linked_records()
    (catalogue,) = expanded(client)
    assert catalogue["@type"] == [f"{DCAT}Catalog"]
    for name in ("title", "description", "publisher", "language", "modified"):
        assert catalogue[f"{DCT}{name}"], name
    assert catalogue[f"{DCT}license"] == [{"@id": settings.DATA_LICENCE_URL}]
    datasets = catalogue[f"{DCAT}dataset"]
    names = [dataset[f"{DCT}identifier"][0]["@value"] for dataset in datasets]
    assert names == list(DATA_SETS)
    for dataset in datasets:
        assert dataset["@type"] == [f"{DCAT}Dataset"]
        for name in ("title", "description", "publisher", "language"):
            assert dataset[f"{DCT}{name}"], name
        assert dataset[f"{DCAT}keyword"][0]["@language"] == "en"
        (contact,) = dataset[f"{DCAT}contactPoint"]
        assert "mailto:data@example.org" in str(contact)
        (modified,) = dataset[f"{DCT}modified"]
        assert modified["@type"] == f"{XSD}dateTime"
        datetime.datetime.fromisoformat(modified["@value"])
        (page,) = dataset[f"{DCAT}landingPage"]
        assert client.get(page["@id"]).status_code == 200
        assert len(dataset[f"{DCAT}distribution"]) == len(FORMATS)


def test_each_distribution_leads_to_a_file_of_its_media_type(client):
    make_linked_records()
    (catalogue,) = expanded(client)
    for dataset in catalogue[f"{DCAT}dataset"]:
        (name,) = dataset[f"{DCT}identifier"]
        keys = [field.key for field in DATA_SETS[name["@value"]].fields]
        for one in dataset[f"{DCAT}distribution"]:
            response = client.head(one[f"{DCAT}downloadURL"][0]["@id"])
            assert response.status_code == 200
            media_type = response["Content-Type"].partition(";")[0]
            assert one[f"{DCAT}mediaType"][0]["@id"].endswith(f"/{media_type}")
            assert one[f"{DCT}license"]
            assert one[f"{DCAT}accessURL"]
            (kind,) = one[f"{DCT}format"]
            listed = response["Content-Type"].startswith(
                ("text/csv", "application/json;")
            )
            assert ("@id" in kind) == listed
            assert not listed or kind["@id"].endswith(("/CSV", "/JSON"))
            schema = one["http://www.w3.org/ns/csvw#tableSchema"][0]
            columns = schema["http://www.w3.org/ns/csvw#column"][0]["@list"]
            names = [c["http://www.w3.org/ns/csvw#name"][0]["@value"] for c in columns]
            assert names == keys


def test_the_catalogue_names_the_api_as_a_service_of_all_data_sets(client):
    (catalogue,) = expanded(client)
    (service,) = catalogue[f"{DCAT}service"]
    assert service["@type"] == [f"{DCAT}DataService"]
    assert service[f"{DCT}title"]
    for name in ("endpointURL", "endpointDescription", "landingPage"):
        assert client.get(service[f"{DCAT}{name}"][0]["@id"]).status_code == 200, name
    assert service[f"{DCAT}servesDataset"] == [
        {"@id": dataset["@id"]} for dataset in catalogue[f"{DCAT}dataset"]
    ]


def test_the_catalogue_tells_period_and_places_as_far_as_they_are_known(client):
    mexico = make_country(name="Mexico")
    for year in (2011, 2024, None):
        make_fact(country=mexico, year=year)
    (catalogue,) = expanded(client)
    (facts,) = [
        dataset
        for dataset in catalogue[f"{DCAT}dataset"]
        if dataset[f"{DCT}identifier"][0]["@value"] == "facts"
    ]
    (period,) = facts[f"{DCT}temporal"]
    dates = [period[f"{DCAT}{name}"][0] for name in ("startDate", "endDate")]
    assert dates == [
        {"@value": "2011", "@type": f"{XSD}gYear"},
        {"@value": "2024", "@type": f"{XSD}gYear"},
    ]
    (place,) = facts[f"{DCT}spatial"]
    assert "Mexico" in str(place)
    clusters = catalogue[f"{DCAT}dataset"][5]
    assert f"{DCT}temporal" not in clusters


@pytest.mark.parametrize(
    ("stated", "first", "last", "shown"),
    [
        (["2012/2024"], "2012", "2024", "2012 – 2024"),
        (["2012-03/2012-03-09"], "2012-03", "2012-03-09", None),
        # The same first day, of which one source states the year alone.
        (["2012/2013", "2012-01-01/2013-12-31"], "2012", "2013", "2012 – 2013"),
        (["2012-05/2013", "2012/2013-07"], "2012", "2013", None),
        (["2014/", "2013-02/2013-08"], "2013-02", "2014", None),
        (["/2011", "2012/"], "2011", "2012", None),
    ],
)
@pytest.mark.parametrize("name", ["partnerships", "labels"])
def test_a_period_reaches_to_the_end_and_is_as_precise_as_stated(
    client, name, stated, first, last, shown
):
    make, begin, end = {
        "partnerships": (make_partnership, "start", "end"),
        "labels": (make_label, "awarded_on", "valid_until"),
    }[name]
    for period in stated:
        values = {}
        for key, text in zip((begin, end), period.split("/"), strict=True):
            values[key], values[f"{key}_precision"] = parse_partial_date(text)
        make(**values)
    data = structured(client, f"/data/{name}/")["Dataset"]
    assert data["temporalCoverage"] == f"{first}/{last}"
    (dataset,) = (
        dataset
        for dataset in json.loads(download(client, "/data/catalog.jsonld"))[
            "dcat:dataset"
        ]
        if dataset["dct:identifier"] == name
    )
    types = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}
    for key, value in (("startDate", first), ("endDate", last)):
        expected = {"@value": value, "@type": types[len(value)]}
        assert dataset["dct:temporal"][f"dcat:{key}"] == expected
    page = client.get(f"/data/{name}/").content.decode()
    period = re.search(r"<dt>Period</dt><dd>(.+?)</dd>", page)[1]
    assert shown in (None, period)


def test_who_has_the_present_catalogue_gets_nothing(client):
    response = client.get("/data/catalog.jsonld")
    assert response["Content-Type"] == "application/ld+json"
    headers = {"if-none-match": response["ETag"]}
    again = client.get("/data/catalog.jsonld", headers=headers)
    assert (again.status_code, again.content) == (304, b"")


def structured(client, address):
    content = client.get(address).content.decode()
    found = re.findall(r'ld\+json">(.+?)</script>', content, re.S)
    return {data["@type"]: data for data in map(json.loads, found)}


def test_the_pages_tell_search_engines_of_the_data_sets(client):
    make_linked_records()
    catalogue = structured(client, "/data/")["DataCatalog"]
    assert [one["url"] for one in catalogue["dataset"]] == [
        f"http://testserver/data/{name}/" for name in DATA_SETS
    ]
    for name, data_set in DATA_SETS.items():
        data = structured(client, f"/data/{name}/")["Dataset"]
        assert data["name"] == str(data_set.title)
        assert len(data["description"]) >= 50
        assert [one["name"] for one in data["variableMeasured"]] == [
            field.key for field in data_set.fields
        ]
        for distribution in data["distribution"]:
            assert client.head(distribution["contentUrl"]).status_code == 200


def test_the_home_page_and_the_footer_lead_to_the_data(client):
    content = client.get("/").content.decode()
    assert '<h2><a href="/data/">Use the data</a></h2>' in content
    assert re.search(r'<footer.+href="/data/"', content, re.S)
    assert 'type="application/ld+json" href="/data/catalog.jsonld"' in content
