"""Import partnerships; the headings are those of the founding document and our own."""

from collections import defaultdict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clusters.importers import INDUSTRY_HEADINGS, TECHNOLOGY_HEADINGS
from clusters.vocabularies import industries, technology_fields
from countries.vocabularies import (
    SOURCE_HEADINGS,
    Sources,
    SourcesColumn,
    countries,
    store_sources,
)
from portal import rights
from portal.folding import fold, slug_of
from portal.importing.columns import (
    AddressColumn,
    ChoiceColumn,
    NumberColumn,
    PartialDateColumn,
    RecordsColumn,
    TextColumn,
)
from portal.importing.importer import RecordImporter, RowError

from .models import Partnership

TARGET_HEADINGS = (
    gettext_lazy("Targeted third countries (ISO codes)"),
    *("Targeted third countries", "Targeted countries", "Target countries"),
    "Targets",
)


class PartnershipImporter(RecordImporter):
    """A partnership is known by its acronym in its generation.

    A row that states no generation means the only partnership with the acronym; one
    that states it also means a partnership whose generation is not stated yet.
    """

    model = Partnership
    key_columns = ("acronym",)
    needed = ("acronym",)

    def __init__(self, user=None):
        self.sources = Sources()
        super().__init__(user)

    def make_columns(self):
        return [
            TextColumn("acronym", gettext_lazy("Acronym"), required=True),
            TextColumn("name", gettext_lazy("Name"), "Full name", required=True),
            NumberColumn("generation", gettext_lazy("Generation")),
            ChoiceColumn("strand", gettext_lazy("Strand")),
            TextColumn("funding", gettext_lazy("Funding")),
            PartialDateColumn("start", gettext_lazy("Start"), "Start date"),
            PartialDateColumn("end", gettext_lazy("End"), "End date"),
            RecordsColumn(
                "technology_fields",
                *TECHNOLOGY_HEADINGS,
                vocabulary=technology_fields(),
            ),
            RecordsColumn(
                "industries",
                gettext_lazy("Sectoral industries (NACE codes)"),
                *INDUSTRY_HEADINGS,
                vocabulary=industries(),
            ),
            RecordsColumn("targets", *TARGET_HEADINGS, vocabulary=countries(self.user)),
            NumberColumn(
                "sme_count",
                gettext_lazy("No. of SMEs involved"),
                *("No. of SMEs", "SMEs involved", "SMEs", "SME count"),
            ),
            NumberColumn(
                "partner_count",
                gettext_lazy("No. of partners"),
                *("Partners", "Partner count"),
            ),
            AddressColumn("website", gettext_lazy("Website"), "Web site", "URL"),
            TextColumn("summary", gettext_lazy("Summary"), "Description"),
            ChoiceColumn("joining", gettext_lazy("Joining")),
            TextColumn("joining_details", gettext_lazy("How to join")),
            TextColumn("contact_name", gettext_lazy("Contact")),
            TextColumn("contact_email", gettext_lazy("Email address of the contact")),
            SourcesColumn("sources", *SOURCE_HEADINGS, vocabulary=self.sources),
        ]

    def read(self, row):
        draft = super().read(row)
        draft.said["?key"] = fold(draft.said.get("acronym", ""))
        return draft

    def look_up(self, drafts):
        self.found = defaultdict(list)
        keys = {draft.clue("key") for draft in drafts}
        for values in self.stored_as("acronym_key", keys):
            self.found[values["acronym_key"]].append(values)
        several = [found for found in self.found.values() if len(found) > 1]
        keys = [one["id"] for found in several for one in found]
        known = rights.known_to(Partnership.objects.filter(pk__in=keys), self.user)
        self.known = set(known.values_list("pk", flat=True)) if keys else set()

    def match(self, draft):
        found = self.found[draft.clue("key")]
        generation = draft.said.get("generation")
        if generation is not None:
            wanted = (generation, None)
            found = [one for one in found if one["generation"] in wanted]
            found.sort(key=lambda one: one["generation"] is None)
            return found[0] if found else None
        if len(found) > 1:
            # Those that this person may not see are told of in no message.
            found = [one for one in found if one["id"] in self.known] or found[:1]
        if len(found) > 1:
            message = _("Several generations have this acronym: %(found)s. Add which.")
            names = (one["generation"] or _("not stated") for one in found)
            raise RowError(message % {"found": ", ".join(map(str, names))})
        return found[0] if found else None

    def claims(self, draft):
        key = draft.clue("key")
        return [(key, draft.said.get("generation")), (key, "any")]

    def conflicts(self, draft):
        """Part two rows of one acronym only where both state their generation."""
        key, generation = draft.clue("key"), draft.said.get("generation")
        if generation is None:
            return [(key, "any")]
        return [(key, generation), (key, None)]

    def problems(self, record, draft):
        if record.start and record.end and record.end < record.start:
            yield "end", _("the partnership ends before it starts.")

    def write_parts(self, made):
        store_sources(self.sources, made)

    def slugs(self, record):
        slug = slug_of(record.acronym, "partnership")
        yield slug
        if record.generation:
            yield f"{slug[:180]}-{record.generation}"
        yield f"{slug[:180]}-{record.pk}"
