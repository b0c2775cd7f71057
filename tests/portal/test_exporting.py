"""Downloads of the lists of the back office."""

import io

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from countries.models import Country
from partnerships.models import Partnership
from portal.admin import RecordAdmin
from tests.back_office import changelist_url
from tests.factories import make_partnership, make_staff
from tests.importing.sheets import rows_of, take
from tests.portal.linked_records import link, make_linked_records

pytestmark = pytest.mark.django_db
LISTS = [
    model for model, one in admin.site._registry.items() if isinstance(one, RecordAdmin)
]


@pytest.fixture
def client():
    client = Client()
    client.force_login(make_staff("ada", superuser=True))
    return client


def download(client, model, file_format="csv", **query):
    answer = client.get(f"{changelist_url(model)}export/{file_format}/", query)
    assert answer.status_code == 200
    return answer.getvalue()


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_every_list_can_be_downloaded_as_it_is_filtered(client, model):
    make_linked_records()
    page = client.get(changelist_url(model)).content.decode()
    for name in ("csv", "xlsx"):
        assert f'href="{changelist_url(model)}export/{name}/"' in page
        rows = rows_of(download(client, model, name))
        assert len(rows) == model._base_manager.count() + 1
    nothing = rows_of(download(client, model, q="no such thing"))
    assert len(nothing) == 1


@pytest.mark.parametrize(
    "model",
    [one for one in LISTS if hasattr(admin.site._registry[one], "importer_class")],
    ids=lambda model: model.__name__,
)
def test_an_import_of_the_download_changes_nothing(client, model):
    link(make_linked_records(), make_linked_records(suffix=" of more"))
    importer_class = admin.site._registry[model].importer_class
    for name in ("csv", "xlsx"):
        totals, _results = take(importer_class, download(client, model, name))
        assert totals["same"] == model._base_manager.count() > 0
        assert sum(totals.values()) == totals["same"]


def test_no_cell_is_a_formula(client):
    make_partnership(acronym="=1+1", name="@x")
    (_one, _headings), (_two, row) = rows_of(download(client, Partnership))
    assert row[:2] == ["=1+1", "@x"]
    assert b"\r\n'=1+1,'@x," in download(client, Partnership)
    workbook = load_workbook(io.BytesIO(download(client, Partnership, "xlsx")))
    cells = [cell for row in workbook.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}


def test_the_chosen_records_alone_are_downloaded(client):
    chosen, _other = make_partnership(), make_partnership()
    answer = client.post(
        changelist_url(Partnership),
        {"action": "export_csv", "_selected_action": [chosen.pk]},
    )
    (_one, _headings), (_two, row) = rows_of(answer.getvalue())
    assert row[0] == chosen.acronym


def test_a_download_needs_the_permission_to_view(client):
    user = make_staff("eve")
    user.user_permissions.set(Permission.objects.filter(codename="view_country"))
    client = Client()
    client.force_login(user)
    address = reverse("admin:partnerships_partnership_export", args=["csv"])
    assert client.get(address).status_code == 403
    assert len(rows_of(download(client, Country))) == 1


def test_other_formats_are_not_found(client):
    address = f"{changelist_url(Country)}export/pdf/"
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(client, rows, django_assert_num_queries):
    for _number in range(rows):
        make_linked_records()
    with django_assert_num_queries(16):
        download(client, Partnership)
    # Two of them ask for the version, which tells whether a draft is due.
    with django_assert_num_queries(9):
        download(client, Country)
