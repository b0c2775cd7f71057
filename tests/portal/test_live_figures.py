"""Figures that texts name, and readers see as they are today."""

import datetime
import re
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.content_version import current_version, forget, one_version
from portal.live_figures import as_text, modules, problems_of_figures, rendered
from portal.partial_dates import today
from tests.factories import (
    make_cluster,
    make_country,
    make_fact,
    make_indicator,
    make_label,
    make_membership,
    make_news_item,
    make_partnership,
    make_section,
)

pytestmark = pytest.mark.django_db


def make_records():
    """Make a country of which every figure is another number."""
    country = make_country(iso2="MX", slug="mexico")
    day = today()
    period = {
        "awarded_on": day - datetime.timedelta(days=9),
        "valid_until": day + datetime.timedelta(days=9),
    }
    clusters = [make_cluster(country=country) for _number in range(4)]
    make_cluster(country=country)
    make_cluster(country=country, status="draft")
    make_label(cluster=clusters[0], level="gold", **period)
    make_label(cluster=clusters[1], level="bronze", **period)
    make_label(cluster=clusters[2], level="bronze", **period)
    make_label(
        cluster=clusters[3],
        awarded_on=datetime.date(2010, 1, 1),
        valid_until=datetime.date(2012, 1, 1),
    )
    make_label(cluster=clusters[3], level="silver")
    partnership = make_partnership(targets=[country])
    make_partnership(targets=[country])
    make_partnership(targets=[country], status="draft")
    for cluster in clusters:
        make_membership(partnership=partnership, cluster=cluster)
    gdp = make_indicator(code="gdp", name="GDP", currency_code="USD")
    make_fact(country=country, indicator=gdp, year=2014, value=5)
    make_fact(country=country, indicator=gdp, year=2016, value=1234567)
    return country


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("labels held", "3"),
        ("gold labels held", "1"),
        ("silver labels held", "0"),
        ("bronze labels held", "2"),
        ("labels of unknown period", "1"),
        ("clusters", "5"),
        ("clusters labelled", "4"),
        ("partnerships", "2"),
        ("partners counted", "4"),
        ("latest gdp", "$1,234,567 (2016)"),
        ("Labels  held in mx", "3"),
        ("clusters in CL", "0"),
        ("latest gdp in CL", "not stated"),
    ],
)
def test_a_figure_is_that_of_today(name, number):
    make_records()
    make_country(iso2="CL")
    assert as_text(f"<p>Now [[{name}]].</p>", "MX") == f"Now {number}."


def test_a_figure_is_marked_up_as_data_with_its_date():
    make_records()
    day = today().isoformat()
    html = rendered("<p>[[clusters]] and [[latest gdp]]</p>", "MX")
    # Said as well as underlined.
    counted = '<span class="visually-hidden"> (counted)</span>'
    assert f'<data class="live-figure" value="5">5</data>{counted}' in html
    assert '<data value="1234567">$1,234,567</data> (2016)' in html
    assert f'<time datetime="{day}">' in html
    assert "<time" not in rendered("<p>[[latest gdp]]</p>", "MX")


def test_the_page_shows_a_new_number_at_once(client):
    country = make_records()
    make_section(country=country, lead="We list [[clusters]] clusters.", rest="")
    data = '<data class="live-figure" value="{0}">{0}</data>'
    data += '<span class="visually-hidden"> (counted)</span>'
    page = client.get("/countries/mexico/").content.decode()
    assert f"We list {data.format(5)} clusters." in page
    make_cluster(country=country)
    page = client.get("/countries/mexico/").content.decode()
    assert f"We list {data.format(6)} clusters." in page


def test_queries_do_not_grow_with_the_figures_in_a_text():
    make_records()
    counts = []
    for number in (1, 30):
        forget()
        with CaptureQueriesContext(connection) as queries:
            rendered("[[clusters]] [[latest gdp]] [[partnerships]]" * number, "MX")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    with CaptureQueriesContext(connection) as queries:
        rendered("<p>[[clusters]]</p>", "MX")
    # Only the version of the content is asked for.
    assert len(queries) == 1


def test_figures_are_counted_anew_only_where_what_they_count_has_changed():
    make_records()
    rendered("[[clusters]]", "MX")
    make_news_item()
    with CaptureQueriesContext(connection) as queries, one_version():
        rendered("[[clusters]]", "MX")
    tables = re.findall(r'FROM "(\w+)"', str(queries.captured_queries))
    # Beside what the clock changes, which subjects have changed.
    assert set(tables[-2:]) == {"portal_recordversion"}


def test_names_are_checked_without_counting_what_may_be_rolled_back():
    make_records()
    current_version()
    with CaptureQueriesContext(connection) as queries:
        (problem,) = problems_of_figures(
            "[[clusters in MX]] [[none]]", of_country=False
        )
    assert "[[none]]" not in problem
    assert "There is no figure “none”" in problem
    tables = set(re.findall(r'FROM "(\w+)"', str(queries.captured_queries)))
    assert {one for one in tables if not one.startswith("portal_")} == {
        "countries_country",
        "countries_indicator",
    }


def test_every_figure_has_its_name():
    make_records()
    for module in modules():
        assert module.names() == list(module.figures())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[labels hold]]", r"There is no figure “labels hold”.*\[\[labels held\]\]"),
        ("[[clusters in XX]]", "no country with the code XX"),
        ("[[clusters", "stand around the name of a figure"),
        ("[[<strong>clusters</strong>]]", "stand around the name of a figure"),
        ("[[latest nothing]]", "There is no figure “latest nothing”"),
    ],
)
def test_a_figure_that_is_none_is_refused_with_the_known_ones(text, message):
    section = make_section(lead=text)
    with pytest.raises(ValidationError, match=message):
        section.full_clean()


def test_a_text_on_several_countries_says_which_one_is_meant():
    make_country(iso2="MX")
    with pytest.raises(ValidationError, match=r"clusters in MX"):
        make_news_item(body="[[clusters]]").full_clean()
    make_news_item(body="[[clusters in MX]]").full_clean()


def test_a_figure_that_is_gone_since_is_not_stated():
    assert as_text("<p>[[latest nothing]]</p>", "MX") == "not stated"


def test_the_names_in_the_help_of_the_editor_are_known():
    from portal.rich_text_editor import FIGURES_ANYWHERE, FIGURES_OF_COUNTRY

    make_country(iso2="MX"), make_country(iso2="CL")
    make_indicator(code="gdp")
    assert problems_of_figures(str(FIGURES_OF_COUNTRY), of_country=True) == []
    assert problems_of_figures(str(FIGURES_ANYWHERE), of_country=False) == []


def test_no_two_apps_have_a_figure_of_the_same_name():
    make_records()
    names = [
        name
        for config in apps.get_app_configs()
        if getattr(config, "live_figures", None)
        for name in import_module(config.live_figures).figures()
    ]
    assert len(names) == len(set(names))
