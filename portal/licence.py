"""On which terms others may use the data of the portal."""

from django.conf import settings
from django.utils.translation import gettext


def terms_of_use() -> dict[str, str]:
    """Return the licence of the data, where it stands, and what it covers."""
    return {
        "licence": settings.DATA_LICENCE,
        "licence_url": settings.DATA_LICENCE_URL,
        "rights": rights(),
    }


def rights() -> str:
    """Return what the licence of the data covers, and what it does not."""
    return gettext(
        "The licence covers what the portal itself adds: selection, arrangement and "
        "texts of its own. What comes from a source stays under the licence of that "
        "source, which the data set “sources” names; where it names none, the source "
        "states none that is known here."
    )
