from django.db import migrations

# SQLite keeps its trigrams in tables of its own; see portal/substrings.py.
COLUMNS = {
    "partnerships_partnership": ("acronym_key", "name_key"),
    "partnerships_membership": ("partner_name_key",),
}
ADD = 'CREATE INDEX "{table}_{column}_trigrams" ON "{table}" USING gin ("{column}" gin_trgm_ops)'
REMOVE = 'DROP INDEX "{table}_{column}_trigrams"'


def execute_on_postgresql(statement):
    def execute(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            # It stays when the indexes go: others use it too.
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for table, columns in COLUMNS.items():
                for column in columns:
                    schema_editor.execute(statement.format(table=table, column=column))

    return execute


class Migration(migrations.Migration):
    dependencies = [("partnerships", "0001_initial")]

    operations = [
        migrations.RunPython(execute_on_postgresql(ADD), execute_on_postgresql(REMOVE)),
    ]
