"""Load events, achievements and news."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError

from clusters.loaders import cluster_pks, label_pks
from countries.loaders import cited, country_pks, merge_sources
from partnerships.loaders import partnership_pks
from portal.data_files import Line, read_csv
from portal.folding import fold, slug_of
from portal.loading import Row, Tally, key_of, merge

from .models import Achievement, Event, NewsItem
from .times import validate_time_zone

DATA = Path("events", "data")
MARKED_TITLE = re.compile(r"(.+) \((cancelled|online|virtual)\)")
# Of meetings that take place online, or nobody knows where.
NO_PLACE_TIME_ZONE = "Europe/Brussels"


@dataclass(frozen=True)
class Known:
    """The records that the lines refer to."""

    sources: Mapping[str, int | None]
    countries: Mapping[str, int | None]
    # By folded name; without names that two countries share.
    clusters: Mapping[str, int]
    # By kind and folded title.
    partnerships: Mapping[str, list[int]]


def load(root: Path = settings.BASE_DIR) -> list[Tally]:
    folder = root / DATA
    events = read_csv(folder / "events.csv")
    achievements = read_csv(folder / "achievements.csv")
    news = read_csv(folder / "news.csv")
    tally, sources = merge_sources([*events, *achievements, *news])
    items = {"event": events, "achievement": achievements, "news": news}
    links = read_partnership_links(root, items)
    known = Known(sources, country_pks(root), clusters_by_name(root), links)
    labels = read_achievement_labels(root, achievements)
    return [
        tally,
        merge_events(
            events, read_time_zones(folder), read_event_countries(folder, known), known
        ),
        merge_achievements(achievements, labels, known),
        merge_news(news, known),
    ]


def clusters_by_name(root: Path) -> dict[str, int]:
    named = defaultdict(list)
    for key, pk in cluster_pks(root).items():
        named[key.partition(" / ")[2]].append(pk)
    return {name: pks[0] for name, pks in named.items() if len(pks) == 1 and pks[0]}


def read_partnership_links(root: Path, items) -> dict[str, list[int]]:
    """Return the partnerships that reviewers found named in a title or summary."""
    titles = {
        kind: {fold(line["title"]): line for line in lines}
        for kind, lines in items.items()
    }
    acronyms = partnership_pks(root)
    links = defaultdict(list)
    for line in read_csv(root / DATA / "partnership_links.csv"):
        title = fold(line["title"])
        line.known("title", line.known("kind", titles), title)
        acronym = fold(line["partnership_acronym"])
        partnership = line.known("partnership_acronym", acronyms, acronym)
        if partnership is not None:
            links[key_of(line["kind"], title)].append(partnership)
    return links


def read_event_countries(folder: Path, known: Known) -> dict[str, list[int]]:
    """Return the countries, beside that of the place, that events are about.

    Their titles name them, or a cluster from there.
    """
    titles = {fold(line["title"]): line for line in read_csv(folder / "events.csv")}
    found = defaultdict(list)
    for line in read_csv(folder / "event_countries.csv"):
        title = fold(line["title"])
        line.known("title", titles, title)
        country = line.known_or_none("country_iso2", known.countries)
        if country is not None:
            found[title].append(country)
    return found


def read_achievement_labels(root: Path, achievements) -> dict[str, list[int]]:
    """Return the labels that achievements are about, by folded title."""
    clusters = {fold(line["title"]): fold(line["cluster"]) for line in achievements}
    labels = label_pks(root)
    found = {}
    for line in read_csv(root / DATA / "achievement_labels.csv"):
        title = fold(line["title"])
        cluster = line.known("title", clusters, title)
        ending = key_of("", cluster, line["level"])
        pks = [pk for key in labels if key.endswith(ending) for pk in labels[key]]
        if len(pks) != 1:
            message = f"the cluster has {len(pks)} such labels; name a single one."
            raise line.error("level", message)
        found[title] = [pk for pk in pks if pk is not None]
    return found


def read_time_zones(folder: Path) -> dict[str, str]:
    """Return time zones by country code and city; no city means the capital."""
    zones = {}
    for line in read_csv(folder / "city_time_zones.csv"):
        try:
            validate_time_zone(line["time_zone"])
        except ValidationError as error:
            raise line.error("time_zone", error.messages[0]) from error
        zones[key_of(line["country_iso2"], line["city"])] = line["time_zone"]
    return zones


def merge_events(lines, time_zones, countries, known: Known) -> Tally:
    rows = []
    for line in lines:
        values = _event_values(line, time_zones, known)
        related = {
            "partnerships": _partnerships(line, "event", known),
            "more_countries": countries.get(fold(line["title"]), []),
            "sources": cited(line, known.sources),
        }
        year, slug = line["start"][:4], slug_of(values["title"], "event")
        rows.append(
            Row(
                key_of(fold(values["title"]), year),
                values,
                related,
                [slug, f"{slug}-{year}"],
                line.place,
                {"starts_on": "start", "ends_on": "end", "website": "url"},
            )
        )
    return merge(Event, rows, ("title_key", "starts_on"))


def _event_values(line, time_zones, known):
    marked = MARKED_TITLE.fullmatch(line["title"])
    title, mark = marked.groups() if marked else (line["title"], "")
    cancelled, online = mark == "cancelled", mark in ("online", "virtual")
    has_place = line["country_iso2"] and not online
    return {
        "title": title,
        **line.period(starts_on="start", ends_on="end"),
        "time_zone": _time_zone(line, time_zones) if has_place else NO_PLACE_TIME_ZONE,
        "city": line["city"],
        "country_id": line.known_or_none("country_iso2", known.countries),
        "format": Event.Format.ONLINE if online else "",
        "state": Event.State.CANCELLED if cancelled else Event.State.CONFIRMED,
        "website": line["url"],
    }


def _time_zone(line, time_zones):
    place = key_of(line["country_iso2"], line["city"])
    if place not in time_zones:
        message = f"“{place}” has no time zone; add it to city_time_zones.csv."
        raise line.error("city", message)
    return time_zones[place]


def merge_achievements(lines, labels, known: Known) -> Tally:
    rows = [_dated_row(line, "achievement", "proof_url", known) for line in lines]
    for row in rows:
        row.related["labels"] = labels.get(row.key, [])
    return merge(Achievement, rows, ("title_key",))


def merge_news(lines, known: Known) -> Tally:
    rows = [_dated_row(line, "news", "source_url", known) for line in lines]
    return merge(NewsItem, rows, ("title_key",))


def _dated_row(line: Line, kind, url_field, known) -> Row:
    values = line.texts("title", "summary") | {
        **line.dates(date="date"),
        url_field: line["url"],
    }
    cluster = known.clusters.get(fold(line["cluster"]))
    related = {
        "countries": line.codes("country_iso2", known.countries),
        "clusters": [cluster] if cluster else [],
        "partnerships": _partnerships(line, kind, known),
        "sources": cited(line, known.sources),
    }
    slug = slug_of(line["title"], kind)
    slugs = [slug, f"{slug}-{line['date'][:4]}"] if line["date"] else [slug]
    columns = {url_field: "url"}
    return Row(fold(line["title"]), values, related, slugs, line.place, columns)


def _partnerships(line, kind, known):
    return known.partnerships.get(key_of(kind, fold(line["title"])), [])
