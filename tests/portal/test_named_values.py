"""What is typed into the search of a list is offered as a filter where it names one."""

from unittest import mock
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partnerships.filters import PartnershipFilterSet
from portal.named_values import MOST_COUNTED, MOST_OFFERED
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_industry,
    make_membership,
    make_news_item,
    make_partnership,
    make_technology_field,
)

pytestmark = pytest.mark.django_db
TABLE = "/partnerships/"


@pytest.fixture(params=["index", "database"])
def answering(request, monkeypatch):
    if request.param == "database":
        monkeypatch.setattr(PartnershipFilterSet, "live_index", None)


def offered(client, query, path=TABLE):
    page = client.get(f"{path}?{query}")
    return [
        (
            " + ".join(f"{label}: {text}" for label, text in offer.labels),
            offer.number,
            str(offer.address),
        )
        for offer in page.context["offers"]
    ]


@pytest.fixture
def mexico():
    return make_country(name="Mexico", iso2="MX", is_target=True)


@pytest.fixture
def chile():
    return make_country(name="Chile", iso2="CL", is_target=True)


def test_a_country_that_is_searched_for_is_offered_as_target(
    client, answering, mexico, chile
):
    for number in range(3):
        make_partnership(acronym=f"TO-MEXICO-{number}", targets=[mexico])
    make_partnership(acronym="BOTH", targets=[mexico, chile])
    make_partnership(acronym="CHILE ONLY", targets=[chile])
    target = "Targeted country: Mexico"
    for query, number, address in [
        ("q=mexico", 4, "?target=MX"),
        # Case, accents, codes; what else is chosen stays.
        ("q=+M%C3%89XICO", 4, "?target=MX"),
        ("q=mx&sort=name", 4, "?sort=name&target=MX"),
        ("q=mex&page=2&per_page=50", 4, "?per_page=50&target=MX"),
        # Any of them, or all.
        ("q=mexico&target=CL", 5, "?target=CL&target=MX"),
        ("q=mexico&target=CL&match=all", 1, "?match=all&target=CL&target=MX"),
    ]:
        assert offered(client, query) == [(target, number, f"{TABLE}{address}")]


def test_a_country_is_known_by_its_other_names(client, answering):
    states = make_country(
        name="United States of America", iso2="US", iso3="USA", is_target=True
    )
    states.aliases.create(name="Étas-Unis")
    make_partnership(targets=[states])
    make_cluster(country=states)
    make_news_item(countries=[states])
    target = ("Targeted country: United States of America", 1, f"{TABLE}?target=US")
    for text in ("usa", "US", "united states", "etas-unis"):
        assert offered(client, f"q={text}") == [target]
    assert offered(client, "q=usa", "/clusters/")[0][2] == "/clusters/?country=US"
    assert offered(client, "q=usa", "/news/")[0][2] == f"/news/?country={states.slug}"
    states.status = "draft"
    states.save()
    assert offered(client, "q=usa") == []


@pytest.mark.parametrize("typed", ["us", "usa"])
def test_a_code_is_offered_beside_names_that_hold_its_letters(client, answering, typed):
    states = make_country(name="United States", iso2="US", iso3="USA", is_target=True)
    austria = make_country(name="Austria", iso2="AT", is_target=True)
    industry = make_industry("C17", title="Usage of dust")
    for number, country in enumerate((states, austria, austria)):
        name = f"Industry usable by {country} {number}"
        make_partnership(name=name, targets=[country], industries=[industry])
        make_cluster(name=name, country=country)
        make_event(title=name, country=country)
        make_news_item(title=name, countries=[country])
        make_achievement(title=name, countries=[country])
    country = "Targeted country: United States"
    assert offered(client, f"q={typed}")[0] == (country, 1, f"{TABLE}?target=US")
    for path in ("/clusters/", "/events/", "/news/", "/achievements/"):
        assert "Austria" in client.get(path, {"q": typed}).content.decode()
        offer = offered(client, f"q={typed}", path)[0]
        assert offer[:2] == ("Country: United States", 1), path


@pytest.mark.parametrize("query", ["q=mexico&target=MX", "q=zz", "", "q=exico", "q=me"])
def test_nothing_is_offered_that_is_chosen_or_not_named(client, mexico, query):
    make_partnership(targets=[mexico])
    assert offered(client, query) == []


def test_what_would_find_nothing_is_not_offered(client, mexico, chile):
    make_partnership(targets=[chile])
    assert offered(client, "q=mexico") == []
    assert offered(client, "q=chile&smes_min=5") == []


def test_what_is_called_exactly_so_comes_before_what_finds_more(client, answering):
    paper, board = make_industry("C17", title="Paper"), make_technology_field("D21")
    board.title = "Making of paper"
    board.save()
    make_partnership(industries=[paper], technology_fields=[board])
    make_partnership(technology_fields=[board])
    assert [label for label, *_rest in offered(client, "q=paper")] == [
        "Technology field (IPC): D21 Making of paper",
        "Sectoral industry (NACE): C17 Paper",
    ]
    assert offered(client, "q=c17")[0][0] == "Sectoral industry (NACE): C17 Paper"
    paper = make_country(name="Paper", iso2="XP", is_target=True)
    make_partnership(targets=[paper])
    assert offered(client, "q=paper")[0][:2] == ("Targeted country: Paper", 1)


def test_where_nothing_has_all_words_each_may_name_something(client, answering, mexico):
    make_partnership(acronym="COSMO", targets=[mexico])
    make_partnership(acronym="OTHER", targets=[mexico])
    target = "Targeted country: Mexico"
    # What else was searched for stays where that finds something; small words do not.
    found = [(target, 1, f"{TABLE}?q=cosmo&target=MX")]
    for text in ("cosmo mexico", "Mexico: in cosmo", "“cosmo”, (México!)"):
        assert offered(client, urlencode({"q": text})) == found
    assert offered(client, "q=unheard+Mexico+of") == [
        (target, 2, f"{TABLE}?target=MX"),
    ]


def test_words_that_name_values_of_several_filters_are_offered_together(
    client, answering, mexico, chile
):
    france = make_country(name="France", iso2="FR", is_target=False)
    cluster = make_cluster(country=france)
    for targets in ([mexico], [mexico, chile], [chile]):
        partnership = make_partnership(targets=targets)
    make_membership(partnership=partnership, cluster=cluster)
    both = "Targeted country: Chile + Country of a partner: France"
    address = f"{TABLE}?partner_country=FR&target=CL"
    assert offered(client, "q=chile+and+france") == [(both, 1, address)]
    # Of one filter, any of them; and each by itself where they find nothing together.
    either = "Targeted country: Mexico + Targeted country: Chile"
    address = f"{TABLE}?target=MX&target=CL"
    assert offered(client, "q=mexico+chile") == [(either, 3, address)]
    assert [label for label, *_rest in offered(client, "q=mexico+france")] == [
        "Targeted country: Mexico",
        "Country of a partner: France",
    ]


def test_a_small_word_is_a_code_only_where_it_is_typed_as_one(client, mexico):
    india = make_country(name="India", iso2="IN", is_target=True)
    for country in (india, mexico):
        make_partnership(targets=[country])
    target = "Targeted country: {}".format
    assert [each[0] for each in offered(client, "q=x1+in+mexico")] == [target("Mexico")]
    assert [each[0] for each in offered(client, "q=x1+IN")] == [target("India")]
    assert [each[0] for each in offered(client, "q=in")] == [target("India")]
    # Nor is what states nothing named by a word of that.
    assert offered(client, "q=not") == []


def test_words_that_are_found_together_name_nothing_one_by_one(client, mexico):
    make_partnership(name="Cosmetics Mexico", targets=[mexico])
    assert offered(client, "q=cosmetics+mexico") == []


def test_what_many_values_have_in_common_names_none_of_them(client):
    industries = [
        make_industry(f"C{10 + number}", title=f"Manufacture of thing {number}")
        for number in range(MOST_COUNTED + 1)
    ]
    partnership = make_partnership(industries=industries)
    assert offered(client, "q=manufacture") == []
    partnership.industries.remove(industries[-1])
    industries[-1].delete()
    assert len(offered(client, "q=manufacture")) == MOST_OFFERED


def test_few_are_counted_however_many_are_named(client, django_assert_max_num_queries):
    fields = [
        *(make_industry(f"C{10 + n}", title=f"Machines {n}") for n in range(9)),
        *(make_technology_field(f"F{10 + n}", title=f"Machines {n}") for n in range(9)),
    ]
    make_partnership(industries=fields[:9], technology_fields=fields[9:])
    with mock.patch.object(PartnershipFilterSet, "live_index", None):
        client.get(f"{TABLE}?q=zz")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{TABLE}?q=zz")
        with django_assert_max_num_queries(len(queries) + MOST_COUNTED):
            assert len(offered(client, "q=machines")) == MOST_OFFERED


def test_a_part_of_the_pattern_language_is_a_text_like_any(client, mexico):
    for text in ("(", "[a", "\\", "*", "mexico)"):
        assert client.get(TABLE, {"q": text}).status_code == 200


def test_the_other_lists_offer_their_own(client, mexico):
    make_cluster(name="Alpha", country=mexico)
    assert offered(client, "q=mexico", "/clusters/") == [
        ("Country: Mexico", 1, "/clusters/?country=MX")
    ]


def test_an_offer_is_a_link_that_leads_there(client, mexico):
    make_partnership(targets=[mexico])
    page = client.get(f"{TABLE}?q=mexico").content.decode()
    assert "What you typed is also a filter" in page
    assert (
        '<a class="chip chip--offer" href="/partnerships/?target=MX">'
        "Targeted country: <bdi>Mexico</bdi> (1)</a>" in page
    )
    assert "also a filter" not in client.get(f"{TABLE}?q=zz").content.decode()
