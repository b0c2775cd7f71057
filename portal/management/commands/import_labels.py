from clusters.label_importers import LabelImporter
from portal.importing.commands import ImportCommand


class Command(ImportCommand):
    help = "Import ESCA labels from a CSV or XLSX file; docs/importing.md says how."
    importer_class = LabelImporter
