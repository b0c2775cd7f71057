"""What a person does with a draft beside a public record, for tests."""

from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from portal.publishing.drafts import Rework

from . import back_office, factories


def address(record, name, *more):
    opts = record._meta
    route = f"admin:{opts.app_label}_{opts.model_name}_{name}"
    return reverse(route, args=[record.pk, *more])


def give(user, *codenames):
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def sign_in_editor(client):
    """Sign somebody in who may change news and clusters, and not publish them."""
    user = factories.make_staff("ed")
    give(user, "view_newsitem", "change_newsitem", "view_cluster", "change_cluster")
    give(user, "edit_every_country")
    client.force_login(user)
    return user


def begin(client, record):
    """Begin a draft beside a public record, and return the page with its form."""
    return client.post(address(record, "rework_start"), follow=True)


def draft(client, record, **changes):
    """Write a draft beside a public record, and return it."""
    values = back_office.form_values(begin(client, record))
    answer = client.post(address(record, "rework"), {**values, **changes})
    assert answer.status_code == 302, back_office.errors_of(answer)
    return Rework.objects.of(record).get()


def move(client, record, name, **values):
    rework = Rework.objects.of(record).get()
    values = {"revision": rework.revision, **values}
    return client.post(address(record, "rework_move", name), values, follow=True)


def stored(record):
    return type(record).objects.get(pk=record.pk)


def approve(client, record, moment):
    local = timezone.localtime(moment)
    return move(
        client,
        record,
        "approve",
        publish_at_0=local.strftime("%Y-%m-%d"),
        publish_at_1=local.strftime("%H:%M:%S"),
    )
