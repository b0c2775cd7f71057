"""Give permissions to the roles in migrations, and take them away again.

A migration that adds a kind of record grants the roles what they may do with it::

    migrations.RunPython(*grant({"Administrator": {"portal.apikey": ["add", "view"]}}))

It depends on the migration that makes the model. A permission may be named without its
model, as ``edit_every_country``; then it stands alone.
"""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions


def grant(roles: dict[str, dict[str, list[str]]]):
    """Return what a migration does and undoes to grant ``roles`` their permissions."""

    def forwards(apps, schema_editor):
        groups = apps.get_model("auth", "Group").objects.using(
            schema_editor.connection.alias
        )
        for name, permissions in _permissions(apps, schema_editor, roles):
            group, _created = groups.get_or_create(name=name)
            group.permissions.add(*permissions)

    def backwards(apps, schema_editor):
        groups = apps.get_model("auth", "Group").objects.using(
            schema_editor.connection.alias
        )
        for name, permissions in _permissions(apps, schema_editor, roles):
            for group in groups.filter(name=name):
                group.permissions.remove(*permissions)
                if not group.permissions.exists():
                    group.delete()

    return forwards, backwards


def _permissions(apps, schema_editor, roles):
    """Yield each role with its permissions, which are made where they are missing."""
    using = schema_editor.connection.alias
    labels = {kind.split(".")[0] for kinds in roles.values() for kind in kinds}
    for label in sorted(labels):
        # Django makes permissions only after all migrations.
        config = installed.get_app_config(label)
        create_permissions(config, verbosity=0, using=using, apps=apps)
    known = apps.get_model("auth", "Permission").objects.using(using)
    for name, kinds in roles.items():
        permissions = []
        for kind, actions in kinds.items():
            label, model = kind.split(".")
            codenames = [f"{a}_{model}" if "_" not in a else a for a in actions]
            found = known.filter(
                content_type__app_label=label,
                content_type__model=model,
                codename__in=codenames,
            )
            permissions += found
            if len(found) != len(actions):
                message = f"{kind} has not all of these permissions: {codenames}"
                raise LookupError(message)
        yield name, permissions
