"""What editors may import: records of their own countries, while nothing is public."""

import io

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clusters.importers import ClusterImporter
from clusters.label_importers import LabelImporter
from clusters.models import Cluster, EscaLabel
from countries.importers import FactImporter
from countries.models import Fact
from events.importers import EventImporter
from events.models import Event, NewsItem
from partnerships.importers import PartnershipImporter
from partnerships.models import Partnership
from portal import rights
from portal.importing.permits import Permit
from portal.importing.run import import_sheet
from portal.importing.tables import open_sheet
from tests.back_office import changelist_url
from tests.factories import (
    make_cluster,
    make_country,
    make_event,
    make_indicator,
    make_news_item,
    make_partnership,
)
from tests.roles import make_person, make_roles

from .sheets import csv_bytes, take

pytestmark = pytest.mark.django_db
OWN_COUNTRIES = "choose only countries that you work on."
PUBLIC = (
    "This is public. Begin a draft of a change on its page, or ask a publisher to "
    "import it."
)
DRAFT = {"status": "draft"}


@pytest.fixture
def chile():
    return make_country(iso2="CL", iso3="CHL", name="Chile", **DRAFT)


@pytest.fixture
def mexico():
    return make_country(iso2="MX", iso3="MEX", name="Mexico")


@pytest.fixture
def editor(chile, mexico):
    make_roles()
    return make_person("editor", "Editor", [chile])


def permit(user, model):
    user = User.objects.get(pk=user.pk)
    return Permit(user, visible=rights.visible_to(model._base_manager.all(), user))


def outcomes(user, importer, *rows):
    """Import rows as somebody; return outcome and reasons of each."""
    content = csv_bytes(*rows)
    _totals, results = take(importer, content, permit=permit(user, importer.model))
    return [(str(one.outcome), list(one.reasons)) for one in results]


def test_rows_for_a_country_of_strangers_are_rejected_and_own_ones_go_in(editor):
    found = outcomes(
        editor,
        ClusterImporter,
        ("Name", "Country code"),
        ("Ours", "CL"),
        ("Theirs", "MX"),
    )
    assert found == [
        ("created", []),
        ("rejected", [f"Country code (B3): {OWN_COUNTRIES}"]),
    ]
    assert [str(one) for one in Cluster.objects.all()] == ["Ours"]


def test_facts_go_only_to_own_countries_that_are_not_public(editor, chile):
    make_indicator(code="gdp", name="GDP")
    heading = ("Country", "Indicator", "Year", "Value", "Source")
    row = ("gdp", "2020", "5", "https://a.example.org/")
    reason = "choose a record of your countries that is not public yet."
    found = outcomes(editor, FactImporter, heading, ("CL", *row), ("MX", *row))
    assert found == [("created", []), ("rejected", [f"Country (A3): {reason}"])]
    type(chile).objects.filter(pk=chile.pk).update(
        status="published", published_at="2020-01-01T00:00Z"
    )
    again = ("gdp", "2021", "5", "https://a.example.org/")
    found = outcomes(editor, FactImporter, heading, ("CL", *again))
    assert found == [("rejected", [f"Country (A2): {reason}"])]
    assert [(fact.country, fact.year) for fact in Fact.objects.all()] == [(chile, 2020)]


def test_labels_go_by_their_cluster(editor, chile, mexico):
    for name, country, status in (
        ("Ours", chile, "draft"),
        ("Theirs", mexico, "draft"),
        ("Public", chile, "published"),
    ):
        make_cluster(name=name, country=country, status=status)
    heading = ("Cluster", "Country", "Level", "Awarded on")
    rows = [("Ours", "CL"), ("Theirs", "MX"), ("Public", "CL")]
    rows = [(*row, "gold", "2024-01-01") for row in rows]
    found = outcomes(editor, LabelImporter, heading, *rows)
    assert [outcome for outcome, _reasons in found] == [
        "created",
        "rejected",
        "rejected",
    ]
    assert [one.cluster.name for one in EscaLabel.objects.all()] == ["Ours"]


def test_a_new_record_of_several_countries_names_own_ones_only(editor):
    found = outcomes(
        editor,
        PartnershipImporter,
        ("Acronym", "Name", "Targeted third countries"),
        ("OURS", "Ours", "Chile"),
        ("BOTH", "Of both", "Chile; Mexico"),
        ("NONE", "Of nobody", ""),
    )
    assert found == [
        ("created", []),
        ("rejected", [f"Targeted third countries (C3): {OWN_COUNTRIES}"]),
        ("rejected", ["Choose at least one of the countries that you work on."]),
    ]
    assert [one.acronym for one in Partnership.objects.all()] == ["OURS"]


def test_countries_of_strangers_are_neither_added_nor_taken_away(editor, chile, mexico):
    for title in ("Kept", "Moved", "Added", "Taken"):
        event = make_event(
            title=title, starts_on="2030-01-01", country=chile, city="Old", **DRAFT
        )
        if title in ("Kept", "Taken"):
            event.more_countries.add(mexico)
    found = outcomes(
        editor,
        EventImporter,
        ("Title", "First day", "Country", "More countries", "City"),
        ("Kept", "2030-01-01", "CL", "MX", "New"),
        ("Moved", "2030-01-01", "MX", "", ""),
        ("Added", "2030-01-01", "CL", "MX", ""),
        ("Taken", "2030-01-01", "CL", "CL", ""),
    )
    assert [outcome for outcome, _reasons in found] == [
        "changed",
        "rejected",
        "rejected",
        "rejected",
    ]
    assert found[2][1] == [f"More countries (D4): {OWN_COUNTRIES}"]
    assert sorted(Event.objects.values_list("title", "city")) == [
        ("Added", "Old"),
        ("Kept", "New"),
        ("Moved", "Old"),
        ("Taken", "Old"),
    ]


def test_an_editor_changes_drafts_of_own_countries_only(editor, chile, mexico):
    make_cluster(name="Draft", country=chile, city="Old", **DRAFT)
    make_cluster(name="Public", country=chile, city="Old")
    make_cluster(name="Same", country=chile, city="Old")
    make_cluster(name="Foreign", country=mexico, city="Old", **DRAFT)
    rows = (
        ("Name", "Country code", "City"),
        ("Draft", "CL", "New"),
        ("Public", "CL", "New"),
        ("Same", "CL", "Old"),
        ("Foreign", "MX", "New"),
    )
    assert outcomes(editor, ClusterImporter, *rows) == [
        ("changed", []),
        ("rejected", [PUBLIC]),
        ("same", []),
        ("rejected", [f"Country code (B5): {OWN_COUNTRIES}"]),
    ]
    publisher = make_person("publisher", "Publisher")
    found = outcomes(publisher, ClusterImporter, *rows)
    assert [outcome for outcome, _reasons in found] == [
        "same",
        "changed",
        "same",
        "changed",
    ]


def test_whoever_works_on_every_country_but_does_not_publish_changes_drafts(editor):
    from django.contrib.auth.models import Permission

    editor.user_permissions.add(Permission.objects.get(codename="edit_every_country"))
    make_partnership(acronym="PUBLIC", name="Old")
    make_partnership(acronym="DRAFT", name="Old", **DRAFT)
    rows = (("Acronym", "Name"), ("PUBLIC", "New"), ("DRAFT", "New"), ("NEW", "New"))
    assert outcomes(editor, PartnershipImporter, *rows) == [
        ("rejected", [PUBLIC]),
        ("changed", []),
        ("created", []),
    ]


def test_an_editor_undoes_nothing_that_was_published_since(editor, chile):
    from django.core.files.uploadedfile import SimpleUploadedFile

    make_cluster(name="Draft", country=chile, city="Old", **DRAFT)
    client = Client()
    client.force_login(editor)
    content = csv_bytes(("Name", "Country code", "City"), ("Draft", "CL", "New"))
    place = "/admin/clusters/cluster/import/"
    address = client.post(place, {"file": SimpleUploadedFile("a.csv", content)}).url
    fields = client.get(address).context["form"]
    values = {field.name: field.initial for field in fields}
    client.post(address, {"action": "check", **values})
    client.post(address, {"action": "apply"})
    assert Cluster.objects.get().city == "New"
    Cluster.objects.update(status="published", published_at="2020-01-01T00:00Z")
    page = client.post(address, {"action": "undo"}, follow=True)
    assert page.context["kept"] == 1
    assert PUBLIC in page.content.decode()
    assert Cluster.objects.get().city == "New"


@pytest.mark.parametrize("rows", [1, 3])
def test_rights_ask_as_much_for_any_number_of_rows(
    editor, rows, django_assert_num_queries
):
    content = csv_bytes(
        ("Acronym", "Name", "Targeted third countries"),
        *((f"T{n}", f"N{n}", "Chile; Mexico") for n in range(rows)),
    )
    importer, found = PartnershipImporter(), []
    allowed = permit(editor, Partnership)
    allowed.user.get_all_permissions()
    sheet = open_sheet(io.BytesIO(content), importer.headings.count)
    with django_assert_num_queries(2):
        import_sheet(importer, sheet, found.append, writing=False, permit=allowed)
    assert {str(one.outcome) for one in found} == {"rejected"}


@pytest.mark.parametrize(
    ("importer", "headings", "row"),
    [
        (LabelImporter, ("Cluster", "Level"), ("{}", "bronze")),
        (
            LabelImporter,
            ("Cluster", "Country code", "Level"),
            ("{}", "MX", "bronze"),
        ),
        (ClusterImporter, ("Name", "Country code"), ("New", "{}")),
        (ClusterImporter, ("Name", "Country code"), ("{}", "MX")),
        (
            PartnershipImporter,
            ("Acronym", "Name", "Targets"),
            ("NEW", "New", "{}"),
        ),
        (
            EventImporter,
            ("Title", "First day", "Country code", "Partnerships"),
            ("New", "2026-05-01", "CL", "{}"),
        ),
        (EventImporter, ("Title", "First day", "Country code"), ("{}", "2026", "MX")),
        (
            FactImporter,
            ("Country", "Indicator", "Value", "Source"),
            ("{}", "gdp", "1", "Report"),
        ),
    ],
)
@pytest.mark.parametrize("secret", ["Secret", "Hushed", "SCRT"])
def test_no_message_tells_of_the_drafts_of_strangers(
    editor, mexico, importer, headings, row, secret
):
    make_indicator(code="gdp")
    hidden = make_country(iso2="PE", iso3="PER", name=secret, **DRAFT)
    cluster = make_cluster(name="Secret", acronym="SCRT", country=mexico, **DRAFT)
    cluster.former_names.create(name="Hushed")
    make_cluster(name=secret, country=hidden, **DRAFT)
    make_partnership(acronym=secret, targets=[hidden], **DRAFT)
    make_event(title=secret, starts_on="2026-01-01", country=mexico, **DRAFT)

    def said_of(name):
        filled = [cell.format(name) for cell in row]
        ((outcome, reasons),) = outcomes(editor, importer, headings, filled)
        return outcome, [reason.replace(name, "…") for reason in reasons]

    assert said_of(secret) == said_of("Nobody")
    assert said_of(secret)[0] == "rejected"


def test_no_warning_tells_of_the_drafts_of_strangers(editor, mexico):
    shared = {"website": "https://a.example", "country": mexico}
    make_cluster(name="Public", **shared)
    make_cluster(name="Secret", **shared, **DRAFT)
    content = csv_bytes(("Name", "Country", "Website"), ("New", "CL", "a.example"))
    own = permit(editor, Cluster)
    _totals, (result,) = take(ClusterImporter, content, permit=own)
    assert result.warnings == ["It may be entered already: Public (same site)."]


def test_several_generations_are_named_as_far_as_one_may_see_them(editor, chile):
    hidden = make_country(iso2="PE", iso3="PER", name="Peru", **DRAFT)
    for generation in (2, 3):
        make_partnership(
            acronym="TWICE", generation=generation, targets=[hidden], **DRAFT
        )

    def said():
        headings = ("Acronym", "Name", "Targets")
        row = ("TWICE", "New name", "Chile")
        return outcomes(editor, PartnershipImporter, headings, row)

    ((outcome, reasons),) = said()
    assert outcome == "rejected"
    assert "generations" not in "".join(reasons)

    own = make_partnership(acronym="TWICE", generation=1, targets=[chile], **DRAFT)
    ((outcome, reasons),) = said()
    assert (outcome, reasons) == ("changed", [])
    own.refresh_from_db()
    assert own.name == "New name"


def test_a_download_leaves_out_what_is_hidden_and_its_import_keeps_it(
    editor, chile, mexico, client
):
    hidden = make_country(iso2="PE", iso3="PER", name="Secret", **DRAFT)
    own = make_partnership(
        acronym="OWN", name="Own", targets=[chile, mexico, hidden], **DRAFT
    )
    secret = make_partnership(acronym="SECRET", targets=[hidden], **DRAFT)
    event = make_event(title="Fair", starts_on="2026-01-01", country=chile, **DRAFT)
    event.partnerships.set([own, secret])
    item = make_news_item(title="News", **DRAFT)
    item.countries.set([chile, hidden])
    client.force_login(editor)

    for model, importer in (
        (Partnership, PartnershipImporter),
        (Event, EventImporter),
        (NewsItem, None),
    ):
        address = f"{changelist_url(model)}export/csv/"
        content = client.get(address).getvalue()
        assert b"OWN" in content or b"Fair" in content or b"News" in content
        assert b"SECRET" not in content.upper()
        assert b"PE" not in content
        if importer:
            _totals, results = take(importer, content, permit=permit(editor, model))
            assert [str(one.outcome) for one in results] == ["same"], results
    assert set(own.targets.all()) == {chile, mexico, hidden}
    assert set(event.partnerships.all()) == {own, secret}
