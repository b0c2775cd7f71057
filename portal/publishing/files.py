"""Files that were uploaded to a draft."""

from pathlib import PurePosixPath

from django.db import transaction
from django.db.models import FileField

from .snapshots import RECORD, parsed, rows_of, take


def files_of(model, snapshot):
    """Yield storage and name of each file that a snapshot names."""
    models = {rows.name: rows.model for rows in rows_of(model)}
    for key, part in snapshot.items():
        owner = model if key == RECORD else models[parsed(key)[0]]
        for field in owner._meta.concrete_fields:
            if isinstance(field, FileField) and part.get(field.name):
                yield field.storage, part[field.name]


def delete_files_of_draft(rework) -> None:
    """Delete what only a draft names, with what was made of it, once it is gone."""
    model = rework.content_type.model_class()
    # What is or was public stays, for a former version may be wanted again.
    others = {
        name
        for snapshot in (take(rework.record), rework.base)
        for _storage, name in files_of(model, snapshot)
    }
    for storage, name in files_of(model, rework.snapshot):
        if name not in others:
            transaction.on_commit(
                lambda storage=storage, name=name: delete(storage, name)
            )


def delete(storage, name) -> None:
    """Delete a file and its variants, whose names begin with its own."""
    storage.delete(name)
    path = PurePosixPath(name)
    for other in storage.listdir(str(path.parent))[1]:
        if other.startswith(f"{path.name}."):
            storage.delete(str(path.parent / other))
