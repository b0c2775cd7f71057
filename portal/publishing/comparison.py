"""What a draft changes, field by field, for people to read."""

import difflib
import re
from dataclasses import dataclass, field

from django.db import models
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.partial_dates import (
    PartialDateField,
    PrecisionField,
    format_partial_date,
)
from portal.rich_text import RichTextField
from portal.rich_text_words import in_words, only_look_differs

from .snapshots import MISSING, RECORD, WHOLE, Merge, Snapshot, parsed, rows_of

# Of a text whose paragraphs differ in more words, they are shown as they are.
MOST_WORDS = 4000
# Of what stays the same between two changes, this much is shown at either end.
CONTEXT = 160


@dataclass(frozen=True)
class Piece:
    """A part of a value, with whether only this side has it."""

    text: str
    is_changed: bool = False


@dataclass
class Difference:
    name: str
    label: str
    live: list[Piece]
    draft: list[Piece]
    # Both have changed since the draft was begun.
    is_conflict: bool = False
    is_list: bool = False


@dataclass
class Changed:
    """What is different in the record itself, or in one of its rows."""

    key: str
    title: str
    # What happened to a row as a whole; empty where only fields differ.
    outcome: str = ""
    differences: list[Difference] = field(default_factory=list)
    is_conflict: bool = False


def compare(model, live: Snapshot, merge: Merge) -> list[Changed]:
    """Return what publishing the draft would change, the record itself first."""
    rows = {one.name: one for one in rows_of(model)}
    order = list(rows)

    def position(key):
        if key == RECORD:
            return (-1, 0)
        name, row_key = parsed(key)
        # Rows that the draft adds come last, in the order in which they were added.
        return order.index(name), row_key < 0, abs(row_key)

    found = []
    for key in sorted({*live, *merge.snapshot}, key=position):
        owner = model if key == RECORD else rows[parsed(key)[0]].model
        before, after = live.get(key), merge.snapshot.get(key)
        conflicts = {name for part, name in merge.conflicts if part == key}
        if before == after and not conflicts:
            continue
        found.append(
            Changed(
                key,
                title_of(owner, after or before, key),
                outcome_of(before, after),
                differences(owner, before or {}, after or {}, conflicts),
                WHOLE in conflicts,
            )
        )
    return found


def title_of(model, part, key) -> str:
    if key == RECORD:
        return ""
    return f"{capfirst(model._meta.verbose_name)}: {name_of(model, part)}"


def outcome_of(before, after) -> str:
    if before is None:
        return _("The draft adds this.")
    if after is None:
        return _("The draft deletes this.")
    return ""


def name_of(model, part) -> str:
    """Return what tells a row from the others: what its first fields say."""
    texts = []
    for one in model._meta.concrete_fields:
        if is_empty(part.get(one.name)):
            continue
        if not isinstance(one, models.BooleanField | PrecisionField):
            texts.append(shown(one, dated(one, part)))
    return ", ".join(texts[:2]) or "…"


def differences(model, before, after, conflicts) -> list[Difference]:
    found = []
    for one in [*model._meta.concrete_fields, *model._meta.many_to_many]:
        old, new = dated(one, before), dated(one, after)
        # The date beside it tells its precision.
        is_told = isinstance(one, PrecisionField) and one.name not in conflicts
        if is_told or old == new or is_empty(old) and is_empty(new):
            continue
        live, draft = pieces(one, old, new)
        found.append(
            Difference(
                one.name,
                str(capfirst(one.verbose_name)),
                live,
                draft,
                one.name in conflicts,
                bool(one.many_to_many),
            )
        )
    return found


def dated(one, part):
    """Return what a part says of a field; of a date with how precise it is."""
    value = part.get(one.name, MISSING)
    if is_empty(value) or not isinstance(one, PartialDateField):
        return value
    return value, part.get(f"{one.name}_precision", "day")


def is_empty(value) -> bool:
    return value is MISSING or value in (None, "", [])


def pieces(one, old, new) -> tuple[list[Piece], list[Piece]]:
    """Return what either side says of a field, parted where they differ."""
    if one.many_to_many:
        old, new = (
            set(() if old is MISSING else old),
            set(() if new is MISSING else new),
        )
        names = names_of(one.related_model, old | new)
        return names_as_pieces(names, old, new), names_as_pieces(names, new, old)
    if isinstance(one, models.TextField) and not (is_empty(old) or is_empty(new)):
        return rich_pieces(old, new) if is_rich(one) else text_pieces(old, new)
    return tuple(
        [] if is_empty(value) else [Piece(shown(one, value), True)]
        for value in (old, new)
    )


def names_of(model, keys) -> dict:
    found = model._base_manager.in_bulk(keys)
    gone = _("deleted meanwhile")
    return {key: str(found[key]) if key in found else gone for key in keys}


def names_as_pieces(names, own, other) -> list[Piece]:
    ordered = sorted(own, key=lambda key: names[key].casefold())
    return [Piece(names[key], key not in other) for key in ordered]


def shown(one, value) -> str:
    """Return a stored value of a field as people read it."""
    if value in (None, ""):
        return ""
    if one.choices:
        return str(dict(one.flatchoices).get(value, value))
    if is_rich(one):
        return in_words(value)
    if one.related_model:
        return names_of(one.related_model, [value])[value]
    if isinstance(value, tuple):
        day, precision = value
        return format_partial_date(one.to_python(day), precision)
    return localized(one.to_python(value))


def localized(value) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if hasattr(value, "tzinfo") and hasattr(value, "date"):
        value = timezone.localtime(value)
    # A year is no amount.
    if isinstance(value, int):
        return str(value)
    return str(formats.localize(value))


def is_rich(one) -> bool:
    return isinstance(one, RichTextField)


def rich_pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Compare what readers see of two texts, and not their tags."""
    before, after = in_words(old), in_words(new)
    live, draft = text_pieces(before, after)
    if before == after:
        draft.append(Piece(f" {only_look_differs()}", True))
    return live, draft


def text_pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Compare two texts paragraph by paragraph, and changed ones word by word."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    live, draft = [], []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        own, other = "".join(before[i1:i2]), "".join(after[j1:j2])
        if kind == "equal":
            live.append(Piece(own))
            draft.append(Piece(other))
        else:
            word_pieces(own, other, live, draft)
    return shortened(live), shortened(draft)


def word_pieces(own, other, live, draft) -> None:
    words, others = re.findall(r"\S+|\s+", own), re.findall(r"\S+|\s+", other)
    if len(words) + len(others) > MOST_WORDS:
        words, others = [own], [other]
    matcher = difflib.SequenceMatcher(None, words, others, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        for side, part in ((live, words[i1:i2]), (draft, others[j1:j2])):
            if part:
                side.append(Piece("".join(part), kind != "equal"))


def shortened(pieces: list[Piece]) -> list[Piece]:
    """Leave out the middle of what is the same at length."""
    return [
        Piece(f"{piece.text[:CONTEXT]} […] {piece.text[-CONTEXT:]}")
        if not piece.is_changed and len(piece.text) > 3 * CONTEXT
        else piece
        for piece in pieces
    ]
