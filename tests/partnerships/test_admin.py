import pytest

from partnerships.models import Membership, Partnership
from tests import back_office, factories

pytestmark = pytest.mark.django_db


def make_partnership():
    return factories.make_partnership(targets=[factories.make_country()], generation=1)


# Each list with its number of queries: session, user, what the filters offer,
# count, rows.
LISTS = [
    (Partnership, make_partnership, 6),
    (Membership, factories.make_membership, 5),
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


def test_adds_a_partnership_with_its_partners(admin_client):
    mexico, cluster = factories.make_country(), factories.make_cluster()
    partnership = back_office.add(
        admin_client,
        Partnership,
        acronym="EU-TEX",
        name="Textiles",
        slug="eu-tex",
        targets=[mexico.pk],
        start="2016-03-09",
        start_precision="year",
        **{
            "memberships-TOTAL_FORMS": 1,
            "memberships-0-role": "lead",
            "memberships-0-cluster": cluster.pk,
        },
    )
    membership = back_office.add(
        admin_client,
        Membership,
        partnership=partnership.pk,
        role="partner",
        partner_name="Textile Institute",
    )

    assert partnership.status == Partnership.Status.DRAFT
    assert partnership.get_start_display() == "2016"
    assert list(partnership.targets.all()) == [mexico]
    assert [str(partner) for partner in partnership.memberships.all()] == [
        cluster.name,
        membership.partner_name,
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"role": "lead"}, "Another row is already the lead."),
        ({"role": "partner"}, "This partner stands in another row as well."),
    ],
)
def test_partners_that_exclude_each_other_are_refused(admin_client, values, message):
    partnership = factories.make_partnership()
    rows = {"memberships-TOTAL_FORMS": 2}
    for row, name in enumerate(("Tëxtile", "textile")):
        rows[f"memberships-{row}-partner_name"] = name
        rows[f"memberships-{row}-role"] = values["role"]

    page = back_office.send(admin_client, back_office.change_url(partnership), **rows)

    assert message in page
    assert not partnership.memberships.exists()


def test_a_second_lead_beside_a_saved_one_is_refused(admin_client):
    partnership = factories.make_membership(role=Membership.Role.LEAD).partnership

    page = back_office.send(
        admin_client,
        back_office.change_url(partnership),
        **{
            "memberships-TOTAL_FORMS": 2,
            "memberships-1-partner_name": "Textile Institute",
            "memberships-1-role": "lead",
        },
    )

    assert "The partnership already has a lead." in page


def test_an_acronym_of_the_same_generation_is_refused(admin_client):
    factories.make_partnership(acronym="EU-TEX", generation=1)

    page = back_office.send(
        admin_client,
        back_office.add_url(Partnership),
        acronym="eu-tex",
        name="Textiles",
        slug="another",
        generation=1,
    )

    assert "A partnership of this generation already has this acronym." in page


def test_a_partnership_is_found_by_its_name_without_accents(admin_client):
    partnership = factories.make_partnership(name="Alliance Énergie")
    factories.make_partnership()

    assert back_office.found(admin_client, Partnership, "energie") == [partnership]


def test_a_cluster_that_is_a_partner_is_not_deleted(admin_client):
    membership = factories.make_membership()

    admin_client.post(back_office.delete_url(membership.cluster), {"post": "yes"})

    assert Membership.objects.get().cluster == membership.cluster
