"""Two people at one form: nobody's save silently overwrites another's."""

import threading
from functools import partial

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clusters.models import Cluster, EscaLabel, FormerName
from countries.models import Country
from partnerships.models import Partnership
from portal.history import recording
from tests import back_office, factories
from tests.back_office import change_url, form_values

from .linked_records import link, make_linked_records

pytestmark = pytest.mark.django_db
MEMORY = "The database of tests on SQLite is in memory, for one thread at a time."


@pytest.fixture
def grace(db):
    return factories.make_staff("grace", superuser=True, first_name="Grace")


def opened(client, record):
    """Open the form of a record, and return what it would send."""
    page = client.get(change_url(record))
    assert page.status_code == 200
    return form_values(page)


def sent(client, record, values, **changes):
    return client.post(change_url(record), {**values, **changes})


def at_once(*works):
    """Run works in threads of their own, and return what each returned or raised."""
    barrier, outcomes = threading.Barrier(len(works)), {}

    def run(number, work):
        barrier.wait()
        try:
            outcomes[number] = work()
        except Exception as error:  # noqa: BLE001
            outcomes[number] = error
        connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [outcomes.get(number) for number in range(len(works))]


def signed_in(name):
    client = Client()
    client.force_login(factories.make_staff(name, superuser=True))
    return client


def save_as(user, record, **changes):
    with recording(user):
        for name, value in changes.items():
            setattr(record, name, value)
        record.save()


def told(response):
    """Return what the page tells of each value: field, before, now, typed, by whom."""
    return [
        (
            difference.change.label,
            "".join(part.text for part in difference.change.before),
            "".join(part.text for part in difference.change.after),
            difference.typed,
            difference.hand and difference.hand.name,
        )
        for difference in response.context["clash"].differences
    ]


def test_a_form_that_nobody_overtook_is_saved(admin_client):
    cluster = factories.make_cluster(name="Before")

    back_office.assert_saves(admin_client, change_url(cluster), name="After")

    cluster.refresh_from_db()
    assert cluster.name == "After"


def test_a_stale_form_is_refused_and_says_who_saved_what(admin_client, grace):
    cluster = factories.make_cluster(name="Before", city="Puebla")
    values = opened(admin_client, cluster)
    save_as(grace, cluster, name="Hers", region="Jalisco")

    response = sent(admin_client, cluster, values, name="His", city="Toluca")

    stored = Cluster.objects.get()
    assert response.status_code == 200
    assert (stored.name, stored.city, stored.region) == ("Hers", "Puebla", "Jalisco")
    assert told(response) == [
        ("Name", "Before", "Hers", "His", "Grace"),
        ("Region", "", "Jalisco", None, "Grace"),
    ]
    page = response.content.decode()
    assert "Grace saved it on" in page
    assert "Not saved: this record has changed since you opened it" in page


def test_what_was_typed_stays_and_the_rest_follows_the_database(admin_client, grace):
    country, other = factories.make_country(), factories.make_country()
    cluster = factories.make_cluster(name="Before", country=country)
    values = opened(admin_client, cluster)
    save_as(
        grace, cluster, summary="Hers", country=other, founded=2001, portfolio="ICT"
    )

    response = sent(admin_client, cluster, values, name="His")

    shown = form_values(response)
    assert shown["name"] == ["His"]
    assert shown["summary"] == ["Hers"]
    assert shown["country"] == [str(other.pk)]
    assert shown["founded"] == ["2001"]
    assert shown["portfolio"] == ["ICT"]


def test_the_form_that_tells_of_it_can_be_saved_on_top(admin_client, grace):
    cluster = factories.make_cluster(name="Before")
    values = opened(admin_client, cluster)
    save_as(grace, cluster, name="Hers", region="Jalisco")
    refused = sent(admin_client, cluster, values, name="His")

    saved = sent(admin_client, cluster, form_values(refused))

    cluster.refresh_from_db()
    assert saved.status_code == 302
    assert (cluster.name, cluster.region) == ("His", "Jalisco")


def test_who_is_overtaken_twice_is_told_twice(admin_client, grace):
    cluster = factories.make_cluster(name="Before")
    values = opened(admin_client, cluster)
    save_as(grace, cluster, name="Hers")
    refused = sent(admin_client, cluster, values, name="His")
    save_as(grace, cluster, name="Hers again")

    response = sent(admin_client, cluster, form_values(refused))

    assert response.status_code == 200
    assert told(response) == [("Name", "Hers", "Hers again", "His", "Grace")]
    assert Cluster.objects.get().name == "Hers again"


def test_a_text_of_several_lines_that_nobody_touched_is_no_conflict(
    admin_client, grace
):
    lines = "First line.\n\nSecond line.\n"
    partnership = factories.make_partnership(summary=lines, joining_details=lines)
    values = opened(admin_client, partnership)
    assert "\r" not in values["summary"][0]
    browser = {"summary": lines.replace("\n", "\r\n"), "joining_details": "Typed"}
    save_as(grace, partnership, summary="Hers", joining_details="Hers")

    response = sent(admin_client, partnership, values, **browser)

    assert [line[1:4] for line in told(response)] == [
        (lines, "Hers", None),
        (lines, "Hers", "Typed"),
    ]


def test_both_writing_the_same_is_no_conflict(admin_client, grace):
    cluster = factories.make_cluster(name="Before")
    values = opened(admin_client, cluster)
    save_as(grace, cluster, name="Same")

    response = sent(admin_client, cluster, values, name="Same")

    assert told(response) == [("Name", "Before", "Same", None, "Grace")]


def test_what_was_written_past_the_models_is_noticed(admin_client):
    cluster = factories.make_cluster(name="Before")
    values = opened(admin_client, cluster)
    Cluster.objects.update(region="Jalisco")

    response = sent(admin_client, cluster, values, name="His")

    assert told(response) == [("Region", "", "Jalisco", None, None)]
    assert "Who saved it is not known." in response.content.decode()
    assert Cluster.objects.get().name == "Before"


def test_links_and_times_and_the_status_are_noticed(admin_client, grace):
    partnership = factories.make_partnership(status="draft")
    country = factories.make_country(name="Mexico")
    values = opened(admin_client, partnership)
    partnership.targets.add(country)
    Partnership.objects.all().publish(grace)

    response = sent(admin_client, partnership, values, name="His")

    assert [line[:4] for line in told(response)] == [
        ("Status", "Draft", "Published", None),
        ("Targeted third countries", "", "Mexico", None),
    ]
    assert form_values(response)["targets"] == [str(country.pk)]


def test_rows_that_another_added_changed_or_removed_are_shown(admin_client, grace):
    cluster = factories.make_cluster()
    for name in ("Changed", "Removed", "Left"):
        FormerName.objects.create(cluster=cluster, name=name)
    values = opened(admin_client, cluster)
    with recording(grace):
        changed = FormerName.objects.get(name="Changed")
        changed.name = "Changed by her"
        changed.save()
        FormerName.objects.get(name="Removed").delete()
        FormerName.objects.create(cluster=cluster, name="Added by her")

    response = sent(admin_client, cluster, values, name="His")

    assert sorted(
        (record.title, record.fate) for record in response.context["clash"].records
    ) == [
        ("Former name: Added by her", "Added meanwhile. It stays when you save."),
        ("Former name: Changed by her", ""),
        ("Former name: Removed", "Removed meanwhile. It stays removed when you save."),
    ]
    saved = sent(admin_client, cluster, form_values(response))
    assert saved.status_code == 302
    assert set(FormerName.objects.values_list("name", flat=True)) == {
        "Added by her",
        "Changed by her",
        "Left",
    }


def test_a_removed_row_that_was_changed_is_added_again(admin_client, grace):
    cluster = factories.make_cluster()
    for name in ("First", "Second"):
        FormerName.objects.create(cluster=cluster, name=name)
    values = opened(admin_client, cluster)
    with recording(grace):
        FormerName.objects.get(name="First").delete()
    number = next(
        name.removesuffix("-name")
        for name, value in values.items()
        if value == ["First"]
    )

    refused = sent(admin_client, cluster, values, **{f"{number}-name": "First again"})
    saved = sent(admin_client, cluster, form_values(refused))

    assert refused.context["clash"].records[0].fate == (
        "Removed meanwhile. As you changed it, saving adds it again."
    )
    assert saved.status_code == 302, back_office.errors_of(saved)
    assert set(FormerName.objects.values_list("name", flat=True)) == {
        "First again",
        "Second",
    }


def test_a_row_that_both_changed_keeps_what_was_typed(admin_client, grace):
    cluster = factories.make_cluster()
    label = factories.make_label(cluster=cluster)
    values = opened(admin_client, cluster)
    save_as(grace, label, level="gold")

    response = sent(admin_client, cluster, values, **{"labels-0-level": "silver"})

    assert told(response) == [("Level", "Bronze", "Gold", "Silver", "Grace")]
    assert form_values(response)["labels-0-level"] == ["silver"]
    assert EscaLabel.objects.get().level == "gold"


def test_a_record_that_was_deleted_meanwhile_loses_nothing_typed(admin_client, grace):
    cluster = factories.make_cluster(name="Before")
    values = opened(admin_client, cluster) | {"summary": "Long text", "name": "His"}
    with recording(grace):
        Cluster.objects.get().delete()

    response = sent(admin_client, cluster, values)

    page = response.content.decode()
    assert response.status_code == 410
    assert "Grace deleted this record on" in page
    assert ">His</textarea>" in page
    assert ">Long text</textarea>" in page
    assert not Cluster.objects.exists()


@pytest.mark.parametrize("token", ["", "nonsense", None])
def test_a_form_that_does_not_say_what_it_was_made_of_is_refused(admin_client, token):
    cluster = factories.make_cluster(name="Before")
    values = opened(admin_client, cluster)
    del values["_seen"]

    changes = {} if token is None else {"_seen": token}
    response = sent(admin_client, cluster, values, name="His", **changes)

    assert response.status_code == 200
    assert "does not say from which version it was made" in response.content.decode()
    assert Cluster.objects.get().name == "Before"
    assert sent(admin_client, cluster, form_values(response)).status_code == 302


def test_the_token_of_another_record_does_not_count(admin_client):
    cluster, other = factories.make_cluster(name="One"), factories.make_cluster()
    values = opened(admin_client, cluster)
    values["_seen"] = opened(admin_client, other)["_seen"]

    assert sent(admin_client, cluster, values, name="His").status_code == 200
    assert Cluster.objects.get(pk=cluster.pk).name == "One"


def registered_records():
    link(make_linked_records(), make_linked_records())
    Group.objects.create(name="Editors")
    for model, model_admin in admin.site._registry.items():
        record = model._base_manager.first()
        if record is not None and model is not User:
            yield record, model_admin


def test_every_form_of_the_back_office_refuses_what_is_stale(admin_client, rf):
    request = rf.get("/")
    request.user = User.objects.get()
    checked = []
    for record, model_admin in registered_records():
        if not model_admin.has_change_permission(request, record):
            continue
        model = type(record)
        form = model_admin.get_form(request, record, change=True)
        values = opened(admin_client, record)
        assert "_seen" in values, model
        name = back_door(record, form)
        response = sent(admin_client, record, values)
        assert response.status_code == 200, model
        assert response.context["clash"].differences[0].name == name, model
        checked.append(model)
    assert {Cluster, Country, EscaLabel, Group} <= set(checked)
    assert len(checked) >= 15


def back_door(record, form):
    """Change a value behind the back of a form, and return the name of its field."""
    for field in type(record)._meta.concrete_fields:
        if field.name not in form.base_fields or field.is_relation:
            continue
        # Only where there is no cluster.
        if field.name == "partner_name":
            continue
        value = getattr(record, field.attname)
        if isinstance(field, models.CharField | models.TextField) and (
            not field.choices and not field.unique
        ):
            new = f"{value}x"
        elif field.choices:
            new = next(one for one, _label in field.flatchoices if one != value)
        elif isinstance(field, models.DecimalField):
            new = value + 1
        else:
            continue
        if isinstance(field, models.SlugField) or len(str(new)) > (
            field.max_length or 99
        ):
            continue
        type(record)._base_manager.filter(pk=record.pk).update(**{field.name: new})
        return field.name
    field = type(record)._meta.get_field("name")
    type(record)._base_manager.filter(pk=record.pk).update(name="Changed")
    return field.name


def test_users_are_protected_as_well(admin_client):
    user = factories.make_staff("ada")
    values = opened(admin_client, user)
    User.objects.filter(pk=user.pk).update(first_name="Ada", last_login=None)

    response = sent(admin_client, user, values, last_name="Lovelace")

    assert response.status_code == 200
    assert told(response) == [("First name", "", "Ada", None, None)]
    assert user.password not in response.content.decode()
    assert User.objects.get(pk=user.pk).last_name == ""


def test_no_list_of_the_back_office_is_edited_in_place():
    assert all(not one.list_editable for one in admin.site._registry.values())


def test_the_queries_of_a_form_do_not_grow_with_its_rows(admin_client):
    cluster = factories.make_cluster()
    # What the process remembers of content types is read once.
    opened(admin_client, cluster)
    numbers = []
    for number in (1, 3):
        while FormerName.objects.count() < number:
            name = f"Name {FormerName.objects.count()}"
            FormerName.objects.create(cluster=cluster, name=name)
        with CaptureQueriesContext(connection) as queries:
            opened(admin_client, cluster)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("sqlite" in settings.DATABASES["default"]["ENGINE"], reason=MEMORY)
def test_of_two_who_save_at_the_same_moment_one_is_told():
    cluster = factories.make_cluster(name="Before")
    clients = {name: signed_in(name) for name in ("ada", "grace")}
    forms = {name: opened(client, cluster) for name, client in clients.items()}

    answers = at_once(
        *(
            partial(sent, client, cluster, forms[name], name=f"Of {name}")
            for name, client in clients.items()
        )
    )

    statuses = dict(zip(clients, (one.status_code for one in answers), strict=True))
    assert sorted(statuses.values()) == [200, 302]
    winner = next(name for name, status in statuses.items() if status == 302)
    assert Cluster.objects.get().name == f"Of {winner}"
    assert Cluster.history.filter(history_type="~").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("sqlite" in settings.DATABASES["default"]["ENGINE"], reason=MEMORY)
def test_forms_and_bulk_writes_at_the_same_moment_do_not_block_each_other():
    clusters = [factories.make_cluster(status="draft") for _ in range(3)]
    client = signed_in("ada")

    def save():
        for _time in range(4):
            for cluster in clusters:
                sent(client, cluster, opened(client, cluster), city="Puebla")

    def write():
        for _time in range(20):
            Cluster.objects.all().unpublish()
            Cluster.objects.all().publish()

    assert at_once(save, write) == [None, None]
