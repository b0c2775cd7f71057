"""Take back what an import stored, where nobody has changed it since."""

from collections.abc import Iterable, Sequence

from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.history import record_history
from portal.publishing.models import Publishable

from . import bulk
from .importer import RecordImporter
from .models import Import, ImportRow
from .permits import Permit, Reach
from .results import Outcome
from .run import write_difference

ROWS_AT_A_TIME = 1_000


def undo_rows(owner: Import, importer: RecordImporter, permit: Permit) -> None:
    """Undo the rows from the last to the first; each row as a whole, or not at all."""
    importer.positions = dict(owner.mapping)
    undoing = Undoing(owner, importer, permit)
    rows = owner.rows.filter(record__isnull=False).order_by("-number")
    last = None
    while True:
        part = rows if last is None else rows.filter(number__lt=last)
        batch = list(part[:ROWS_AT_A_TIME])
        if not batch:
            return
        undoing.take(batch)
        last = batch[-1].number


class Undoing:
    def __init__(self, owner, importer, permit):
        self.owner, self.importer, self.permit = owner, importer, permit
        self.model = importer.model
        self.links = importer.links()
        self.fields = {one.attname: one for one in self.model._meta.concrete_fields}
        self.reason = _("Undid the import of %(file)s") % {"file": owner.file_name}

    def take(self, rows: Sequence[ImportRow]) -> None:
        keys = [row.record for row in rows]
        records = self.model._base_manager.filter(pk__in=keys)
        found = {one["id"]: one for one in self.importer.values_of(records)}
        for name, links in self.links.items():
            targets = links.of(keys)
            for key, values in found.items():
                values[name] = targets.get(key, ())
        made = [row.record for row in rows if row.outcome == Outcome.CREATED]
        used = self.used(made)
        keys = set(found)
        self.reach = Reach(
            self.permit, self.permit.hidden(keys), self.permit.closed(keys)
        )
        for row in rows:
            row.kept = self.hindrance(row, found.get(row.record), used)[:500]
        sound = [row for row in rows if not row.kept]
        self.delete([one.record for one in sound if one.outcome == Outcome.CREATED])
        self.restore([one for one in sound if one.outcome == Outcome.CHANGED], found)
        kept = [row for row in rows if row.kept]
        ImportRow.objects.bulk_update(kept, ["kept"], batch_size=200)

    def used(self, keys: Sequence[int]) -> dict[int, str]:
        """Return the records that others have been linked to, and to what."""
        found = {}
        for relation in self.model._meta.related_objects:
            if relation.many_to_many:
                model = relation.through
                name = relation.field.m2m_reverse_field_name()
            else:
                model, name = relation.related_model, relation.field.name
            rows = model._base_manager.filter(**{f"{name}__in": keys})
            kind = str(relation.related_model._meta.verbose_name_plural)
            found |= dict.fromkeys(rows.values_list(f"{name}_id", flat=True), kind)
        return found

    def hindrance(self, row, values, used) -> str:
        """Return why a row cannot be undone; nothing if it can."""
        if values is None:
            return _("It has been deleted since.")
        if row.record in self.reach.hidden:
            return _("You may not change this record.")
        refusal = self.permit.refusal(
            is_new=False, is_closed=row.record in self.reach.closed
        )
        if refusal:
            return refusal
        for key, value in row.after.items():
            if self.value(key, value) != values[key]:
                return _("“%(field)s” has been changed since.") % {
                    "field": capfirst(self.model._meta.get_field(key).verbose_name)
                }
        if row.outcome == Outcome.CREATED:
            return self.use_of(row, values, used)
        return ""

    def use_of(self, row, values, used):
        """Return what somebody did with a new record since."""
        if row.record in used:
            message = _("It has been linked since: %(kind)s.")
            return message % {"kind": used[row.record]}
        if issubclass(self.model, Publishable):
            is_touched = values["updated_at"] != self.owner.applied_at
            if is_touched or values["status"] != Publishable.Status.DRAFT:
                return _("Somebody has worked on it since.")
        return ""

    def value(self, key: str, value):
        """Return a value as it was before it was kept as JSON."""
        if key in self.fields:
            return self.fields[key].to_python(value)
        return tuple(value)

    def record(self, values) -> models.Model:
        columns = {key: values[key] for key in values if key in self.fields}
        return self.model(**columns)

    def delete(self, keys: Iterable[int]) -> None:
        keys = list(keys)
        if not keys:
            return
        user = self.permit.user
        record_history(self.model, keys, user, self.reason, "-")
        # Nothing else leads to them, or they would be kept.
        for field in self.model._meta.many_to_many:
            links = bulk.Links(self.model, field.name)
            links.remove_all(keys)
        records = self.model._base_manager.filter(pk__in=keys)
        records._raw_delete(records.db)

    def restore(self, rows: Sequence[ImportRow], found) -> None:
        if not rows:
            return
        records, columns, changes = [], set(), {name: [] for name in self.links}
        for row in rows:
            current = found[row.record]
            before = {key: self.value(key, old) for key, old in row.before.items()}
            record = self.record({**current, **before})
            if isinstance(record, Publishable):
                record.updated_at = timezone.now()
                record.updated_by = self.permit.user
                columns |= {"updated_at", "updated_by_id"}
            columns |= self.importer.derive(record, self.record(current))
            columns |= set(before) & set(self.fields)
            records.append(record)
            for name in changes.keys() & before.keys():
                changes[name].append((record.pk, current[name], before[name]))
        bulk.update_records(records, columns)
        for name, links in self.links.items():
            write_difference(links, changes[name])
        keys = [record.pk for record in records]
        record_history(self.model, keys, self.permit.user, self.reason, "~")
