"""What the site search finds of events, achievements and news.

Plain SQL that both databases run.
"""

from countries.search import IN_COUNTRY, of_country
from portal.search_index import PUBLISHABLE, Entries, Follows, lines

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
