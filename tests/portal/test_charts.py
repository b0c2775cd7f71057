from hypothesis import given
from hypothesis import strategies as st

from portal.charts import HEIGHT, LABELS, TOP, WIDTH, stacked_bars

numbers = st.integers(0, 100_000)
rows = st.lists(
    st.tuples(st.text(max_size=4), st.tuples(numbers, numbers)), max_size=30
)


@given(rows)
def test_bars_stay_inside_the_drawing_and_show_every_number(rows):
    chart = stacked_bars(rows, ["one", "two"])
    for (label, values), bar in zip(rows, chart.bars, strict=True):
        assert (bar.label, bar.total) == (label, sum(values))
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert TOP - 2 <= bar.top <= chart.base < HEIGHT
        for value, part in zip(values, bar.segments, strict=True):
            assert (part.height > 0) == (value > 0)


def test_heights_are_in_proportion():
    chart = stacked_bars([("2016", [10]), ("2017", [5])], ["one"])
    tall, small = (bar.segments[0].height for bar in chart.bars)
    assert tall == 2 * small == chart.base - TOP


def test_many_bars_name_only_some():
    chart = stacked_bars([(str(year), [1]) for year in range(2000, 2025)], ["one"])
    assert 0 < sum(bool(bar.shown_label) for bar in chart.bars) <= LABELS


def test_nothing_makes_no_bars():
    assert stacked_bars([], ["one"]).bars == []
