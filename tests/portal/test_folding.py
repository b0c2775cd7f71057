import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.folding import fold, slug_of


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Querétaro", "queretaro"),
        ("ÍSLAND", "island"),
        ("İstanbul", "istanbul"),
        ("ısparta", "isparta"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Søren Ærø", "soren aero"),
        ("AdPack²", "adpack2"),
        ("Ελλάδα", "ελλαδα"),
        ("  Nuevo \t León ", "nuevo leon"),
    ],
)
def test_folding_removes_case_and_accents(name, folded):
    assert fold(name) == folded


def test_vowel_signs_of_other_scripts_stay():
    assert fold("हिन्दी") == unicodedata.normalize("NFKC", "हिन्दी")


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_composed_and_decomposed_text_fold_alike(text):
    composed = unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFD", text)
    assert fold(composed) == fold(decomposed)


@given(st.text())
def test_slugs_are_plain_ascii_and_never_empty(text):
    slug = slug_of(text, "fallback")
    assert slug
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug == slug.strip("-")


def test_punctuation_separates_the_parts_of_a_slug():
    assert slug_of("GCC.eu", "x") == "gcc-eu"
    assert slug_of("Ελλάδα", "country-7") == "country-7"
