from itertools import count

import pytest

from clusters.models import Cluster, EscaLabel, Industry, TechnologyField
from tests import back_office, factories

pytestmark = pytest.mark.django_db

numbers = count(10)


def make_division():
    """Make an industry of the lower level, in a section that exists once."""
    section, _ = Industry.objects.get_or_create(code="C", title="Manufacturing")
    return factories.make_industry(f"C{next(numbers)}", parent=section)


def make_class():
    section, _ = TechnologyField.objects.get_or_create(code="D", title="Textiles")
    return factories.make_technology_field(f"D{next(numbers)}", parent=section)


# Each list with its number of queries: session, user, what the filters offer,
# count, rows.
LISTS = [
    (Industry, make_division, 5),
    (TechnologyField, make_class, 5),
    (Cluster, factories.make_cluster, 5),
    (EscaLabel, factories.make_label, 5),
]
MAKERS = [(model, make) for model, make, queries in LISTS]


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
    country = factories.make_country()
    section = back_office.add(admin_client, Industry, code="C", title="Manufacturing")
    industry = back_office.add(
        admin_client, Industry, code="C13", title="Textiles", parent=section.pk
    )
    field = back_office.add(admin_client, TechnologyField, code="D", title="Textiles")
    cluster = back_office.add(
        admin_client,
        Cluster,
        name="Clúster Automotriz",
        slug="claut",
        country=country.pk,
        industries=[industry.pk],
        technology_fields=[field.pk],
        **{
            "labels-TOTAL_FORMS": 1,
            "labels-0-level": "bronze",
            "labels-0-awarded_on_precision": "day",
            "labels-0-valid_until_precision": "day",
        },
    )
    label = back_office.add(
        admin_client,
        EscaLabel,
        cluster=cluster.pk,
        level="gold",
        awarded_on="2017-05-20",
        awarded_on_precision="month",
    )

    assert cluster.status == Cluster.Status.DRAFT
    assert list(cluster.industries.all()) == [industry]
    assert cluster.labels.count() == 2
    assert label.get_awarded_on_display() == "May 2017"


def test_a_cluster_is_saved_with_its_labels(admin_client):
    label = factories.make_label()

    back_office.assert_saves(
        admin_client,
        back_office.change_url(label.cluster),
        **{"labels-0-level": "silver"},
    )

    label.refresh_from_db()
    assert label.level == EscaLabel.Level.SILVER


def test_two_labels_of_one_level_at_one_time_are_refused(admin_client):
    cluster = factories.make_cluster()
    rows = {"labels-TOTAL_FORMS": 2}
    for row, start, end in (
        (0, "2016-01-01", "2017-12-31"),
        (1, "2017-01-01", "2018-12-31"),
    ):
        rows |= {
            f"labels-{row}-level": "bronze",
            f"labels-{row}-awarded_on": start,
            f"labels-{row}-valid_until": end,
            f"labels-{row}-awarded_on_precision": "day",
            f"labels-{row}-valid_until_precision": "day",
        }

    page = back_office.send(admin_client, back_office.change_url(cluster), **rows)

    assert "Another row has this level at the same time." in page
    assert not cluster.labels.exists()


def test_a_cluster_that_the_country_already_lists_is_refused(admin_client):
    cluster = factories.make_cluster(name="Clúster Automotriz")

    page = back_office.send(
        admin_client,
        back_office.add_url(Cluster),
        name="cluster AUTOMOTRIZ",
        slug="another",
        country=cluster.country.pk,
    )

    assert "This country already lists that cluster." in page


def test_a_cluster_is_found_by_its_region_without_accents(admin_client):
    cluster = factories.make_cluster(region="Nuevo León")
    factories.make_cluster(region="Querétaro")

    assert back_office.found(admin_client, Cluster, "nuevo leon") == [cluster]


def test_a_technology_field_is_found_by_code_and_by_words(admin_client):
    field = factories.make_technology_field("D03", title="Weaving")
    factories.make_technology_field("D04", title="Braiding")

    assert back_office.found(admin_client, TechnologyField, "d03") == [field]
    assert back_office.found(admin_client, TechnologyField, "WEAV") == [field]


def test_an_industry_in_use_is_not_deleted(admin_client):
    industry = factories.make_industry("C13")
    factories.make_partnership(acronym="EU-TEX", industries=[industry])

    page = admin_client.get(back_office.delete_url(industry)).content.decode()
    admin_client.post(back_office.delete_url(industry), {"post": "yes"})

    assert "EU-TEX" in page
    assert Industry.objects.filter(pk=industry.pk).exists()
