"""Imports in the back office: upload, columns, check, store, undo."""

import io

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from countries.models import Country
from partnerships.models import Membership, Partnership
from portal.importing.models import Import, ImportRow
from tests.factories import make_cluster, make_country, make_partnership, make_staff

from .sheets import FOUNDING, csv_bytes, rows_of, xlsx_bytes

UPLOAD = "/admin/partnerships/partnership/import/"
ROWS = (
    FOUNDING,
    ("NEW", "New one", "", "", "Mexico", "1,234", "5"),
    ("OLD", "Better name", "", "", "", "20", ""),
    ("SAME", "Same name", "", "", "", "", ""),
    ("BAD", "Bad one", "", "", "Atlantis", "", ""),
)


@pytest.fixture
def records(db):
    make_country(iso2="MX", iso3="MEX", name="Mexico")
    make_partnership(acronym="OLD", name="Old name", sme_count=10)
    make_partnership(acronym="SAME", name="Same name")


@pytest.fixture
def client(records):
    client = Client()
    client.force_login(make_staff("ada", superuser=True))
    return client


def upload(client, content, name="rows.csv"):
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, content)})


def checked(client, content=None):
    """Upload a file, accept the guessed columns, and return the address of its page."""
    address = upload(client, content or csv_bytes(*ROWS)).url
    fields = client.get(address).context["form"]
    values = {field.name: field.initial for field in fields}
    assert client.post(address, {"action": "check", **values}).status_code == 302
    return address


def press(client, address, action):
    return client.post(address, {"action": action}, follow=True)


def stored():
    return sorted(Partnership.objects.values_list("acronym", "name", "sme_count"))


BEFORE = [("OLD", "Old name", 10), ("SAME", "Same name", None)]
AFTER = [
    ("NEW", "New one", 1234),
    ("OLD", "Better name", 20),
    ("SAME", "Same name", None),
]


@pytest.mark.parametrize("make", [csv_bytes, xlsx_bytes])
def test_a_file_is_checked_stored_and_undone(client, make):
    address = checked(client, make(*ROWS))
    page = client.get(address)
    assert stored() == BEFORE
    assert [(row.number, row.outcome, row.name) for row in page.context["page"]] == [
        (2, "created", "NEW"),
        (3, "changed", "OLD"),
        (4, "same", "SAME"),
        (5, "rejected", "BAD"),
    ]
    assert b"<del>Old name</del>" in page.content
    assert b"<ins>Better name</ins>" in page.content

    press(client, address, "apply")
    assert stored() == AFTER
    assert Partnership.objects.get(acronym="NEW").status == "draft"
    assert Partnership.objects.get(acronym="OLD").updated_by.username == "ada"

    page = press(client, address, "undo")
    assert stored() == BEFORE
    assert b"All that it stored was taken back." in page.content


def test_the_history_tells_who_imported_and_who_undid(client):
    address = checked(client)
    press(client, address, "apply")
    press(client, address, "undo")
    rows = Partnership.history.order_by("history_id").values_list(
        *("acronym", "history_type", "history_user__username", "history_change_reason")
    )
    assert list(rows)[-4:] == [
        ("NEW", "+", "ada", "Imported from rows.csv"),
        ("OLD", "~", "ada", "Imported from rows.csv"),
        ("NEW", "-", "ada", "Undid the import of rows.csv"),
        ("OLD", "~", "ada", "Undid the import of rows.csv"),
    ]


def test_each_button_works_once(client):
    address = checked(client)
    for action in ("undo", "restart", "nonsense", ""):
        press(client, address, action)
        assert stored() == BEFORE
    for _time in range(2):
        press(client, address, "apply")
        assert stored() == AFTER
    for _time in range(2):
        press(client, address, "undo")
        assert stored() == BEFORE


def test_rows_are_filtered_by_outcome(client):
    address = checked(client)
    page = client.get(address, {"outcome": "changed", "page": "x"})
    assert [row.name for row in page.context["page"]] == ["OLD"]


def test_data_that_changed_since_the_check_are_shown_anew_and_not_stored(client):
    address = checked(client)
    Partnership.objects.filter(acronym="OLD").update(name="An editor's name")
    page = press(client, address, "apply")
    assert b"Nothing was stored: the data has changed since the check." in page.content
    assert b"<del>An editor&#x27;s name</del>" in page.content
    assert stored()[0] == ("OLD", "An editor's name", 10)
    press(client, address, "apply")
    assert stored() == AFTER


def test_undoing_keeps_what_somebody_has_worked_on_since_and_says_so(client):
    address = checked(client)
    press(client, address, "apply")
    new = Partnership.objects.get(acronym="NEW")
    Membership.objects.create(partnership=new, partner_name="A partner")
    Partnership.objects.filter(acronym="OLD").update(sme_count=21)
    page = press(client, address, "undo")
    assert page.context["kept"] == 2
    kept = ImportRow.objects.exclude(kept="").values_list("name", "kept")
    assert sorted(kept) == [
        ("NEW", "It has been linked since: memberships."),
        ("OLD", "“SMEs involved, as declared” has been changed since."),
    ]
    assert stored() == [AFTER[0], ("OLD", "Better name", 21), AFTER[2]]


def test_chosen_columns_are_remembered_for_the_same_headings(client):
    content = csv_bytes(("Short", "Long", "X"), ("ABC", "A B C", "1"))
    # No heading is known, so that there is none to guess from.
    assert upload(client, content).status_code == 400
    content = csv_bytes(("Acronym", "Name", "Firms"), ("ABC", "A B C", "12"))
    for guessed in ("", "2"):
        address = upload(client, content).url
        form = client.get(address).context["form"]
        assert form["sme_count"].initial == guessed
        choice = {"acronym": "0", "name": "1", "sme_count": "2"}
        client.post(address, {"action": "check", **choice})
    press(client, address, "apply")
    assert stored()[0] == ("ABC", "A B C", 12)


def test_columns_that_are_not_used_are_named_and_new_rows_show_what_was_read(client):
    headings = ("Acronym", "Nmae", "Name", "Targets", "SMEs", "Beginn", "")
    row = ("NEW", "?", "New one", "mx", "1.355", "2018", "?")
    address = checked(client, csv_bytes(headings, row))
    unused = "Columns of the file that are not used:</strong> B: Nmae; F: Beginn </p>"
    columns = client.get(f"{address}?columns")
    assert unused in " ".join(columns.text.split())
    for page in (client.get(address), press(client, address, "apply")):
        text = " ".join(page.text.split())
        assert unused in text
        for cell in (
            *("<dt>Acronym</dt> <dd>NEW</dd>", "<dt>Name</dt> <dd>New one</dd>"),
            "<dt>Targeted third countries (ISO codes)</dt> <dd>Mexico</dd>",
            "<dt>No. of SMEs involved</dt> <dd>1355</dd>",
        ):
            assert cell in text


def test_new_rows_with_a_warning_are_found(client):
    make_cluster(name="Known", acronym="CLAUT", country=Country.objects.get())
    rows = ("Name", "Acronym", "Country"), ("Claut", "CLAUT", "MX"), ("Free", "", "MX")
    file = SimpleUploadedFile("rows.csv", csv_bytes(*rows))
    address = client.post("/admin/clusters/cluster/import/", {"file": file}).url
    choice = {"name": 0, "acronym": 1, "country": 2}
    client.post(address, {"action": "check", **choice})
    for _time in range(2):
        assert "1 new row has a warning." in client.get(address).text
        page = client.get(address, {"outcome": "warned"})
        assert [row.number for row in page.context["page"]] == [2]
        assert "It may be entered already: Known (same acronym)." in page.text
        press(client, address, "apply")


def test_columns_that_make_no_sense_are_refused(client):
    address = upload(client, csv_bytes(*ROWS)).url
    for values in ({}, {"acronym": "9"}, {"acronym": "0", "name": "0"}):
        page = client.post(address, {"action": "check", **values})
        assert page.status_code == 400
        assert page.context["form"].errors


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_rejected_rows_are_downloaded_with_their_reasons(client, file_format):
    address = checked(client)
    content = client.get(f"{address}rejected.{file_format}").getvalue()
    (_one, heading), (_two, row) = rows_of(content)[:2]
    assert heading == [*FOUNDING, "Reasons"]
    assert row[:2] == ["BAD", "Bad one"]
    assert row[7].startswith("Targeted third countries (E5): the portal knows no")


def test_refused_uploads_leave_nothing_behind(client):
    page = upload(client, b"\x89PNG\r\n\x1a\n", "rows.csv")
    assert page.status_code == 400
    assert b"This is a file of the kind PNG." in page.content
    assert Import.objects.count() == 0


def test_a_body_that_is_too_large_is_refused_unread(client):
    class Unread(io.RawIOBase):
        def read(self, *size):
            raise AssertionError("The body was read.")

    answer = client.generic(
        "POST",
        UPLOAD,
        b"",
        "multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(100 * 2**20),
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == 413
    assert b"more than 25 MB" in answer.content


def test_the_upload_needs_a_token(records):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff("eve", superuser=True))
    assert upload(client, csv_bytes(*ROWS)).status_code == 403


def with_permissions(*names):
    user = make_staff("-".join(names) or "nobody")
    # Of every country: which ones somebody works on is tested in test_permits.py.
    names = (*names, "edit_every_country")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def test_imports_need_the_permission_to_add_and_to_change(records):
    viewer = with_permissions("view_partnership")
    page = viewer.get(reverse("admin:partnerships_partnership_changelist"))
    assert UPLOAD.encode() not in page.content
    assert viewer.get(UPLOAD).status_code == 403
    assert upload(viewer, csv_bytes(*ROWS)).status_code == 403
    adder = with_permissions("view_partnership", "add_partnership")
    address = checked(adder)
    rows = list(ImportRow.objects.values_list("name", "outcome", "reasons"))
    assert rows[1] == ("OLD", "rejected", ["You may not change such records."])
    press(adder, address, "apply")
    assert stored() == [AFTER[0], *BEFORE]


def test_an_import_of_somebody_else_is_not_found(client):
    address = checked(client)
    other = with_permissions("view_partnership", "add_partnership")
    for answer in (
        other.get(address),
        other.post(address, {"action": "apply"}),
        other.get(f"{address}rejected.csv"),
    ):
        assert answer.status_code == 404
    assert client.get(f"/admin/clusters/cluster/import/{1}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_an_import_asks_as_much_for_any_number_of_rows(
    client, rows, django_assert_num_queries
):
    content = csv_bytes(FOUNDING, *((f"T{n}", f"N{n}") for n in range(rows)))
    address = checked(client, content)
    with django_assert_num_queries(6):
        client.get(address)


@pytest.mark.django_db(transaction=True)
def test_a_large_file_is_worked_on_beside_the_request(client, monkeypatch):
    import threading

    from portal.importing import work

    monkeypatch.setattr(work, "LARGE", 1)
    address = upload(client, csv_bytes(*ROWS)).url
    fields = client.get(address).context["form"]
    values = {field.name: field.initial for field in fields}
    steps = (({"action": "check", **values}), {"action": "apply"}, {"action": "undo"})
    for step, expected in zip(steps, (BEFORE, AFTER, BEFORE), strict=True):
        client.post(address, step)
        for thread in threading.enumerate():
            if thread.name == work.THREAD:
                thread.join(20)
        assert stored() == expected
    assert Import.objects.get().state == "undone"


@pytest.mark.parametrize(
    ("done", "state", "expected"),
    [
        ((), "checking", BEFORE),
        ((), "applying", AFTER),
        (("apply",), "undoing", BEFORE),
    ],
)
def test_work_that_was_cut_off_is_begun_again(client, done, state, expected):
    address = checked(client)
    for action in done:
        press(client, address, action)
    Import.objects.update(state=state, started_at="2020-01-01T00:00Z")
    page = client.get(address)
    assert b'http-equiv="refresh"' in page.content
    assert b"Start again" in page.content
    press(client, address, "restart")
    assert stored() == expected
    assert not Import.objects.get().is_busy
