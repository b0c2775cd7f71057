"""Every role at every address and action of the back office, on every kind of record.

Nothing of the back office is left out: a route, a kind of record or an action that is
not in the tables below fails a test. To add

- **a route**: give its name and what each role gets there to ``SPECIAL`` (an address
  that names no record) or, for a page of one record that every kind has, to ``PAGES``,
  with the right that opens it. A page of one kind gets a test of its own; its route
  then goes into ``TESTED_APART`` with the name of that test;
- **a kind of record**: say in ``KINDS`` which rights the roles have, and make one in
  ``make_linked_records`` (or in ``make_others``);
- **an action of a list**: say in ``ACTIONS`` which right it takes.

There are four sets of records: those of the editor of A, and those of the editor of B,
who is a stranger to them; each once open (drafts) and once public.
"""

from copy import deepcopy
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AnonymousUser, Group, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import URLPattern, resolve, reverse

from clusters.models import Cluster, EscaLabel, Industry, TechnologyField
from countries.models import (
    Country,
    CountrySection,
    Fact,
    Indicator,
    Organisation,
    Report,
    Source,
)
from events.models import Achievement, Event, NewsItem
from partnerships.models import Membership, Partnership
from portal import account_urls
from portal.exporting import EXPORTS, ExportingAdmin
from portal.history_admin import moment_in_address
from portal.importing.models import Import
from portal.models import ApiKey, CheckedLink
from portal.publishing.drafts import Rework
from portal.publishing.models import Publishable
from tests.back_office import changelist_url
from tests.factories import make_cluster, make_partnership
from tests.portal.linked_records import make_linked_records
from tests.roles import make_person, make_roles

pytestmark = pytest.mark.django_db

ALL = frozenset({"view", "add", "change", "delete"})
# What each role may do with a kind; "open" and "public" records of own countries.
WRITTEN = {"editor": ALL - {"delete"}, "publisher": ALL - {"delete"}}
PARTS = {"editor": ALL, "publisher": ALL}
VOCABULARY = {"editor": {"view"}, "publisher": {"view"}}
KINDS = {
    Country: {"editor": {"view", "change"}, "publisher": ALL - {"delete"}},
    CountrySection: WRITTEN,
    Cluster: WRITTEN,
    Partnership: WRITTEN,
    Event: WRITTEN,
    Achievement: WRITTEN,
    NewsItem: WRITTEN,
    Fact: PARTS,
    Organisation: PARTS,
    Report: PARTS,
    EscaLabel: PARTS,
    Membership: PARTS,
    Source: {"editor": {"view", "add"}, "publisher": ALL - {"delete"}},
    Indicator: VOCABULARY,
    Industry: VOCABULARY,
    TechnologyField: VOCABULARY,
    User: {},
    Group: {},
    ApiKey: {},
    CheckedLink: VOCABULARY,
}
# What nobody may do, whatever the role: links are found, and keys are revoked.
OF_ADMINISTRATORS = {ApiKey: ALL - {"delete"}, CheckedLink: frozenset({"view"})}
SHARED = {
    *(Source, Indicator, Industry, TechnologyField),
    *(User, Group, ApiKey, CheckedLink),
}
IMPORTED = (Cluster, EscaLabel, Partnership, Event, Fact)
# Pages of one record, with the rights of which one opens it.
PAGES = {
    "change": {"view", "change"},
    "delete": {"delete"},
    "history": {"view", "change"},
}
LISTS = {"changelist": {"view", "change"}, "add": {"add"}}
WRITING = {"change": "change", "delete": "delete"}
# Addresses that name no record: what anybody of the staff gets.
SPECIAL = {
    "index": 200,
    "login": 302,
    "logout": 405,
    "password_change": 302,
    "password_change_done": 302,
    "autocomplete": 403,
    "jsi18n": 200,
}
# Pages that some kinds have, with the test that opens each as every role.
OF_SOME_KINDS = {
    "version": "test_former_versions_open_to_whoever_may_change_the_record",
    "deleted": "test_deleted_records_are_listed_for_whoever_may_restore_them",
    "restore": "test_parts_are_restored_by_those_who_may_change_their_record",
    "export": "test_downloads_open_to_whoever_may_see_the_list",
    "import": "test_imports_open_to_whoever_may_add_records",
    "import_state": "test_imports_are_ones_own_but_for_administrators",
    "import_rejected": "test_imports_are_ones_own_but_for_administrators",
    "move": "test_moves_are_made_by_whom_they_should",
    "rework": "test_drafts_beside_public_records_open_to_whom_they_should",
    "rework_start": "test_drafts_are_begun_by_whoever_works_on_the_record",
    "rework_compare": "test_drafts_beside_public_records_open_to_whom_they_should",
    "rework_resolve": "test_drafts_beside_public_records_open_to_whom_they_should",
    "rework_move": "test_drafts_are_published_by_publishers_only",
}
TESTED_APART = {
    "view_on_site": "test_the_way_to_the_site_is_shown_only_to_own_records",
    "clusters_cluster_merge": "test_only_administrators_merge_clusters",
    "auth_user_password_change": "test_accounts_are_for_administrators",
    "app_list": "test_an_app_shows_only_what_a_role_may_see",
    # Redirects to the page of the record, or answers 404.
    None: "test_old_addresses_of_records_show_nothing",
}
# Pages of one's own account: what somebody gets who is signed in with a password.
ACCOUNT = {
    "account_login": 302,
    "account_logout": 200,
    "account_reauthenticate": 200,
    "account_change_password": 200,
    "account_reset_password": 200,
    "account_reset_password_done": 200,
    "account_reset_password_from_key_done": 200,
    "mfa_index": 200,
    "mfa_authenticate": 302,
    "mfa_reauthenticate": 302,
    "mfa_activate_totp": 302,
    "mfa_qr_code": 404,
    "mfa_deactivate_totp": 404,
    "mfa_view_recovery_codes": 404,
    "mfa_generate_recovery_codes": 302,
    "usersessions_list": 200,
}
OPEN_TO_ALL = {
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
}
ACTIONS = {
    "end_sessions": "change",
    "take_second_factor": "change",
    "delete_selected": "delete",
    "request_review": "change",
    "publish": "publish",
    "approve": "publish",
    "unpublish": "publish",
    "archive": "publish",
    "restore": "publish",
    "merge_selected": "merge",
    "revoke": "change",
    "export_csv": "view",
    "export_xlsx": "view",
}
LOGIN = "/admin/account/login/"
STRANGER = "Belongs-to-a-stranger"
ROLES = ("nobody", "stranger", "editor", "publisher", "administrator")


def make_others():
    number = Group.objects.count()
    Group.objects.create(name=f"Group {number}")
    User.objects.create(username=f"user-{number}")
    key = ApiKey(name=f"Key {number}", contact="a@example.org")
    key.issue()
    key.save()
    CheckedLink.objects.create(address=f"https://example.org/{number}")


def newest(model):
    return model._default_manager.order_by("pk").last()


def make_set(**values):
    """Make a record of each kind, and return them by their kinds."""
    make_linked_records(**values)
    make_others()
    return {model: newest(model) for model in admin.site._registry}


@pytest.fixture(scope="module")
def furnished(django_db_setup, django_db_blocker):
    """Make the records and people once; each test undoes only what it did itself."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_roles()
        yield make_office()
        transaction.set_rollback(True)


@pytest.fixture
def office(furnished, db):
    return deepcopy(furnished)


def make_office():
    """Make four sets of records and somebody of each role."""
    draft = {"status": "draft"}
    records = {
        ("own", "open"): make_set(suffix=" own-open", **draft),
        ("own", "public"): make_set(suffix=" own-public"),
        ("foreign", "open"): make_set(suffix=f" {STRANGER}", **draft),
        ("foreign", "public"): make_set(suffix=" foreign-public"),
    }
    own = [records["own", state][Country] for state in ("open", "public")]
    foreign = [records["foreign", state][Country] for state in ("open", "public")]
    people = {
        "nobody": make_person("nobody"),
        "editor": make_person("editor", "Editor", own),
        "stranger": make_person("stranger", "Editor", foreign),
        "publisher": make_person("publisher", "Publisher"),
        "administrator": make_person("administrator", "Administrator"),
    }
    return SimpleNamespace(records=records, people=people)


def status_for(user, method, address, **data):
    """Return the status of an answer, without rendering it."""
    request = getattr(RequestFactory(), method)(address, data)
    # As the database has them now: permissions stay with a user who is asked.
    known = user.is_authenticated
    request.user = User.objects.get(pk=user.pk) if known else user
    request.session = {}
    request._messages = FallbackStorage(request)
    request._dont_enforce_csrf_checks = True
    request.csp_nonce = "nonce"
    match = resolve(address)
    request.resolver_match = match
    try:
        return match.func(request, *match.args, **match.kwargs).status_code
    except PermissionDenied:
        return 403
    except Http404:
        return 404


def route(model, page):
    return f"{model._meta.app_label}_{model._meta.model_name}_{page}"


def address(model, page, *arguments):
    return reverse(f"admin:{route(model, page)}", args=arguments)


def names_of_routes(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name
        else:
            yield from names_of_routes(pattern.url_patterns)


def rights_of(role, model):
    """Return what a role may do with a kind of record."""
    if role == "administrator":
        return OF_ADMINISTRATORS.get(model, ALL)
    return KINDS[model].get("editor" if role == "stranger" else role, frozenset())


def expected(role, model, page, whose, state, *, writing=False):
    """Return the statuses that a page of a record may answer."""
    rights = rights_of(role, model)
    needed = {WRITING[page]} if writing else PAGES[page]
    if not rights & needed:
        return {403, 404}
    if role not in ("editor", "stranger") or model in SHARED:
        return {200}
    if (role == "editor") != (whose == "own"):
        return {404}
    if state == "public" and not needed & {"view"}:
        return {403}
    return {200}


def test_every_route_is_in_a_table():
    known = {route(model, page) for model in KINDS for page in pages_of(model)} | {
        *SPECIAL,
        *TESTED_APART,
    }
    names = set(names_of_routes(admin.site.get_urls()))

    # The last one, without a name, catches what no other does.
    assert names - known == set()
    assert known - names == set()
    tests = {*TESTED_APART.values(), *OF_SOME_KINDS.values()}
    assert tests <= set(globals())


def pages_of(model):
    """Return the names of the pages that a kind has."""
    pages = {*PAGES, *LISTS, "version", "deleted", "restore"}
    if model not in (User, Group, CheckedLink):
        pages.add("export")
    if model in IMPORTED:
        pages |= {"import", "import_state", "import_rejected"}
    if issubclass(model, Publishable):
        pages |= {name for name in OF_SOME_KINDS if name.startswith(("move", "rework"))}
    return pages


def test_every_page_of_an_account_is_in_a_table():
    names = {pattern.name for pattern in account_urls.urlpatterns}
    assert names == {*ACCOUNT, "account_reset_password_from_key"}


def test_pages_of_an_account_are_ones_own(office, client):
    for name, status in ACCOUNT.items():
        client.logout()
        answer = client.get(reverse(name))
        if name in OPEN_TO_ALL:
            assert answer.status_code == 200, name
        else:
            assert (answer.status_code, LOGIN in answer.url) == (302, True), name
        for role in ("nobody", "administrator"):
            person = office.people[role]
            person.set_password("for this page")
            person.save()
            client.force_login(person)
            assert client.get(reverse(name)).status_code == status, (name, role)


def test_every_kind_of_record_is_in_a_table():
    assert set(KINDS) == set(admin.site._registry)


def test_pages_of_records_open_to_whom_they_should(office):
    wrong = []
    for (whose, state), records in office.records.items():
        for model, record in records.items():
            for page in PAGES:
                place = address(model, page, record.pk)
                for role in ROLES:
                    allowed = expected(role, model, page, whose, state)
                    status = status_for(office.people[role], "get", place)
                    if status not in allowed:
                        wrong.append((role, whose, state, place, status, allowed))
    assert wrong == []


def test_pages_of_records_take_changes_from_whom_they_should(office):
    wrong = []
    for (whose, state), records in office.records.items():
        for model, record in records.items():
            for page in WRITING:
                place = address(model, page, record.pk)
                for role in ROLES:
                    allowed = expected(role, model, page, whose, state, writing=True)
                    status = status_for(office.people[role], "post", place)
                    # Without a field, a form is refused and shown again.
                    if status not in allowed:
                        wrong.append((role, whose, state, place, status, allowed))
    assert wrong == []


def test_lists_and_forms_of_new_records_open_to_whom_they_should(office):
    wrong = []
    for model in KINDS:
        for page, needed in LISTS.items():
            for role in ROLES:
                allowed = 200 if rights_of(role, model) & needed else 403
                for method in ("get", "post"):
                    place = address(model, page)
                    status = status_for(office.people[role], method, place)
                    if status != allowed:
                        wrong.append((role, method, place, status, allowed))
    assert wrong == []


def test_addresses_without_a_record_are_the_same_for_all_of_the_staff(office):
    for name, allowed in SPECIAL.items():
        for role in ROLES:
            place = reverse(f"admin:{name}")
            status = status_for(office.people[role], "get", place)
            assert status == allowed, (name, role)


def test_strangers_are_led_to_the_sign_in(office, client):
    public = {"login", "jsi18n"}
    for name in {*SPECIAL} - public:
        place = reverse(f"admin:{name}")
        assert client.get(place).status_code in {302, 405}, name
    for model, record in office.records["own", "public"].items():
        places = [address(model, page, record.pk) for page in PAGES]
        places += [address(model, page) for page in LISTS]
        for place in places:
            for method in ("get", "post", "put", "patch", "delete"):
                answer = getattr(client, method)(place)
                assert answer.status_code == 302, (method, place)
                assert "/login/" in answer.url
    assert status_for(AnonymousUser(), "get", reverse("admin:index")) == 302


def test_other_methods_change_nothing(office):
    for model, record in office.records["foreign", "open"].items():
        before = model._default_manager.filter(pk=record.pk).values().get()
        for method in ("put", "patch", "delete"):
            place = address(model, "change", record.pk)
            status = status_for(office.people["editor"], method, place)
            assert status in ({200} if model in SHARED else {404}) | {403}
        assert model._default_manager.filter(pk=record.pk).values().get() == before


def test_lists_hold_own_records_only(office, client):
    client.force_login(office.people["editor"])
    for model in set(KINDS) - SHARED:
        page = client.get(changelist_url(model))
        shown = set(page.context["cl"].queryset)
        own = {office.records["own", state][model] for state in ("open", "public")}
        foreign = {
            office.records["foreign", state][model] for state in ("open", "public")
        }
        assert own <= shown, model
        assert not foreign & shown, model
        assert STRANGER not in page.content.decode(), model


def test_pages_of_own_records_name_no_draft_of_strangers(office, client):
    link_to_strangers(office)
    client.force_login(office.people["editor"])
    for state in ("open", "public"):
        for model, record in office.records["own", state].items():
            if model in SHARED:
                continue
            for page in ("change", "history"):
                content = client.get(address(model, page, record.pk)).content.decode()
                assert STRANGER not in content, (model, page, state)
        for model in set(KINDS) - SHARED:
            assert STRANGER not in client.get(changelist_url(model)).content.decode()


def test_former_versions_name_no_draft_of_strangers(office, client):
    link_to_strangers(office)
    client.force_login(office.people["editor"])
    for model in (Partnership, Event, Achievement, NewsItem, Organisation):
        record = office.records["own", "open"][model]
        record.save()
        version = record.history.first()
        # What is gone since stands on the page as what would come back.
        if model is Organisation:
            record.successor = None
        elif model is Partnership:
            record.memberships.all().delete()
        else:
            record.partnerships.clear()
        record.save()
        moment = moment_in_address(version.history_date)
        page = client.get(address(model, "version", record.pk, moment))
        assert page.status_code == 200, model
        content = page.content.decode()
        assert "that you do not work on" in content or model is Partnership, model
        assert STRANGER not in content, model


def link_to_strangers(office):
    """Point from own records to drafts of strangers, wherever that is possible."""
    hidden = office.records["foreign", "open"]
    for state in ("open", "public"):
        own = office.records["own", state]
        own[Partnership].targets.add(hidden[Country])
        own[Partnership].memberships.create(cluster=hidden[Cluster])
        own[Event].more_countries.add(hidden[Country])
        own[Event].partnerships.add(hidden[Partnership])
        for model in (Achievement, NewsItem):
            own[model].countries.add(hidden[Country])
            own[model].clusters.add(hidden[Cluster])
            own[model].partnerships.add(hidden[Partnership])
        own[Achievement].labels.add(hidden[EscaLabel])
        own[Organisation].successor = hidden[Organisation]
        own[Organisation].save()


def test_links_that_an_editor_does_not_see_outlast_saving(office, client):
    from tests.back_office import assert_saves, change_url

    link_to_strangers(office)
    client.force_login(office.people["editor"])
    own = office.records["own", "open"]
    relations = [
        (own[Partnership], ("targets",)),
        (own[Event], ("more_countries", "partnerships")),
        (own[NewsItem], ("countries", "clusters", "partnerships")),
        (own[Achievement], ("countries", "clusters", "labels", "partnerships")),
    ]
    for record, names in relations:
        before = {name: set(getattr(record, name).all()) for name in names}
        assert_saves(client, change_url(record))
        after = {name: set(getattr(record, name).all()) for name in names}
        assert after == before, record
    assert_saves(client, change_url(own[Organisation]))
    own[Organisation].refresh_from_db()
    assert (
        own[Organisation].successor == office.records["foreign", "open"][Organisation]
    )
    assert (
        own[Partnership].memberships.filter(cluster__name__contains=STRANGER).exists()
    )


def choice_fields():
    """Return every field of a form or of its rows that is completed while typing."""
    found = set()
    for _model, model_admin in admin.site._registry.items():
        for part in (model_admin, *model_admin.inlines):
            owner = getattr(part, "opts", None) or part.model._meta
            fields = part.autocomplete_fields
            found |= {(owner.model, name) for name in fields}
    return sorted(found, key=str)


OWN_COUNTRIES_ONLY = {
    (CountrySection, "country"),
    (Cluster, "country"),
    (Partnership, "targets"),
    (Event, "country"),
    (Event, "more_countries"),
    (Achievement, "countries"),
    (NewsItem, "countries"),
}
OWN_DRAFTS_ONLY = {
    (Fact, "country"),
    (Organisation, "country"),
    (Report, "country"),
    (EscaLabel, "cluster"),
    (Membership, "partnership"),
}


def test_choices_offer_own_and_public_records_only(office, client):
    client.force_login(office.people["editor"])
    asked = set()
    for model, name in choice_fields():
        remote = model._meta.get_field(name).related_model
        if remote in SHARED:
            continue
        asked.add((model, name))
        own_open, own_public, foreign_open, foreign_public = (
            str(records[remote].pk) for records in office.records.values()
        )
        offered = offered_to(client, model, name)
        if (model, name) in OWN_DRAFTS_ONLY:
            wanted, unwanted = {own_open}, {own_public, foreign_open, foreign_public}
        elif (model, name) in OWN_COUNTRIES_ONLY:
            wanted, unwanted = {own_open, own_public}, {foreign_open, foreign_public}
        else:
            wanted, unwanted = {own_open, own_public, foreign_public}, {foreign_open}
        assert wanted <= offered, (model, name)
        assert not unwanted & offered, (model, name)
    assert asked >= OWN_COUNTRIES_ONLY | OWN_DRAFTS_ONLY


def offered_to(client, model, name):
    query = {
        "term": "",
        "app_label": model._meta.app_label,
        "model_name": model._meta.model_name,
        "field_name": name,
    }
    answer = client.get(reverse("admin:autocomplete"), query)
    return {option["id"] for option in answer.json()["results"]}


def test_accounts_are_offered_to_administrators_only(office, client):
    query = {"app_label": "countries", "model_name": "country", "field_name": "editors"}
    for role in ROLES:
        client.force_login(office.people[role])
        answer = client.get(reverse("admin:autocomplete"), {"term": "", **query})
        wanted = 200 if role == "administrator" else 403
        assert answer.status_code == wanted, role


def actions_of(model_admin):
    own = {name for _function, name, _text in model_admin._get_base_actions()}
    return own | (set(EXPORTS) if isinstance(model_admin, ExportingAdmin) else set())


def test_actions_are_offered_to_whom_they_should(office):
    for model, model_admin in admin.site._registry.items():
        assert actions_of(model_admin) <= set(ACTIONS), model
        for role in ROLES:
            request = RequestFactory().get(changelist_url(model))
            request.user = User.objects.get(pk=office.people[role].pk)
            rights = set(rights_of(role, model))
            if role in ("publisher", "administrator"):
                rights.add("publish")
            if role == "administrator":
                rights.add("merge")
            wanted = {
                name for name in actions_of(model_admin) if ACTIONS[name] in rights
            }
            assert set(model_admin.get_actions(request)) == wanted, (model, role)


def act(client, address, values):
    """Send an action of a list, and read its answer to the end, which closes it."""
    response = client.post(address, values)
    if response.streaming:
        b"".join(response)


def test_no_action_reaches_the_records_of_strangers(office, client):
    client.force_login(office.people["editor"])
    for model, model_admin in admin.site._registry.items():
        if model in SHARED:
            continue
        records = [
            office.records["foreign", state][model] for state in ("open", "public")
        ]
        before = stored(records)
        for name in actions_of(model_admin):
            act(
                client,
                changelist_url(model),
                {
                    "action": name,
                    "_selected_action": [record.pk for record in records],
                    "post": "yes",
                },
            )
        assert stored(records) == before, model


def test_no_action_of_an_editor_reaches_public_records(office, client):
    client.force_login(office.people["editor"])
    for model, model_admin in admin.site._registry.items():
        if model in SHARED:
            continue
        record = office.records["own", "public"][model]
        before = stored([record])
        for name in actions_of(model_admin):
            chosen = {"action": name, "_selected_action": record.pk, "post": "yes"}
            act(client, changelist_url(model), chosen)
        assert stored([record]) == before, model


def stored(records):
    keys = [record.pk for record in records]
    return list(type(records[0])._base_manager.filter(pk__in=keys).values())


def test_an_editor_asks_for_review_and_deletes_parts_of_drafts(office, client):
    client.force_login(office.people["editor"])
    own = office.records["own", "open"]
    for name, record in (
        ("request_review", own[Cluster]),
        ("delete_selected", own[Fact]),
    ):
        chosen = {"action": name, "_selected_action": record.pk, "post": "yes"}
        client.post(changelist_url(type(record)), chosen)
    own[Cluster].refresh_from_db()
    assert own[Cluster].status == "in_review"
    assert not Fact.objects.filter(pk=own[Fact].pk).exists()


def test_the_way_to_the_site_is_shown_only_to_own_records(office):
    kind = ContentType.objects.get_for_model
    for (whose, state), records in office.records.items():
        for model in (Country, CountrySection, Cluster, Partnership, NewsItem):
            place = reverse(
                "admin:view_on_site", args=[kind(model).pk, records[model].pk]
            )
            for role in ROLES:
                limited = role in ("editor", "stranger")
                hidden = limited and (role == "editor") != (whose == "own")
                hidden = hidden or role == "nobody" or state == "open"
                status = status_for(office.people[role], "get", place)
                assert status == (404 if hidden else 302), (role, place)
    place = reverse("admin:view_on_site", args=[99999, 1])
    assert status_for(office.people["administrator"], "get", place) == 404


def test_only_administrators_merge_clusters(office):
    for whose in ("own", "foreign"):
        clusters = [
            office.records[whose, state][Cluster].pk for state in ("open", "public")
        ]
        place = reverse("admin:clusters_cluster_merge", args=clusters)
        for role in ROLES:
            status = status_for(office.people[role], "get", place)
            wanted = {200} if role == "administrator" else {403, 404}
            assert status in wanted, role


def test_accounts_are_for_administrators(office):
    place = reverse(
        "admin:auth_user_password_change", args=[office.people["nobody"].pk]
    )
    for role in ROLES:
        wanted = 200 if role == "administrator" else 403
        assert status_for(office.people[role], "get", place) == wanted, role


def test_an_administrator_cannot_reach_a_superuser(office):
    root = User.objects.create_superuser("root")
    person = office.people["administrator"]
    for name in ("auth_user_password_change", "auth_user_delete"):
        place = reverse(f"admin:{name}", args=[root.pk])
        assert status_for(person, "get", place) == 403
    place = reverse("admin:auth_user_change", args=[root.pk])
    assert status_for(person, "post", place) == 403
    own = reverse("admin:auth_user_change", args=[person.pk])
    status_for(person, "post", own, username="administrator", is_superuser="on")
    person.refresh_from_db()
    assert not person.is_superuser


def test_administrators_help_those_who_lost_their_phone(office, client):
    root = User.objects.create_superuser("root")
    lost = office.people["editor"]
    for person in (root, lost):
        Authenticator.objects.create(user=person, type="totp", data={})
    other = Client()
    other.force_login(lost)
    client.force_login(office.people["administrator"])
    chosen = {"_selected_action": [root.pk, lost.pk]}
    for action in ("take_second_factor", "end_sessions"):
        client.post(changelist_url(User), {"action": action, **chosen})
    assert list(Authenticator.objects.values_list("user", flat=True)) == [root.pk]
    assert {str(entry.object_repr) for entry in LogEntry.objects.all()} == {str(lost)}


def test_an_app_shows_only_what_a_role_may_see(office, client):
    place = reverse("admin:app_list", args=["countries"])
    for role in ROLES:
        wanted = 404 if role == "nobody" else 200
        assert status_for(office.people[role], "get", place) == wanted, role
    client.force_login(office.people["editor"])
    assert client.get(reverse("admin:app_list", args=["auth"])).status_code == 404


def test_old_addresses_of_records_show_nothing(office, client):
    record = office.records["foreign", "open"][Cluster]
    client.force_login(office.people["editor"])
    old = client.get(f"{changelist_url(Cluster)}{record.pk}/", follow=True)
    assert old.status_code == 404


# Pages that some kinds have


def kinds_with(page):
    return [model for model in KINDS if page in pages_of(model)]


def test_downloads_open_to_whoever_may_see_the_list(office):
    for model in kinds_with("export"):
        for role in ROLES:
            wanted = 200 if "view" in rights_of(role, model) else 403
            place = address(model, "export", "csv")
            assert status_for(office.people[role], "get", place) == wanted, place


def test_downloads_hold_own_records_only(office, client):
    client.force_login(office.people["editor"])
    for model in set(kinds_with("export")) - SHARED:
        answer = client.get(address(model, "export", "csv"))
        content = b"".join(answer.streaming_content).decode()
        assert STRANGER not in content, model


def test_imports_open_to_whoever_may_add_records(office):
    for model in IMPORTED:
        for role in ROLES:
            wanted = 200 if "add" in rights_of(role, model) else 403
            place = address(model, "import")
            assert status_for(office.people[role], "get", place) == wanted, place


def test_imports_are_ones_own_but_for_administrators(office):
    for model in IMPORTED:
        kind = model._meta.label_lower
        owner = Import.objects.create(
            kind=kind, file_name="a.csv", user=office.people["editor"], state="checked"
        )
        wanted = dict.fromkeys(ROLES, 404) | {"nobody": 403}
        wanted |= {"editor": 200, "administrator": 200}
        for role in ROLES:
            place = address(model, "import_state", owner.pk)
            assert status_for(office.people[role], "get", place) == wanted[role], role
            place = address(model, "import_rejected", owner.pk, "xml")
            refused = 403 if role == "nobody" else 404
            assert status_for(office.people[role], "get", place) == refused, role
            place = address(model, "import_rejected", owner.pk, "csv")
            status = status_for(office.people[role], "get", place)
            # The file of this import is empty, which is told to those who may see it.
            reached = {200, 400} if wanted[role] == 200 else {wanted[role]}
            assert status in reached, role


def statuses(office, model, page, *arguments, method="get", **data):
    """Return what each role gets at a page of each record of a kind."""
    return {
        (whose, state, role): status_for(
            office.people[role],
            method,
            address(model, page, records[model].pk, *arguments),
            **data,
        )
        for (whose, state), records in office.records.items()
        for role in ROLES
    }


def is_out_of_reach(role, whose):
    return role in ("editor", "stranger") and (role == "editor") != (whose == "own")


def test_former_versions_open_to_whoever_may_change_the_record(office):
    """No version is of this moment, which only those learn who may go back to one."""
    for model in KINDS:
        found = statuses(office, model, "version", "20000101T000000000000Z")
        for (whose, state, role), status in found.items():
            may_change = expected(role, model, "change", whose, state, writing=True)
            wanted = {404} if 200 in may_change else {403, 404}
            assert status in wanted, (model, whose, state, role)


def test_deleted_records_are_listed_for_whoever_may_restore_them(office):
    for model in KINDS:
        for role in ROLES:
            may = {"add", "delete"} <= rights_of(role, model)
            wanted = 200 if may and hasattr(model, "history") else 403
            place = address(model, "deleted")
            assert status_for(office.people[role], "get", place) == wanted, place


def test_parts_are_restored_by_those_who_may_change_their_record(office, client):
    places = {}
    for (whose, state), records in office.records.items():
        fact = records[Fact]
        key = fact.pk
        fact.delete()
        gone = Fact.history.filter(id=key, history_type="-").latest("history_id")
        places[whose, state] = address(Fact, "restore", gone.history_id)
    for (whose, state), place in places.items():
        for role in ROLES:
            is_limited = role in ("editor", "stranger")
            is_refused = is_out_of_reach(role, whose) or state == "public"
            wanted = 404 if is_limited and is_refused else 200
            wanted = 403 if role == "nobody" else wanted
            assert status_for(office.people[role], "get", place) == wanted, role
    client.force_login(office.people["editor"])
    page = client.get(address(Fact, "deleted")).content.decode()
    assert [key for key, place in places.items() if place in page] == [("own", "open")]


def test_moves_are_made_by_whom_they_should(office):
    for model in kinds_with("move"):
        for name, state in (("archive", "open"), ("unpublish", "public")):
            found = statuses(office, model, "move", name)
            for (whose, which, role), status in found.items():
                if which != state:
                    continue
                wanted = 200 if role in ("publisher", "administrator") else 403
                if is_out_of_reach(role, whose):
                    wanted = 404
                assert status in {wanted, 404 if role == "nobody" else wanted}, (
                    *(model, name, whose, role),
                )


def test_drafts_are_begun_by_whoever_works_on_the_record(office):
    for model in kinds_with("rework_start"):
        for whose in ("own", "foreign"):
            record = office.records[whose, "public"][model]
            for role in ROLES:
                place = address(model, "rework_start", record.pk)
                status = status_for(office.people[role], "post", place)
                wanted = {404} if is_out_of_reach(role, whose) else {302}
                wanted = {403, 404} if role == "nobody" else wanted
                assert status in wanted, (model, whose, role)
                begun = Rework.objects.of(record)
                assert begun.exists() == (wanted == {302}), (model, whose, role)
                begun.delete()


def begin_drafts(office, model, client):
    client.force_login(office.people["administrator"])
    for whose in ("own", "foreign"):
        record = office.records[whose, "public"][model]
        client.post(address(model, "rework_start", record.pk))


def test_drafts_beside_public_records_open_to_whom_they_should(office, client):
    for model in kinds_with("rework"):
        begin_drafts(office, model, client)
        for page, status in (
            ("rework", 200),
            ("rework_compare", 200),
            ("rework_resolve", 302),
        ):
            found = statuses(office, model, page)
            for (whose, state, role), answer in found.items():
                if state == "open":
                    continue
                wanted = {404} if is_out_of_reach(role, whose) else {status}
                wanted = {403, 404} if role == "nobody" else wanted
                assert answer in wanted, (model, page, whose, role)


def test_drafts_are_published_by_publishers_only(office, client):
    for model in kinds_with("rework_move"):
        begin_drafts(office, model, client)
        for name, may_editors in (("publish", False), ("discard", True)):
            found = statuses(office, model, "rework_move", name)
            for (whose, state, role), status in found.items():
                if state == "open":
                    continue
                may = may_editors or role in ("publisher", "administrator")
                wanted = {200} if may else {403}
                wanted = {404} if is_out_of_reach(role, whose) else wanted
                wanted = {403, 404} if role == "nobody" else wanted
                assert status in wanted, (model, name, whose, role)


# What a record may be attached to


def post_values(client, place, **changes):
    from tests.back_office import form_values

    return client.post(place, {**form_values(client.get(place)), **changes})


def errors(answer):
    return answer.context["adminform"].form.errors


def test_an_editor_attaches_a_new_record_to_own_countries_only(office, client):
    client.force_login(office.people["editor"])
    values = {"name": "New", "slug": "new"}
    for state in ("open", "public"):
        foreign = office.records["foreign", state][Country]
        answer = post_values(
            client, address(Cluster, "add"), **values, country=foreign.pk
        )
        assert errors(answer) == {
            "country": ["Choose only countries that you work on."]
        }
    own = office.records["own", "public"][Country]
    answer = post_values(client, address(Cluster, "add"), **values, country=own.pk)
    assert answer.status_code == 302
    assert newest(Cluster).country == own
    assert newest(Cluster).status == "draft"


def test_an_editor_moves_no_record_to_a_country_of_strangers(office, client):
    client.force_login(office.people["editor"])
    foreign = office.records["foreign", "public"][Country]
    for model, name in sorted(OWN_COUNTRIES_ONLY, key=str):
        record = office.records["own", "open"][model]
        answer = post_values(
            client, address(model, "change", record.pk), **{name: [foreign.pk]}
        )
        refused = errors(answer)[name]
        assert refused == ["Choose only countries that you work on."], (model, name)


def test_an_editor_takes_no_country_of_strangers_away(office, client):
    client.force_login(office.people["editor"])
    own, foreign = (
        office.records[who, "public"][Country] for who in ("own", "foreign")
    )
    item = office.records["own", "open"][NewsItem]
    item.countries.set([own, foreign])
    place = address(NewsItem, "change", item.pk)

    refused = post_values(client, place, countries=[own.pk])
    kept = post_values(client, place, countries=[own.pk, foreign.pk])

    assert errors(refused) == {
        "countries": [f"You do not work on {foreign}, so leave that as it was."]
    }
    assert kept.status_code == 302
    assert set(item.countries.all()) == {own, foreign}


@pytest.mark.parametrize("model", [Partnership, NewsItem, Achievement, Event])
def test_an_editor_saves_no_record_that_is_nobodys(office, client, model):
    client.force_login(office.people["editor"])
    record = office.records["own", "open"][model]
    name = {Partnership: "targets", Event: "more_countries"}.get(model, "countries")
    if model is Partnership:
        record.memberships.all().delete()
    changes = {name: []} if model is not Event else {name: [], "country": ""}

    answer = post_values(client, address(model, "change", record.pk), **changes)

    assert ["Choose at least one of the countries that you work on."] in list(
        errors(answer).values()
    )


def test_nothing_is_added_to_a_public_record_by_an_editor(office, client):
    client.force_login(office.people["editor"])
    records = office.records["own", "public"]
    answer = post_values(
        client,
        address(Fact, "add"),
        country=records[Country].pk,
        indicator=records[Indicator].pk,
        source=records[Source].pk,
        value="1",
        year="2020",
    )
    assert errors(answer)["country"][0].startswith(
        "Choose a record of your countries that is not public yet."
    )
    page = client.get(address(Country, "change", records[Country].pk))
    assert page.context["has_change_permission"] is False
    assert b'name="facts-0-value"' not in page.content


def test_an_editor_changes_no_public_section_within_a_draft_country(office, client):
    country = office.records["own", "open"][Country]
    country.sections.update(status="published", published_at="2020-01-01T00:00Z")
    client.force_login(office.people["editor"])

    page = client.get(address(Country, "change", country.pk)).content.decode()

    assert 'name="name"' in page
    assert 'name="sections-0-lead"' not in page


def test_a_partnership_is_for_editors_of_its_targets_and_of_its_partners(office):
    target, home, other = (
        office.records[key][Country]
        for key in (("own", "public"), ("foreign", "public"), ("foreign", "open"))
    )
    people = {
        "target": make_person("t", "Editor", [target]),
        "home of a cluster": make_person("h", "Editor", [home]),
        "home of a name": make_person("n", "Editor", [other]),
        "neither": make_person("x", "Editor", [office.records["own", "open"][Country]]),
    }
    partnership = make_partnership(targets=[target], status="draft")
    partnership.memberships.create(cluster=make_cluster(country=home))
    partnership.memberships.create(partner_name="Somebody", country=other)

    place = address(Partnership, "change", partnership.pk)
    statuses = {name: status_for(user, "post", place) for name, user in people.items()}

    assert statuses == {
        "target": 200,
        "home of a cluster": 200,
        "home of a name": 200,
        "neither": 404,
    }


def test_a_publisher_of_one_country_publishes_nothing_else(office, client):
    """Rights that are given singly are kept to the countries as well."""
    group = Group.objects.create(name="Publishers of their countries")
    group.permissions.set(Group.objects.get(name="Publisher").permissions.all())
    group.permissions.remove(group.permissions.get(codename="edit_every_country"))
    person = make_person("local", group.name, [office.records["own", "open"][Country]])
    client.force_login(person)

    for whose in ("own", "foreign"):
        cluster = office.records[whose, "open"][Cluster]
        client.post(
            changelist_url(Cluster),
            {"action": "publish", "_selected_action": cluster.pk},
        )

    statuses = [office.records[who, "open"][Cluster] for who in ("own", "foreign")]
    for cluster in statuses:
        cluster.refresh_from_db()
    assert [cluster.status for cluster in statuses] == ["published", "draft"]


def test_an_editor_names_no_other_editors(office, client):
    client.force_login(office.people["editor"])
    country = office.records["own", "open"][Country]
    before = set(country.editors.all())

    answer = post_values(
        client,
        address(Country, "change", country.pk),
        iso2="QX",
        iso3="QXX",
        editors=[office.people["stranger"].pk],
    )

    assert answer.status_code == 302, errors(answer)
    assert set(country.editors.all()) == before


def test_a_warning_of_duplicates_names_no_draft_of_strangers(office, client):
    draft = office.records["foreign", "open"][Cluster]
    Cluster.objects.filter(pk=draft.pk).update(website="https://same.example.org/")
    client.force_login(office.people["editor"])
    own = office.records["own", "open"][Cluster]

    answer = post_values(
        client,
        address(Cluster, "change", own.pk),
        website="https://same.example.org/",
    )

    assert answer.status_code == 302
    assert STRANGER not in client.get(changelist_url(Cluster)).content.decode()


def test_choices_and_lists_ask_no_more_for_more_records(office, client):
    from tests.back_office import count_list_queries

    client.force_login(office.people["editor"])
    country = office.records["own", "public"][Country]
    first = count_list_queries(client, Cluster)
    for _number in range(3):
        make_cluster(country=country)
    assert count_list_queries(client, Cluster) == first
