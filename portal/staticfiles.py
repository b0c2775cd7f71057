from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Name every static file by its content, the modules that scripts import too."""

    support_js_module_import_aggregation = True
