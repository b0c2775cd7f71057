from events.importers import EventImporter
from portal.importing.commands import ImportCommand


class Command(ImportCommand):
    help = "Import events from a CSV or XLSX file; docs/importing.md says how."
    importer_class = EventImporter
