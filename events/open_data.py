"""The data sets of events, achievements and news."""

from django.utils.translation import gettext_lazy as _

from clusters.models import Cluster, EscaLabel
from countries.open_data import (
    PAGE_FIELD,
    SOURCES_FIELD,
    UPDATED_FIELD,
    codes_of,
    figures_of,
)
from partnerships.models import Partnership
from portal.columnwise import Linked
from portal.live_figures import as_text
from portal.open_data import DataField, DataSet, Kind, dated

from .models import Achievement, Event, NewsItem

SLUG_FIELD = DataField("slug", _("Name in addresses of the portal."), Kind.CODE)
UID_FIELD = DataField("uid", _("Name that never changes."), Kind.CODE, value=str)
PARTNERSHIPS_FIELD = DataField(
    "partnerships",
    _("“slug” of the data set “partnerships”."),
    Kind.CODE,
    many=True,
    paths=(Linked("partnerships", ("slug",), Partnership.objects.published),),
)
CLUSTERS_FIELD = DataField(
    "clusters",
    _("“slug” of the data set “clusters”."),
    Kind.CODE,
    many=True,
    paths=(Linked("clusters", ("slug",), Cluster.objects.published),),
)
COUNTRIES_FIELD = DataField(
    "countries",
    _("Codes of the countries that it is about, two letters."),
    Kind.CODE,
    many=True,
    paths=(codes_of("countries"),),
)
DATE_FIELD = dated("date", _("Date."))
BODY_FIELD = DataField("body", _("Text."), value=as_text)


def instant_if_stated(instant, time_of_day):
    return instant if time_of_day is not None else None


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
        dated("starts_on", _("First day.")),
        DataField(
            "starts_at",
            _("When it begins, on the clock of the place; empty: a whole day."),
            Kind.TIME,
        ),
        dated("ends_on", _("Last day.")),
        DataField("ends_at", _("When it ends, on the clock of the place."), Kind.TIME),
        DataField(
            "time_zone", _("Time zone of the place, by its IANA name."), Kind.CODE
        ),
        DataField(
            "end_time_zone", _("That of the end, where it is another one."), Kind.CODE
        ),
        DataField(
            "start",
            _("The instant at which it begins; null where no time of day is stated."),
            Kind.INSTANT,
            paths=("start", "starts_at"),
            value=instant_if_stated,
        ),
        DataField(
            "end",
            _("The instant at which it is over; null where no time of day is stated."),
            Kind.INSTANT,
            paths=("end", "ends_at"),
            value=instant_if_stated,
        ),
        DataField("venue", _("Venue.")),
        DataField("city", _("City.")),
        DataField(
            "country",
            _("Code of the country where it takes place, two letters."),
            Kind.CODE,
            paths=(codes_of("country"),),
        ),
        DataField(
            "more_countries",
            _("Codes of other countries that it is about."),
            Kind.CODE,
            many=True,
            paths=(codes_of("more_countries"),),
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
    lambda: Event.objects.published().order_by("start", "pk"),
    keywords=(_("events"), _("matchmaking")),
    list_route="events:list",
    dated_by="starts_on",
    ended_by="ends_on",
    reads=("country", "more_countries", "partnerships"),
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
        BODY_FIELD,
        DATE_FIELD,
        COUNTRIES_FIELD,
        CLUSTERS_FIELD,
        DataField(
            "labels",
            _("Keys of the data set “labels”."),
            Kind.INTEGER,
            many=True,
            paths=(Linked("labels", ("pk",), EscaLabel.objects.published),),
        ),
        PARTNERSHIPS_FIELD,
        DataField("proof_url", _("Address of the proof."), Kind.ADDRESS),
        SOURCES_FIELD,
        UPDATED_FIELD,
        PAGE_FIELD,
    ),
    lambda: Achievement.objects.published().latest_first(),
    keywords=(_("results"), _("success stories")),
    list_route="achievements:list",
    dated_by="date",
    reads=("countries", "clusters", "labels", "partnerships", *figures_of("countries")),
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
        BODY_FIELD,
        DATE_FIELD,
        COUNTRIES_FIELD,
        CLUSTERS_FIELD,
        PARTNERSHIPS_FIELD,
        DataField("source_url", _("Address of the source."), Kind.ADDRESS),
        DataField(
            "corrections",
            _("What was wrong, and the day since when it is put right."),
            many=True,
            paths=(Linked("corrections", ("corrected_on", "text")),),
            value=lambda told: [f"{day.isoformat()}: {text}" for day, text in told],
        ),
        SOURCES_FIELD,
        UPDATED_FIELD,
        PAGE_FIELD,
    ),
    lambda: NewsItem.objects.published().latest_first(),
    keywords=(_("news"),),
    list_route="news:list",
    dated_by="date",
    reads=("countries", "clusters", "partnerships", *figures_of("countries")),
)
