"""Import ESCA labels of clusters that the directory has."""

from collections import defaultdict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from countries.vocabularies import (
    SOURCE_HEADINGS,
    Sources,
    SourcesColumn,
    countries,
    store_sources,
)
from portal.importing.cells import CellError
from portal.importing.columns import (
    ChoiceColumn,
    DayColumn,
    IdentityColumn,
    PartialDateColumn,
)
from portal.importing.importer import RecordImporter, RowError

from . import esca
from .models import EscaLabel
from .rule_dates import RuleDateField
from .vocabularies import ClusterNames


class LabelImporter(RecordImporter):
    """A label is known by cluster, level and award; or by its end, if it has no award.

    An end that is not stated stays unknown: the rules of ESCA are for the form.
    """

    model = EscaLabel
    key_columns = ("cluster", "level", "awarded_on")
    needed = ("cluster", "level")

    def __init__(self, user=None):
        self.sources, self.clusters = Sources(), ClusterNames(user)
        # The labels that the rows of this file make or mean, by cluster and level.
        self.periods: dict[tuple, dict[int, esca.Period]] = defaultdict(dict)
        super().__init__(user)

    def make_columns(self):
        known = countries(self.user)
        return [
            IdentityColumn(
                "cluster",
                *(gettext_lazy("Cluster"), "Cluster name", "Name"),
                read=str,
                shown=lambda label: self.clusters.labels[label["cluster_id"]],
            ),
            IdentityColumn(
                "country",
                *(gettext_lazy("Country (ISO code)"), "Country code", "ISO2"),
                *("Country iso2", "Country"),
                read=known.one,
                shown=lambda label: known.codes[
                    self.clusters.homes[label["cluster_id"]]
                ],
            ),
            ChoiceColumn(
                "level", gettext_lazy("Level"), "Label", "ESCA label", required=True
            ),
            PartialDateColumn(
                "awarded_on", gettext_lazy("Awarded on"), "Award", "Date of award"
            ),
            PartialDateColumn("valid_until", gettext_lazy("Valid until"), "End"),
            PartialDateColumn("runs_from", gettext_lazy("Runs from")),
            DayColumn("revoked_on", gettext_lazy("Revoked on")),
            SourcesColumn("sources", *SOURCE_HEADINGS, vocabulary=self.sources),
        ]

    def read(self, row):
        draft = super().read(row)
        if not draft.reasons:
            try:
                draft.said["cluster_id"] = self.clusters.one(
                    draft.clue("cluster"), draft.clue("country")
                )
            except CellError as error:
                draft.reasons.append(self.reason(draft, "cluster", str(error)))
        return draft

    def look_up(self, drafts):
        self.found = defaultdict(list)
        wanted = {draft.said["cluster_id"] for draft in drafts}
        for values in self.stored(cluster__in=wanted):
            place = values["cluster_id"], values["level"]
            self.found[place].append(values)
            # What a row of an earlier batch has changed stays as it made it.
            period = period_of(EscaLabel(**values))
            self.periods[place].setdefault(values["id"], period)

    def match(self, draft):
        said = draft.said
        labels = self.found[said["cluster_id"], said["level"]]
        award, end = said.get("awarded_on"), said.get("valid_until")
        if award is None and end is None:
            return undated(labels)
        if award is None:
            unknown = one_with(labels, awarded_on=None, valid_until=end)
            return unknown or one_with(labels, valid_until=end)
        awarded = one_with(labels, awarded_on=award)
        unknown = end and one_with(labels, awarded_on=None, valid_until=end)
        return awarded or unknown or None

    def claims(self, draft):
        said = draft.said
        dates = said.get("awarded_on"), said.get("valid_until")
        return [(said["cluster_id"], said["level"], *dates)]

    def problems(self, record, draft):
        start = record.runs_from or record.awarded_on
        if record.valid_until:
            starts = filter(None, (record.awarded_on, record.runs_from))
            if any(record.valid_until < day for day in starts):
                yield "valid_until", _("the label ends before it begins.")
        revoked_on = record.revoked_on
        if record.awarded_on and revoked_on and revoked_on < record.awarded_on:
            yield "revoked_on", _("the label was revoked before it began.")
        period = period_of(record)
        for key, other in self.periods[record.cluster_id, record.level].items():
            if start and key != record.pk and esca.overlap(period, other):
                yield "awarded_on", _("another label of this level still runs then.")

    def take(self, record, draft):
        key = record.pk or -draft.row.number
        self.periods[record.cluster_id, record.level][key] = period_of(record)

    def derived_names(self):
        fields = self.model._meta.concrete_fields
        return {one.attname for one in fields if isinstance(one, RuleDateField)}

    def write_parts(self, made):
        store_sources(self.sources, made)


def period_of(label) -> esca.Period:
    return esca.Period.of(label)


def undated(labels):
    """Return the label that a row without award and end means; None for a new one."""
    found = [
        label
        for label in labels
        if label["awarded_on"] is None and label["valid_until"] is None
    ]
    found = found or labels
    if len(found) > 1:
        message = _("The cluster has several such labels; add when it was awarded.")
        raise RowError(message)
    return found[0] if found else None


def one_with(labels, **values):
    """Return the first of some labels with these values; None if none has them."""
    return next(
        (
            label
            for label in labels
            if all(label[name] == value for name, value in values.items())
        ),
        None,
    )
