from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from .search import ENTRIES


class CountriesConfig(AppConfig):
    name = "countries"
    holds_content = True
    search_entries = ENTRIES
    live_figures = "countries.live_figures"
    verbose_name = _("Countries")
