"""Countries side by side at /countries/compare/."""

import csv
import datetime
import html
import io
import json
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from countries.comparison import measure
from countries.models import Country, Indicator
from portal.publishing.models import Publishable
from tests.factories import (
    make_cluster,
    make_country,
    make_event,
    make_fact,
    make_indicator,
    make_label,
    make_organisation,
    make_partnership,
    make_source,
)

pytestmark = pytest.mark.django_db
BOTH = "/countries/compare/?country=mexico&country=CL"


@pytest.fixture
def mexico():
    return make_country(
        iso2="MX", iso3="MEX", slug="mexico", name="Mexico", area_km2=1_972_550
    )


@pytest.fixture
def chile():
    return make_country(iso2="CL", iso3="CHL", slug="chile", name="Chile")


def table(client, address):
    """Return the rows of the comparison as texts: heading, then a cell per country."""
    content = client.get(address).content.decode()
    found = re.search(r'<table class="data comparison">.+?</table>', content, re.S)
    rows = re.findall(r"<tr>(.+?)</tr>", found[0], re.S)
    return {texts[0]: texts[1:] for texts in map(cell_texts, rows)}


def cell_texts(row):
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
    texts = [re.sub(r"<[^>]+>", " ", cell) for cell in cells]
    return [html.unescape(" ".join(text.split())) for text in texts]


def test_shows_figures_with_year_and_source_in_the_order_asked_for(
    client, mexico, chile
):
    population = make_indicator(code="population", name="Population")
    source = make_source(title="World Bank", licence="CC BY 4.0")
    for country, value in ((mexico, 119_530_753), (chile, 18_000_000)):
        make_fact(
            country=country,
            indicator=population,
            value=value,
            year=2015,
            source=source,
        )
    rows = table(client, "/countries/compare/?country=CL&country=mexico")
    assert rows["What is compared"] == ["Chile", "Mexico"]
    assert rows["Population"] == [
        "18,000,000 2015 · World Bank (CC BY 4.0)",
        "119,530,753 2015 · World Bank (CC BY 4.0)",
    ]
    assert rows["Total area"] == ["Not stated", "1,972,550 km²"]
    assert rows["Capital"] == ["Not stated", "Not stated"]


def test_warns_where_years_differ_and_not_where_they_agree(client, mexico, chile):
    same = make_indicator(name="Same")
    other = make_indicator(name="Other")
    for country, year in ((mexico, 2015), (chile, None)):
        make_fact(country=country, indicator=same, year=2015)
        make_fact(country=country, indicator=other, year=year)
    rows = table(client, BOTH)
    assert "Same" in rows
    assert "Other Years differ: 2015, not stated." in rows


def test_prices_on_different_bases_stand_in_a_row_with_a_warning(client, mexico, chile):
    for country, code, basis in (
        (mexico, "gdp", "not_stated"),
        (chile, "gdp-nominal", "nominal"),
    ):
        indicator = make_indicator(
            code=code, name=f"GDP, {basis}", price_basis=basis, currency_code="USD"
        )
        make_fact(country=country, indicator=indicator)
    rows = table(client, BOTH)
    (title,) = [title for title in rows if title.startswith("GDP")]
    assert "Price bases differ: Current prices, Price basis not stated." in title
    assert all("Not stated" not in cell for cell in rows[title])


def test_compares_by_the_indicator_that_most_countries_have(client, mexico, chile):
    plain = make_indicator(
        code="gdp", name="GDP", price_basis="not_stated", currency_code="USD"
    )
    nominal = make_indicator(
        code="gdp-nominal",
        name="GDP, current prices",
        price_basis="nominal",
        currency_code="USD",
    )
    make_fact(country=mexico, indicator=plain, value=1)
    make_fact(country=mexico, indicator=nominal, value=2)
    make_fact(country=chile, indicator=nominal, value=3)
    rows = table(client, BOTH)
    assert [cell[:2] for cell in rows["GDP, current prices"]] == ["$2", "$3"]
    assert "GDP" not in rows


def test_the_code_of_an_indicator_tells_what_it_measures():
    assert measure(Indicator(code="gdp-ppp", price_basis="ppp")) == "gdp"
    assert measure(Indicator(code="gdp", price_basis="not_stated")) == "gdp"
    assert measure(Indicator(code="ppp", price_basis="nominal")) == "ppp"


def test_a_count_leads_nowhere_where_its_list_has_no_such_choice(client, mexico):
    spain = make_country(name="Spain", slug="spain", iso2="ES", is_target=False)
    make_partnership([mexico])
    address = "/countries/compare/?country=mexico&country=spain"
    told = "Partnerships that target it"
    assert table(client, address)[told] == ["1", "0"]
    assert "/partnerships/?target=ES" not in client.get(address).content.decode()
    make_partnership([spain])
    assert table(client, address)[told] == ["1", "1"]
    assert "/partnerships/?target=ES" in client.get(address).content.decode()


def test_counts_lead_to_their_lists(client, mexico, chile):
    cluster = make_cluster(country=mexico)
    make_label(
        cluster=cluster,
        level="gold",
        awarded_on=datetime.date(2020, 1, 1),
        valid_until=datetime.date(2999, 1, 1),
    )
    make_label(cluster=make_cluster(country=chile), level="gold")
    make_partnership([mexico])
    make_partnership([mexico, chile])
    make_organisation(country=chile)
    make_event(country=mexico, starts_on=datetime.date(2999, 1, 1))
    make_event(country=mexico, starts_on=datetime.date(2016, 1, 1))
    rows = table(client, BOTH)
    assert rows["Clusters listed"] == ["1", "1"]
    assert rows["Gold labels in force"] == ["1", "0, and 1 whose period is not known"]
    assert rows["Bronze labels in force"] == ["0", "0"]
    assert rows["Partnerships that target it"] == ["2", "1"]
    assert rows["Upcoming events"] == ["1", "0"]
    assert rows["Key organisations and networks"] == ["0", "1"]
    content = client.get(BOTH).content.decode()
    for address, number in (
        ("/clusters/?country=MX", 1),
        ("/clusters/?country=MX&label=gold&label_state=held", 1),
        ("/partnerships/?target=MX", 2),
        ("/events/?country=mexico", 1),
    ):
        assert f'<a href="{html.escape(address)}">{number}</a>' in content
        listed = client.get(address).content.decode()
        assert re.search(r'class="listing-count"[^>]*>(\d+) ', listed)[1] == str(number)


def test_asks_which_countries_where_fewer_than_two_are_named(client, mexico, chile):
    for address in ("/countries/compare/", "/countries/compare/?country=mexico"):
        content = client.get(address).content.decode()
        assert ("Choose two to four countries." in content) == ("=" not in address)
        assert "<table" not in content
        assert content.count('<select class="input"') == 4
    assert '<option value="mexico" selected>' in content
    for twice in ("", "&country=MX", "&country=&country="):
        content = client.get(f"{address}{twice}").content.decode()
        assert "Mexico is chosen; choose at least one more country" in content
    # The form sends every field.
    sent = client.get("/countries/compare/?country=mexico&country=&country=chile")
    assert b"<table" in sent.content


def test_names_what_it_does_not_know_and_leaves_it_out(client, mexico, chile):
    address = f"{BOTH}&country=atlantis&country=mx&colour=red&format=pdf&country=%00"
    response = client.get(address)
    content = response.content.decode()
    for unknown in ("country=atlantis", "colour=red", "format=pdf"):
        assert f"<code>{unknown}</code>" in content
    assert table(client, address)["What is compared"] == ["Mexico", "Chile"]
    canonical = "http://testserver/countries/compare/?country=mexico&amp;country=chile"
    assert f'<link rel="canonical" href="{canonical}">' in content


def test_tells_which_countries_are_too_many(client, mexico, chile):
    others = [make_country(name=f"Land {letter}") for letter in "ABC"]
    query = "".join(f"&country={country.slug}" for country in others)
    content = client.get(BOTH + query).content.decode()
    assert re.search(r"Left out:\s+Land C", content)
    assert table(client, BOTH + query)["What is compared"] == [
        *("Mexico", "Chile", "Land A", "Land B")
    ]


def test_downloads_hold_what_the_page_says(client, mexico, chile):
    indicator = make_indicator(code="growth", name="Growth", unit="%", decimals=1)
    make_fact(
        country=mexico,
        indicator=indicator,
        value="-2.5",
        year=2015,
        source=make_source(citation="=Bank"),
    )
    answer = json.loads(client.get(f"{BOTH}&format=json").content)
    assert answer["address"].endswith("?country=mexico&country=chile")
    rows = [row for row in answer["results"] if row["row"] == "Growth"]
    assert [row["value"] for row in rows] == ["-2.5", None]
    assert (rows[0]["unit"], rows[0]["year"]) == ("%", 2015)
    assert rows[0]["source"] == "=Bank"
    response = client.get(f"{BOTH}&format=csv")
    assert response["Content-Disposition"].startswith("attachment")
    cells = list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))
    assert len(cells) == len(answer["results"])
    (cell,) = [one for one in cells if one["row"] == "Growth" and one["value"]]
    assert (cell["value"], cell["source"]) == ("-2.5", "'=Bank")
    clusters = next(one for one in answer["results"] if one["row"] == "Clusters listed")
    assert clusters["address"] == "http://testserver/clusters/?country=MX"


@pytest.mark.usefixtures("mexico", "chile")
def test_a_csv_is_what_the_csv_module_writes(client):
    for country in Country.objects.all():
        country.capital = 'Two words, "quoted"\nand broken'
        country.save()
    content = client.get(f"{BOTH}&format=csv").content.decode()
    rows = list(csv.reader(io.StringIO(content, newline="")))
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    assert content == written.getvalue()
    assert 'Two words, ""quoted""\nand broken' in content


@pytest.mark.parametrize("file_format", ["csv", "json"])
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.usefixtures("mexico", "chile")
def test_who_has_the_download_is_told_so_and_nothing_is_counted(
    client, settings, file_format, method
):
    cache.clear()
    settings.RATE_LIMITS = {"export": 1}
    address = f"{BOTH}&format={file_format}"
    etag = client.get(address)["ETag"]
    for _ in range(2):
        answer = getattr(client, method)(address, headers={"If-None-Match": etag})
        assert (answer.status_code, answer["ETag"]) == (304, etag)
    assert client.get(address).status_code == 429
    settings.RATE_LIMITS = {"export": 0}
    make_cluster()
    again = client.get(address, headers={"If-None-Match": etag})
    assert again.status_code == 200


@pytest.mark.usefixtures("mexico", "chile")
def test_who_asks_too_often_for_a_download_has_nothing_compared(client, settings):
    cache.clear()
    settings.RATE_LIMITS = {"export": 1}
    address = f"{BOTH}&format=csv"
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 429
    assert not [one for one in queries if "clusters_cluster" in one["sql"]]


@pytest.mark.parametrize(
    "query",
    [
        "country=mexico&country=CL&country=XX",
        "country=mexico&country=CL&x=1",
        "country=mexico&country=XX",
        "country=mexico",
        "country=mexico&country=CL&format=csv",
        "country=mexico&country=CL&format=xlsx",
        "country=mexico&country=CL&country=C0&country=C1&country=C2",
    ],
)
@pytest.mark.usefixtures("mexico", "chile")
def test_a_file_is_only_given_where_all_that_was_asked_for_is_in_it(client, query):
    for number in range(3):
        make_country(iso2=f"C{number}")
    response = client.get(f"/countries/compare/?{query}&format=json")
    assert response.status_code == 302
    page = client.get(response["Location"])
    assert "format=" not in response["Location"]
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_download_says_where_an_area_comes_from_and_its_unit(client, mexico, chile):
    for citation, licence in (("INEGI, 2015", ""), ("World Bank", "CC BY 4.0")):
        mexico.sources.add(make_source(citation=citation, licence=licence))
    rows = json.loads(client.get(f"{BOTH}&format=json").content)["results"]
    area, none = (row for row in rows if row["row"] == "Total area")
    assert (area["value"], area["unit"]) == (1_972_550, "km²")
    assert sorted(area["source"].split("; ")) == ["INEGI, 2015", "World Bank"]
    assert area["source_licence"] == "CC BY 4.0"
    assert (none["value"], none["unit"], none["source"]) == (None, None, None)


def test_hidden_countries_are_unknown_and_hidden_records_not_counted(
    client, mexico, chile
):
    draft = Publishable.Status.DRAFT
    make_country(iso2="SE", name="SECRET", slug="secret", status=draft)
    before = table(client, BOTH)
    make_cluster(country=mexico, status=draft)
    make_label(
        cluster=make_cluster(country=mexico, status=draft),
        awarded_on=datetime.date(2020, 1, 1),
        valid_until=datetime.date(2999, 1, 1),
    )
    make_partnership([mexico], status=draft)
    make_event(country=mexico, starts_on=datetime.date(2999, 1, 1), status=draft)
    assert table(client, BOTH) == before
    content = client.get(f"{BOTH}&country=secret&country=SE").content.decode()
    assert "SECRET" not in content
    assert "<code>country=SE</code>" in content


def test_asks_as_much_for_two_countries_as_for_four(client, mexico, chile):
    numbers = []
    others = [make_country() for _number in range(2)]
    indicator = make_indicator()
    for country in (mexico, chile, *others):
        make_fact(country=country, indicator=indicator)
        country.sources.add(make_source())
        make_organisation(country=country)
    address = BOTH
    for _round in range(2):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        numbers.append(len(queries))
        address += "".join(f"&country={country.slug}" for country in others)
    assert numbers[0] == numbers[1]
    assert numbers[0] <= 13


def test_the_pages_of_countries_lead_there(client, mexico):
    page = client.get("/countries/mexico/").content.decode()
    assert '<a href="/countries/compare/?country=mexico">' in page
    assert (
        '<a href="/countries/compare/">' in client.get("/countries/").content.decode()
    )
