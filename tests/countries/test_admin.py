from functools import partial

import pytest
from django.contrib.auth import get_user_model

from countries.models import (
    Country,
    CountryAlias,
    CountrySection,
    Fact,
    Indicator,
    Organisation,
    Report,
    Source,
)
from tests import back_office, factories

pytestmark = pytest.mark.django_db


def make_country(**values):
    """Make a country whose codes are codes, as its form wants them."""
    return factories.make_country(iso2="XK", iso3="XKX", **values)


def make_section():
    return factories.make_section(updated_by=back_office.make_editor())


# Each list with its number of queries: session, user, what the filters offer,
# count, rows.
LISTS = [
    (Source, factories.make_source, 4),
    (Country, factories.make_country, 7),
    (CountrySection, make_section, 5),
    (Indicator, factories.make_indicator, 4),
    (Fact, factories.make_fact, 6),
    (Organisation, factories.make_organisation, 5),
    (Report, factories.make_report, 6),
]
MAKERS = [
    (model, make_country if model is Country else make)
    for model, make, queries in LISTS
]


def make_full_country():
    """Make a country with one record in each of its inlines."""
    country = factories.make_country(name="Mexico", iso2="MX", iso3="MEX")
    country.sources.add(factories.make_source())
    CountryAlias.objects.create(country=country, name="México")
    section = factories.make_section(country=country)
    section.sources.add(factories.make_source())
    factories.make_fact(country=country)
    factories.make_organisation(country=country)
    factories.make_report(country=country)
    return country


@pytest.mark.parametrize(("model", "make", "queries"), LISTS)
def test_query_count_of_a_list_does_not_grow_with_its_rows(
    admin_client, model, make, queries
):
    for _ in range(2):
        make()
        assert back_office.count_list_queries(admin_client, model) == queries
        make()


@pytest.mark.parametrize(("model", "make"), MAKERS)
def test_a_record_is_saved_as_its_form_shows_it(admin_client, model, make):
    back_office.assert_unchanged_by_saving(admin_client, make())


@pytest.mark.parametrize(("model", "make"), MAKERS)
def test_no_query_string_makes_a_page_fail(admin_client, model, make):
    make()
    back_office.assert_withstands_hostile_queries(admin_client, model)


def test_adds_each_kind_of_record(admin_client):
    add = partial(back_office.add, admin_client)
    source = add(Source, citation="ESCA, example.org", title="ESCA")
    country = add(
        Country, name="Perú", slug="peru", iso2="PE", iso3="PER", region="Americas"
    )
    indicator = add(Indicator, name="Population", code="population")
    of_country = {"country": country.pk}
    add(CountrySection, **of_country, kind="context", lead="Lead")
    add(Fact, **of_country, indicator=indicator.pk, source=source.pk, value="1500")
    add(Organisation, **of_country, name="Produce", kind="ministry")
    report = add(
        Report,
        **of_country,
        title="Report",
        url="https://example.org/",
        published_on="2017-05-17",
        published_on_precision="year",
    )

    assert country.status == Country.Status.DRAFT
    assert report.get_published_on_display() == "2017"


def test_a_country_is_saved_with_all_that_belongs_to_it(admin_client):
    country = make_full_country()
    fact = country.facts.get()

    back_office.assert_saves(
        admin_client,
        back_office.change_url(country),
        **{"facts-0-value": "43", "sections-0-lead": "New lead"},
    )

    fact.refresh_from_db()
    assert fact.value == 43
    section = country.sections.get()
    assert section.lead == "<p>New lead</p>"
    assert section.status == CountrySection.Status.PUBLISHED
    assert section.sources.count() == 1


def test_who_saved_a_country_and_its_sections_is_recorded(client):
    country = make_full_country()
    editor = factories.make_staff(superuser=True)
    client.force_login(editor)

    back_office.assert_saves(
        client, back_office.change_url(country), **{"sections-0-lead": "New lead"}
    )

    country.refresh_from_db()
    assert country.updated_by == editor
    assert country.sections.get().updated_by == editor


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            {
                "aliases-TOTAL_FORMS": 2,
                "aliases-0-name": "México",
                "aliases-1-name": "mexico",
            },
            "This name stands in another row as well.",
        ),
        (
            {
                "facts-TOTAL_FORMS": 2,
                **{f"facts-{row}-value": 5 for row in range(2)},
                **{f"facts-{row}-preferred": "on" for row in range(2)},
            },
            "Another row is already preferred for this year.",
        ),
    ],
)
def test_rows_that_exclude_each_other_are_refused(admin_client, rows, message):
    country = factories.make_country()
    indicator, source = factories.make_indicator(), factories.make_source()
    for row in range(2):
        rows |= {
            f"facts-{row}-indicator": indicator.pk,
            f"facts-{row}-source": source.pk,
        }

    page = back_office.send(admin_client, back_office.change_url(country), **rows)

    assert message in page


def test_a_name_that_the_country_already_lists_is_refused(admin_client):
    organisation = factories.make_organisation(name="Secretaría de Economía")

    page = back_office.send(
        admin_client,
        back_office.add_url(Organisation),
        name="secretaria de economia",
        country=organisation.country.pk,
        kind="ministry",
    )

    assert "The country already lists this name." in page


def test_a_country_is_found_by_another_name_without_accents(admin_client):
    country = factories.make_country(name="Korea, Republic of")
    CountryAlias.objects.create(country=country, name="Corée du Sud")
    factories.make_country(name="Chile")

    assert back_office.found(admin_client, Country, "coree du sud") == [country]


def test_an_organisation_is_found_without_accents(admin_client):
    found = factories.make_organisation(name="Gobierno de Querétaro")
    factories.make_organisation(name="Gobierno de Sonora")

    assert back_office.found(admin_client, Organisation, "queretaro GOBIERNO") == [
        found
    ]


def test_autocompletion_offers_first_what_begins_with_the_text(admin_client):
    for name in ("Argentina", "Índia", "Spain"):
        factories.make_country(name=name)

    response = admin_client.get(
        "/admin/autocomplete/",
        {
            "app_label": "countries",
            "model_name": "fact",
            "field_name": "country",
            "term": "in",
        },
    )

    offered = [result["text"] for result in response.json()["results"]]
    assert offered == ["Índia", "Argentina", "Spain"]


@pytest.mark.parametrize("term", ["\0", "a\0b", "[(", "%", "x" * 60_000])
def test_no_term_makes_autocompletion_fail(admin_client, term):
    response = admin_client.get(
        "/admin/autocomplete/",
        {
            "app_label": "countries",
            "model_name": "fact",
            "field_name": "source",
            "term": term,
        },
    )

    assert response.status_code == 200
    assert response.json()["results"] == []


def test_a_country_and_a_source_in_use_are_not_deleted(admin_client):
    country = make_full_country()
    partnership = factories.make_partnership(acronym="EU-TEX", targets=[country])
    partnership.sources.add(source := factories.make_source())

    for record, user in ((country, "EU-TEX"), (source, "EU-TEX")):
        page = admin_client.get(back_office.delete_url(record))
        admin_client.post(back_office.delete_url(record), {"post": "yes"})

        change = back_office.change_url(partnership)
        assert f'Partnership: <a href="{change}">{user}</a>' in page.content.decode()
        assert type(record).objects.filter(pk=record.pk).exists()


def test_the_selection_is_not_deleted_where_one_of_it_is_in_use(admin_client):
    used, unused = factories.make_source(), factories.make_source()
    factories.make_cluster().sources.add(used)

    response = back_office.run_action(admin_client, "delete_selected", used, unused)

    assert "protected related objects" in response.content.decode()
    assert Source.objects.count() == 2


def test_a_user_who_changed_records_is_not_deleted(admin_client):
    editor = factories.make_staff()
    factories.make_country(name="Mexico", updated_by=editor)

    admin_client.post(back_office.delete_url(editor), {"post": "yes"})

    assert get_user_model().objects.filter(pk=editor.pk).exists()
