"""Import events."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from countries.vocabularies import (
    SOURCE_HEADINGS,
    Sources,
    SourcesColumn,
    countries,
    store_sources,
)
from partnerships.models import Partnership
from portal import rights
from portal.folding import fold, slug_of
from portal.importing.columns import (
    AddressColumn,
    ChoiceColumn,
    ClockColumn,
    DayColumn,
    PartialDateColumn,
    RecordColumn,
    RecordsColumn,
    TextColumn,
)
from portal.importing.importer import RecordImporter
from portal.importing.vocabularies import Vocabulary

from .fields import CALENDAR_FIELDS, InstantField
from .models import Event
from .times import time_zone_called


def partnerships(user=None) -> Vocabulary:
    """Return those that ``user`` may see by acronym, and by acronym and generation."""
    found = Vocabulary(_("there is no partnership “%(name)s”; import it first."))
    columns = ("pk", "acronym", "generation")
    known = rights.known_to(Partnership.objects.all(), user)
    for pk, acronym, generation in known.values_list(*columns):
        code = f"{acronym} ({generation})" if generation else acronym
        found.add(pk, code, [acronym, code], code)
    return found


class TimeZoneColumn(TextColumn):
    def value(self, cell):
        return time_zone_called(super().value(cell))


class EventImporter(RecordImporter):
    """An event is known by its title and first day."""

    model = Event
    key_columns = ("title", "starts_on")
    needed = ("title", "starts_on")

    def __init__(self, user=None):
        self.sources = Sources()
        super().__init__(user)

    def make_columns(self):
        known = countries(self.user)
        return [
            TextColumn("title", gettext_lazy("Title"), "Event", "Name", required=True),
            PartialDateColumn(
                "starts_on",
                *(gettext_lazy("First day"), "Start", "Start date", "Date", "Begins"),
                required=True,
            ),
            PartialDateColumn("ends_on", gettext_lazy("Last day"), "End", "End date"),
            ClockColumn("starts_at", gettext_lazy("Begins at"), "Start time"),
            ClockColumn("ends_at", gettext_lazy("Ends at"), "End time"),
            TimeZoneColumn("time_zone", gettext_lazy("Time zone")),
            TimeZoneColumn("end_time_zone", gettext_lazy("Time zone of the end")),
            TextColumn("venue", gettext_lazy("Venue"), "Place"),
            TextColumn("city", gettext_lazy("City"), "Town"),
            RecordColumn(
                "country",
                *(gettext_lazy("Country (ISO code)"), "Country code", "ISO2"),
                *("Country iso2", "Country"),
                vocabulary=known,
            ),
            RecordsColumn(
                "more_countries",
                *(gettext_lazy("More countries (ISO codes)"), "More countries"),
                vocabulary=known,
            ),
            ChoiceColumn("format", gettext_lazy("Format")),
            ChoiceColumn("state", gettext_lazy("State")),
            AddressColumn("website", gettext_lazy("Website"), "Web site", "URL"),
            AddressColumn(
                "registration_url", gettext_lazy("Address of the registration")
            ),
            DayColumn("registration_deadline", gettext_lazy("Registration deadline")),
            TextColumn("summary", gettext_lazy("Summary"), "Description"),
            RecordsColumn(
                "partnerships",
                gettext_lazy("Partnerships"),
                vocabulary=partnerships(self.user),
            ),
            SourcesColumn("sources", *SOURCE_HEADINGS, vocabulary=self.sources),
        ]

    def read(self, row):
        draft = super().read(row)
        key = fold(draft.said.get("title", "")), draft.said.get("starts_on")
        draft.said["?key"] = key
        return draft

    def look_up(self, drafts):
        titles = {draft.clue("key")[0] for draft in drafts}
        self.found = {
            (values["title_key"], values["starts_on"]): values
            for values in self.stored_as("title_key", titles)
        }

    def match(self, draft):
        return self.found.get(draft.clue("key"))

    def claims(self, draft):
        return [draft.clue("key")]

    def problems(self, record, draft):
        if record.ends_on and record.ends_on < record.starts_on:
            yield "ends_on", _("the last day is before the first day.")
            return
        try:
            record.clean()
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                yield name, " ".join(sentences)

    def derived_names(self):
        fields = self.model._meta.concrete_fields
        instants = {one.attname for one in fields if isinstance(one, InstantField)}
        return super().derived_names() | instants

    def derive(self, record, former):
        derived = super().derive(record, former)
        if former is None:
            return derived
        shown = any(
            getattr(record, name) != getattr(former, name) for name in CALENDAR_FIELDS
        )
        record.sequence = former.sequence + shown
        return derived | {"sequence"}

    def write_parts(self, made):
        store_sources(self.sources, made)

    def slugs(self, record):
        slug = slug_of(record.title, "event")
        yield slug
        yield f"{slug[:180]}-{record.starts_on.year}"
        yield f"{slug[:180]}-{record.pk}"
