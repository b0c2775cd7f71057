"""The numbers of labels as the portal counts them, and as others report them."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import ngettext

from countries.models import Fact
from portal.charts import stacked_bars
from portal.folding import fold

from .esca import LEVELS
from .models import EscaLabel

# The most years in one chart.
YEARS = 25
# Indicators of what others report, such as bronze-reported, by level.
REPORTED = {f"{level}-reported": level for level in LEVELS}


@dataclass(frozen=True)
class CountryCount:
    """Labels of one level in a country.

    ``held``, ``unknown`` and ``ever`` are counted here; ``reported`` is the Fact of
    somebody else, or None. They are never added up.
    """

    country: str
    slug: str
    iso2: str
    level: str
    held: int = 0
    unknown: int = 0
    ever: int = 0
    reported: Fact | None = None

    @property
    def level_name(self):
        return EscaLabel.Level(self.level).label

    @property
    def held_display(self):
        return beside_unknown(
            number_format(self.held, force_grouping=True), self.unknown
        )


def beside_unknown(held: str, unknown: int) -> str:
    """Say beside what is known to be in force how many more labels may be, if any."""
    if not unknown:
        return held
    text = ngettext(
        "%(held)s, and %(number)s whose period is not known",
        "%(held)s, and %(number)s whose period is not known",
        unknown,
    )
    return text % {"held": held, "number": number_format(unknown, force_grouping=True)}


def reported_figures() -> dict[tuple[str, str], Fact]:
    """Return the latest preferred figures of others by country code and level."""
    facts = Fact.objects.published().filter(indicator__code__in=REPORTED).latest()
    return {
        (fact.country.iso2, REPORTED[fact.indicator.code]): fact
        for fact in facts.select_related("country", "indicator", "source")
    }


def counts_by_country(day) -> list[CountryCount]:
    """Return the counts on ``day`` beside what others report, by country and level."""
    reported = reported_figures()
    counts = [
        CountryCount(**row, reported=reported.pop((row["iso2"], row["level"]), None))
        for row in EscaLabel.objects.published().count_by_country(day)
    ]
    counts += [
        CountryCount(fact.country.name, fact.country.slug, iso2, level, reported=fact)
        for (iso2, level), fact in reported.items()
    ]
    return sorted(
        counts, key=lambda count: (fold(count.country), LEVELS.index(count.level))
    )


@dataclass(frozen=True)
class YearCount:
    year: int
    # In the order of the levels.
    numbers: list[int]

    @property
    def total(self):
        return sum(self.numbers)

    def by_level(self):
        """Return pairs of the name of a level and its number."""
        return [
            (EscaLabel.Level(level).label, number)
            for level, number in zip(LEVELS, self.numbers, strict=True)
        ]


def counts_by_year(day) -> tuple[list[YearCount], int]:
    """Return the labels held at the end of each year that was over on ``day``.

    With them comes the number of labels in no year, whose validity is unknown.
    """
    labels = EscaLabel.objects.published()
    first, last, in_no_year = labels.years()
    if first is None or last is None:
        return [], in_no_year
    last = min(last, day.year - 1)
    years = range(max(first, last - YEARS + 1), last + 1)
    held = labels.count_by_year(years)
    counts = [
        YearCount(year, [held[level][year] for level in LEVELS]) for year in years
    ]
    return counts, in_no_year


def chart_by_year(counts: list[YearCount]):
    return stacked_bars([(str(one.year), one.numbers) for one in counts], LEVELS)
