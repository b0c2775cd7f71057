"""Clusters that are entered twice: found, and made one."""

import datetime
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse

from clusters import merging
from clusters.duplicates import alike, names_are_alike, site_of
from clusters.models import Cluster, EscaLabel, FormerAddress
from tests import back_office
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_industry,
    make_label,
    make_membership,
    make_news_item,
    make_partnership,
    make_source,
    make_staff,
)

pytestmark = pytest.mark.django_db


def date(text):
    return datetime.date.fromisoformat(text)


@pytest.fixture
def country():
    return make_country()


@pytest.fixture
def kept(country):
    return make_cluster(country=country, name="Clúster Automotriz", slug="claut")


@pytest.fixture
def dropped(country):
    return make_cluster(
        country=country,
        name="Automotive Cluster",
        slug="automotive-cluster",
        acronym="CLAUT",
        website="https://claut.example",
        website_reachable_on=date("2018-05-03"),
        member_count=95,
        member_count_year=2018,
    )


def test_all_that_one_has_moves_to_the_other(kept, dropped):
    kept.founded = 2007
    dropped.founded = 1999
    label = make_label(cluster=dropped, valid_until=date("2018-05-04"))
    membership = make_membership(cluster=dropped)
    achievement, news_item = make_achievement(), make_news_item()
    industry, source = make_industry("C29"), make_source()
    for links in (achievement.clusters, news_item.clusters):
        links.add(dropped)
    dropped.industries.add(industry)
    dropped.sources.add(source)
    dropped.member_counts.create(year=2016, number=80)
    dropped.former_names.create(name="Autopartes")
    FormerAddress.objects.create(slug="oldest", cluster=dropped)

    merging.merge(kept, dropped)

    merged = Cluster.objects.get()
    assert merged == kept
    assert (merged.name, merged.acronym) == ("Clúster Automotriz", "CLAUT")
    assert merged.founded == 2007
    assert (merged.website, merged.website_reachable_on) == (
        "https://claut.example",
        date("2018-05-03"),
    )
    assert (merged.member_count, merged.member_count_year) == (95, 2018)
    assert merged.labels.get() == label
    assert merged.memberships.get() == membership
    assert merged.achievements.get() == achievement
    assert merged.news.get() == news_item
    assert merged.industries.get() == industry
    assert merged.sources.get() == source
    assert merged.member_counts.get().number == 80
    names = {str(name) for name in merged.former_names.all()}
    assert names == {"Autopartes", "Automotive Cluster"}
    slugs = {str(address) for address in merged.former_addresses.all()}
    assert slugs == {"oldest", "automotive-cluster"}


def test_the_old_address_leads_to_the_merged_cluster(client, kept, dropped):
    merging.merge(kept, dropped)

    response = client.get("/clusters/automotive-cluster/")

    assert (response.status_code, response["Location"]) == (301, "/clusters/claut/")
    assert list(client.get("/clusters/?q=automotive").context["rows"]) == [kept]


def test_one_label_entered_twice_stays_once_with_all_its_sources(kept, dropped):
    period = {"awarded_on": date("2016-07-01"), "valid_until": date("2018-07-31")}
    label = make_label(cluster=kept, **period)
    twin = make_label(cluster=dropped, **period)
    source, achievement = make_source(), make_achievement()
    twin.sources.add(source)
    achievement.labels.add(twin)

    merging.merge(kept, dropped)

    assert kept.labels.get() == label
    assert label.sources.get() == source
    assert achievement.labels.get() == label


def test_labels_that_overlap_are_refused_by_name_and_nothing_moves(kept, dropped):
    make_label(
        cluster=kept, awarded_on=date("2016-07-01"), valid_until=date("2018-07-31")
    )
    make_label(
        cluster=dropped, awarded_on=date("2017-07-01"), valid_until=date("2019-07-31")
    )
    make_membership(cluster=dropped)

    with pytest.raises(
        ValidationError, match="1 Jul 2016 until 31 Jul 2018, and 1 Jul"
    ):
        merging.merge(kept, dropped)

    assert Cluster.objects.count() == 2
    assert dropped.memberships.count() == 1


def test_partners_of_one_partnership_become_one_that_leads_if_either_did(kept, dropped):
    partnership = make_partnership()
    make_membership(partnership=partnership, cluster=kept)
    make_membership(partnership=partnership, cluster=dropped, role="lead")

    merging.merge(kept, dropped)

    membership = partnership.memberships.get()
    assert (membership.cluster, membership.role) == (kept, "lead")


def test_a_cluster_does_not_merge_with_itself(kept):
    with pytest.raises(ValidationError, match="two different"):
        merging.merge(kept, kept)


def test_the_data_files_do_not_undo_a_merge():
    load = ["load_portal_data"]
    call_command(*load, stdout=StringIO())
    merging.merge(
        Cluster.objects.get(name="Automotive Cluster of Queretaro, A.C."),
        Cluster.objects.get(name="Claut Edo Mex"),
    )
    before = list(EscaLabel.objects.order_by("pk").values())
    clusters = list(Cluster.objects.order_by("pk").values())

    call_command(*load, stdout=StringIO())

    assert list(EscaLabel.objects.order_by("pk").values()) == before
    assert list(Cluster.objects.order_by("pk").values()) == clusters


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("Clúster Automotriz de Querétaro", "Cluster Automotriz Queretaro, A.C.", True),
        ("Automotive Cluster of Queretaro", "Clúster Automotriz de Querétaro", True),
        ("Clúster Automotriz de Querétaro", "Clúster Automotriz de Jalisco", False),
        ("Silicon Saxony", "Silicon Saxony e.V.", True),
        ("Cluster A", "The Cluster", False),
        ("Skywin", "BioWin", False),
    ],
)
def test_names_are_alike_whatever_their_order_accents_and_legal_forms(
    one, other, are_alike
):
    assert names_are_alike(one, other) is are_alike
    assert names_are_alike(other, one) is are_alike


def test_alike_clusters_are_found_with_the_reasons(country):
    cluster = make_cluster(
        country=country,
        name="Clúster Automotriz de Querétaro",
        acronym="CAQ",
        city="Querétaro",
        portfolio="ICT",
        website="https://www.caq.example/en",
    )
    named = make_cluster(country=country, name="A cluster automotriz queretaro")
    renamed = make_cluster(country=country, name="B")
    renamed.former_names.create(name="Automotive Cluster of Queretaro")
    short = make_cluster(country=country, name="C", acronym="caq")
    near = make_cluster(country=country, name="D", city="QUERETARO", portfolio="ICT")
    sited = make_cluster(name="E", website="http://caq.example")
    make_cluster(name="Clúster Automotriz de Querétaro")
    make_cluster(country=country, name="F", city="Querétaro")

    assert alike(cluster) == [
        (named, ["alike name"]),
        (renamed, ["alike name"]),
        (short, ["same acronym"]),
        (near, ["same city and portfolio"]),
        (sited, ["same site"]),
    ]


def test_a_site_is_its_host():
    assert site_of("https://www.claut.com.mx/en?x=1") == "claut.com.mx"
    assert site_of("") == site_of("https://[broken") == ""


def merge_url(kept, dropped):
    return reverse("admin:clusters_cluster_merge", args=[kept.pk, dropped.pk])


def test_saving_warns_of_what_may_be_the_same_and_offers_to_merge(
    admin_client, kept, dropped
):
    address = back_office.change_url(dropped)
    form = back_office.form_values(admin_client.get(address))
    response = admin_client.post(
        address, {**form, "name": "Cluster Automotriz A.C."}, follow=True
    )

    told = "".join(back_office.messages_of(response))
    assert "This cluster may be entered already" in told
    assert merge_url(kept, dropped) in told


def test_a_changed_address_leads_to_the_new_one(admin_client, client, kept):
    back_office.assert_saves(admin_client, back_office.change_url(kept), slug="new")

    assert client.get("/clusters/claut/")["Location"] == "/clusters/new/"


def test_two_clusters_are_merged_in_the_back_office(
    admin_client, admin_user, kept, dropped
):
    answer = back_office.run_action(admin_client, "merge_selected", kept, dropped)
    assert answer.redirect_chain[0][0] == merge_url(kept, dropped)
    assert "Merge them" in answer.content.decode()
    assert Cluster.objects.count() == 2

    done = admin_client.post(merge_url(kept, dropped), follow=True)

    assert back_office.messages_of(done) == ["Merged with “Automotive Cluster”."]
    merged = Cluster.objects.get()
    assert (merged, merged.updated_by) == (kept, admin_user)
    logged = LogEntry.objects.values_list("object_repr", "action_flag")
    assert set(logged) == {("Clúster Automotriz", 2), ("Automotive Cluster", 3)}


def test_what_stands_in_the_way_of_a_merge_is_named(admin_client, kept, dropped):
    for cluster in (kept, dropped):
        make_label(
            cluster=cluster,
            awarded_on=date(f"201{6 + (cluster == dropped)}-07-01"),
            valid_until=date("2018-07-31"),
        )

    for send in (admin_client.get, admin_client.post):
        page = send(merge_url(kept, dropped)).content.decode()
        assert "Both hold Bronze at one time" in page
        assert "Merge them" not in page
    assert Cluster.objects.count() == 2


def test_one_cluster_or_three_are_not_merged(admin_client, kept):
    response = back_office.run_action(admin_client, "merge_selected", kept)

    assert back_office.messages_of(response) == [
        "Select two clusters to merge, no more and no fewer."
    ]
    assert admin_client.post(merge_url(kept, kept)).status_code == 200
    assert Cluster.objects.count() == 1


def test_nobody_merges_without_the_right_to_delete(client, kept, dropped):
    user = make_staff()
    codenames = ["view_cluster", "change_cluster", "edit_every_country"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    client.force_login(user)

    assert client.post(merge_url(kept, dropped)).status_code == 403
    assert Cluster.objects.count() == 2
