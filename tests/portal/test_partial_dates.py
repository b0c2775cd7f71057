import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.partial_dates import (
    Edge,
    Precision,
    iso_partial_date,
    parse_partial_date,
    snap,
)
from tests.factories import make_partnership


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("2016", datetime.date(2016, 1, 1), Precision.YEAR),
        ("2016-07", datetime.date(2016, 7, 1), Precision.MONTH),
        ("2016-02-29", datetime.date(2016, 2, 29), Precision.DAY),
        ("", None, Precision.DAY),
    ],
)
def test_reads_as_much_as_is_stated(text, day, precision):
    assert parse_partial_date(text) == (day, precision)


@pytest.mark.parametrize("text", ["2016-13", "2015-02-29", "16", "2016/07", "soon"])
def test_refuses_what_is_not_a_date(text):
    with pytest.raises(ValueError):
        parse_partial_date(text)


@given(st.dates(), st.sampled_from(Precision.values))
def test_what_was_stated_survives_writing_and_reading(day, precision):
    text = iso_partial_date(day, precision)
    again, same = parse_partial_date(text)
    assert (iso_partial_date(again, same), same) == (text, precision)


@given(st.dates(), st.sampled_from(Precision.values))
def test_the_stated_day_lies_between_the_edges(day, precision):
    first = snap(day, precision, Edge.FIRST)
    last = snap(day, precision, Edge.LAST)
    assert first <= day <= last
    assert iso_partial_date(first, precision) == iso_partial_date(last, precision)


@pytest.mark.django_db
def test_a_stated_year_begins_in_january_and_ends_in_december():
    partnership = make_partnership(
        start=datetime.date(2016, 5, 5),
        start_precision=Precision.YEAR,
        end=datetime.date(2017, 1, 1),
        end_precision=Precision.YEAR,
    )

    partnership.refresh_from_db()

    assert partnership.start == datetime.date(2016, 1, 1)
    assert partnership.end == datetime.date(2017, 12, 31)
    assert partnership.get_end_display() == "2017"
    assert partnership.get_end_iso() == "2017"


@pytest.mark.django_db
def test_a_date_that_is_not_stated_displays_as_nothing():
    assert make_partnership().get_start_display() == ""
