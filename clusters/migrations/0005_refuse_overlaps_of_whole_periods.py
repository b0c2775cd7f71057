from django.db import migrations

# On other databases the validation of the model alone refuses overlaps.
DROP = "ALTER TABLE clusters_escalabel DROP CONSTRAINT clusters_escalabel_no_overlap"
ADD = """
ALTER TABLE clusters_escalabel ADD CONSTRAINT clusters_escalabel_no_overlap
EXCLUDE USING gist (cluster_id WITH =, level WITH =, ({period}) WITH &&)
WHERE ({start} IS NOT NULL AND valid_until IS NOT NULL)
"""
# A label runs from the day stated for it, or the award, until its end or revocation.
START = "COALESCE(runs_from, awarded_on)"
PERIOD = f"daterange({START}, GREATEST({START}, LEAST(valid_until, revoked_on)))"
NEW = ADD.format(period=PERIOD, start=START)
OLD = ADD.format(period="daterange(awarded_on, valid_until)", start="awarded_on")


def replace_on_postgresql(statement):
    def replace(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(DROP)
            schema_editor.execute(statement)

    return replace


class Migration(migrations.Migration):
    dependencies = [("clusters", "0004_work_out_label_periods")]

    operations = [
        migrations.RunPython(replace_on_postgresql(NEW), replace_on_postgresql(OLD)),
    ]
