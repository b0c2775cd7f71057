"""Countries and sources as spreadsheets name them."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import rights
from portal.importing.cells import CellError, shortened
from portal.importing.columns import RecordsColumn
from portal.importing.vocabularies import Vocabulary

from .citations import citations, parse_citation
from .models import Country, Source

SOURCE_HEADINGS = (gettext_lazy("Sources"), "Sources", "Source")


def countries(user=None) -> Vocabulary:
    """Return the countries that ``user`` may see by code, name and alias."""
    found = Vocabulary(
        _(
            "the portal knows no country “%(name)s”; correct it, or add it to the "
            "other names of its country."
        )
    )
    known = rights.known_to(Country.objects.all(), user)
    for country in known.prefetch_related("aliases").order_by("pk"):
        aliases = [alias.name for alias in country.aliases.all()]
        names = [country.iso2, country.iso3, country.name, *aliases]
        found.add(country.pk, country.name, names, country.iso2)
    return found


class Sources(Vocabulary):
    """Sources by citation; one that is new is stored with the first record it is of.

    Until then its key is below 0.
    """

    def __init__(self):
        super().__init__("")
        for pk, citation in Source.objects.values_list("pk", "citation"):
            self.add(pk, citation)

    def add(self, pk: int, label: str, names=(), code="") -> None:
        self.labels[pk] = self.codes[pk] = label
        self.names[label] = pk

    def one(self, text: str) -> int:
        citation = " ".join(text.split())
        if citation not in self.names:
            self._check(citation)
            self.add(-len(self.names) - 1, citation)
        return self.names[citation]

    @staticmethod
    def _check(citation):
        values = {"citation": citation, **parse_citation(citation)}
        for name, value in values.items():
            if len(value) > Source._meta.get_field(name).max_length:
                message = _("the citation “%(text)s” is too long; shorten it.")
                raise CellError(message % {"text": shortened(citation)})

    def _read(self, text: str) -> tuple[int, ...]:
        found = {
            self.one(citation)
            for line in text.splitlines()
            for citation in citations(line)
        }
        return tuple(sorted(found))

    def store(self, used: Iterable[int]) -> dict[int, int]:
        """Store the new ones among these, and return their keys by former key."""
        new = sorted({key for key in used if key is not None and key < 0})
        made = [
            Source(citation=self.labels[key], **parse_citation(self.labels[key]))
            for key in new
        ]
        Source.objects.bulk_create(made)
        for key, source in zip(new, made, strict=True):
            self.add(source.pk, source.citation)
            del self.labels[key]
        self.read.cache_clear()
        return {key: source.pk for key, source in zip(new, made, strict=True)}


class SourcesColumn(RecordsColumn):
    """Citations, parted by line breaks or by semicolons between spaces."""

    parted_by = " ; "


def store_sources(sources: Sources, made: Iterable[tuple]) -> None:
    """Store the new sources of some records, and put their keys in place."""
    made = list(made)
    used = (key for _result, _record, draft in made for key in cited(draft))
    stored = sources.store(used)
    if not stored:
        return
    for result, _record, draft in made:
        if "sources" in draft.said:
            keys = tuple(sorted(stored.get(key, key) for key in draft.said["sources"]))
            draft.said["sources"] = keys
            if "sources" in result.after:
                result.after = {**result.after, "sources": keys}


def cited(draft) -> tuple[int, ...]:
    return draft.said.get("sources", ())
