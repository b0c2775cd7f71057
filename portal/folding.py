"""Compare and sort names without regard to case and accents.

Both databases store the folded name beside the name, so that they sort and
search alike whatever their own collation does.
"""

import re
import unicodedata

from django.db import models

# Latin letters that Unicode does not decompose into a base and an accent.
LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n"}
)
ACCENTS = re.compile(r"[\u0300-\u036f]")
# What stands before, behind and between words, and in no name at its ends.
MARKS = ",;:!?\"'`´“”„‟«»‹›‘’‚()[]{}…"
NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Return ``text`` in the form in which names are compared.

    Vowel signs of scripts such as Devanagari or Arabic are kept; they are
    letters there, not accents.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    folded = ACCENTS.sub("", decomposed).casefold().translate(LETTERS)
    return unicodedata.normalize("NFKC", " ".join(folded.split()))


def words_of(text: str, *, folded: bool = True) -> list[str]:
    """Return the words that a text to search for has, without marks round them."""
    words = (fold(text) if folded else text).split()
    return [bare for word in words if (bare := word.strip(MARKS))]


def slug_of(text: str, fallback: str) -> str:
    """Return an ASCII slug of ``text``, or ``fallback`` if no letter of it is Latin."""
    return NOT_IN_SLUGS.sub("-", fold(text)).strip("-")[:200].strip("-") or fallback


class FoldedField(models.CharField):
    """Another field's text, folded at every save and sorted by code point."""

    derived = True

    def __init__(self, *args, source, **kwargs):
        self.source = source
        kwargs.setdefault("max_length", 400)
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["source"] = self.source
        del kwargs["editable"]
        return name, path, args, kwargs

    def db_parameters(self, connection):
        parameters = super().db_parameters(connection)
        collations = {"postgresql": "C", "sqlite": "BINARY"}
        parameters["collation"] = collations[connection.vendor]
        return parameters

    def clean(self, value, model_instance):
        # Constraints on the folded text are checked before anything is saved.
        return self.pre_save(model_instance, add=False)

    def pre_save(self, model_instance, add):
        folded = fold(getattr(model_instance, self.source))[: self.max_length]
        setattr(model_instance, self.attname, folded)
        return folded
