"""The rules of the ESCA labels for cluster management.

Source: ESCA, www.cluster-analysis.org/benchmarked-clusters and /silver-label:
a first Bronze or Silver label runs two years from the month of the assessment.
"""

import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

FIRST_PERIOD_YEARS = 2
# The day turns where the labels are administered.
TIME_ZONE = ZoneInfo("Europe/Brussels")


def today() -> datetime.date:
    return timezone.localdate(timezone=TIME_ZONE)


def years_later(day: datetime.date, years: int) -> datetime.date:
    """Return the same day ``years`` on; 29 February becomes the 28th where needed."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
