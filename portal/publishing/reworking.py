"""How a change of a public record is drafted beside it, and published.

Nothing here asks who may do it: the back office does.
"""

import logging

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    models,
    transaction,
)
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.content_version import is_rework_due, read_anew
from portal.history import recording
from portal.models import ContentVersion

from .checks import Problem, problems_of, problems_of_rows
from .drafts import Rework
from .files import delete_files_of_draft
from .rehearsals import rehearsal
from .snapshots import RECORD, WHOLE, apply, merged, numbered, take

logger = logging.getLogger(__name__)


class RefusedError(Exception):
    """A draft cannot be published as it is."""

    def __init__(self, problems=(), conflicts=()):
        self.problems = list(problems)
        self.conflicts = list(conflicts)
        super().__init__(" ".join(map(str, self.problems)))


def conflict_problem() -> Problem:
    return Problem(
        _(
            "The public version has changed meanwhile in what the draft changes as "
            "well; compare the two and choose."
        )
    )


def stale_problem() -> Problem:
    return Problem(
        _("The draft was changed, published or discarded meanwhile; look at it again.")
    )


def start(record, user) -> Rework:
    """Begin to rework a record, or return the rework that it has already."""
    with transaction.atomic():
        ContentVersion.objects.hold()
        rework = Rework.objects.of(record).first()
        if rework is None:
            says = take(record)
            rework = Rework.objects.create(
                record=record,
                base=says,
                snapshot=says,
                made_by=user,
                updated_by=user,
            )
    return rework


def keep(rework, base, snapshot, user, state) -> bool:
    """Store what a draft says now; False if somebody changed it since it was read."""
    return Rework.objects.move(
        rework,
        state,
        base=base,
        snapshot=numbered(snapshot, base),
        updated_by=user,
        updated_at=timezone.now(),
        problem="",
    )


def resolve(rework, record, choices, user) -> bool:
    """Settle conflicts: ``choices`` say of each whether the ``live`` value stays."""
    with transaction.atomic():
        ContentVersion.objects.hold()
        live, found = take(record), merged(rework, record)
        for part, name in found.conflicts:
            chosen = choices.get((part, name))
            if chosen in ("live", "draft"):
                settle(found, live, part, name, keeps_live=chosen == "live")
        return keep(rework, found.base, found.snapshot, user, rework.state)


def settle(found, live, part, name, *, keeps_live) -> None:
    for snapshot in (found.base, found.snapshot) if keeps_live else (found.base,):
        if name != WHOLE:
            snapshot[part][name] = live[part][name]
        elif part in live:
            snapshot[part] = live[part]
        else:
            snapshot.pop(part, None)


def publish(rework, user) -> models.Model:
    """Make the record say what the draft says, and return it.

    Raises RefusedError, and changes nothing, where the strict check finds something,
    or the record has changed in the same fields.
    """
    with recording(user, _("A draft was published.")):
        ContentVersion.objects.hold()
        unchanged = Rework.objects.filter(pk=rework.pk, revision=rework.revision)
        if not unchanged.exists():
            raise RefusedError([stale_problem()])
        record = rework.record
        found = merged(rework, record)
        if found.conflicts:
            raise RefusedError([conflict_problem()], found.conflicts)
        take_over(record, found.snapshot, user)
        unchanged.delete()
    return record


def take_over(record, snapshot, user) -> None:
    former_slug = getattr(record, "slug", "")
    try:
        with transaction.atomic():
            apply(record, snapshot, keep_keys=False)
            # Rows alone may have changed: the record has changed with them.
            record.updated_by = user
            record.save()
    except (DatabaseError, models.ProtectedError) as error:
        if isinstance(error, OperationalError):
            raise
        raise RefusedError(refusals(record, snapshot, error)) from error
    record = type(record)._base_manager.get(pk=record.pk)
    problems = problems_of(record) + problems_of_rows(record)
    if problems:
        raise RefusedError(problems)
    if getattr(record, "slug", "") != former_slug:
        record.leave_address(former_slug)


def refusals(record, snapshot, error) -> list[Problem]:
    """Return in words why the database did not take a draft."""
    fresh = type(record)._base_manager.get(pk=record.pk)
    for field in fresh._meta.concrete_fields:
        if field.name in snapshot[RECORD]:
            setattr(fresh, field.attname, field.to_python(snapshot[RECORD][field.name]))
    problems = problems_of(fresh)
    if problems:
        return problems
    if isinstance(error, models.ProtectedError):
        used = ", ".join(f"“{other}”" for other in list(error.protected_objects)[:5])
        text = _("A row that the draft deletes is in use: %(records)s.")
        return [Problem(text % {"records": used})]
    logger.warning("A draft of %r was refused", record, exc_info=error)
    text = _("A row of the draft contradicts another one; open the draft and save it.")
    return [Problem(text)]


def discard(rework) -> bool:
    """Throw a draft away with its files; False if it changed since it was read."""
    with transaction.atomic():
        unchanged = Rework.objects.filter(pk=rework.pk, revision=rework.revision)
        if not unchanged.delete()[0]:
            return False
        delete_files_of_draft(rework)
    return True


def approve(rework, user, publish_at) -> None:
    """Let a draft be published at a time; raises RefusedError as publish() does."""
    if publish_at <= timezone.now():
        text = _("This time has passed; choose a later one, or publish at once.")
        raise RefusedError([Problem(text)])
    if not rework.record.is_shown:
        text = _("The record is not public; publish it before changes of it.")
        raise RefusedError([Problem(text)])
    with transaction.atomic():
        try_out(rework, user)
        moved = Rework.objects.move(
            rework,
            Rework.State.APPROVED,
            publish_at=publish_at,
            approved_by=user,
            problem="",
        )
        if not moved:
            raise RefusedError([stale_problem()])
        # The moment at which the content changes is known in every process at once.
        ContentVersion.objects.count_on()


def try_out(rework, user) -> None:
    """Raise RefusedError if the draft could not be published now."""
    with rehearsal():
        publish(rework, user)


def call_off(rework) -> bool:
    """Turn an approved or failed draft into one that is worked on."""
    with transaction.atomic():
        moved = Rework.objects.move(
            rework, Rework.State.DRAFT, publish_at=None, problem=""
        )
        ContentVersion.objects.count_on()
    return moved


def publish_due() -> None:
    """Publish what is due in the request that asks first."""
    if not is_rework_due():
        return
    try:
        publish_all_due()
    except (OperationalError, InterfaceError):
        # The next one who asks tries again.
        logger.exception("Drafts that are due could not be published")
    read_anew()


def publish_all_due() -> tuple[int, int]:
    """Publish the drafts whose time has come; return how many went and how many failed.

    What cannot be published is marked with the reason and stays as it was for the
    public.
    """
    published = failed = 0
    for rework in Rework.objects.due(timezone.now()):
        reason = publish_one_due(rework)
        published += not reason
        if reason:
            failed += mark_failed(rework, reason)
    return published, failed


def publish_one_due(rework) -> str:
    """Publish a draft, and return why that failed, if it did."""
    try:
        if rework.record is None or not rework.record.is_shown:
            return _("The record was no longer on the site at that time.")
        publish(rework, rework.approved_by)
    except RefusedError as error:
        return str(error)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Whatever the reason, visitors get the present version.
        logger.exception("The draft %s could not be published", rework.pk)
        return str(error)
    return ""


def mark_failed(rework, reason) -> bool:
    """Note the reason, unless another process has dealt with the draft meanwhile."""
    with transaction.atomic():
        marked = Rework.objects.scheduled().filter(
            pk=rework.pk, revision=rework.revision
        )
        number = marked.update(
            state=Rework.State.FAILED, problem=reason, revision=F("revision") + 1
        )
        ContentVersion.objects.count_on()
    return bool(number)
