"""What an editor sees of the label rules."""

import datetime

import pytest

from clusters.models import EscaLabel
from tests import back_office
from tests.factories import make_cluster, make_label

pytestmark = pytest.mark.django_db


def date(text):
    return datetime.date.fromisoformat(text)


def add_label(client, **values):
    """Add a label through its form; return it, and what the back office says."""
    address = back_office.add_url(EscaLabel)
    form = back_office.form_values(client.get(address))
    response = client.post(address, {**form, **values}, follow=True)
    assert response.redirect_chain, back_office.errors_of(response)
    return EscaLabel.objects.latest("pk"), back_office.messages_of(response)


def test_a_first_label_gets_its_end_and_the_reason(admin_client):
    label, told = add_label(
        admin_client,
        cluster=make_cluster().pk,
        level="bronze",
        awarded_on="2016-07-12",
    )

    assert label.get_valid_until_iso() == "2018-07"
    assert label.valid_until == date("2018-07-31")
    assert label.runs_from is None
    assert (
        "A first Bronze label runs 2 years from the month of the award: "
        "until July 2018." in told
    )


def test_a_renewal_entered_late_runs_from_the_old_end(admin_client):
    first = make_label(
        awarded_on=date("2017-07-01"),
        valid_until=date("2019-07-31"),
        valid_until_precision="month",
    )

    label, told = add_label(
        admin_client,
        cluster=first.cluster.pk,
        level="bronze",
        awarded_on="2020-03-14",
    )

    assert (label.get_runs_from_iso(), label.get_valid_until_iso()) == (
        "2019-08",
        "2022-07",
    )
    assert label.get_awarded_on_iso() == "2020-03-14"
    assert (
        "This renews the Bronze label valid until July 2019. It runs on from there for "
        "3 years, without a gap: from August 2019 until July 2022. Since "
        "15 Nov 2019 the cluster needs a profile on the European Cluster "
        "Collaboration Platform." in told
    )
    assert first.cluster.labels.held_on(date("2019-12-01")).get() == label


@pytest.mark.parametrize(
    ("values", "end"),
    [
        ({"valid_until": "2018-04-29"}, "2018-04-29"),
        ({"by_rule": ""}, ""),
        ({"level": "gold"}, ""),
        ({"awarded_on": ""}, ""),
        ({"awarded_on_precision": "year"}, ""),
    ],
)
def test_nothing_is_filled_in_where_somebody_or_no_rule_says_so(
    admin_client, values, end
):
    given = {"level": "bronze", "awarded_on": "2016-07-12", "by_rule": "on"} | values
    if not given["by_rule"]:
        del given["by_rule"]
        address = back_office.add_url(EscaLabel)
        form = back_office.form_values(admin_client.get(address))
        form.pop("by_rule")
        admin_client.post(address, {**form, "cluster": make_cluster().pk, **given})
        label = EscaLabel.objects.get()
    else:
        label, _told = add_label(admin_client, cluster=make_cluster().pk, **given)

    assert label.get_valid_until_iso() == end


def test_a_stored_label_keeps_an_end_that_is_not_known(admin_client):
    label = make_label(awarded_on=date("2016-07-01"))

    back_office.assert_unchanged_by_saving(admin_client, label)

    page = admin_client.get(back_office.change_url(label)).content.decode()
    assert "until July 2018." in page


def test_the_form_says_why_no_rule_tells_an_end(admin_client):
    for values, sentence in (
        ({"level": "gold", "awarded_on": date("2016-07-01")}, "No rule tells how long"),
        ({}, "The rules count from the award."),
    ):
        page = admin_client.get(back_office.change_url(make_label(**values)))
        assert sentence in page.content.decode()


def test_an_overlap_is_refused_and_names_the_other_award(admin_client):
    first = make_label(awarded_on=date("2016-07-01"), valid_until=date("2018-07-31"))

    page = back_office.send(
        admin_client,
        back_office.add_url(EscaLabel),
        cluster=first.cluster.pk,
        level="bronze",
        awarded_on="2017-03-01",
        valid_until="2019-03-31",
    )

    assert "The cluster already holds Bronze from 1 Jul 2016 to 31 Jul 2018" in page
    assert EscaLabel.objects.count() == 1


def test_a_row_of_a_cluster_is_filled_in_too(admin_client):
    cluster = make_cluster()
    address = back_office.change_url(cluster)
    response = admin_client.post(
        address,
        {
            **back_office.form_values(admin_client.get(address)),
            "labels-TOTAL_FORMS": 1,
            "labels-0-level": "silver",
            "labels-0-awarded_on": "2017-05-20",
            "labels-0-awarded_on_precision": "month",
            "labels-0-valid_until_precision": "day",
            "labels-0-by_rule": "on",
        },
        follow=True,
    )

    assert cluster.labels.get().get_valid_until_iso() == "2019-05"
    assert any("until May 2019." in text for text in back_office.messages_of(response))


def test_rows_that_overlap_name_each_other(admin_client):
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

    page = back_office.send(
        admin_client, back_office.change_url(make_cluster()), **rows
    )

    assert "It is Bronze from 1 Jan 2016 to 31 Dec 2017." in page
