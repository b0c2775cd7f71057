"""Countries side by side: which figures stand in a row, and what sets them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from .models import Country, Fact, Indicator, Source

AREA_UNIT = "km²"


@dataclass(frozen=True)
class Cell:
    """What is known of one country; nothing where it is not stated."""

    country: Country
    value: str | int | Decimal | None
    text: str = ""
    # The list that shows what was counted.
    address: str = ""
    fact: Fact | None = None
    # Of what is no fact.
    unit: str = ""
    sources: Sequence[Source] = ()


@dataclass(frozen=True)
class Row:
    key: str
    title: str
    cells: Sequence[Cell]
    # In which respect these cells cannot be compared as they are.
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class Group:
    key: str
    title: str
    rows: Sequence[Row]
    note: str = ""


def basics(countries: Sequence[Country]) -> Group:
    """Return what stands at the head of each country's key facts."""

    def row(key, title, value_of, text_of=str, unit=""):
        values = [(country, value_of(country)) for country in countries]
        return Row(
            key,
            title,
            [
                Cell(
                    country,
                    value,
                    text_of(value),
                    unit=unit,
                    sources=country.sources.all(),
                )
                if value not in (None, "")
                else Cell(country, None)
                for country, value in values
            ],
        )

    def area(number):
        return f"{number_format(number, force_grouping=True)}\u00a0{AREA_UNIT}"

    return Group(
        "basics",
        _("The country"),
        [
            row("capital", _("Capital"), lambda country: country.capital),
            row(
                "area_km2",
                _("Total area"),
                lambda country: country.area_km2,
                area,
                unit=AREA_UNIT,
            ),
            row("currency", _("Currency"), lambda country: country.currency),
        ],
        _("Year not stated."),
    )


def figures(countries: Sequence[Country]) -> Group:
    """Return the latest figures of the countries, a row for each measure."""
    facts = Fact.objects.published().filter(country__in=countries).for_country_page()
    measures = defaultdict(list)
    for fact in facts:
        measures[measure(fact.indicator)].append(fact)
    return Group(
        "facts",
        _("Key facts"),
        [figure_row(key, found, countries) for key, found in measures.items()],
    )


def measure(indicator: Indicator) -> str:
    """Return what an indicator measures, whatever its prices.

    ``gdp`` and ``gdp-nominal`` measure the same; the code of an indicator ends in its
    price basis where there are several.
    """
    return indicator.code.removesuffix(f"-{indicator.price_basis.replace('_', '-')}")


def figure_row(key: str, facts: Iterable[Fact], countries: Sequence[Country]) -> Row:
    """Compare by the indicator that most of the countries have, where they have it."""
    by_indicator = defaultdict(dict)
    for fact in facts:
        by_indicator[fact.indicator][fact.country_id] = fact
    # Of those that as many have, the first.
    preferred = sorted(by_indicator.values(), key=lambda found: -len(found))
    chosen = [
        next((found[one.pk] for found in preferred if one.pk in found), None)
        for one in countries
    ]
    stated = [fact for fact in chosen if fact is not None]
    indicators = {fact.indicator for fact in stated}
    title = min(indicators, key=lambda one: (one.position, one.code)).name
    return Row(
        key,
        title,
        [
            Cell(country, fact.value, fact.display_value, fact=fact)
            if fact
            else Cell(country, None)
            for country, fact in zip(countries, chosen, strict=True)
        ],
        list(differences(stated)),
    )


def differences(facts: Sequence[Fact]) -> Iterable[str]:
    """Yield in which respects figures cannot be compared as they are."""
    years = {fact.year for fact in facts}
    if len(years) > 1:
        known = sorted(str(year) for year in years if year is not None)
        texts = [*known, *([_("not stated")] if None in years else [])]
        yield _("Years differ: %(years)s.") % {"years": ", ".join(texts)}
    bases = {fact.indicator.get_price_basis_display() for fact in facts}
    if len(bases) > 1:
        listed = ", ".join(sorted(map(str, bases)))
        yield _("Price bases differ: %(bases)s.") % {"bases": listed}
    units = {(fact.indicator.currency_code, fact.indicator.unit) for fact in facts}
    if len(units) > 1:
        listed = ", ".join(sorted(" ".join(filter(None, unit)) for unit in units))
        yield _("Units differ: %(units)s.") % {"units": listed}
