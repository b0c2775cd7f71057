from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal.triggers import whole

from .search import ENTRIES, LINKS

# Countries without what belongs to each, of which many lists show all.
COUNTRIES = "countries"
# What belongs to them, and is shown by their pages.
SECTIONS, FACTS, ORGANISATIONS = "sections", "facts", "organisations"
REPORTS, SOURCES = "reports", "sources"


class CountriesConfig(AppConfig):
    name = "countries"
    holds_content = True
    search_entries = ENTRIES
    search_links = LINKS
    live_figures = "countries.live_figures"
    verbose_name = _("Countries")
    followed = (
        *whole(COUNTRIES, "countries_country", "countries_country_sources"),
        *whole(
            SECTIONS, "countries_countrysection", "countries_countrysection_sources"
        ),
        *whole(FACTS, "countries_fact", "countries_indicator"),
        *whole(
            ORGANISATIONS, "countries_organisation", "countries_organisation_sources"
        ),
        *whole(REPORTS, "countries_report", "countries_report_sources"),
        *whole(SOURCES, "countries_source"),
    )
