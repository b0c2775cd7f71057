"""Import clusters."""

from functools import cached_property

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
    RecordColumn,
    RecordsColumn,
    TextColumn,
)
from portal.importing.importer import RecordImporter

from .duplicates import Lookalikes
from .models import Cluster
from .vocabularies import industries, technology_fields

# What terms are called; the best is what our downloads write.
INDUSTRY_HEADINGS = (
    _("Industries (NACE codes)"),
    *("Sectoral industries (NACE codes)", "Industries", "Sectoral industries"),
    *("Industry", "NACE", "NACE codes"),
)
TECHNOLOGY_HEADINGS = (
    _("Technology fields (IPC codes)"),
    *("Technology fields", "Technology field", "IPC", "IPC codes"),
)
# What tells of a new cluster that it may be another one.
TELLING = ("name", "acronym", "country_id", "city", "portfolio", "website")
LOOKALIKES_NAMED = 3


class ClusterImporter(RecordImporter):
    """A cluster is known by its name in its country."""

    model = Cluster
    key_columns = ("name", "country")
    needed = ("name", "country")

    def __init__(self, user=None):
        self.sources = Sources()
        self.countries = countries(user)
        super().__init__(user)

    def make_columns(self):
        return [
            TextColumn(
                "name",
                _("Name"),
                "Cluster",
                "Cluster name",
                "Organisation",
                required=True,
            ),
            TextColumn("acronym", _("Acronym"), "Short name"),
            RecordColumn(
                "country",
                *(_("Country (ISO code)"), "Country code", "ISO2", "Country iso2"),
                "Country",
                vocabulary=self.countries,
                required=True,
            ),
            TextColumn("region", _("Region")),
            TextColumn("city", _("City"), "Town"),
            ChoiceColumn("portfolio", _("Portfolio"), "Sector"),
            RecordsColumn("industries", *INDUSTRY_HEADINGS, vocabulary=industries()),
            RecordsColumn(
                "technology_fields",
                *TECHNOLOGY_HEADINGS,
                vocabulary=technology_fields(),
            ),
            NumberColumn("founded", _("Founded"), "Founded in", "Year of foundation"),
            NumberColumn(
                "member_count", _("Members"), "No. of members", "Member count"
            ),
            NumberColumn("member_count_year", _("Year of the number of members")),
            AddressColumn("website", _("Website"), "Web site", "URL"),
            TextColumn("summary", _("Summary"), "Description"),
            SourcesColumn("sources", *SOURCE_HEADINGS, vocabulary=self.sources),
        ]

    def look_up(self, drafts):
        names = {self._key(draft)[1] for draft in drafts}
        self.found = {
            (values["country_id"], values["name_key"]): values
            for values in self.stored_as("name_key", names)
        }

    def match(self, draft):
        return self.found.get(self._key(draft))

    @cached_property
    def lookalikes(self):
        return Lookalikes(rights.known_to(Cluster.objects.all(), self.user))

    def warn(self, drafts):
        """Name what may be the same cluster, as the form does."""
        clusters = [
            Cluster(**{name: draft.said.get(name, "") for name in TELLING})
            for draft in drafts
        ]
        found = self.lookalikes.of(clusters)
        for draft, others in zip(drafts, found, strict=True):
            if others:
                names = [
                    f"{other.name} ({', '.join(reasons)})" for other, reasons in others
                ]
                message = gettext("It may be entered already: %(clusters)s.")
                told = "; ".join(names[:LOOKALIKES_NAMED])
                draft.warnings.append(message % {"clusters": told})

    def claims(self, draft):
        return [self._key(draft)]

    @staticmethod
    def _key(draft):
        return draft.said["country_id"], fold(draft.said["name"])

    def write_parts(self, made):
        store_sources(self.sources, made)

    def slugs(self, record):
        slug = slug_of(record.name, "cluster")
        yield slug
        yield f"{slug}-{self.countries.codes[record.country_id].lower()}"
        yield f"{slug[:180]}-{record.pk}"
