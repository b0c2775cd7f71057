"""Check an import, store it and undo it, however large its file is.

Each of these is one call that can be made again after it was cut off: what it writes,
it writes in one transaction, or deletes before it begins.
"""

import hashlib
import logging
import threading
from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from . import bulk, files
from .importer import RecordImporter
from .models import Import, ImportRow
from .permits import Permit
from .results import Outcome, Result, encode
from .run import Run
from .tables import UnreadableFile
from .undoing import undo_rows

# Files of more bytes are worked on beside the request.
LARGE = 256 * 2**10
ROWS_AT_A_TIME = 1_000
THREAD = "import"
State = Import.State
logger = logging.getLogger(__name__)


class DataChanged(Exception):  # noqa: N818 -- an outcome, and no error
    """The records concerned are no longer as they were when the file was checked."""


class Findings:
    """Stores what becomes of rows, and the digest that tells two checks apart."""

    def __init__(self, owner: Import, importer: RecordImporter):
        self.owner, self.importer = owner, importer
        self.waiting, self.digest = [], hashlib.sha256()
        owner.rows.all()._raw_delete(owner.rows.db)

    def __call__(self, result: Result):
        if result.outcome == Outcome.SKIPPED:
            return
        line = result.reported()
        # A new one is no reason not to store.
        line.pop("warnings", None)
        self.digest.update(encode(line).encode())
        cells = result.differences
        if result.outcome == Outcome.CREATED:
            cells = self.importer.told(result.after)
        self.waiting.append(
            ImportRow(
                owner=self.owner,
                number=result.row,
                outcome=result.outcome,
                name=result.name[:500],
                reasons=[*result.reasons, *result.warnings],
                differences=[vars(one) for one in cells],
                record=result.pk,
                before=dict(result.before),
                after=dict(result.after),
            )
        )
        if len(self.waiting) >= ROWS_AT_A_TIME:
            self.store()

    def store(self):
        ImportRow.objects.bulk_create(self.waiting)
        self.waiting = []


def progress_key(owner: Import) -> str:
    return f"import-progress-{owner.pk}"


def run(owner: Import, importer, permit: Permit, *, writing: bool) -> Findings:
    findings = Findings(owner, importer)
    with files.sheet_of(owner, importer) as sheet:
        work = Run(
            importer,
            findings,
            writing=writing,
            permit=permit,
            reason=_("Imported from %(file)s") % {"file": owner.file_name},
            now=owner.started_at,
        )
        owner.totals = work.take(
            sheet,
            owner.mapping,
            lambda rows: cache.set(progress_key(owner), rows, 3600),
        )
    findings.store()
    return findings


def check(owner: Import, importer: RecordImporter, permit: Permit) -> None:
    """Find what would become of each row, and store nothing else."""
    findings = run(owner, importer, permit, writing=False)
    owner.findings, owner.state = findings.digest.hexdigest(), State.CHECKED
    owner.save()


def apply(owner: Import, importer: RecordImporter, permit: Permit) -> None:
    """Store all sound rows, or nothing where the check would now find other things."""
    with transaction.atomic():
        bulk.hold_content()
        if Import.objects.select_for_update().get(pk=owner.pk).state != State.APPLYING:
            return
        findings = run(owner, importer, permit, writing=True)
        if findings.digest.hexdigest() != owner.findings:
            raise DataChanged
        owner.state, owner.applied_at = State.APPLIED, owner.started_at
        owner.save()


def undo(owner: Import, importer: RecordImporter, permit: Permit) -> None:
    """Take back what was stored, where nobody changed it since."""
    with transaction.atomic():
        bulk.hold_content()
        if Import.objects.select_for_update().get(pk=owner.pk).state != State.UNDOING:
            return
        undo_rows(owner, importer, permit)
        owner.state, owner.undone_at = State.UNDONE, timezone.now()
        owner.save()


# What is done in a state, and the state to go back to where it fails.
WORK: dict[str, tuple[Callable, str]] = {
    State.CHECKING: (check, State.UPLOADED),
    State.APPLYING: (apply, State.CHECKED),
    State.UNDOING: (undo, State.APPLIED),
}


def begin(owner: Import, state: str, importer_class, permit: Permit) -> None:
    """Do the work of a state: at once, or beside the request for a large file."""
    owner.state, owner.started_at, owner.error = state, timezone.now(), ""
    owner.save()
    cache.delete(progress_key(owner))
    if not is_large(owner):
        work_on(owner, importer_class, permit)
        return
    thread = threading.Thread(
        target=work_beside,
        args=(owner, importer_class, permit),
        name=THREAD,
        daemon=True,
    )
    transaction.on_commit(thread.start)


def is_large(owner: Import) -> bool:
    first = owner.parts.annotate(size=Length("content")).filter(size__gte=LARGE)
    return first.exists()


def work_beside(owner, importer_class, permit):
    try:
        work_on(owner, importer_class, permit)
    finally:
        connection.close()


def work_on(owner: Import, importer_class, permit: Permit) -> None:
    """Do the work of the state of an import, and say so where it fails."""
    work, before = WORK[owner.state]
    try:
        work(owner, importer_class(permit.user), permit)
    except UnreadableFile as error:
        fail(owner, before, str(error))
    except DataChanged:
        owner.state = State.CHECKING
        check(owner, importer_class(permit.user), permit)
        text = _(
            "Nothing was stored: the data has changed since the check. This is what "
            "the file would do now."
        )
        fail(owner, State.CHECKED, text)
    except DatabaseError:
        logger.exception("An import failed.")
        fail(owner, before, _("The database refused the import. Nothing was stored."))


def fail(owner: Import, state: str, text: str) -> None:
    owner.state, owner.error = state, text
    Import.objects.filter(pk=owner.pk).update(state=state, error=text)
