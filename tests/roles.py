"""People of each role, for tests of who may do what."""

from importlib import import_module

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection

GRANTING = [
    import_module(f"portal.migrations.{name}")
    for name in ("0006_make_roles", "0010_grant_rights_to_new_records")
]


def make_roles():
    """Make the groups anew, where a test emptied all tables before."""
    if Group.objects.filter(name="Editor").exists():
        return
    for module in GRANTING:
        for operation in module.Migration.operations:
            with connection.schema_editor() as editor:
                operation.code(apps, editor)


def make_person(username, role=None, countries=()):
    """Make somebody of the staff, with a role, who is the editor of ``countries``."""
    # Without a password, which would take long to hash.
    person = User.objects.create(username=username, is_staff=True)
    if role:
        person.groups.add(Group.objects.get(name=role))
    for country in countries:
        country.editors.add(person)
    return person
