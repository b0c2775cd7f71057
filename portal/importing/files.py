"""Keep uploaded files in the database, part by part, and read them back."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.db import transaction

from .models import Import, ImportPart
from .tables import MOST_COLUMNS, Sheet, open_sheet

PART = 2**20


@transaction.atomic
def keep(kind: str, user, upload) -> Import:
    """Store an upload, and return its import."""
    digest = hashlib.sha256()
    made = Import.objects.create(kind=kind, user=user, file_name=upload.name[-200:])
    for number, content in enumerate(upload.chunks(PART)):
        digest.update(content)
        ImportPart.objects.create(owner=made, number=number, content=content)
    made.digest = digest.hexdigest()
    made.save(update_fields=["digest"])
    return made


@contextmanager
def opened(owner: Import) -> Iterator[BinaryIO]:
    """Open the file of an import; it goes from the disk however this ends."""
    with tempfile.TemporaryFile() as file:
        parts = owner.parts.order_by("number").values_list("content", flat=True)
        for content in parts.iterator(chunk_size=1):
            file.write(content)
        file.seek(0)
        yield file


@contextmanager
def sheet_of(owner: Import, importer) -> Iterator[Sheet]:
    with opened(owner) as file:
        yield open_sheet(file, importer.headings.count)


def headings_of(owner: Import, importer) -> list[str]:
    """Return the cells of the headings as texts."""
    with sheet_of(owner, importer) as sheet:
        row = importer.find_headings(sheet.rows)
    cells = row.cells[:MOST_COLUMNS]
    return ["" if cell is None else str(cell)[:200] for cell in cells]
