"""Let the database say for a moment what a draft says, and never what the public reads.

A rehearsal is a transaction that is always rolled back. Nobody else sees what is
written in it, and while it lasts nothing is kept in memory; see ``rehearsing()``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.content_version import rehearsing
from portal.models import ContentVersion

from .models import Publishable
from .snapshots import apply, merged


@contextmanager
def rehearsal() -> Iterator[None]:
    """Undo at the end all that is written; answers have to be rendered before it."""
    with rehearsing(), transaction.atomic():
        # Whoever writes content waits for this row first; see triggers.py.
        ContentVersion.objects.hold()
        yield
        transaction.set_rollback(True)


def rehearse(rework, record) -> None:
    """Let a record be what its rework makes of it, within a rehearsal."""
    apply(record, merged(rework, record).snapshot, keep_keys=True)
    # The same at every rehearsal, until the draft is saved again.
    own = type(record)._base_manager.filter(pk=record.pk)
    own.update(updated_at=rework.updated_at, updated_by=rework.updated_by)


def show(record) -> None:
    """Count a record as published, with all that it is a part of, within a rehearsal."""
    if isinstance(record, Publishable):
        now = timezone.now()
        own = type(record)._base_manager.filter(pk=record.pk)
        own.update(
            status=Publishable.Status.PUBLISHED,
            published_at=Coalesce("published_at", now),
            unpublish_at=None,
        )
    for name in record.publishing_parents:
        parent = getattr(record, name)
        if parent is not None:
            show(parent)
