from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from portal.triggers import whole

from .search import ENTRIES, LINKS

# What the pages of countries show of these.
EVENTS, ACHIEVEMENTS, NEWS = "events", "achievements", "news"
ACHIEVEMENT_TABLES = (
    "events_achievement",
    "events_achievement_countries",
    "events_achievement_labels",
)


class EventsConfig(AppConfig):
    name = "events"
    holds_content = True
    search_entries = ENTRIES
    search_links = LINKS
    verbose_name = _("Events")
    followed = (
        *whole(EVENTS, "events_event", "events_event_more_countries"),
        *whole(ACHIEVEMENTS, *ACHIEVEMENT_TABLES),
        *whole(NEWS, "events_newsitem", "events_newsitem_countries"),
    )
