from portal.rendering import kept_rows


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
