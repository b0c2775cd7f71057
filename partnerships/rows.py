"""What the table of partnerships shows of each, whoever found it.

An index in memory knows the codes; names come from what is kept of countries and
classifications, so that a page of rows takes one query.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clusters.apps import CLASSIFICATIONS
from clusters.models import Industry, TechnologyField
from countries.apps import COUNTRIES
from countries.models import Country
from portal.content_version import PRESENT, kept_with
from portal.facet_index import FacetIndex
from portal.rows_by_key import AmongKeys, rows_by_key

from .models import Partnership

# Columns of the table that are read as they are.
PLAIN_COLUMNS = (
    *("pk", "slug", "acronym", "name"),
    *("generation", "sme_count", "partner_count"),
)
STATES = {state.value: state.label for state in Partnership.State}


class TermName(NamedTuple):
    code: str
    title: str
    # An item of a list, written once and not in each of fifty rows.
    item: SafeString


class CountryName(NamedTuple):
    iso2: str
    name: str
    link: SafeString


class PartnershipRow(NamedTuple):
    pk: int
    address: str
    acronym: str
    name: str
    generation: int | None
    sme_count: int | None
    partner_count: int | None
    state: str
    state_label: str
    technology_fields: tuple[TermName, ...]
    industries: tuple[TermName, ...]
    targets: tuple[CountryName, ...]

    def __hash__(self):
        # Its text is kept by the row, and two of one record are hardly ever there.
        return hash(self.pk)

    def get_absolute_url(self):
        return self.address

    def technology_field_items(self) -> SafeString:
        return joined([term.item for term in self.technology_fields])

    def industry_items(self) -> SafeString:
        return joined([term.item for term in self.industries])

    def target_links(self) -> SafeString:
        return joined([country.link for country in self.targets], ", ")


def joined(parts: Iterable[SafeString], between: str = "") -> SafeString:
    return SafeString(between.join(parts))


def country_name(country: Country) -> CountryName:
    link = format_html('<a href="{}">{}</a>', country.get_absolute_url(), country.name)
    return CountryName(country.iso2, country.name, link)


def term_names(terms) -> list[TermName]:
    return [
        TermName(term.code, term.title, format_html("<li>{}</li>", term))
        for term in terms
    ]


def stated(facet: str) -> str:
    """Return the facet of the sections that a source states, without their parts."""
    return f"{facet}, sections stated"


def term_keys(facet: str, terms) -> dict[tuple[str, str], TermName]:
    return {
        (facet if term.parent_id else stated(facet), term.code): name
        for term, name in zip(terms, term_names(terms), strict=True)
    }


@kept_with(CLASSIFICATIONS, COUNTRIES)
def names() -> list[dict[tuple[str, str], TermName | CountryName]]:
    """Return what is called how in each column; only public countries have a name."""
    countries = Country.objects.published().for_names()
    return [
        term_keys("technology", TechnologyField.objects.order_by("code")),
        term_keys("industry", Industry.objects.order_by("code")),
        {("target", country.iso2): country_name(country) for country in countries},
    ]


def row_of(record: Partnership) -> PartnershipRow:
    """Return the row of a record loaded by ``for_table``."""
    return PartnershipRow(
        record.pk,
        record.get_absolute_url(),
        record.acronym,
        record.name,
        record.generation,
        record.sme_count,
        record.partner_count,
        record.state,
        str(STATES[record.state]),
        tuple(term_names(record.technology_fields.all())),
        tuple(term_names(record.industries.all())),
        tuple(map(country_name, record.targets.all())),
    )


def states() -> dict[tuple[str, str], tuple[str, str]]:
    return {("state", value): (value, str(text)) for value, text in STATES.items()}


def names_in(index: FacetIndex) -> list[dict[tuple[str, str], TermName | CountryName]]:
    """Return what is called how in each column, as far as an index knows it."""
    return [
        {term: name for term, name in terms.items() if term in index.rows}
        for terms in names()
    ]


def plain(keys: Iterable[int]) -> QuerySet:
    # An index that was overtaken has what may not be shown any more.
    found = Partnership.objects.published(PRESENT).filter(AmongKeys("pk", keys))
    return found.order_by().values_list(*PLAIN_COLUMNS)


def rows_of_keys(index: FacetIndex, keys: Sequence[int]) -> list[PartnershipRow]:
    """Return the rows of these records in their order; those gone are left out."""
    records = {pk: values for pk, *values in rows_by_key(plain, keys)}
    folder = reverse("partnerships:list")
    state_of, *named = index.terms([states(), *names_in(index)], keys)
    return [
        PartnershipRow(
            key,
            f"{folder}{records[key][0]}/",
            *records[key][1:],
            *state[0],
            *map(tuple, lists),
        )
        for key, state, *lists in zip(keys, state_of, *named, strict=True)
        if key in records and state
    ]
