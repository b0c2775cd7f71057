"""What the site search finds, how it ranks it, and how its page shows it."""

import datetime
from html import unescape

import pytest
from django.test import TestCase
from pytest_django.asserts import assertContains

from clusters.models import Cluster
from countries.models import Country
from partnerships.models import Partnership
from portal import search_hits, search_subjects
from portal.content_version import current_version
from portal.models import SearchEntry
from portal.search import KINDS, grouped, results_of, suggested
from portal.search_hits import MOST, find
from portal.search_subjects import MOST_SUBJECTS
from portal.search_text import Phrase
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_industry,
    make_label,
    make_membership,
    make_news_item,
    make_organisation,
    make_partnership,
    make_report,
    make_section,
    make_technology_field,
)

from .linked_records import HIDDEN, LONG_AGO

pytestmark = pytest.mark.django_db
# Greek, Arabic, Icelandic, an emoji of several parts, Turkish, decomposed, Danish,
# German, Polish, Devanagari.
NAMES = (
    *("Συστάδα Τροφίμων", "عنقود الطاقة", "Ísland Þorskur", "Cluster 👩‍🔬 Labor"),
    *("İstanbul Işık", "Ame\u0301rica Verde", "København Ærø", "Straße Süd"),
    *("Łódź Żywność", "हिन्दी समूह"),
)


def found(typed):
    """Return the titles that are found, by kind, best first."""
    _found, groups = grouped(Phrase(typed), 50)
    return {
        group.name: [text_of(result.title) for result in group.results]
        for group in groups
    }


def reasons(typed):
    """Return by which links each result of a search was found, by its title."""
    _found, groups = grouped(Phrase(typed), 50)
    return {
        text_of(result.title): [
            f"{reason.label}: {text_of(reason.names)}" for reason in result.reasons
        ]
        for group in groups
        for result in group.results
    }


def text_of(pieces):
    return "".join(piece for piece, _is_match in pieces)


@pytest.fixture
def mexico():
    return make_country(
        iso2="MX", iso3="MEX", name="Mexico", slug="mexico", region="Americas"
    )


@pytest.fixture
def claut(mexico):
    return make_cluster(
        country=mexico,
        name="Cluster Automotriz",
        acronym="CLAUT",
        region="Nuevo León",
        slug="claut",
    )


@pytest.mark.parametrize(
    "typed", ["Meksiko", "mexico", "MÉXICO", "mex", "mexcio", "MX"]
)
def test_a_country_is_found_by_name_code_beginning_and_with_slips(typed, mexico):
    make_country(name="Chile")
    assert found(typed) == {"countries": ["Mexico"]}


@pytest.mark.parametrize("typed", ["South Korea", "sout korea", "Südkorea", "KOREA"])
def test_a_country_is_found_by_its_other_names(typed):
    korea = make_country(iso2="KR", iso3="KOR", name="Republic of Korea")
    for name in ("South Korea", "Südkorea"):
        korea.aliases.create(name=name)
    make_country(name="South Africa")
    assert found(typed)["countries"] == ["Republic of Korea"]


def test_another_spelling_of_its_name_finds_a_country_and_is_not_shown(mexico, client):
    for name in ("México", "Mexiko"):
        mexico.aliases.create(name=name)
    assert found("México") == {"countries": ["Mexico"]}
    assert "México</mark>" not in client.get("/search/?q=México").content.decode()
    assert "<mark>Mexiko</mark>" in client.get("/search/?q=Mexiko").content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "claut",
        "CLAUT",
        "cluat",
        "klaud",
        "Nuevo Leon",
        "nuevo león",
        "cluster automotriz mexico",
    ],
)
def test_a_cluster_is_found_by_acronym_region_and_country(typed, claut):
    make_cluster(name="Other")
    assert found(typed)["clusters"] == ["Cluster Automotriz"]


def test_a_cluster_is_found_by_a_former_name_which_is_shown(claut, client):
    claut.former_names.create(name="Clúster Norte")
    assert found("cluster norte") == {"clusters": ["Cluster Automotriz"]}
    assert found("nortee") == {"clusters": ["Cluster Automotriz"]}
    content = client.get("/search/?q=norte").content.decode()
    assert "Clúster <mark>Norte</mark>" in content


def test_every_kind_is_found_by_its_texts(mexico, claut):
    make_section(country=mexico, lead="Wind turbines and zeppelins.")
    partnership = make_partnership(name="Zeppelin Alliance")
    make_membership(partnership=partnership, partner_name="Zeppelin Partner")
    make_event(title="Fair", summary="On zeppelins.")
    make_achievement(title="Flight", body="Two zeppelins flew.")
    make_news_item(title="Zeppelin found")
    make_organisation(country=mexico, name="Ministry of Zeppelins")
    make_report(country=mexico, title="Zeppelin report")
    make_cluster(name="Airships", summary="All about zeppelins.")
    assert found("zeppelin") == {
        "countries": ["Mexico"],
        "clusters": ["Airships"],
        "partnerships": ["Zeppelin Alliance"],
        "events": ["Fair"],
        "achievements": ["Flight"],
        "news": ["Zeppelin found"],
        "organisations": ["Ministry of Zeppelins"],
        "reports": ["Zeppelin report"],
    }
    assert set(found("zeppelin")) == set(KINDS)


def test_a_partnership_is_found_by_its_partners_and_once(claut):
    partnership = make_partnership(name="Alliance", acronym="AAA")
    make_membership(partnership=partnership, cluster=claut)
    make_membership(partnership=partnership, partner_name="Claut de Puebla")
    assert found("claut") == {
        "clusters": ["Cluster Automotriz"],
        "partnerships": ["Alliance"],
    }


@pytest.fixture
def linked(mexico, claut):
    """Make records that say in no text what they are about, and others beside them."""
    mexico.aliases.create(name="Estados Unidos Mexicanos")
    textiles = make_industry("C", title="Manufacturing")
    weaving = make_technology_field("D03", title="Weaving")
    thread = make_technology_field(
        "D01", title="Making of wool, of silk, of linen, of jute and of thread"
    )
    partnership = make_partnership(
        targets=[mexico, make_country(name="Viet Nam")],
        industries=[make_industry("C13", title="Making textiles", parent=textiles)],
        technology_fields=[weaving, thread],
        acronym="TEX",
        name="Threads",
        summary="On cosmetics.",
    )
    for number in range(3):
        make_partnership(
            targets=[make_country()], acronym=f"OTHER {number}", summary="Cosmetics."
        )
    event = make_event(title="Fair")
    event.more_countries.add(mexico)
    event.partnerships.add(partnership)
    achievement = make_achievement(title="Prize", countries=[mexico])
    achievement.labels.add(make_label(cluster=claut))
    news_item = make_news_item(title="Visit", countries=[mexico])
    news_item.partnerships.add(partnership)
    return partnership


@pytest.mark.parametrize(
    "typed", ["mexico", "MX", "estados unidos mexicanos", "mexicanos", "meksiko"]
)
def test_what_is_about_a_country_is_found_by_each_of_its_names(typed, linked):
    assert found(typed) == {
        "countries": ["Mexico"],
        "clusters": ["Cluster Automotriz"],
        "partnerships": ["Threads"],
        "events": ["Fair"],
        "achievements": ["Prize"],
        "news": ["Visit"],
    }


@pytest.mark.parametrize(
    "typed",
    [
        *("D03", "weaving", "c13", "making textiles", "textile", "manufacturing"),
        "Making of wool, of silk, of linen and of thread",
        *("cosmetics mexico", "TEX mexico", "mexico weaving", "viet nam mexico"),
        *("cosmetics estados unidos mexicanos", "weaving threads viet"),
    ],
)
def test_a_partnership_is_found_by_its_targets_and_terms(typed, linked):
    assert found(typed)["partnerships"] == ["Threads"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("claut", {"achievements": ["Prize"]}),
        ("automotriz prize", {"achievements": ["Prize"]}),
        ("tex", {"events": ["Fair"], "news": ["Visit"]}),
        ("visit tex mexico", {"news": ["Visit"]}),
        ("prize viet nam", {}),
    ],
)
def test_stories_are_found_by_the_clusters_and_partnerships_they_are_about(
    typed, expected, linked
):
    stories = ("events", "achievements", "news")
    results = found(typed)
    assert {kind: results[kind] for kind in stories if kind in results} == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "anahuac",
            {
                "Mexico": [],
                "Cluster Automotriz": ["Country: Mexico"],
                "Threads": ["Targeted third countries: Mexico"],
                "Fair": ["About: Mexico"],
                "Prize": ["About: Mexico"],
                "Visit": ["About: Mexico"],
                "Ministry": ["Country: Mexico"],
                "Study": ["Country: Mexico"],
                "Congress": ["Country: Mexico"],
            },
        ),
        (
            "nuevo leon",
            {
                "Cluster Automotriz": [],
                "Threads": ["Partners: CLAUT – Cluster Automotriz"],
                "Prize": ["About: CLAUT – Cluster Automotriz"],
            },
        ),
        (
            "tex",
            {
                "Threads": [],
                "Fair": ["About: TEX – Threads"],
                "Visit": ["About: TEX – Threads"],
            },
        ),
        (
            "making textiles",
            {"Threads": ["Sectoral industries: C13 – Making textiles"]},
        ),
        ("manufacturing", {"Threads": ["Sectoral industries: C – Manufacturing"]}),
        (
            "viet weaving",
            {
                "Threads": [
                    "Targeted third countries: Viet Nam",
                    "Technology fields: D03 – Weaving",
                ]
            },
        ),
        ("visit tex mexico", {"Visit": ["About: Mexico, TEX – Threads"]}),
        ("cosmetics", {"Threads": [], "OTHER": []}),
    ],
)
def test_a_result_says_by_which_links_it_was_found(typed, expected, linked, mexico):
    mexico.aliases.create(name="Anahuac")
    make_organisation(country=mexico, name="Ministry")
    make_report(country=mexico, title="Study")
    make_event(country=mexico, title="Congress")
    linked.memberships.create(cluster=Cluster.objects.get(acronym="CLAUT"))
    Partnership.objects.filter(acronym__startswith="OTHER").update(name="OTHER")
    assert reasons(typed) == expected


@pytest.mark.parametrize("values", HIDDEN)
def test_what_is_not_public_is_not_named_as_a_reason(values, mexico, linked):
    hidden = make_country(name="New Mexico", **values)
    linked.targets.add(hidden)
    partner = make_cluster(country=mexico, name="Mexico draft", **values)
    make_membership(partnership=linked, cluster=partner)
    assert reasons("mexico")["Threads"] == ["Targeted third countries: Mexico"]
    Country.objects.filter(pk=hidden.pk).update(
        status="published",
        published_at=LONG_AGO,
        publish_at=None,
        unpublish_at=None,
    )
    assert reasons("mexico")["Threads"] == [
        "Targeted third countries: Mexico, New Mexico"
    ]


def test_what_is_withdrawn_meanwhile_is_not_named_as_a_reason(mexico, linked):
    mexico.aliases.create(name="Anahuac")
    found_before = find(Phrase("anahuac"), ["partnerships"], 5)
    assert results_of(found_before.hits, found_before.wanted)[0].reasons
    Country.objects.filter(pk=mexico.pk).unpublish()
    (result,) = results_of(found_before.hits, found_before.wanted)
    assert result.reasons == []


def test_of_many_reasons_the_first_are_named_and_the_others_counted(client):
    countries = [make_country(name=f"Isle {letter}") for letter in "EDCBA"]
    make_partnership(targets=countries, name="Sailing")
    content = client.get("/search/?q=isle").content.decode()
    isles = ", ".join(f"<mark>Isle</mark> {letter}" for letter in "ABC")
    expected = f"Targeted third countries: <bdi>\n{isles}\n</bdi> and 2 more</p>"
    assert expected in content


@pytest.mark.parametrize("kind", ["", "partnerships"])
def test_reasons_are_marked_and_escaped(kind, client):
    make_partnership(targets=[make_country(name="Isle & <b>")], name="Sailing")
    response = client.get("/search/", {"q": "isle", "type": kind})
    assertContains(response, "<bdi>\n<mark>Isle</mark> &amp; &lt;b&gt;\n</bdi></p>")


def test_reasons_cost_one_query_however_many_there_are(
    client, mexico, linked, django_assert_num_queries
):
    for times in range(3):
        for address, number in (
            ("/search/?q=mexico", 11),
            ("/search/?q=mexico&type=partnerships", 12),
            # Nothing is found by a link.
            ("/search/?q=cosmetics", 10),
        ):
            current_version()
            with django_assert_num_queries(number):
                client.get(address)
        more = make_partnership(
            targets=[mexico, make_country(name=f"Mexico {times}")],
            name=f"More {times}",
        )
        make_news_item(title=f"News {times}").partnerships.add(more)


def test_the_list_of_one_kind_has_what_was_counted_of_it(linked, client):
    make_section(country=make_country(name="Peru"), lead="Cosmetics.", kind="policies")
    make_section(country=Country.objects.get(name="Peru"), lead="To Mexico.")
    for typed in ("mexico", "cosmetics mexico", "mexico weaving", "meksiko"):
        for group in grouped(Phrase(typed), 5)[1]:
            page = client.get("/search/", {"q": typed, "type": group.name})
            assert page.context["total"] == group.number


def test_what_has_the_words_comes_before_what_is_about_them(mexico):
    today = datetime.date(2026, 1, 1)
    make_news_item(title="Visit", countries=[mexico], date=today)
    make_news_item(title="Said", summary="In Mexico.", date=datetime.date(2015, 1, 1))
    make_news_item(title="To Mexico", date=datetime.date(2014, 1, 1))
    assert found("mexico")["news"] == ["To Mexico", "Said", "Visit"]


def test_what_a_record_is_about_is_found_as_long_as_it_is_public(mexico, linked):
    mexico.aliases.create(name="Anahuac")
    assert found("anahuac")["partnerships"] == ["Threads"]
    Country.objects.filter(pk=mexico.pk).unpublish()
    assert found("anahuac") == {}
    assert found("cosmetics mexico") == {}


@pytest.mark.parametrize("typed", ["mexico", "rare mexico", "mexico weaving"])
def test_of_very_many_links_those_are_looked_at_that_can_be_found(
    typed, mexico, monkeypatch
):
    monkeypatch.setattr(search_subjects, "MOST_PARTS", 3)
    for status in ["draft"] * 4 + ["published"] * (0 if typed == "mexico" else 4):
        make_partnership(targets=[mexico], status=status)
    weaving = make_technology_field("D03", title="Weaving")
    make_partnership(
        targets=[mexico], technology_fields=[weaving], name="Rare", summary="Rare."
    )
    assert found(typed)["partnerships"] == ["Rare"]
    assert not any(group.is_cut for group in grouped(Phrase(typed), 5)[1])


def test_where_not_all_that_has_a_part_is_looked_at_there_may_be_more(
    mexico, monkeypatch
):
    monkeypatch.setattr(search_subjects, "MOST_PARTS", 3)
    for _number in range(4):
        make_partnership(targets=[mexico], summary="Silk.")
    for typed in ("mexico", "silk mexico"):
        groups = {group.name: group for group in grouped(Phrase(typed), 5)[1]}
        assert groups["partnerships"].is_cut


def test_what_no_longer_leads_anywhere_finds_nothing(mexico, linked):
    linked.targets.remove(mexico)
    linked.technology_fields.clear()
    assert "partnerships" not in found("mexico")
    assert found("weaving") == {}


def test_a_word_of_very_many_names_is_the_name_of_none():
    countries = [make_country(name=f"Isle {n}") for n in range(MOST_SUBJECTS + 1)]
    make_partnership(targets=countries, name="Sailing")
    assert "partnerships" not in found("isle")
    assert found("isle 7")["partnerships"] == ["Sailing"]


@pytest.mark.parametrize("typed", ["isle", "isl", "isle sailing"])
def test_a_word_that_is_common_in_all_names_is_not_looked_for_among_them(
    typed, monkeypatch
):
    countries = [make_country(name=f"Isle {number}") for number in range(3)]
    make_partnership(targets=countries, acronym="A", name="Sailing")
    assert found(typed)["partnerships"] == ["Sailing"]
    monkeypatch.setattr(search_subjects, "MOST_NAMES", 2)
    assert "partnerships" not in found(typed)
    assert found("isle 2")["partnerships"] == ["Sailing"]


def test_one_part_by_a_link_and_another_in_a_text_of_many_is_found(mexico, monkeypatch):
    monkeypatch.setattr(search_subjects, "MOST_PARTS", 4)
    for _number in range(5):
        make_partnership(summary="Silk.")
        make_cluster(summary="Silk.")
    make_partnership(targets=[mexico], name="Both", summary="Silk.")
    make_partnership(targets=[mexico], name="One")
    draft = make_cluster(name="Silk road", status="draft")
    hidden = make_partnership(targets=[mexico], name="Hidden")
    make_membership(partnership=hidden, cluster=draft)
    (group,) = [
        g for g in grouped(Phrase("silk mexico"), 5)[1] if g.name != "countries"
    ]
    assert found("silk mexico")["partnerships"] == ["Both"]
    assert not group.is_cut


@pytest.mark.parametrize("typed", ["anahuac", "silk anahuac"])
def test_one_kind_with_very_many_records_leaves_room_for_the_others(
    typed, mexico, monkeypatch
):
    monkeypatch.setattr(search_hits, "MOST", 3)
    monkeypatch.setattr(search_subjects, "MOST_PARTS", 6)
    mexico.aliases.create(name="Anahuac")
    for number in range(8):
        make_cluster(name=f"Weavers {number}", summary="Silk.", country=mexico)
        make_achievement(countries=[mexico], body="Silk.")
    make_partnership(targets=[mexico], name="Threads", summary="Silk.")
    make_news_item(countries=[mexico], title="Visit", summary="Silk.")
    groups = {group.name: group for group in grouped(Phrase(typed), 50)[1]}
    assert {
        name: (len(group.results), group.is_cut)
        for name, group in groups.items()
        if name != "countries"
    } == {
        "clusters": (4, True),
        "achievements": (4, True),
        "partnerships": (1, False),
        "news": (1, False),
    }


def test_a_common_word_hides_no_rare_one_that_it_begins_like(monkeypatch):
    monkeypatch.setattr(search_subjects, "MOST_NAMES", 3)
    korea = make_country(name="Republic Korea")
    make_partnership(targets=[korea], name="Sailing")
    for number in range(5):
        make_achievement(title=f"Koreana {number}")
        make_achievement(title=f"Republics {number}")
    assert found("korea")["partnerships"] == ["Sailing"]
    assert found("republic")["partnerships"] == ["Sailing"]


@pytest.mark.parametrize("name", NAMES)
def test_names_in_any_script_are_found_whole_and_by_each_word(name):
    make_cluster(name=name)
    for typed in (name, name.casefold(), *name.split()):
        if Phrase(typed):
            assert found(typed).get("clusters") == [name], typed


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("island", "Ísland"),
        ("kobenhavn", "København"),
        ("lodz", "Łódź"),
        ("aero", "Ærø"),
    ],
)
def test_accents_and_letters_without_a_base_are_ignored_everywhere(typed, name):
    make_cluster(name=name)
    make_event(title="Fair", summary=f"Held in {name}.", city=name)
    assert found(typed) == {"clusters": [name], "events": ["Fair"]}


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("food", "agri/food"),
        ("agri", "agri-food"),
        ("acme", "see www.acme.example"),
        ("policies", "one policy"),
        ("cluster", "clusters"),
        ("bold", "<b>bold</b>"),
        ("smith", "Smith's"),
        ("5g", "5G"),
    ],
)
def test_signs_part_words_and_plurals_count_as_one(typed, text):
    make_event(title="Fair", summary=text)
    assert found(typed) == {"events": ["Fair"]}


def test_all_words_are_needed():
    make_event(title="Textile fair")
    make_event(title="Energy fair")
    assert found("energy fair") == {"events": ["Energy fair"]}
    assert found("energy textile") == {}


def test_what_is_called_so_comes_first_then_what_begins_so_then_the_newest():
    make_news_item(title="Old", summary="On steel.", date=datetime.date(2015, 1, 1))
    make_news_item(title="New", summary="On steel.", date=datetime.date(2020, 1, 1))
    make_news_item(title="About steel")
    make_news_item(title="Steel works")
    make_news_item(title="Steel")
    assert found("steel")["news"] == [
        *("Steel", "Steel works", "About steel", "New", "Old")
    ]


def test_the_kind_with_the_best_result_comes_first():
    make_country(name="Steelland", intro="They make gold.")
    make_cluster(name="Gold")
    assert list(found("gold")) == ["clusters", "countries"]
    assert list(found("steelland")) == ["countries"]


def test_whole_words_come_before_others_that_begin_so():
    make_cluster(name="A cart")
    make_cluster(name="A cartel")
    assert found("cart")["clusters"] == ["A cart", "A cartel"]


def test_of_very_many_the_first_are_ranked_and_the_page_says_that_there_are_more(
    client,
):
    SearchEntry.objects.bulk_create(
        SearchEntry(
            kind="news",
            part_key=number,
            record=number,
            slug=f"news-{number}",
            title=f"Steel {number}",
            name=f"steel {number}",
            names=f"steel {number}",
            day=datetime.date(2020, 1, 1),
            public_from=datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC),
            public_until=datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC),
        )
        for number in range(1, MOST + 10)
    )
    make_cluster(name="Steel")
    content = unescape(client.get("/search/?q=steel").content.decode())
    assert f"More than {MOST + 1} results for “steel”" in content
    assert f"({MOST}+)" in content
    assert list(found("steel")) == ["clusters", "news"]
    last = client.get("/search/?q=steel&type=news&page=25").context["page"]
    assert (last.number, last.paginator.count) == (25, MOST)


def test_suggestions_are_the_best_of_all_kinds(mexico, claut):
    make_partnership(name="To Mexico", acronym="TOMEX")
    titles = [suggestion.title for suggestion in suggested(Phrase("mex"), 8)]
    assert titles == ["Mexico", "TOMEX – To Mexico", "CLAUT – Cluster Automotriz"]
    assert len(suggested(Phrase("mex"), 2)) == 2


class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.mexico = make_country(name="Mexico", slug="mexico", intro="Cars & <b>.")
        for number in range(1, 24):
            make_cluster(
                country=cls.mexico,
                name=f"Cluster {number:02}",
                slug=f"cluster-{number}",
            )
        make_organisation(country=None, name="World body", website="https://w.example")
        make_organisation(country=None, name="Odd body", website="javascript:alert(1)")

    def page(self, **query):
        response = self.client.get("/search/", query)
        self.assertEqual(response.status_code, 200)
        return response, unescape(response.content.decode())

    def test_shows_five_of_each_kind_and_links_to_all(self):
        response, content = self.page(q="mexico")
        self.assertEqual(
            [(group.name, group.number) for group in response.context["groups"]],
            [("countries", 1), ("clusters", 23)],
        )
        self.assertIn("24 results for “mexico”", content)
        self.assertEqual(content.count('class="search-result"'), 6)
        self.assertIn('href="/search/?q=mexico&type=clusters">All 23 results', content)
        self.assertNotIn("type=countries", content)

    def test_pages_through_one_kind(self):
        response, content = self.page(q="mexico", type="clusters", page="2")
        self.assertEqual(content.count('class="search-result"'), 3)
        self.assertIn("23 results for “mexico”", content)
        self.assertIn('href="/search/?q=mexico&type=clusters"', content)

    def test_marks_what_was_looked_for_and_escapes_the_rest(self):
        response = self.client.get("/search/", {"q": "mexico cars"})
        self.assertContains(response, "<mark>Mexico</mark>")
        self.assertContains(response, "<mark>Cars</mark> &amp; &lt;b&gt;.")

    def test_marks_what_sounds_alike(self):
        response, content = self.page(q="meksiko")
        self.assertIn("<mark>Mexico</mark>", content)
        self.assertIn("Nothing is written exactly so", content)

    def test_links_to_where_a_record_is(self):
        _response, content = self.page(q="body")
        self.assertIn('<a href="https://w.example">', content)
        self.assertNotIn('href="javascript', content)
        make_organisation(country=self.mexico, name="National body")
        _response, content = self.page(q="body")
        self.assertIn('<a href="/countries/mexico/#organisations">', content)

    def test_says_what_to_do_when_nothing_is_found(self):
        _response, content = self.page(q="zzzz qqqq")
        self.assertIn("0 results", content)
        self.assertIn('<a href="/search/?q=zzzz">zzzz</a>', content)
        self.assertIn('<a href="/clusters/">Clusters</a>', content)

    def test_explains_itself_without_a_phrase(self):
        for typed in ("", "   ", "?!–«»", "\x00\x00"):
            response, content = self.page(q=typed)
            self.assertIn("Type a name", content)
            self.assertNotIn('role="status"', content)

    def test_says_what_it_does_not_know(self):
        for query, shown in (
            ({"type": "spaceships"}, "type=spaceships"),
            ({"type": "clusters", "page": "none"}, "page=none"),
            ({"type": "clusters", "page": "0"}, "page=0"),
            ({"type": "clusters", "page": "9" * 5000}, "page=999"),
        ):
            _response, content = self.page(q="mexico", **query)
            self.assertIn(f"<code>{shown}", content)
        response, content = self.page(q="mexico", type="clusters", page=str(10**9))
        self.assertIn("this is the last one, page 2", content)

    def test_no_phrase_is_too_odd(self):
        odd = (
            *(
                "a" * 10_000,
                "word " * 2_000,
                "\x00",
                "a\x00b",
                '"',
                "'",
                "\\",
                "%",
                "_",
            ),
            *('"unclosed', "a AND", "NOT a", "a NEAR b", "a*", "*", "(", "names:a"),
            *("a & b", "a | !b", "a <-> b", "a:*", "'a':*", "{names}: a", "^a", "-a"),
            *("\ud800".encode("utf-8", "replace").decode(), "\U0010ffff", "👩‍🔬", "ﷺ"),
            *("é" * 200, "İ", "<script>alert(1)</script>", "{{ 7 }}", "ʼn" * 150),
            *("ﷺ" * 150, "x" * 400, "ß" * 200),
        )
        for typed in odd:
            for address in ("/search/", "/search/suggest"):
                for kind in ("", "clusters"):
                    with self.subTest(typed=typed[:20], address=address, kind=kind):
                        response = self.client.get(address, {"q": typed, "type": kind})
                        self.assertEqual(response.status_code, 200)

    def test_says_when_a_phrase_is_cut(self):
        _response, content = self.page(q="mexico " * 60)
        self.assertIn("only its beginning was searched for", content)

    def test_suggestions_are_json(self):
        response = self.client.get("/search/suggest", {"q": "mex"})
        self.assertEqual(response["Content-Type"], "application/json")
        self.assertEqual(
            response.json()["suggestions"][0],
            {"address": "/countries/mexico/", "title": "Mexico", "kind": "Country"},
        )
        self.assertEqual(len(response.json()["suggestions"]), 8)
        self.assertEqual(self.client.get("/search/suggest").json(), {"suggestions": []})
        self.assertEqual(self.client.post("/search/suggest").status_code, 405)

    def test_every_page_has_one_box(self):
        for address in ("/", "/search/", "/countries/", "/clusters/cluster-1/"):
            content = self.client.get(address).content.decode()
            self.assertEqual(content.count('action="/search/" role="search"'), 1)

    def test_query_count_does_not_grow(self):
        for typed, number in (("mexico", 10), ("clust", 10), ("meksiko", 15)):
            # Read once for each version of the content.
            current_version()
            for _times in range(2):
                with self.subTest(typed=typed), self.assertNumQueries(number):
                    self.client.get("/search/", {"q": typed})
            make_cluster(country=self.mexico)
