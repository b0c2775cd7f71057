from clusters.importers import ClusterImporter
from portal.importing.commands import ImportCommand


class Command(ImportCommand):
    help = "Import clusters from a CSV or XLSX file; docs/importing.md says how."
    importer_class = ClusterImporter
