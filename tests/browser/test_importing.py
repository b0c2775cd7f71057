"""An editor imports a messy spreadsheet, by the keyboard's and the mouse's buttons."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from partnerships.models import Partnership
from tests.factories import make_country, make_partnership, make_staff
from tests.importing.sheets import FOUNDING, xlsx_bytes

from .accessibility import violations
from .signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
SHEET = xlsx_bytes(
    ("Partnerships, as of spring",),
    (),
    FOUNDING,
    ("NEW", "New one", "", "", "Mexico", "1,234", "5"),
    (),
    ("OLD", "Better name", "", "", "", "20", ""),
    ("BAD", "Bad one", "", "", "Atlantis", "", ""),
    ("Total", "", "", "", "", "1,254", ""),
)


@pytest.fixture
def editor(page):
    make_country(iso2="MX", iso3="MEX", name="Mexico")
    make_partnership(acronym="OLD", name="Old name", sme_count=10)
    make_staff("ada", superuser=True)
    sign_in(page, "ada")
    return page


def assert_accessible(page):
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == [], page.url
        overflow = "document.documentElement.scrollWidth - innerWidth"
        assert page.evaluate(overflow) <= 0, page.url
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_messy_spreadsheet_is_checked_stored_and_undone(editor):
    editor.goto(reverse("admin:partnerships_partnership_changelist"))
    editor.get_by_role("link", name="Import…").click()
    expect(editor.get_by_role("button", name="Upload")).to_be_visible()
    assert_accessible(editor)
    editor.get_by_label("File", exact=False).set_input_files(
        {"name": "messy.xlsx", "mimeType": "application/x", "buffer": SHEET}
    )
    editor.get_by_role("button", name="Upload").click()
    editor.get_by_role("heading", name="Which column is which?").wait_for()
    assert_accessible(editor)
    editor.get_by_role("button", name="Check the file").click()

    for link in ("New: 1", "Changed: 1", "Same: 0", "Rejected: 2"):
        expect(editor.get_by_role("link", name=link)).to_have_count(1)
    unknown = editor.get_by_text("the portal knows no country “Atlantis”")
    expect(unknown).to_have_count(1)
    assert_accessible(editor)
    assert Partnership.objects.get().name == "Old name"

    editor.get_by_role("button", name="Store 2 rows").click()
    editor.get_by_role("button", name="Undo this import").wait_for()
    names = Partnership.objects.order_by("acronym").values_list("name", flat=True)
    assert list(names) == ["New one", "Better name"]

    editor.get_by_role("button", name="Undo this import").click()
    editor.get_by_text("All that it stored was taken back.").wait_for()
    assert_accessible(editor)
    assert Partnership.objects.get().name == "Old name"
