from django.core.management.base import BaseCommand

from portal.api import SCHEMA_FILE, generate_schema


class Command(BaseCommand):
    """Write the file that /api/schema/ serves."""

    help = "Write the OpenAPI schema that the portal serves, after a change of the API."
    requires_system_checks = ()

    def handle(self, **options):
        SCHEMA_FILE.write_bytes(generate_schema())
        self.stdout.write(f"Wrote {SCHEMA_FILE.name}.")
