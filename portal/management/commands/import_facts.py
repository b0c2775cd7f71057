from countries.importers import FactImporter
from portal.importing.commands import ImportCommand


class Command(ImportCommand):
    help = "Import facts from a CSV or XLSX file; docs/importing.md says how."
    importer_class = FactImporter
