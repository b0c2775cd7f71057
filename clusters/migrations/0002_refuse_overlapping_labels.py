from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

# On other databases the validation of the model alone refuses overlaps.
ADD = """
ALTER TABLE clusters_escalabel ADD CONSTRAINT clusters_escalabel_no_overlap
EXCLUDE USING gist (
    cluster_id WITH =, level WITH =, daterange(awarded_on, valid_until) WITH &&
)
WHERE (awarded_on IS NOT NULL AND valid_until IS NOT NULL)
"""
REMOVE = "ALTER TABLE clusters_escalabel DROP CONSTRAINT clusters_escalabel_no_overlap"


def execute_on_postgresql(statement):
    def execute(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement)

    return execute


class Migration(migrations.Migration):
    dependencies = [("clusters", "0001_initial")]

    operations = [
        BtreeGistExtension(),
        migrations.RunPython(execute_on_postgresql(ADD), execute_on_postgresql(REMOVE)),
    ]
