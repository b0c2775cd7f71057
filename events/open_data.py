"""The data sets of events, achievements and news."""

from django.utils.translation import gettext_lazy as _

from clusters.open_data import slugs_of
from countries.open_data import SOURCES_FIELD, UPDATED_FIELD, codes_of
from portal.live_figures import as_text
from portal.open_data import DataField, DataSet, Kind

from .models import Achievement, Event, NewsItem

PAGE_FIELD = DataField(
    "page", _("Its page."), Kind.PAGE, value=lambda record: record.get_absolute_url()
)
SLUG_FIELD = DataField("slug", _("Name in addresses of the portal."), Kind.CODE)
UID_FIELD = DataField(
    "uid", _("Name that never changes."), Kind.CODE, value=lambda r: str(r.uid)
)
PARTNERSHIPS_FIELD = DataField(
    "partnerships",
    _("“slug” of the data set “partnerships”."),
    Kind.CODE,
    many=True,
    value=slugs_of("partnerships"),
)
CLUSTERS_FIELD = DataField(
    "clusters",
    _("“slug” of the data set “clusters”."),
    Kind.CODE,
    many=True,
    value=slugs_of("clusters"),
)
COUNTRIES_FIELD = DataField(
    "countries",
    _("Codes of the countries that it is about, two letters."),
    Kind.CODE,
    many=True,
    value=codes_of("countries"),
)
DATE_FIELD = DataField(
    "date", _("Date."), Kind.DATE, value=lambda record: record.get_date_iso()
)

EVENTS = DataSet(
    "events",
    _("Events"),
    _(
        "Meetings that bring clusters of Europe and of third countries together, past "
        "and to come."
    ),
    (
        UID_FIELD,
        SLUG_FIELD,
        DataField("title", _("Title.")),
        DataField("summary", _("What it is about.")),
        DataField(
            "starts_on",
            _("First day."),
            Kind.DATE,
            value=lambda event: event.get_starts_on_iso(),
        ),
        DataField(
            "starts_at",
            _("When it begins, on the clock of the place; empty: a whole day."),
            Kind.TIME,
        ),
        DataField(
            "ends_on",
            _("Last day."),
            Kind.DATE,
            value=lambda event: event.get_ends_on_iso(),
        ),
        DataField("ends_at", _("When it ends, on the clock of the place."), Kind.TIME),
        DataField(
            "time_zone", _("Time zone of the place, by its IANA name."), Kind.CODE
        ),
        DataField(
            "start",
            _("The instant at which it begins; null where no time of day is stated."),
            Kind.INSTANT,
            value=lambda event: event.stated_start,
        ),
        DataField(
            "end",
            _("The instant at which it is over; null where no time of day is stated."),
            Kind.INSTANT,
            value=lambda event: event.stated_end,
        ),
        DataField("venue", _("Venue.")),
        DataField("city", _("City.")),
        DataField(
            "country",
            _("Code of the country where it takes place, two letters."),
            Kind.CODE,
            value=lambda event: event.country and event.country.iso2,
        ),
        DataField(
            "more_countries",
            _("Codes of other countries that it is about."),
            Kind.CODE,
            many=True,
            value=codes_of("more_countries"),
        ),
        DataField(
            "format", _("on_site, online or hybrid; empty: not stated."), Kind.CODE
        ),
        DataField("state", _("planned, confirmed, cancelled or moved."), Kind.CODE),
        DataField("website", _("Website."), Kind.ADDRESS),
        DataField("registration_url", _("Where to register."), Kind.ADDRESS),
        DataField("registration_deadline", _("Last day to register."), Kind.DATE),
        PARTNERSHIPS_FIELD,
        SOURCES_FIELD,
        UPDATED_FIELD,
        PAGE_FIELD,
    ),
    lambda: Event.objects.published().for_page().order_by("start", "pk"),
    keywords=(_("events"), _("matchmaking")),
    list_route="events:list",
    dated_by="starts_on",
)
ACHIEVEMENTS = DataSet(
    "achievements",
    _("Achievements"),
    _("What cluster cooperation brought about, each with its proof."),
    (
        UID_FIELD,
        SLUG_FIELD,
        DataField("title", _("Title.")),
        DataField("summary", _("Summary.")),
        DataField("body", _("Text."), value=lambda record: as_text(record.body)),
        DATE_FIELD,
        COUNTRIES_FIELD,
        CLUSTERS_FIELD,
        DataField(
            "labels",
            _("Keys of the data set “labels”."),
            Kind.INTEGER,
            many=True,
            value=lambda achievement: [label.pk for label in achievement.labels.all()],
        ),
        PARTNERSHIPS_FIELD,
        DataField("proof_url", _("Address of the proof."), Kind.ADDRESS),
        SOURCES_FIELD,
        UPDATED_FIELD,
        PAGE_FIELD,
    ),
    lambda: Achievement.objects.published().for_page().latest_first(),
    keywords=(_("results"), _("success stories")),
    list_route="achievements:list",
    dated_by="date",
)
NEWS = DataSet(
    "news",
    _("News"),
    _("News about cluster cooperation, with corrections where there were any."),
    (
        UID_FIELD,
        SLUG_FIELD,
        DataField("title", _("Title.")),
        DataField("summary", _("Summary.")),
        DataField("body", _("Text."), value=lambda record: as_text(record.body)),
        DATE_FIELD,
        COUNTRIES_FIELD,
        CLUSTERS_FIELD,
        PARTNERSHIPS_FIELD,
        DataField("source_url", _("Address of the source."), Kind.ADDRESS),
        DataField(
            "corrections",
            _("What was wrong, and the day since when it is put right."),
            many=True,
            value=lambda item: [
                f"{one.corrected_on.isoformat()}: {one.text}"
                for one in item.corrections.all()
            ],
        ),
        SOURCES_FIELD,
        UPDATED_FIELD,
        PAGE_FIELD,
    ),
    lambda: NewsItem.objects.published().for_page().latest_first(),
    keywords=(_("news"),),
    list_route="news:list",
    dated_by="date",
)
