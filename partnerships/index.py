"""The partnerships in memory: what the table filters, counts and sorts."""

from array import array
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from clusters.apps import CLASSIFICATIONS
from clusters.models import Industry, TechnologyField
from countries.apps import COUNTRIES
from countries.models import Country
from portal.content_version import kept_with, remembering, version_of
from portal.facet_index import NO_NUMBER, FacetIndex, NoRoomError, ranked
from portal.filters import UNSTATED
from portal.held_texts import Lines, Phrases
from portal.live_index import LiveIndex
from portal.partial_dates import today

from .apps import SUBJECT
from .batches import PartnershipBatch, names_by_facet
from .models import Membership, Partnership
from .rows import PartnershipRow, rows_of_keys, stated

# Columns by the fields of the same name.
NUMBERS = ("generation", "sme_count", "partner_count")
DATES = ("start", "end")
TEXTS = ("acronym_key", "name_key")
# Which of two records with equal values comes first: by acronym, then by key.
TIES = "ties"
ROWS_AT_A_TIME = 20_000
# Rows of the table that are kept, of a kilobyte each.
MOST_ROWS = 1_000
# Fields whose values are terms, and how each says that none is stated.
BLANKS = {"generation": None, "joining": ""}
LINKS = {
    "target": ("targets", Country, "iso2"),
    "technology": ("technology_fields", TechnologyField, "code"),
    "industry": ("industries", Industry, "code"),
}


class PartnershipSource:
    model = Partnership
    subject = SUBJECT

    def count(self):
        return Partnership.objects.published().count()

    def build(self):
        # Asked once, because another moment of the clock may have other records.
        partnerships = Partnership.objects.published().order_by("pk")
        stated = [Coalesce(name, NO_NUMBER) for name in NUMBERS]
        table = numbers(partnerships.values_list("pk", *stated), 1 + len(NUMBERS))
        keys = table[:, 0]
        columns = dict(zip(NUMBERS, table[:, 1:].T, strict=True))
        columns |= {name: dates(partnerships, name, keys) for name in DATES}
        columns |= {name: text_ranks(partnerships, name, keys) for name in TEXTS}
        columns[TIES] = text_ranks(partnerships, "acronym_key", keys, is_unique=True)
        index = FacetIndex(keys, facets(), columns, TIES)
        index.made_of = codes_by_key()
        acronyms = partnerships.values_list("pk", "acronym_key")
        names = partnerships.values_list("pk", "name_key").iterator(ROWS_AT_A_TIME)
        index.hold(Lines, acronyms.iterator(ROWS_AT_A_TIME))
        index.hold(Phrases, chain(names, partner_names(partnerships)))
        for table in terms_held(index, partnerships):
            index.mark(table[:, 1], table[:, 0])
        self.turn_day(index)
        return index

    def update(self, index, keys):
        # Another country may have the code of a former one.
        if index.made_of != codes_by_key():
            raise NoRoomError
        if keys:
            self.read(index, set(keys))

    def read(self, index, keys):
        records = Partnership.objects.published().filter(pk__in=keys)
        terms = defaultdict(list)
        for table in terms_held(index, records):
            for key, row in table.tolist():
                terms[key].append(row)
        values = list(records.values("pk", *NUMBERS, *DATES, *TEXTS))
        texts = {value["pk"]: [value[name] for name in TEXTS] for value in values}
        for key, name in partner_names(records):
            if key in texts:
                texts[key].append(name)
        places = [place for name in TEXTS for place in places_by(name, name, values)]
        places += places_by(TIES, "acronym_key", values, is_unique=True)
        index.require_room(texts)
        # At once, so that nobody meets a record without its state or its place.
        with index.lock:
            for key in keys - texts.keys():
                index.drop(key)
            for value in values:
                key = value["pk"]
                index.put(key, terms[key], stated_numbers(value), texts[key])
            has_room = [place.is_taken(index) for place in places]
            self.turn_day(index)
        if not all(has_room):
            raise NoRoomError

    def turned(self, since, until):
        paths = ("", "memberships__cluster__", "memberships__cluster__country__")
        # Each has an index; one condition of all of them would have none.
        first, *others = (
            Partnership.objects.order_by()
            .filter(**{f"{path}{name}__gt": since, f"{path}{name}__lte": until})
            .values_list("pk", flat=True)
            for path in paths
            for name in Partnership.moments
        )
        return list(first.union(*others))

    def rows(self, index, keys):
        known = known_rows().setdefault(get_language(), {})
        found = {key: known.get(key) for key in keys}
        if missing := [key for key, row in found.items() if row is None]:
            made = {row.pk: row for row in rows_of_keys(index, missing)}
            found |= made
            if len(known) > MOST_ROWS:
                known.clear()
            known.update(made)
        return [row for row in found.values() if row is not None]

    def batches(self, index, keys_in_batches):
        # What a term is called stays the same throughout, as the index does.
        names = names_by_facet(index)
        for keys in keys_in_batches:
            yield PartnershipBatch(index, names, keys)

    def numbers_linked(self, index, field):
        (facet,) = (facet for facet, (name, *_rest) in LINKS.items() if name == field)
        counts = index.everything().counts(facet)
        code_of, _parents = codes_by_key()[facet]
        return {key: counts.get(code, 0) for key, code in code_of.items()}

    def turn_day(self, index):
        """Tell the state of each partnership by its dates, as ``with_state`` does."""
        day, states = today().toordinal(), Partnership.State
        start, end = index.columns["start"], index.columns["end"]
        is_ended = end < day
        is_planned = ~is_ended & (start > day) & (start != NO_NUMBER)
        is_running = ~is_ended & (start <= day) & (end != NO_NUMBER)
        for state, condition in (
            (states.ENDED, is_ended),
            (states.PLANNED, is_planned),
            (states.RUNNING, is_running),
            (states.NOT_STATED, ~(is_ended | is_planned | is_running)),
        ):
            index.mark_where("state", state.value, condition)


def facets() -> dict[str, list[str]]:
    generations = Partnership.objects.exclude(generation=None).order_by("generation")
    countries = list(
        Country.objects.order_by("name_key").values_list("iso2", flat=True)
    )
    return {
        "target": countries,
        "technology": codes(TechnologyField.objects),
        "industry": codes(Industry.objects),
        # A section is found by what it includes as well; a row names what is stated.
        stated("technology"): codes(TechnologyField.objects.filter(parent=None)),
        stated("industry"): codes(Industry.objects.filter(parent=None)),
        "partner_country": countries,
        "generation": [
            *map(str, generations.values_list("generation", flat=True).distinct()),
            UNSTATED,
        ],
        "state": Partnership.State.values,
        "joining": [*Partnership.Joining.values, UNSTATED],
    }


def codes(terms) -> list[str]:
    return list(terms.order_by("code").values_list("code", flat=True))


def terms_held(index: FacetIndex, records: QuerySet) -> Iterator[np.ndarray]:
    """Yield tables of two columns: the key of a record, and the row of a term it has."""
    for facet, (field, model, _name) in LINKS.items():
        through = Partnership._meta.get_field(field).remote_field.through
        field_name = Partnership._meta.get_field(field).m2m_reverse_field_name()
        links = through.objects.filter(partnership__in=records.order_by().values("pk"))
        table = numbers(links.values_list("partnership_id", f"{field_name}_id"), 2)
        values, parents = codes_by_key()[facet]
        yield rows_of(index, facet, table, values)
        if model is not Country:
            yield rows_of(index, facet, table, parents)
            sections = {pk: code for pk, code in values.items() if pk not in parents}
            yield rows_of(index, stated(facet), table, sections)
    partners = Membership.objects.published().filter(
        partnership__in=records.order_by().values("pk")
    )
    homes = partners.values_list(
        "partnership_id", Coalesce("cluster__country_id", "country_id", 0)
    )
    values, _parents = codes_by_key()["target"]
    yield rows_of(index, "partner_country", numbers(homes, 2), values)
    for facet, blank in BLANKS.items():
        values = records.values_list("pk", facet).iterator(ROWS_AT_A_TIME)
        pairs = [
            (key, row_of_term(index, facet, UNSTATED if value == blank else str(value)))
            for key, value in values
        ]
        yield np.array(pairs, np.int64).reshape(-1, 2)


def partner_names(records: QuerySet) -> Iterator[tuple[int, str]]:
    """Yield what the public partners of records are called, by keys of the records."""
    partners = Membership.objects.published().filter(
        partnership__in=records.order_by().values("pk")
    )
    columns = ("partner_name_key", "cluster__name_key", "cluster__acronym_key")
    rows = partners.order_by().values_list("partnership_id", *columns)
    for key, *names in rows.iterator(ROWS_AT_A_TIME):
        yield from ((key, name) for name in names if name)


@kept_with(CLASSIFICATIONS, COUNTRIES)
def codes_by_key() -> dict[str, tuple[dict[int, str], dict[int, str]]]:
    """Return for each facet of links the codes by key, and those of the sections."""
    return {
        facet: (dict(model.objects.values_list("pk", name)), sections(model))
        for facet, (_field, model, name) in LINKS.items()
    }


def sections(model) -> dict[int, str]:
    if model is Country:
        return {}
    parts = model.objects.exclude(parent=None)
    return dict(parts.values_list("pk", "parent__code"))


def row_of_term(index, facet, value) -> int:
    try:
        return index.rows[facet, value]
    except KeyError:
        raise NoRoomError from None


def rows_of(index, facet, table, values: dict[int, str]) -> np.ndarray:
    """Return a table of keys and terms with the rows of the terms in their place."""
    rows = np.full(max(values, default=0) + 2, -1)
    for key, value in values.items():
        rows[key] = row_of_term(index, facet, value)
    found = rows[np.minimum(table[:, 1], len(rows) - 1)]
    return np.column_stack([table[:, 0], found])[found >= 0]


def numbers(rows: QuerySet, width: int) -> np.ndarray:
    """Read rows of whole numbers."""
    flat = chain.from_iterable(rows.iterator(ROWS_AT_A_TIME))
    return np.fromiter(flat, np.int64).reshape(-1, width)


def ordinal(day) -> int | None:
    return None if day is None else day.toordinal()


def dates(partnerships: QuerySet, name: str, keys: np.ndarray) -> np.ndarray:
    column = np.full(len(keys), NO_NUMBER)
    stated = partnerships.exclude(**{name: None}).values_list("pk", name)
    for key, day in stated.iterator(ROWS_AT_A_TIME):
        column[np.searchsorted(keys, key)] = ordinal(day)
    return column


def text_ranks(
    partnerships: QuerySet, name: str, keys: np.ndarray, *, is_unique=False
) -> np.ndarray:
    """Return where each record stands in the order of a text, as the database sorts."""
    ordered = partnerships.order_by(name, "pk")
    found, is_new, former = array("q"), bytearray(), None
    for key, text in ordered.values_list("pk", name).iterator(ROWS_AT_A_TIME):
        found.append(key)
        is_new.append(is_unique or text != former)
        former = text
    return ranked(np.frombuffer(found, np.int64), np.frombuffer(is_new, bool), keys)


def stated_numbers(value: dict) -> dict[str, int]:
    """Return what the columns of numbers and dates say of a record."""
    found = {name: value[name] for name in NUMBERS}
    found |= {name: ordinal(value[name]) for name in DATES}
    # Its ranks are not known yet.
    found |= dict.fromkeys((*TEXTS, TIES))
    return {name: NO_NUMBER if n is None else n for name, n in found.items()}


class Place(NamedTuple):
    """Where a record stands by a text: after another one, or beside one of the same."""

    column: str
    key: int
    # None where it stands before all.
    lower: int | None
    is_same: bool

    def is_taken(self, index: FacetIndex) -> bool:
        """Give the record its rank; False where that takes a new index."""
        try:
            if self.is_same:
                index.share_rank(self.column, self.key, self.lower)
            else:
                index.set_rank(self.column, self.key, self.lower)
        except NoRoomError:
            return False
        return True


def places_by(
    column: str, name: str, values: list[dict], *, is_unique=False
) -> Iterator[Place]:
    """Yield where changed records stand among their neighbours, one after another."""
    waiting = {value["pk"] for value in values}
    for value in sorted(values, key=lambda value: (value[name], value["pk"])):
        others = Partnership.objects.published().exclude(pk__in=waiting)
        waiting.discard(value["pk"])
        text, key = value[name], value["pk"]
        lower = Q(**{f"{name}__lt": text})
        same = Q(**{name: text})
        before = lower | (same & Q(pk__lt=key)) if is_unique else lower | same
        found = (
            # The first condition leads the database through its index.
            others.filter(**{f"{name}__lte": text})
            .filter(before)
            .order_by(f"-{name}", "-pk")
            .values_list("pk", name)
            .first()
        )
        is_same = found is not None and found[1] == text and not is_unique
        yield Place(column, key, found and found[0], is_same)


live_partnerships = LiveIndex(PartnershipSource())


def edition_of_rows() -> tuple:
    """Return what stays equal for as long as rows say the same."""
    subjects = version_of((CLASSIFICATIONS, COUNTRIES))
    return live_partnerships.current_edition(), subjects


@partial(remembering, version_now=edition_of_rows)
def known_rows() -> dict[str, dict[int, PartnershipRow]]:
    """Return the rows that were made since one may have changed, by language and key."""
    return {}
