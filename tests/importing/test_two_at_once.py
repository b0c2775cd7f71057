"""Two who write at the same time: one after the other, and nothing twice."""

import json
import os
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.db import connection, transaction

from partnerships.importers import PartnershipImporter
from partnerships.models import Partnership
from portal.importing import bulk, run
from tests.factories import make_partnership

from .sheets import FOUNDING, csv_bytes, take

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(tmp_path):
    """Return the address of the database of the tests, for other processes."""
    if connection.vendor == "postgresql":
        values = connection.settings_dict
        login = f"{values['USER']}:{values['PASSWORD']}"
        server = f"{values['HOST']}:{values['PORT'] or 5432}"
        yield f"postgres://{login}@{server}/{values['NAME']}"
        return
    # That of the tests is in memory, where no other process sees it.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(tmp_path / "copy.sqlite3")])
    yield f"sqlite:///{tmp_path / 'copy.sqlite3'}"


def test_two_imports_of_one_file_create_each_record_once(tmp_path, address):
    rows = [(f"P{n}", f"Name {n}", "", "", "", n, n) for n in range(300)]
    (tmp_path / "file.csv").write_bytes(csv_bytes(FOUNDING, *rows))
    command = [sys.executable, "manage.py", "import_partnerships"]
    processes = [
        subprocess.Popen(
            [*command, str(tmp_path / "file.csv"), f"--report={tmp_path / name}"],
            env=os.environ | {"DATABASE_URL": address},
            stdout=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
        )
        for name in ("one.json", "two.json")
    ]
    assert [process.wait(120) for process in processes] == [0, 0]
    found = [
        json.loads((tmp_path / name).read_text())["totals"]
        for name in ("one.json", "two.json")
    ]
    assert sorted((one["created"], one["same"]) for one in found) == [
        (0, 300),
        (300, 0),
    ]


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="two threads cannot write in memory"
)
def test_an_edit_meanwhile_comes_before_or_after_the_import():
    record = make_partnership(acronym="P", name="Old", sme_count=1)
    content = csv_bytes(FOUNDING, ("P", "Imported", "", "", "", "2", ""))

    def edit():
        Partnership.objects.filter(pk=record.pk).update(name="Edited", sme_count=3)
        connection.close()

    thread = threading.Thread(target=edit)
    with transaction.atomic():
        bulk.hold_content()
        thread.start()
        take(PartnershipImporter, content)
        record.refresh_from_db()
        assert (record.name, record.sme_count) == ("Imported", 2)
    thread.join(60)
    record.refresh_from_db()
    assert (record.name, record.sme_count) == ("Edited", 3)


def test_what_fails_half_way_leaves_nothing_behind(monkeypatch):
    rows = [(f"P{n}", f"Name {n}") for n in range(30)]
    monkeypatch.setattr(run, "ROWS_AT_A_TIME", 10)
    insert, calls = bulk.insert_records, []

    def fail_the_third_time(records):
        calls.append(len(records))
        if len(calls) == 3:
            raise KeyboardInterrupt
        insert(records)

    monkeypatch.setattr(bulk, "insert_records", fail_the_third_time)
    with pytest.raises(KeyboardInterrupt):
        take(PartnershipImporter, csv_bytes(FOUNDING, *rows))
    assert Partnership.objects.count() == 0
    monkeypatch.undo()
    assert take(PartnershipImporter, csv_bytes(FOUNDING, *rows))[0]["created"] == 30
