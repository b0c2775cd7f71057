"""Two people in two browsers at one record: nothing of either is lost."""

import pytest
from django.utils import formats, timezone

from clusters.models import Cluster, FormerName
from tests.back_office import change_url
from tests.factories import make_cluster, make_staff

from .accessibility import violations
from .signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(browser, live_server):
    """Sign two people in, each in a browser of their own."""
    contexts = {}
    for name in ("Ada", "Grace"):
        make_staff(name.lower(), superuser=True, first_name=name)
        context = browser.new_context(base_url=live_server.url, locale="en-GB")
        page = contexts[name] = context.new_page()
        sign_in(page, name.lower())
    yield contexts
    for page in contexts.values():
        page.context.close()


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()


def test_two_people_collide_and_nothing_is_lost(people):
    ada, grace = people["Ada"], people["Grace"]
    cluster = make_cluster(name="Before", city="Puebla")
    FormerName.objects.create(cluster=cluster, name="Old name")
    for page in (ada, grace):
        page.goto(change_url(cluster))

    grace.locator("#id_name").fill("Hers")
    grace.locator("#id_region").fill("Jalisco")
    grace.locator("#id_former_names-0-name").fill("Her old name")
    save(grace)
    grace.wait_for_url("**/clusters/cluster/")
    ada.locator("#id_name").fill("His")
    ada.locator("#id_summary").fill("A text that took an hour.")
    save(ada)

    alert = ada.get_by_role("alert")
    assert "Grace saved it on" in alert.inner_text()
    assert alert.evaluate("element => element === document.activeElement")
    first_row = alert.locator("tbody tr").first
    assert first_row.locator("td").all_inner_texts() == [
        "Before",
        f"Hers (Grace, {shown_time(cluster)})",
        "What you typed: His",
    ]
    assert ada.locator("#id_name").input_value() == "His"
    assert ada.locator("#id_summary").input_value() == "A text that took an hour."
    assert ada.locator("#id_region").input_value() == "Jalisco"
    assert ada.locator("#id_former_names-0-name").input_value() == "Her old name"
    stored = Cluster.objects.get()
    assert (stored.name, stored.summary) == ("Hers", "")

    save(ada)
    ada.wait_for_url("**/clusters/cluster/")

    stored = Cluster.objects.get()
    assert (stored.name, stored.summary, stored.region) == (
        "His",
        "A text that took an hour.",
        "Jalisco",
    )
    assert FormerName.objects.get().name == "Her old name"

    ada.goto(f"{change_url(cluster).removesuffix('change/')}history/")
    entries = ada.locator(".timeline__entry").all_inner_texts()
    assert ["Ada" in entries[0], "Grace" in entries[1]] == [True, True]
    ada.get_by_role("link", name="Go back to this version").first.click()
    assert ada.locator("#id_name").input_value() == "Hers"
    save(ada)
    ada.wait_for_url("**/clusters/cluster/")
    assert Cluster.objects.get().name == "Hers"


def shown_time(cluster):
    row = Cluster.history.filter(id=cluster.pk, name="Hers").get()
    return formats.time_format(timezone.localtime(row.history_date))


def test_what_is_deleted_meanwhile_loses_no_text(people):
    ada, grace = people["Ada"], people["Grace"]
    cluster = make_cluster(name="Before")
    ada.goto(change_url(cluster))
    grace.goto(f"{change_url(cluster).removesuffix('change/')}delete/")
    grace.get_by_role("button", name="Yes, I’m sure").click()
    grace.wait_for_url("**/clusters/cluster/")

    ada.locator("#id_summary").fill("A text that took an hour.")
    save(ada)

    assert "Grace deleted this record" in ada.get_by_role("alert").inner_text()
    assert ada.get_by_label("Summary").input_value() == "A text that took an hour."

    grace.get_by_role("link", name="Deleted").click()
    grace.get_by_role("link", name="Bring back …").click()
    grace.get_by_role("button", name="Bring it back").click()
    grace.wait_for_url(f"**{change_url(cluster)}")
    assert Cluster.objects.get().pk == cluster.pk


def test_the_pages_are_accessible(people):
    ada, grace = people["Ada"], people["Grace"]
    cluster = make_cluster(name="Before")
    gone = make_cluster(name="Gone")
    gone.delete()
    for page in (ada, grace):
        page.goto(change_url(cluster))
    grace.locator("#id_name").fill("Hers")
    save(grace)
    grace.wait_for_url("**/clusters/cluster/")
    ada.locator("#id_name").fill("His")
    save(ada)
    ada.get_by_role("alert").wait_for()
    base = change_url(cluster).removesuffix("change/")
    ours = ".collision, .timeline"
    assert violations(ada, ours) == []
    for address in (f"{base}history/", "/admin/clusters/cluster/deleted/"):
        ada.goto(address)
        assert violations(ada, ours) == [], address
    ada.get_by_role("link", name="Bring back …").click()
    ada.get_by_role("button", name="Bring it back").wait_for()
    assert violations(ada, ours) == []
