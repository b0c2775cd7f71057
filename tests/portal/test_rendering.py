import pytest

from portal.rendering import breakable, kept_rows


def test_a_row_is_shown_once_for_as_long_as_nothing_in_it_is_other(monkeypatch):
    made = []

    def macro(row, shown):
        made.append((row, shown))
        return f"{row}{shown}"

    wide, narrow = {"name": "Name", "smes": "SMEs"}, {"name": "Name"}
    for shown in (wide, wide, narrow):
        show = kept_rows(macro, shown)
        assert show(("a", 1)) == show(("a", 1)) == f"('a', 1){shown}"
    assert made == [(("a", 1), wide), (("a", 1), narrow)]
    kept_rows(macro, narrow)(("a", 2))
    assert len(made) == 3
    monkeypatch.setattr("portal.rendering.get_language", lambda: "fr")
    kept_rows(macro, narrow)(("a", 2))
    assert len(made) == 4


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("EACP ABROAD", "EACP ABROAD"),
        ("AI4EU", "AI4EU"),
        ("COSMETICS4WELLBEING", "COSMETICS4<wbr>WELLBEING"),
        ("SmartCityTech <b>", "Smart<wbr>City<wbr>Tech &lt;b&gt;"),
        ("EU ÉNERGIE2ÉTÉ", "EU ÉNERGIE2<wbr>ÉTÉ"),
        ("  ", "  "),
        ("", ""),
    ],
)
def test_a_long_word_may_break_between_those_it_is_made_of(name, shown):
    assert breakable(name) == shown
