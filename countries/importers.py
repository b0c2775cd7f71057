"""Import facts: figures about countries, each with its year and source."""

from collections import defaultdict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.importing.columns import (
    DecimalColumn,
    FlagColumn,
    NumberColumn,
    RecordColumn,
    TextColumn,
)
from portal.importing.importer import RecordImporter
from portal.importing.vocabularies import Vocabulary

from .models import Fact, Indicator
from .vocabularies import SOURCE_HEADINGS, Sources, countries


class FactImporter(RecordImporter):
    """A fact is known by country, indicator, year and source."""

    model = Fact
    key_columns = ("country", "indicator", "year")
    needed = ("country", "indicator", "value")

    def __init__(self, user=None):
        self.indicators = {one.pk: one for one in Indicator.objects.all()}
        self.sources = Sources()
        # What is preferred, by country, indicator and year.
        self.preferred: dict[tuple, int] = {}
        super().__init__(user)

    def make_columns(self):
        return [
            RecordColumn(
                "country",
                gettext_lazy("Country (ISO code)"),
                *("Country code", "ISO2", "Country"),
                vocabulary=countries(self.user),
                required=True,
            ),
            RecordColumn(
                "indicator",
                gettext_lazy("Indicator (code)"),
                *("Indicator code", "Indicator"),
                vocabulary=self._indicator_names(),
                required=True,
            ),
            NumberColumn("year", gettext_lazy("Year")),
            DecimalColumn("value", gettext_lazy("Value"), required=True),
            RecordColumn(
                "source",
                *(gettext_lazy("Source"), *SOURCE_HEADINGS),
                vocabulary=self.sources,
                required=True,
            ),
            TextColumn("note", gettext_lazy("Note")),
            FlagColumn("preferred", gettext_lazy("Preferred")),
        ]

    def _indicator_names(self):
        found = Vocabulary(_("there is no indicator “%(name)s”; write its code."))
        for one in self.indicators.values():
            found.add(one.pk, one.name, [one.code, one.name], one.code)
        return found

    def look_up(self, drafts):
        self.candidates = defaultdict(list)
        wanted = {draft.said["country_id"] for draft in drafts}
        indicators = {draft.said["indicator_id"] for draft in drafts}
        found = self.stored(country__in=wanted, indicator__in=indicators)
        for values in found:
            self.candidates[place_of(values)].append(values)
            if values["preferred"]:
                self.preferred[place_of(values)] = values["id"]

    def match(self, draft):
        """Find the fact of the source, or the only one where none is named."""
        found = self.candidates[place_of(draft.said)]
        source = draft.said.get("source_id")
        if source is None:
            return found[0] if len(found) == 1 else None
        return next((one for one in found if one["source_id"] == source), None)

    def claims(self, draft):
        return [(*place_of(draft.said), draft.said.get("source_id"))]

    def complete(self, draft):
        """Prefer the first figure of a year, as the form does."""
        place = place_of(draft.said)
        draft.said.setdefault("year", None)
        draft.said.setdefault("note", "")
        draft.said.setdefault("preferred", place not in self.preferred)

    def problems(self, record, draft):
        other = self.preferred.get(place_of(vars(record)))
        if record.preferred and other not in (None, record.pk):
            yield "preferred", _("another figure is already preferred for this year.")
        indicator = self.indicators[record.indicator_id]
        if message := indicator.objection(record.value):
            yield "value", message

    def take(self, record, draft):
        # What gives way to another figure does so at the next import: the database
        # would see two of them while one statement writes both.
        if record.preferred:
            self.preferred[place_of(vars(record))] = record.pk or -draft.row.number

    def write_parts(self, made):
        made = list(made)
        stored = self.sources.store(record.source_id for _r, record, _d in made)
        for result, record, draft in made:
            if record.source_id in stored:
                record.source_id = stored[record.source_id]
                draft.said["source_id"] = record.source_id
                result.after = {**result.after, "source_id": record.source_id}


def place_of(values) -> tuple:
    """Return what a figure is about: country, indicator and year."""
    return values["country_id"], values["indicator_id"], values.get("year")
