"""What the site itself is, in words of schema.org; the apps tell of their records."""

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _


def website(absolute) -> dict:
    """Return who publishes what; ``absolute`` makes a whole address of a path."""
    address = absolute(reverse("home"))
    return {
        "@type": "WebSite",
        "name": _("Cluster Portal"),
        "url": address,
        "publisher": {
            "@type": "Organization",
            "name": _("Cluster Portal"),
            "url": address,
            "logo": absolute(static("portal/img/icon.svg")),
        },
    }


def dataset(absolute) -> dict:
    """Return what all the records are together, and where they are to be had."""
    downloads = [
        (_("Partnerships"), reverse("partnerships:list"), "csv", "text/csv"),
        (_("Partnerships"), reverse("partnerships:list"), "json", "application/json"),
        (_("Clusters"), reverse("clusters:list"), "csv", "text/csv"),
        (_("Clusters"), reverse("clusters:list"), "json", "application/json"),
    ]
    return {
        "@type": "Dataset",
        "name": _("Cluster cooperation between Europe and the rest of the world"),
        "description": _(
            "Countries with facts and their sources, clusters with their ESCA labels, "
            "ESCP-4i partnerships with partners and target countries, events, "
            "achievements and news."
        ),
        "url": absolute(reverse("api_documentation")),
        "isAccessibleForFree": True,
        "creator": website(absolute)["publisher"],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": name,
                "encodingFormat": media_type,
                "contentUrl": absolute(f"{path}?format={file_format}"),
            }
            for name, path, file_format, media_type in downloads
        ],
    }
