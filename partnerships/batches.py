"""What a download has of partnerships that an index in memory found, column by column.

It is the same as the columns of the table make of the rows, in half of the time.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.urls import reverse

from portal.exports import parted
from portal.facet_index import FacetIndex, HeldTerms
from portal.rows_by_key import rows_by_key

from .rows import PLAIN_COLUMNS, names_in, plain, states

# The columns of a download, by what they say: a plain column, or the names of terms.
PLAIN = {
    "acronym": "acronym",
    "name": "name",
    "generation": "generation",
    "smes": "sme_count",
    "partners": "partner_count",
}
TERMS = {
    "technology_codes": ("technology", "code"),
    "technology_fields": ("technology", "title"),
    "industry_codes": ("industry", "code"),
    "industries": ("industry", "title"),
    "target_codes": ("target", "iso2"),
    "targets": ("target", "name"),
}


FACETS = ("technology", "industry", "target")


class Address(NamedTuple):
    text: str

    def get_absolute_url(self):
        return self.text


def names_by_facet(index: FacetIndex) -> dict[str, dict]:
    return dict(zip(FACETS, names_in(index), strict=True))


class PartnershipBatch:
    """Partnerships in the order of their keys; those gone are left out."""

    def __init__(self, index: FacetIndex, names: dict[str, dict], keys: Sequence[int]):
        records = {record[0]: record for record in rows_by_key(plain, keys)}
        keys = [key for key in keys if key in records]
        self.names = names
        labels = [label for _value, label in states().values()]
        while True:
            state, *held = index.held([states(), *names.values()], keys)
            self.states = state.named(labels)
            if all(self.states):
                break
            # The index has dropped some of them meanwhile.
            found = zip(keys, self.states, strict=True)
            keys = [key for key, state in found if state]
        self.held = dict(zip(names, held, strict=True))
        columns = zip(*map(records.get, keys), strict=True)
        # Without records there are no columns.
        self.columns = dict(zip(PLAIN_COLUMNS, columns, strict=False))

    def values(self, column) -> Sequence[Any]:
        """Return what each has in a column; any other column is asked of their addresses."""
        if column.key in TERMS:
            held, names = self.terms(*TERMS[column.key])
            return held.named(names)
        if column.key in PLAIN:
            return self.columns.get(PLAIN[column.key], ())
        if column.key == "state":
            return [label for (label,) in self.states]
        folder = reverse("partnerships:list")
        slugs = self.columns.get("slug", ())
        return [column.value(Address(f"{folder}{slug}/")) for slug in slugs]

    def cells(self, column) -> Sequence[Any]:
        if column.key in TERMS:
            held, names = self.terms(*TERMS[column.key])
            return held.joined(names, parted)
        return self.values(column)

    def terms(self, facet: str, part: str) -> tuple[HeldTerms, list[str]]:
        names = [getattr(name, part) for name in self.names[facet].values()]
        return self.held[facet], names
