"""The rules of the ESCA labels for cluster management.

Source: ESCA, www.cluster-analysis.org/benchmarked-clusters and /silver-label:
a first Bronze or Silver label runs two years from the month of the assessment.
"""

import datetime

FIRST_PERIOD_YEARS = 2
# After its end, a Bronze or Silver label can be renewed for one more year.
RENEWABLE_YEARS = 1


def years_later(day: datetime.date, years: int) -> datetime.date:
    """Return the same day ``years`` on; 29 February becomes the 28th where needed."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
