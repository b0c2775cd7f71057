"""Load countries with their texts, figures, organisations and reports."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from portal.data_files import Line, Place, read_csv
from portal.folding import fold, slug_of
from portal.loading import Outcome, Row, Tally, key_of, merge, primary_keys
from portal.rich_text import paragraphs

from .citations import COUNTRY_BASICS, GDP, POPULATION, citations, parse_citation
from .models import (
    Country,
    CountryAlias,
    CountrySection,
    Fact,
    Indicator,
    Organisation,
    Report,
    Source,
)

DATA = Path("countries", "data")


def merge_sources(lines: Iterable[Line]) -> tuple[Tally, dict[str, int | None]]:
    """Merge the sources cited in the lines; return them by citation as well."""
    rows = {
        citation: Row(
            citation,
            {"citation": citation} | parse_citation(citation),
            place=line.place,
            columns=dict.fromkeys(("citation", "title", "publisher", "url"), "source"),
        )
        for line in lines
        for citation in citations(line["source"])
    }
    tally = merge(Source, rows.values(), ("citation",))
    return tally, primary_keys(Source, ["citation"], [(key,) for key in rows])


def cited(line: Line, sources: Mapping[str, int | None]) -> list[int]:
    """Return the sources of a line, without those that editors deleted."""
    return [pk for one in citations(line["source"]) if (pk := sources[one])]


def country_pks(root: Path) -> dict[str, int | None]:
    """Return the countries of the file by ISO code; None if an editor deleted one."""
    lines = read_csv(root / DATA / "countries.csv")
    return primary_keys(Country, ["iso2"], [(line["iso2"],) for line in lines])


def load(root: Path = settings.BASE_DIR) -> list[Tally]:
    folder = root / DATA
    countries = read_csv(folder / "countries.csv")
    facts = read_csv(folder / "facts.csv")
    organisations = read_csv(folder / "organisations.csv")
    reports = read_csv(folder / "reports.csv")
    sections, intros = read_sections(folder / "sections")
    tally, sources = merge_sources(
        [*countries, *facts, *organisations, *reports, *sections]
    )
    tallies = [tally, merge_countries(countries, intros, sources)]
    known = country_pks(root)
    return [
        *tallies,
        merge_aliases(folder / "country_aliases.csv", known, countries),
        merge_sections(sections, known, sources),
        *merge_facts(folder / "indicators.csv", countries, facts, known, sources),
        merge_organisations(organisations, known, sources),
        merge_reports(reports, known, sources),
    ]


def read_sections(folder: Path) -> tuple[list[Line], dict[str, str]]:
    """Read the texts of the countries: their sections, and the introductions."""
    sections, intros = [], {}
    for path in sorted(folder.glob("*.toml")):
        try:
            text = path.read_text("utf-8")
            content = tomllib.loads(text)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            message = f"{path}: {error}. Write the file as TOML in UTF-8."
            raise CommandError(message) from error
        iso2 = str(content.pop("iso2", ""))
        intros[iso2] = str(content.pop("intro", "")).strip()
        for kind, section in content.items():
            place = Place(path, text[: text.find(f"[{kind}]")].count("\n") + 1)
            sections.append(_section(place, iso2, kind, section))
    return sections, intros


def _section(place, iso2, kind, section) -> Line:
    """Return a table of a TOML file as if it were a line of a CSV file."""
    if not isinstance(section, dict):
        raise place.error(kind, f"write the section as a table, [{kind}].")
    if not isinstance(section.get("sources", []), list):
        raise place.error(f"{kind}.sources", "write a list of citations.")
    unknown = section.keys() - {"as_at", "lead", "rest", "sources"}
    if unknown:
        raise place.error(
            f"{kind}.{min(unknown)}", "write as_at, lead, rest or sources."
        )
    cells = {key: str(section.get(key, "")).strip() for key in ("lead", "rest")}
    cells |= {"iso2": iso2, "kind": kind, "as_at": str(section.get("as_at", ""))}
    cells["source"] = " ; ".join(map(str, section.get("sources", [])))
    return Line(place, cells)


def merge_countries(lines, intros, sources) -> Tally:
    rows = []
    for line in lines:
        region, _, subregion = line["region"].partition(" / ")
        values = line.texts("iso2", "iso3", "name", "capital") | {
            **line.texts("currency_code", "currency_name"),
            "region": region,
            "subregion": subregion,
            "area_km2": line.number("area_km2"),
            "is_target": line.flag("is_target"),
            "intro": intros.get(line["iso2"], ""),
        }
        basics = [COUNTRY_BASICS] if _is_composed(line) else citations(line["source"])
        related = {"sources": [pk for one in basics if (pk := sources[one])]}
        slug = slug_of(line["name"], line["iso2"].lower())
        rows.append(Row(line["iso2"], values, related, [slug], line.place))
    return merge(Country, rows, ("iso2",), ("iso3",), ("name",))


def _is_composed(line: Line) -> bool:
    return GDP in citations(line["source"])


def merge_aliases(path, known, countries) -> Tally:
    """Merge the aliases; of spellings that fold alike, the database keeps one."""
    names = {line["iso2"]: line["name"] for line in countries}
    rows, repeated = {}, {}
    for line in read_csv(path):
        iso2, name = line["iso2"], line["alias"]
        values = {"country_id": line.known("iso2", known), "name": name}
        row = Row(fold(name), values, place=line.place, columns={"name": "alias"})
        earlier = rows.setdefault(row.key, row)
        if earlier is row:
            continue
        if earlier.values["country_id"] != values["country_id"]:
            raise line.error("alias", f"“{name}” also is an alias of another country.")
        repeated[key_of(iso2, name)] = Outcome.SAME
        # The country shows its own name anyhow; the other spelling adds to it.
        if earlier.values["name"] == names[iso2]:
            rows[row.key] = row
    tally = merge(CountryAlias, rows.values(), ("name_key",))
    tally.add(Tally(tally.entity, repeated))
    return tally


def merge_sections(lines, known, sources) -> Tally:
    rows = [
        Row(
            key_of(line["iso2"], line["kind"]),
            {
                "country_id": line.known("iso2", known),
                "kind": line["kind"],
                "lead": paragraphs(line["lead"]),
                "rest": paragraphs(line["rest"]),
                "as_at": line.day("as_at"),
            },
            {"sources": cited(line, sources)},
            place=line.place,
            columns={"country_id": "iso2"},
        )
        for line in lines
    ]
    return merge(CountrySection, rows, ("country_id", "kind"))


def _indicator_row(line: Line) -> Row:
    values = line.texts("code", "name", "unit", "price_basis", "currency_code") | {
        "decimals": line.number("decimals"),
        "in_words": line.flag("in_words"),
        "sane_minimum": line.decimal("sane_minimum"),
        "sane_maximum": line.decimal("sane_maximum"),
        "expected_every": line.number("expected_every"),
        "is_key_fact": line.flag("is_key_fact"),
        "position": line.number("position"),
    }
    return Row(line["code"], values, place=line.place)


@dataclass(frozen=True)
class Figure:
    """Where in a line one figure about a country stands, and what it says."""

    line: Line
    country_column: str
    value_column: str
    year_column: str
    indicator: str
    citation: str
    note: str = ""


def figures_of_countries(lines: Iterable[Line]) -> Iterator[Figure]:
    """Find the figures of the file of countries; an empty cell is no figure."""
    for line in lines:
        prices, note = "", ""
        population = gdp = line["source"]
        if _is_composed(line):
            # Of the two sources of prices, only this one states their basis.
            prices, note = "-nominal", "GDP divided by the population of the year"
            population, gdp = POPULATION, GDP
        head = "gdp_per_capita_usd", "gdp_per_capita_year", f"gdp-per-head{prices}"
        for figure in (
            Figure(
                line, "iso2", "population", "population_year", "population", population
            ),
            Figure(line, "iso2", "gdp_usd", "gdp_year", f"gdp{prices}", gdp),
            Figure(line, "iso2", *head, gdp, note),
        ):
            if line[figure.value_column]:
                yield figure


def merge_facts(path, countries, facts, known, sources) -> list[Tally]:
    lines = read_csv(path)
    indicators = {line["code"]: line for line in lines}
    tally = merge(Indicator, map(_indicator_row, lines), ("code",), ("name",))
    pks = primary_keys(Indicator, ["code"], [(code,) for code in indicators])
    figures = list(figures_of_countries(countries))
    for line in facts:
        code = line.known("indicator", indicators)["code"]
        columns = "country_iso2", "value", "year"
        figures.append(Figure(line, *columns, code, line["source"], line["note"]))
    rows = [_fact_row(figure, known, pks, sources) for figure in figures]
    for figure in figures:
        _check_range(figure, indicators[figure.indicator])
    return [tally, merge(Fact, rows, ("country_id", "indicator_id", "year"))]


def _fact_row(figure, countries, indicators, sources) -> Row:
    line = figure.line
    if figure.citation not in sources:
        raise line.error("source", "cite one source for the figure.")
    if line.decimal(figure.value_column) is None:
        raise line.error(figure.value_column, "write the figure.")
    return Row(
        key_of(line[figure.country_column], figure.indicator, line[figure.year_column]),
        {
            "country_id": line.known(figure.country_column, countries),
            "indicator_id": indicators[figure.indicator],
            "year": line.number(figure.year_column),
            "value": line.decimal(figure.value_column),
            "source_id": sources[figure.citation],
            "note": figure.note,
        },
        place=line.place,
        columns={
            "country_id": figure.country_column,
            "year": figure.year_column,
            "value": figure.value_column,
        },
    )


def _check_range(figure, indicator) -> None:
    smallest, largest = (
        indicator.decimal(column) for column in ("sane_minimum", "sane_maximum")
    )
    value = figure.line.decimal(figure.value_column)
    if (smallest is not None and value < smallest) or (
        largest is not None and value > largest
    ):
        message = (
            f"{indicator['name']} is expected from {smallest} to {largest}; check the "
            "unit, or widen the range in indicators.csv."
        )
        raise figure.line.error(figure.value_column, message)


def merge_organisations(lines, known, sources) -> Tally:
    rows = [
        Row(
            key_of(line["country_iso2"], fold(line["name"])),
            line.texts("name", "acronym", "kind", "website")
            | {"country_id": line.known_or_none("country_iso2", known)},
            {"sources": cited(line, sources)},
            place=line.place,
        )
        for line in lines
    ]
    return merge(Organisation, rows, ("name_key", "country_id"))


def merge_reports(lines, known, sources) -> Tally:
    rows = []
    for line in lines:
        values = line.texts("title", "url", "language") | {
            "country_id": line.known("country_iso2", known),
            **line.dates(published_on="published_on"),
        }
        key = key_of(line["country_iso2"], line["title"])
        related = {"sources": cited(line, sources)}
        rows.append(Row(key, values, related, place=line.place))
    return merge(Report, rows, ("country_id", "title"))
