from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal.triggers import EVERY, Followed

from .search import ENTRIES

# Countries without what belongs to each, of which many lists show all.
COUNTRIES = "countries"


class CountriesConfig(AppConfig):
    name = "countries"
    holds_content = True
    search_entries = ENTRIES
    live_figures = "countries.live_figures"
    verbose_name = _("Countries")
    followed = (Followed(COUNTRIES, "countries_country", EVERY),)
