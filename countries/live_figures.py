"""The latest figures of countries, as texts can name them: ``[[latest gdp]]``."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from portal.content_version import kept_with
from portal.live_figures import Figure, Figures

from .apps import COUNTRIES, FACTS
from .figures import format_figure
from .models import Country, Fact, Indicator


@dataclass(frozen=True)
class LatestFigure(Figure):
    """What the latest preferred fact of a country says."""

    year: int | None
    indicator: Indicator = field(compare=False)
    is_counted = False

    def __str__(self):
        return format_figure(self.value, self.indicator)

    @property
    def year_display(self):
        return str(self.year) if self.year else _("year not stated")


@kept_with(COUNTRIES)
def codes() -> list[str]:
    """Return the ISO codes of all countries, public or not."""
    return list(Country.objects.order_by().values_list("iso2", flat=True))


def names() -> list[str]:
    return [
        f"latest {code}" for code in Indicator.objects.values_list("code", flat=True)
    ]


@kept_with(COUNTRIES, FACTS)
def figures() -> Figures:
    indicators = {one.pk: one for one in Indicator.objects.all()}
    found = {
        f"latest {one.code}": dict.fromkeys(codes()) for one in indicators.values()
    }
    latest = Fact.objects.published().latest().order_by()
    for key, iso2, value, year in latest.values_list(
        "indicator", "country__iso2", "value", "year"
    ):
        indicator = indicators[key]
        found[f"latest {indicator.code}"][iso2] = LatestFigure(value, year, indicator)
    return found
