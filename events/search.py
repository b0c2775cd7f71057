"""What the site search finds of events, achievements and news.

Plain SQL that both databases run.
"""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from countries.search import IN_COUNTRY, of_country
from portal.search_index import PUBLISHABLE, Entries, Follows, Links, lines, pairs

TITLE = ("slug", "title", "title_key", "summary", *PUBLISHABLE)


def stories(kind: str, table: str) -> Entries:
    return Entries(
        kind=kind,
        table=table,
        slug="own.slug",
        title="own.title",
        name="own.title_key",
        names="own.title_key",
        body="own.summary",
        rich=("own.body",),
        day="coalesce(own.date, {no_day})",
        public=("own",),
        follows=(Follows(table, (*TITLE, "body", "date")),),
    )


ENTRIES = (
    Entries(
        kind="events",
        table="events_event",
        slug="own.slug",
        title="own.title",
        name="own.title_key",
        names="own.title_key",
        context=lines("own.venue", "own.city", "coalesce(country.name, '')"),
        body="own.summary",
        day="own.starts_on",
        joins=f"LEFT {IN_COUNTRY}",
        public=("own",),
        public_if_any=("country",),
        follows=(
            Follows(
                "events_event", (*TITLE, "country_id", "venue", "city", "starts_on")
            ),
            of_country("events_event"),
        ),
    ),
    stories("achievements", "events_achievement"),
    stories("news", "events_newsitem"),
)


def about(kind: str, table: str, record: str) -> Iterator[Links]:
    for subjects, key in (
        ("countries", "country_id"),
        ("clusters", "cluster_id"),
        ("partnerships", "partnership_id"),
    ):
        yield Links(
            kind, subjects, pairs(f"{table}_{subjects}", record, key), _("About")
        )


LINKS = (
    Links(
        "events", "countries", pairs("events_event", "id", "country_id"), _("Country")
    ),
    Links(
        "events",
        "countries",
        pairs("events_event_more_countries", "event_id", "country_id"),
        _("About"),
    ),
    Links(
        "events",
        "partnerships",
        pairs("events_event_partnerships", "event_id", "partnership_id"),
        _("About"),
    ),
    *about("achievements", "events_achievement", "achievement_id"),
    Links(
        "achievements",
        "clusters",
        pairs("events_achievement_labels AS link", "achievement_id", "cluster_id")
        + " JOIN clusters_escalabel AS label ON label.id = link.escalabel_id",
        _("About"),
    ),
    *about("news", "events_newsitem", "newsitem_id"),
)
