from partnerships.importers import PartnershipImporter
from portal.importing.commands import ImportCommand


class Command(ImportCommand):
    help = "Import partnerships from a CSV or XLSX file; docs/importing.md says how."
    importer_class = PartnershipImporter
