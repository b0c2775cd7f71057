"""Texts in memory hold what Python finds in them."""

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.held_texts import Lines, Phrases

# Few letters, of one, two and three bytes, so that parts are found.
texts = st.text("ab äя日%", max_size=12)


@pytest.mark.parametrize("kind", [Lines, Phrases])
# Both ways to compare words, and to tell in which texts places are.
@pytest.mark.parametrize(("few", "many"), [(0, 0), (16, 8), (1, 1_000)])
@settings(max_examples=300)
@given(st.lists(texts, max_size=6), texts)
def test_finds_what_holds_a_part_and_nothing_else(kind, few, many, held, part):
    with (
        mock.patch("portal.held_texts.FEW_WORDS", few),
        mock.patch("portal.held_texts.MANY", many),
    ):
        found = kind(held).holding(part).tolist()
    assert set(found) == {place for place, text in enumerate(held) if part in text}


@pytest.mark.parametrize("number", [254, 255, 256, 65_535, 65_536])
def test_any_number_of_words_is_told_apart(number):
    held = Phrases(f"word{place}" for place in range(number))
    assert held.holding(f"d{number - 1}").tolist() == [number - 1]
    assert held.holding("word0").tolist() == [0]
    assert len(held.holding("word")) == number


@pytest.mark.parametrize("kind", [Lines, Phrases])
def test_a_break_that_was_not_folded_shifts_no_other_text(kind):
    held = kind(["a\nb", "cd", "a b"])
    assert held.holding("cd").tolist() == [1]
    assert 2 in held.holding("a b")
