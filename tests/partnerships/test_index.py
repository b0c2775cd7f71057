"""The index in memory, against the database, through any sequence of changes."""

import datetime
import threading
from functools import partial
from itertools import count
from unittest import mock
from urllib.parse import urlencode

import pytest
from django.db import DatabaseError, connection
from django.http import QueryDict
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from partnerships import index
from partnerships.filters import PartnershipFilterSet
from partnerships.index import PartnershipSource, live_partnerships
from partnerships.matching import Wish, best_of_database, best_of_index
from partnerships.models import Membership, Partnership
from partnerships.rows import STATES
from partnerships.tables import PartnershipTable
from portal import facet_index, live_index
from portal.content_version import (
    current_version,
    forget,
    one_version,
    rehearsing,
)
from portal.listings import Listing
from portal.live_index import one_moment
from portal.partial_dates import BRUSSELS, today
from portal.selection import Sorting
from tests.factories import (
    make_cluster,
    make_country,
    make_event,
    make_industry,
    make_membership,
    make_partnership,
    make_technology_field,
)

CODES = ["MX", "CL", "BR"]
SORTS = ["smes", "acronym", "name", "partners", "generation", "start"]
# Some are equal but for their accents, so that ties are met.
NAMES = ["Alpha", "alphá", "Beta", "Gamma", "Delta"]
QUERIES = [
    *("", "target=MX", "target=MX&target=CL&match=all", "industry=C", "state=running"),
    "target=MX&target=CL&match=all&smes_min=10",
    *("technology=D03&joining=open", "partner_country=BR", "generation=2", "q=alph"),
    *("smes_min=10&smes_max=500", "generation=not_stated&generation=1"),
    *("joining=not_stated", "q=m+mx", "q=lust", "q=c2", "q=alpha+b"),
]
numbers = st.one_of(st.none(), st.sampled_from([0, 9, 10, 500, 501]))
days = st.one_of(st.none(), st.integers(-3, 3))
changes = st.lists(
    st.one_of(
        st.tuples(
            st.just("save"),
            st.integers(0, 3),
            st.fixed_dictionaries(
                {
                    "acronym": st.sampled_from(NAMES),
                    "name": st.sampled_from(NAMES),
                    "generation": st.sampled_from([None, 1, 2]),
                    "sme_count": numbers,
                    "partner_count": numbers,
                    "start": days,
                    "joining": st.sampled_from(["", "open"]),
                    "status": st.sampled_from(["published", "draft"]),
                }
            ),
        ),
        st.tuples(
            st.just("link"),
            st.integers(0, 3),
            st.tuples(
                st.sets(st.sampled_from(CODES)),
                st.sets(st.sampled_from(["C", "C13"])),
                st.sets(st.sampled_from(["D", "D03"])),
                st.sets(st.sampled_from(CODES)),
            ),
        ),
        st.tuples(st.just("delete"), st.integers(0, 3), st.none()),
        st.tuples(st.just("hide country"), st.sampled_from(CODES), st.booleans()),
        st.tuples(
            st.just("rename"),
            st.sampled_from([*CODES, "C", "C13", "D03"]),
            st.sampled_from(NAMES),
        ),
        st.tuples(
            st.just("change cluster"),
            st.sampled_from(CODES),
            st.fixed_dictionaries(
                {
                    "name": st.sampled_from(["Cluster", "Alphabet"]),
                    "status": st.sampled_from(["published", "draft"]),
                }
            ),
        ),
    ),
    min_size=1,
    max_size=12,
)


WISHES = [
    *(Wish("target", code, code) for code in ("MX", "CL")),
    Wish("industry", "C", "Manufacturing"),
    Wish("technology", "D03", "Weaving"),
]


def names_of_states():
    return {("state", value): str(label) for value, label in STATES.items()}


def matches(find, number, except_for=None):
    """Return which partnerships suit the wishes best, how well, and why."""
    found = find(WISHES, today(), number, except_for)
    return [(match.partnership.slug, match.score, match.reasons()) for match in found]


def answers(request, query, *, from_index):
    """Return count, options with counts, remedies, all rows in every order, matches."""
    with mock.patch.object(
        PartnershipFilterSet,
        "live_index",
        live_partnerships if from_index else None,
    ):
        filterset = PartnershipFilterSet(
            QueryDict(query), Partnership.objects.published()
        )
        assert (filterset.index is not None) is from_index
        facets = {
            field.name: [
                (option.value, facet.counts.get(option.value, 0))
                for option in facet.options.all
            ]
            for field, facet in filterset.facets()
            if facet
        }
        orders = {}
        for sort in (*SORTS, *(f"-{name}" for name in SORTS)):
            request.GET = QueryDict(f"{query}&{urlencode({'sort': sort})}")
            listing = Listing(request, filterset, PartnershipTable)
            orders[sort] = list(listing.page.object_list)
        find = (
            partial(best_of_index, filterset.index) if from_index else best_of_database
        )
        zulu = Partnership.objects.filter(acronym="Zulu 0").first()
        ranked = matches(find, 9), matches(find, 2), matches(find, 2, except_for=zulu)
        return filterset.found.count(), facets, filterset.remedies(), orders, ranked


class IndexTests(PropertyTestCase):
    """Whatever is written, the index answers as the database does."""

    @classmethod
    def setUpTestData(cls):
        cls.countries = {
            code: make_country(iso2=code, iso3=f"{code}X", name=code, slug=code.lower())
            for code in CODES
        }
        section = make_industry("C", title="Manufacturing")
        field = make_technology_field("D", title="Textiles")
        cls.terms = {
            "C": section,
            "C13": make_industry("C13", title="Making textiles", parent=section),
            "D": field,
            "D03": make_technology_field("D03", title="Weaving", parent=field),
        }
        cls.clusters = {
            code: make_cluster(country=country, acronym=f"C2 {code}")
            for code, country in cls.countries.items()
        }
        for number, code in enumerate(("C13", "D03")):
            partnership = make_partnership(
                cls.countries.values(), acronym=f"Zulu {number}", slug=f"p{number}"
            )
            terms = {"C": partnership.industries, "D": partnership.technology_fields}
            terms[code[0]].add(cls.terms[code])

    def apply(self, kind, target, values):
        if kind == "change cluster":
            for name, value in values.items():
                setattr(self.clusters[target], name, value)
            self.clusters[target].save()
            return
        if kind == "hide country":
            country = self.countries[target]
            country.status = "draft" if values else "published"
            country.save()
            return
        if kind == "rename":
            self.rename(target, f"{values} {target}")
            return
        partnership = Partnership.objects.filter(slug=f"p{target}").first()
        if kind == "save":
            self.save(partnership or Partnership(slug=f"p{target}"), values)
        elif partnership is not None and kind == "delete":
            partnership.delete()
        elif partnership is not None:
            self.link(partnership, *values)

    def rename(self, code, name):
        if code in CODES:
            self.countries[code].name = name
            self.countries[code].save()
        else:
            self.terms[code].title = name
            self.terms[code].save()

    def save(self, partnership, values):
        for name, value in values.items():
            setattr(partnership, name, value)
        partnership.published_at = timezone.now()
        if partnership.start is not None:
            partnership.start = today() + datetime.timedelta(days=partnership.start)
            partnership.end = partnership.start + datetime.timedelta(days=2)
        taken = Partnership.objects.exclude(pk=partnership.pk).filter(
            acronym__iexact=partnership.acronym, generation=partnership.generation
        )
        if not taken and partnership.acronym != "alphá":
            partnership.save()

    def link(self, partnership, targets, industries, fields, homes):
        partnership.targets.set([self.countries[code] for code in targets])
        partnership.industries.set([self.terms[code] for code in industries])
        partnership.technology_fields.set([self.terms[code] for code in fields])
        partnership.memberships.all().delete()
        for code in homes:
            make_membership(partnership=partnership, cluster=self.clusters[code])
            make_membership(partnership=partnership, partner_name=f"Firm {code}")

    @settings(max_examples=25)
    @given(changes, st.sampled_from(QUERIES))
    def test_answers_as_the_database_does(self, steps, query):
        forget()
        request = mock.Mock(path="/partnerships/")
        for step in steps:
            self.apply(*step)
            self.assertEqual(
                answers(request, query, from_index=True),
                answers(request, query, from_index=False),
            )


class FreshnessTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.mexico = make_country(iso2="MX", iso3="MEX", name="Mexico")
        for number in range(60):
            make_partnership([cls.mexico], acronym=f"P{number:02}", sme_count=number)

    def acronyms(self, query=""):
        response = self.client.get(f"/partnerships/?per_page=100&{query}")
        return [row.acronym for row in response.context["rows"]]

    def test_one_edit_is_seen_at_once_without_reading_the_others(self):
        self.acronyms()
        with mock.patch.object(live_partnerships.source, "build") as build:
            Partnership.objects.filter(acronym="P07").update(sme_count=1000)
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.acronyms()[:2], ["P07", "P59"])
        build.assert_not_called()
        self.assertLess(len(queries), 30)

    def test_a_row_is_read_once_for_as_long_as_it_says_the_same(self):
        self.acronyms()
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.acronyms("sort=acronym")[0], "P00")
        self.assertEqual(len(queries), 1)
        make_event()
        with CaptureQueriesContext(connection) as queries:
            self.acronyms("sort=acronym")
        self.assertEqual([q for q in queries if '"acronym"' in q["sql"]], [])
        Partnership.objects.filter(acronym="P07").update(name="Other")
        response = self.client.get("/partnerships/?per_page=100")
        self.assertContains(response, "Other")
        self.mexico.name = "Mexico, so called"
        self.mexico.save()
        for row in self.client.get("/partnerships/").context["rows"]:
            self.assertEqual([one.name for one in row.targets], ["Mexico, so called"])

    def test_rows_that_are_kept_are_not_more_than_set(self):
        with mock.patch.object(index, "MOST_ROWS", 20):
            for page in (1, 2, 3):
                self.client.get(f"/partnerships/?page={page}")
        (known,) = index.known_rows().values()
        self.assertEqual(len(known), 10)

    def test_many_edits_give_a_new_index(self):
        self.acronyms()
        Partnership.objects.update(sme_count=None)
        self.assertEqual(self.acronyms()[:2], ["P00", "P01"])

    def test_a_value_the_index_does_not_know_gives_a_new_one(self):
        self.acronyms()
        chile = make_country(iso2="CL", iso3="CHL", name="Chile")
        make_partnership([chile], acronym="NEW", generation=9)
        self.assertEqual(self.acronyms("target=CL&generation=9"), ["NEW"])

    def test_a_code_that_another_country_had_is_that_of_the_present_one(self):
        brazil = make_country(iso2="BR", iso3="BRA", name="Brazil")
        self.assertEqual(self.acronyms("target=BR"), [])
        everything = self.acronyms("target=MX")
        brazil.delete()
        self.mexico.iso2, self.mexico.iso3 = "BR", "BRA"
        self.mexico.save()
        self.assertEqual(self.acronyms("target=BR"), everything)

    def test_nobody_meets_a_record_that_is_being_read_anew(self):
        self.acronyms()
        partnership = Partnership.objects.get(acronym="P07")
        known, met = live_partnerships.index, []

        def meet(execute, *arguments):
            labels, order = [names_of_states()], Sorting("acronym_key")
            met.append(known.terms(labels, [partnership.pk]))
            keys = known.everything().keys(order, 0, 9)
            met.append(partnership.pk in keys)
            return execute(*arguments)

        partnership.summary = "Edited"
        partnership.save()
        with connection.execute_wrapper(meet):
            live_partnerships.current()
        self.assertGreater(len(met), 10)
        self.assertEqual(met, [[[["Not stated"]]], True] * (len(met) // 2))

    def test_the_clock_publishes_and_withdraws(self):
        noon = datetime.datetime(2026, 3, 4, 12, tzinfo=BRUSSELS)
        hour = datetime.timedelta(hours=1)
        make_partnership(
            acronym="TIMED",
            sme_count=5000,
            status="approved",
            publish_at=noon + hour,
            unpublish_at=noon + 2 * hour,
        )
        for moment, is_public in ((0, False), (1, True), (1.5, True), (2, False)):
            with mock.patch.object(timezone, "now", lambda at=moment: noon + at * hour):
                self.assertEqual(self.acronyms()[0] == "TIMED", is_public)

    def test_an_index_is_built_of_one_moment_of_the_clock(self):
        noon = datetime.datetime(2026, 3, 4, 12, tzinfo=BRUSSELS)
        last = make_partnership(
            acronym="Z", unpublish_at=noon + datetime.timedelta(seconds=90)
        )
        minutes = (noon + datetime.timedelta(minutes=n) for n in count())
        with mock.patch.object(timezone, "now", lambda: next(minutes)):
            built = PartnershipSource().build()
        ordered = built.everything().keys(Sorting("acronym_key"), 0, 100)
        self.assertEqual((len(ordered), ordered[-1]), (61, last.pk))

    def test_states_turn_at_midnight_in_brussels(self):
        make_partnership(
            acronym="LAST",
            start=datetime.date(2026, 1, 1),
            end=datetime.date(2026, 7, 31),
        )
        midnight = datetime.datetime(2026, 8, 1, tzinfo=BRUSSELS)
        second = datetime.timedelta(seconds=1)
        for moment, state in ((midnight - second, "running"), (midnight, "ended")):
            with mock.patch.object(timezone, "now", lambda at=moment: at):
                self.assertEqual(self.acronyms(f"state={state}"), ["LAST"])

    def test_a_partner_counts_while_its_cluster_is_public(self):
        spain = make_country(iso2="ES", iso3="ESP", name="Spain")
        cluster = make_cluster(country=spain)
        make_membership(
            partnership=Partnership.objects.get(acronym="P01"), cluster=cluster
        )
        query = urlencode({"q": cluster.name})
        self.assertEqual(self.acronyms("partner_country=ES"), ["P01"])
        self.assertEqual(self.acronyms(query), ["P01"])
        cluster.status = "draft"
        cluster.save()
        self.assertEqual(self.acronyms("partner_country=ES"), [])
        self.assertEqual(self.acronyms(query), [])
        Membership.objects.all().delete()

    def test_a_search_asks_the_database_for_the_rows_alone(self):
        cluster = make_cluster(name="Aerospace Cluster", acronym="AEC")
        partnership = Partnership.objects.get(acronym="P01")
        make_membership(partnership=partnership, cluster=cluster)
        self.assertEqual(self.acronyms("q=aerospace"), ["P01"])
        with CaptureQueriesContext(connection) as queries:
            for query in ("q=aec", "q=aerospace&sort=acronym", "q=aero"):
                self.assertEqual(self.acronyms(query), ["P01"])
        searches = [query for query in queries if "acronym_key" in query["sql"]]
        self.assertEqual(searches, [])
        cluster.name = "Space Cluster"
        cluster.save()
        self.assertEqual(self.acronyms("q=aerospace"), [])
        self.assertEqual(self.acronyms("q=e+clus"), ["P01"])

    def test_its_edition_changes_with_its_records_and_with_nothing_else(self):
        former = live_partnerships.current_edition()
        make_event()
        self.assertEqual(live_partnerships.current_edition(), former)
        make_partnership()
        edition = live_partnerships.current_edition()
        self.assertNotEqual(edition, former)
        self.assertEqual(live_partnerships.current_edition(), edition)
        forget()
        self.assertNotEqual(live_partnerships.current_edition(), edition)
        with rehearsing():
            self.assertNotEqual(
                live_partnerships.current_edition(), live_partnerships.current_edition()
            )

    def test_a_change_of_other_content_reads_no_record(self):
        live_partnerships.current()
        make_event()
        with CaptureQueriesContext(connection) as queries, one_version():
            live_partnerships.current()
        # The version, what the clock changes next, which records and subjects changed.
        self.assertEqual(len(queries), 4)

    def test_no_more_memory_than_set_is_taken(self):
        with (
            mock.patch.object(live_index, "FEW_RECORDS", 10),
            mock.patch.object(live_index, "MOST_RECORDS", 50),
        ):
            self.assertIsNone(live_partnerships.current())
            self.assertEqual(len(self.acronyms()), 60)


@pytest.mark.django_db(transaction=True)
class TestWritesMeanwhile:
    """What others write while an index is built, or brought up to date."""

    @pytest.fixture(autouse=True)
    def five_records(self):
        if connection.vendor == "sqlite":
            pytest.skip("Another thread sees nothing of a database in memory.")
        make_partnership(acronym="DRAFT", slug="draft", status="draft")
        for number in range(5):
            make_partnership(acronym=f"P{number}", sme_count=number, slug=f"p{number}")
        make_partnership(acronym="LAST", start=today(), slug="last")

    @staticmethod
    def publish_draft():
        Partnership.objects.filter(slug="draft").update(
            status="published", published_at=timezone.now(), start=today()
        )

    @staticmethod
    def delete_last():
        Partnership.objects.filter(slug="last").delete()

    @staticmethod
    def add_for_new_country():
        chile = make_country(iso2="CL", iso3="CHL", name="Chile", slug="chile")
        make_partnership([chile], acronym="NEW", start=today(), generation=9)

    @pytest.fixture
    def write_at(self):
        """Return what lets another connection write after so many queries."""

        def write(number, change):
            seen = []

            def watch(execute, *arguments):
                answer = execute(*arguments)
                seen.append(arguments[0])
                if len(seen) == number:
                    thread = threading.Thread(target=self.elsewhere, args=[change])
                    thread.start()
                    thread.join()
                return answer

            return connection.execute_wrapper(watch)

        return write

    @staticmethod
    def elsewhere(change):
        try:
            change()
        finally:
            connection.close()

    def assert_right(self):
        request = mock.Mock(path="/partnerships/")
        for query in ("", "state=running", "state=not_stated"):
            assert answers(request, query, from_index=True) == answers(
                request, query, from_index=False
            )

    @pytest.mark.parametrize("number", [4, 8, 12])
    @pytest.mark.parametrize(
        "change", ["publish_draft", "delete_last", "add_for_new_country"]
    )
    def test_an_index_is_of_one_moment(self, write_at, number, change):
        forget()
        with write_at(number, getattr(self, change)):
            live_partnerships.current()
        self.assert_right()

    @pytest.mark.parametrize("number", [6])
    @pytest.mark.parametrize(
        "change", ["publish_draft", "delete_last", "add_for_new_country"]
    )
    def test_so_is_an_update(self, write_at, number, change):
        live_partnerships.current()
        Partnership.objects.filter(slug="p1").update(name_key="m", acronym_key="m")
        with write_at(number, getattr(self, change)):
            live_partnerships.current()
        self.assert_right()


@pytest.mark.django_db(transaction=True)
def test_reads_of_one_moment_leave_no_transaction_open():
    with one_moment(), connection.cursor() as cursor:
        assert Partnership.objects.count() == 0
        with pytest.raises(DatabaseError):
            cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "!")
    make_partnership()
    assert Partnership.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_of_other_content_begins_no_transaction():
    # The first write of all begins another epoch.
    make_partnership()
    live_partnerships.current()
    for change, is_read in ((make_event, False), (make_partnership, True)):
        change()
        with CaptureQueriesContext(connection) as queries:
            live_partnerships.current()
        assert any("BEGIN" in query["sql"] for query in queries) is is_read


@pytest.mark.django_db(transaction=True)
class TestBuildingApart:
    """What happens while an index is being built, or cannot be."""

    @pytest.fixture(autouse=True)
    def many_records(self, monkeypatch):
        monkeypatch.setattr(live_index, "FEW_RECORDS", 0)
        make_partnership(acronym="ALPHA")
        live_partnerships.failed_at = float("-inf")
        yield
        live_partnerships.failed_at = float("-inf")

    def test_the_database_answers_until_the_index_is_there(self, client):
        if connection.vendor == "sqlite":
            pytest.skip("Another thread sees nothing of a database in memory.")
        assert client.get("/partnerships/").context["total"] == 1
        live_partnerships.building.join()
        assert live_partnerships.current() is not None
        assert client.get("/partnerships/").context["total"] == 1

    def test_what_is_made_before_it_is_there_is_kept_by_nobody(self, monkeypatch):
        monkeypatch.setattr(live_partnerships, "build_apart", lambda: None)
        monkeypatch.setattr(live_partnerships, "is_being_built", lambda: True)
        edition = live_partnerships.current_edition()
        assert live_partnerships.current_edition() != edition
        monkeypatch.setattr(live_partnerships, "is_being_built", lambda: False)
        assert live_partnerships.current_edition() == current_version()

    @pytest.fixture
    def index_without_successor(self, many_records, monkeypatch):
        """Let the present index answer on, as if another one took for ever."""
        monkeypatch.setattr(live_partnerships, "build_apart", lambda: None)
        monkeypatch.setattr(live_partnerships, "index", PartnershipSource().build())
        monkeypatch.setattr(live_partnerships, "version", current_version())
        monkeypatch.setattr(live_partnerships, "edition", current_version())

    @pytest.mark.usefixtures("index_without_successor")
    def test_a_new_country_is_no_error_before_the_index_knows_it(self, client):
        make_country(iso2="ZZ", iso3="ZZZ", name="Zembla")
        for query in ("", "?target=ZZ", "?target=ZZ&match=all"):
            answer = client.get(f"/partnerships/{query}")
            assert answer.status_code == 200
            assert answer.context["total"] == (0 if query else 1)

    @pytest.mark.usefixtures("index_without_successor")
    @pytest.mark.parametrize("query", ["", "?format=csv", "?format=json"])
    def test_what_was_withdrawn_is_not_shown(self, client, monkeypatch, query):
        monkeypatch.setattr(live_index, "MOST_CHANGES", 0)
        make_partnership(acronym="BETA")
        Partnership.objects.filter(acronym="ALPHA").update(
            status="draft", acronym="SECRET"
        )
        answer = client.get(f"/partnerships/{query}")
        text = b"".join(answer).decode()
        assert "SECRET" not in text
        assert ("BETA" in text) is bool(query)

    @pytest.mark.usefixtures("index_without_successor")
    def test_a_change_that_takes_a_new_index_loses_no_record(self, client):
        Partnership.objects.update(generation=7)
        answer = client.get("/partnerships/")
        assert [row.acronym for row in answer.context["rows"]] == ["ALPHA"]
        assert answer.context["total"] == 1

    @pytest.mark.usefixtures("index_without_successor")
    def test_where_there_is_no_place_between_two_no_record_is_lost(self, client):
        make_partnership(acronym="OMEGA")
        for number in range(40):
            make_partnership(acronym=f"OMEG {40 - number:02}")
            answer = client.get("/partnerships/", {"per_page": 100})
            assert answer.context["total"] == number + 3
            assert len(answer.context["rows"]) == number + 3
        assert live_partnerships.version != current_version()

    @pytest.mark.usefixtures("index_without_successor")
    def test_where_texts_have_no_room_each_record_stays_as_it_was(
        self, client, monkeypatch
    ):
        monkeypatch.setattr(facet_index, "MOST_TEXTS_CHANGED", 1)
        Partnership.objects.update(sme_count=5)
        make_partnership(acronym="OMEGA")
        answer = client.get("/partnerships/")
        assert [row.acronym for row in answer.context["rows"]] == ["ALPHA"]
        assert answer.context["total"] == 1
        states = answer.context["filter"].found.counts("state")
        assert sum(states.values()) == 1

    @pytest.mark.usefixtures("index_without_successor")
    def test_too_many_records_are_left_to_the_database(self, client, monkeypatch):
        monkeypatch.setattr(live_index, "MOST_CHANGES", 0)
        monkeypatch.setattr(live_index, "MOST_RECORDS", 1)
        make_partnership(acronym="BETA")
        answer = client.get("/partnerships/")
        assert answer.context["total"] == 2
        assert answer.headers["Cache-Control"] == "no-cache"
        # They are not counted again before something changes.
        monkeypatch.setattr(live_partnerships.source, "count", None)
        assert client.get("/partnerships/").context["total"] == 2

    @pytest.mark.usefixtures("index_without_successor")
    def test_what_is_overtaken_is_kept_by_nobody_and_told_by_no_api(
        self, client, monkeypatch
    ):
        mexico = make_country(iso2="MX", iso3="MEX", name="Mexico")
        live_partnerships.version = current_version()
        page, match = "/partnerships/", "/partnerships/match/?target=MX"
        assert client.get(page).headers["Cache-Control"] == "no-cache"
        monkeypatch.setattr(live_index, "MOST_CHANGES", 0)
        make_partnership([mexico], acronym="BETA", generation=7)
        for address in (page, match):
            answer = client.get(address)
            assert answer.headers["Cache-Control"] == "no-store"
            assert "ETag" not in answer.headers
            assert "BETA" not in answer.text
        # Nor is any part of a page that is made of it.
        assert live_partnerships.current_edition() not in (
            live_partnerships.current_edition(),
            current_version(),
        )
        assert "Generation 7" in client.get(page).text
        answer = client.get("/api/v1/partnerships/?target=MX")
        assert [row["acronym"] for row in answer.json()["results"]] == ["BETA"]
        assert answer.headers["Cache-Control"] == "no-cache"
        (row,) = client.get("/countries/").context["rows"]
        assert row.partnership_count == 1

    def test_a_failed_build_is_logged_and_not_tried_at_once(
        self, client, monkeypatch, caplog
    ):
        def fail():
            raise ValueError("broken")

        monkeypatch.setattr(live_partnerships.source, "build", fail)
        assert client.get("/partnerships/").context["total"] == 1
        live_partnerships.building.join()
        assert "was not built" in caplog.text
        former = live_partnerships.building
        assert client.get("/partnerships/").context["total"] == 1
        assert live_partnerships.building is former

    def test_after_a_failed_build_the_database_answers(self, client, monkeypatch):
        source = live_partnerships.source
        monkeypatch.setattr(live_partnerships, "index", source.build())
        monkeypatch.setattr(live_partnerships, "version", current_version())
        monkeypatch.setattr(live_index, "MOST_CHANGES", 0)
        monkeypatch.setattr(source, "build", mock.Mock(side_effect=ValueError))
        make_partnership(acronym="BETA")
        client.get("/partnerships/")
        live_partnerships.building.join()
        assert client.get("/partnerships/").context["total"] == 2
