from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from .search import ENTRIES


class EventsConfig(AppConfig):
    name = "events"
    holds_content = True
    search_entries = ENTRIES
    verbose_name = _("Events")
