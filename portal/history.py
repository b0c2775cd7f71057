"""Who changed which record, when, and what it was then.

Each model of records has ``history = RecordHistory()``: a table beside its own in which
every version of a record stays, with its links, who made it, when and why. Triggers keep
that table from being changed (``history_triggers.py``).

What is written through models is noted by itself. What belongs together, such as a form
with its rows, goes into ``with recording(user, reason)``: each record has one row of
history then, however often it was written, and all rows have the same moment. Whoever
writes past the models (``update()``, ``bulk_create()``, SQL) says so afterwards::

    record_history(Cluster, pks, request.user, "Imported from clusters.csv")

That copies the rows as they stand in the database, in one statement for the records and
one for each kind of link, and takes a few seconds for 100,000 of them.
"""

import datetime
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

from django.conf import settings

# Links to users are copied, so their table has to be known before.
from django.contrib.auth import models as auth_models  # noqa: F401
from django.db import connections, models, router, transaction
from django.utils import timezone
from django.utils.translation import gettext
from simple_history.models import HistoricalRecords

CREATED, CHANGED, DELETED = "+", "~", "-"
LONGEST_REASON = 300
OWN_COLUMNS = {
    *("history_id", "history_date", "history_type", "history_user"),
    "history_change_reason",
}
# Which rows are meant, however many: one parameter for all keys.
AMONG = {
    "sqlite": "IN (SELECT value FROM json_each(%s))",
    "postgresql": "= ANY(%s::bigint[])",
}
COPY = """
INSERT INTO {history} ({columns}, history_date, history_type, history_user_id,
history_change_reason)
SELECT {columns}, %s, %s, %s, %s FROM {table} WHERE {key} {among}
"""
COPY_LINKS = """
INSERT INTO {history} ({columns}, history_id)
SELECT {linked}, noted.history_id FROM {table} AS link
JOIN {owner_history} AS noted ON noted.{key} = link.{owner}
WHERE noted.history_id > %s AND noted.history_date = %s AND noted.{key} {among}
"""


@dataclass
class Work:
    """What belongs together: a save of a form with its rows, an action, a load."""

    user_id: int | None
    reason: str
    # The kind of change by primary key, for each model.
    pending: dict[type[models.Model], dict[Any, str]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    @cached_property
    def moment(self) -> datetime.datetime:
        """When the first row is written, thus after waiting for others."""
        return timezone.now()

    def note(self, model, pks, kind) -> None:
        noted = self.pending[model]
        for pk in pks:
            # What was made in this work stays new, however often it is saved.
            noted[pk] = noted.get(pk, kind)

    def write(self) -> None:
        pending, self.pending = self.pending, defaultdict(dict)
        for model, kinds in pending.items():
            for kind in (CREATED, CHANGED):
                pks = [pk for pk, noted in kinds.items() if noted == kind]
                _copy(model, pks, self.user_id, self.reason, kind, self.moment)


_work: ContextVar[Work | None] = ContextVar("history_work", default=None)


@contextmanager
def recording(user=None, reason: str = "") -> Iterator[Work]:
    """Give each record that is written inside one row of history, in one transaction.

    Inside another work it is a part of that one; a reason is kept if that has none.
    """
    work = _work.get()
    if work is not None:
        work.reason = work.reason or reason
        yield work
        return
    work = Work(user.pk if user else None, reason)
    token = _work.set(work)
    try:
        with transaction.atomic():
            yield work
            work.write()
    finally:
        _work.reset(token)


def note(model: type[models.Model], pks: Iterable, kind: str = CHANGED) -> None:
    """Note that records were written, in the name of whoever is at work."""
    work = _work.get()
    if work is not None:
        work.note(model, pks, kind)
        return
    with transaction.atomic(router.db_for_write(model), savepoint=False):
        # A record that was only just saved for the first time has no links yet.
        with_links = kind != CREATED
        _copy(
            model, list(pks), _user_of_request(), "", kind, timezone.now(), with_links
        )


def record_history(
    model: type[models.Model], pks: Iterable, user, reason: str, kind: str = CHANGED
) -> int:
    """Write a row of history for each of the records, as they stand now.

    ``kind`` is ``"+"`` for new records, ``"~"`` for changed ones, and ``"-"``, called
    before they are deleted. Without a user it is whoever is at work, if anybody.
    Returns the number of rows. Call it in the transaction that wrote the records.
    """
    pks = list(pks)
    if not pks:
        return 0
    work = _work.get()
    if work is not None:
        for pk in pks:
            work.pending[model].pop(pk, None)
        user_id = user.pk if user else work.user_id
        reason = reason or work.reason
        return _copy(model, pks, user_id, reason, kind, work.moment)
    user_id = user.pk if user else _user_of_request()
    with transaction.atomic(router.db_for_write(model), savepoint=False):
        return _copy(model, pks, user_id, reason, kind, timezone.now())


def begin_history(model: type[models.Model], using: str) -> None:
    """Write the version that records have now, where none of theirs is kept yet."""
    known = model.history.using(using).values("id")
    pks = model._base_manager.using(using).exclude(pk__in=known).order_by()
    reason = gettext("As it stood when its history began.")
    _copy(
        model,
        list(pks.values_list("pk", flat=True)),
        None,
        reason,
        CHANGED,
        timezone.now(),
    )


def _user_of_request():
    """Return who sent the request that is answered; nobody where none is."""
    request = getattr(HistoricalRecords.context, "request", None)
    user = getattr(request, "user", None)
    return user.pk if user is not None and user.is_authenticated else None


def _copy(model, pks, user_id, reason, kind, moment, with_links=True) -> int:
    if not pks:
        return 0
    connection = connections[router.db_for_write(model)]
    history = model.history.model
    among = AMONG[connection.vendor]
    keys = json.dumps(pks) if connection.vendor == "sqlite" else pks
    moment = connection.ops.adapt_datetimefield_value(moment)
    names = {
        "history": _quoted(connection, history._meta.db_table),
        "table": _quoted(connection, model._meta.db_table),
        "key": _quoted(connection, model._meta.pk.column),
        "columns": ", ".join(
            _quoted(connection, one.column) for one in copied_fields(model)
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MAX(history_id) FROM {names['history']}")
        before = cursor.fetchone()[0] or 0
        reason = reason[:LONGEST_REASON]
        values = [moment, kind, user_id, reason, keys]
        cursor.execute(COPY.format(**names, among=among), values)
        count = cursor.rowcount
        for one in model._meta.local_many_to_many if with_links else ():
            statement = _copy_links(connection, one, names, among)
            cursor.execute(statement, [before, moment, keys])
    return count


def _copy_links(connection, link_field, names, among) -> str:
    through = link_field.remote_field.through
    columns = [_quoted(connection, one.column) for one in through._meta.concrete_fields]
    return COPY_LINKS.format(
        history=_quoted(connection, links_history(link_field)._meta.db_table),
        columns=", ".join(columns),
        linked=", ".join(f"link.{column}" for column in columns),
        table=_quoted(connection, through._meta.db_table),
        owner_history=names["history"],
        key=names["key"],
        owner=_quoted(connection, link_field.m2m_column_name()),
        among=among,
    )


def _quoted(connection, name):
    return connection.ops.quote_name(name)


def copied_fields(model: type[models.Model]) -> list[models.Field]:
    """Return the fields of the history of a model that its records have as well."""
    fields = model.history.model._meta.concrete_fields
    return [one for one in fields if one.name not in OWN_COLUMNS]


def links_history(link_field) -> type[models.Model]:
    """Return the model of the history of a many-to-many field."""
    return RecordHistory.m2m_models[link_field]


def has_history(model: type[models.Model]) -> bool:
    return hasattr(model._meta, "simple_history_manager_attribute")


class RecordHistory(HistoricalRecords):
    """The versions of the records of a model, with all their links.

    Columns that are worked out from others at every save (``derived``) are left out.
    """

    def __init__(self):
        super().__init__(
            history_id_field=models.BigAutoField(),
            history_change_reason_field=models.CharField(
                max_length=LONGEST_REASON, default="", blank=True
            ),
        )

    def add_extra_methods(self, cls):
        """Let a record and its row of history be written together or not at all."""
        super().add_extra_methods(cls)
        save_base = cls.save_base

        @wraps(save_base)
        def save_with_history(record, *args, using=None, **kwargs):
            using = using or router.db_for_write(type(record), instance=record)
            with transaction.atomic(using, savepoint=False):
                return save_base(record, *args, using=using, **kwargs)

        cls.save_base = save_with_history

    def _get_history_user_fields(self):
        """Keep users from being deleted whose name stands in a history."""
        user = models.ForeignKey(
            settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
        )
        return {"history_user": user}

    def get_m2m_fields_from_model(self, model):
        return list(model._meta.local_many_to_many)

    def fields_included(self, model):
        fields = super().fields_included(model)
        return [one for one in fields if not getattr(one, "derived", False)]

    def get_meta_options(self, model):
        # Nobody is given rights to it: who may see a record may see its history.
        return super().get_meta_options(model) | {"default_permissions": ()}

    def get_meta_options_m2m(self, through_model):
        options = super().get_meta_options_m2m(through_model)
        return options | {"default_permissions": ()}

    def create_history_model(self, model, inherited):
        history_model = super().create_history_model(model, inherited)
        # Where it stands, also when that is not the module models.
        history_model.__module__ = self.module
        return history_model

    def copy_fields(self, model):
        """Leave out indexes: versions are found by their record or its parent."""
        fields = super().copy_fields(model)
        for name, one in fields.items():
            leads_to_parent = one.is_relation and name != "updated_by"
            is_key = name == model._meta.pk.name
            one.db_index = not model._meta.auto_created and (leads_to_parent or is_key)
        return fields

    def create_historical_record(self, instance, history_type, using=None):
        model = instance._meta.concrete_model
        if hasattr(instance, "_history_user") and _work.get() is None:
            record_history(model, [instance.pk], instance._history_user, "")
            return
        note(model, [instance.pk], history_type)

    def pre_delete(self, instance, **kwargs):
        """Keep the last version while its links are still there."""
        record_history(instance._meta.concrete_model, [instance.pk], None, "", DELETED)

    def post_delete(self, instance, using=None, **kwargs):
        """Do nothing: what is deleted was noted before."""

    def m2m_changed(self, instance, action, attr, pk_set, reverse, **kwargs):
        link_field = self.cls._meta.get_field(attr)
        owners = pk_set if reverse else {instance.pk}
        if reverse and action == "pre_clear":
            instance._cleared_owners = _owners(link_field, instance)
        if reverse and action == "post_clear":
            owners = instance._cleared_owners
        if action == "post_clear" or (pk_set and action in ("post_add", "post_remove")):
            note(link_field.model, owners, CHANGED)


def _owners(link_field, target):
    links = link_field.remote_field.through._base_manager.filter(
        **{link_field.m2m_reverse_field_name(): target}
    )
    return list(links.values_list(link_field.m2m_column_name(), flat=True))
