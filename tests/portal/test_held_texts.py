"""Texts in memory hold what Python finds in them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import held_texts
from portal.held_texts import Lines, Phrases

# Few letters, so that parts are found, of one, two and three bytes; no line breaks.
texts = st.text("ab äя日%", max_size=12)


@pytest.mark.parametrize("kind", [Lines, Phrases])
@pytest.mark.parametrize("few", [0, 16])
@settings(max_examples=300)
@given(st.lists(texts, max_size=6), texts)
def test_finds_what_holds_a_part_and_nothing_else(kind, few, held, part):
    few_words, held_texts.FEW_WORDS = held_texts.FEW_WORDS, few
    try:
        found = kind(held).holding(part).tolist()
    finally:
        held_texts.FEW_WORDS = few_words
    assert set(found) == {place for place, text in enumerate(held) if part in text}


def test_many_words_have_greater_numbers():
    names = [f"word{number} and{number}" for number in range(400)]
    held = Phrases(names)
    assert held.holding("d399 an").tolist() == [399]
    assert len(held.holding("word")) == 400
