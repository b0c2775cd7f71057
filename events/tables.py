from django.utils.translation import gettext_lazy as _

from portal.exports import ExportColumn
from portal.listing_tables import ListingTable, SortedColumn

from .models import Achievement, Event, NewsItem


class EventTable(ListingTable):
    start = SortedColumn(_("Date"), sort="start")
    title = SortedColumn(_("Title"), sort="title_key")

    class Meta:
        model = Event
        fields = ["start", "title"]
        template_name = "events/_event_list.html"

    @property
    def is_by_date(self):
        """Whether its months can be headings."""
        return not self.order_by or self.order_by[0].bare == "start"

    @property
    def heading_level(self):
        return 3 if self.is_by_date else 2


class StoryTable(ListingTable):
    date = SortedColumn(_("Date"), sort="date", initial_sort_descending=True)
    title = SortedColumn(_("Title"), sort="title_key")

    class Meta:
        fields = ["date", "title"]
        order_by = "-date"


class AchievementTable(StoryTable):
    class Meta(StoryTable.Meta):
        model = Achievement
        template_name = "events/_achievement_list.html"


class NewsItemTable(StoryTable):
    class Meta(StoryTable.Meta):
        model = NewsItem
        template_name = "events/_news_list.html"


def stated(name):
    """Return what reads an attribute; None where it is empty."""
    return lambda record: getattr(record, name) or None


def clock(name):
    """Return what reads a time, to the minute."""
    return lambda record: (
        time.isoformat("minutes") if (time := getattr(record, name)) else None
    )


def each(relation, name):
    """Return what reads an attribute of each record of a relation."""
    return lambda record: [
        getattr(one, name) for one in getattr(record, relation).all()
    ]


TITLE = ExportColumn("title", _("Title"), stated("title"), "title", width=50)
SUMMARY = ExportColumn("summary", _("Summary"), stated("summary"), width=50)
PARTNERSHIPS = ExportColumn(
    "partnerships", _("Partnerships"), each("partnerships", "acronym"), width=30
)
EVENT_COLUMNS = (
    TITLE,
    ExportColumn("starts_on", _("First day"), lambda e: e.get_starts_on_iso(), "start"),
    ExportColumn("starts_at", _("Begins at"), clock("starts_at")),
    ExportColumn("ends_on", _("Last day"), lambda e: e.get_ends_on_iso() or None),
    ExportColumn("ends_at", _("Ends at"), clock("ends_at")),
    ExportColumn("time_zone", _("Time zone"), stated("time_zone")),
    ExportColumn("end_time_zone", _("Time zone of the end"), stated("end_time_zone")),
    ExportColumn("venue", _("Venue"), stated("venue"), width=30),
    ExportColumn("city", _("City"), stated("city")),
    ExportColumn(
        "country_code", _("Country (ISO code)"), lambda e: e.country and e.country.iso2
    ),
    ExportColumn("country", _("Country"), lambda e: e.country and e.country.name),
    ExportColumn(
        "more_country_codes",
        _("Other countries (ISO codes)"),
        each("more_countries", "iso2"),
    ),
    ExportColumn(
        "more_countries", _("Other countries"), each("more_countries", "name"), width=30
    ),
    ExportColumn("format", _("Format"), lambda e: str(e.get_format_display()) or None),
    ExportColumn("state", _("State"), lambda e: str(e.get_state_display())),
    PARTNERSHIPS,
    ExportColumn("registration_url", _("Registration"), stated("registration_url")),
    ExportColumn("website", _("Website"), stated("website")),
    SUMMARY,
)
STORY_COLUMNS = (
    TITLE,
    ExportColumn("date", _("Date"), lambda s: s.get_date_iso() or None, "date"),
    ExportColumn(
        "country_codes", _("Countries (ISO codes)"), each("countries", "iso2")
    ),
    ExportColumn("countries", _("Countries"), each("countries", "name"), width=30),
    PARTNERSHIPS,
    SUMMARY,
)
ACHIEVEMENT_COLUMNS = (
    *STORY_COLUMNS,
    ExportColumn("proof_url", _("Proof"), stated("proof_url"), width=40),
)
NEWS_COLUMNS = (
    *STORY_COLUMNS,
    ExportColumn("source_url", _("Source"), stated("source_url"), width=40),
)
