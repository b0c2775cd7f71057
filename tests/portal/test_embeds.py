"""What other sites show in a frame, and that nothing else can be framed."""

import html
import json
import re
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.publishing.models import Publishable
from tests.factories import (
    make_cluster,
    make_country,
    make_fact,
    make_indicator,
    make_partnership,
    make_source,
)

from .linked_records import make_linked_records
from .test_pages import addresses

pytestmark = pytest.mark.django_db
EMBEDS = {
    "/embed/partnerships/": "/partnerships/",
    "/embed/partnerships/?target=MX&sort=acronym&per_page=25&theme=dark&page=7": (
        "/partnerships/?sort=acronym&target=MX"
    ),
    "/embed/countries/mexico/facts/": "/countries/mexico/",
    "/embed/map/partnerships/?region=Americas": "/countries/?region=Americas",
    "/embed/map/clusters/?country=MX": "/clusters/?country=MX",
}


@pytest.fixture(autouse=True)
def mexico():
    country = make_country(iso2="MX", iso3="MEX", slug="mexico", name="Mexico & more")
    make_cluster(country=country)
    make_partnership([country], acronym="ALPHA", slug="alpha")
    make_fact(
        country=country,
        indicator=make_indicator(name="Population"),
        source=make_source(title="World Bank"),
        year=2015,
    )
    return country


def directives(response):
    policy = response["Content-Security-Policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in policy)


@pytest.mark.parametrize("address", EMBEDS)
def test_any_site_may_frame_an_embed_and_it_can_do_nothing(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert "X-Frame-Options" not in response
    policy = directives(response)
    assert policy["frame-ancestors"] == "*"
    for name in ("default-src", "script-src", "form-action", "base-uri"):
        assert policy[name] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Robots-Tag"] == "noindex"
    assert response.cookies == {}
    assert "Cookie" not in response.get("Vary", "")
    content = response.content.decode()
    assert "<script" not in content
    assert "<form" not in content
    assert not re.search(r"<[^>]+\s(style|on\w+)=", content)


@pytest.mark.parametrize("address", [*EMBEDS, "/embed/", "/api/docs/"])
def test_the_copy_of_a_page_keeps_its_own_policy(client, address):
    etag = client.get(address)["ETag"]
    again = client.get(address, headers={"if-none-match": etag})
    assert again.status_code == 304
    for name in (
        *("Content-Security-Policy", "X-Frame-Options"),
        "Cross-Origin-Resource-Policy",
    ):
        assert name not in again


@pytest.mark.parametrize("address", EMBEDS)
def test_an_embed_names_its_source_with_a_link_to_the_page_in_the_top_window(
    client, address
):
    content = client.get(address).content.decode()
    page = html.escape(EMBEDS[address])
    assert '<base target="_top">' in content
    source = re.search(r'<footer class="embed__source">.+?</footer>', content, re.S)[0]
    assert f'<a href="{page}" target="_top" rel="noopener">Source:' in source
    assert f'<link rel="canonical" href="http://testserver{page}">' in content
    assert client.get(EMBEDS[address]).status_code == 200
    assert content.count("<h1") == 1


def test_no_other_page_may_be_framed(client):
    others = addresses(make_linked_records())
    others |= {"file": "/data/facts.csv", "oembed": "/embed/oembed", "no": "/nowhere/"}
    others |= {"admin": "/admin/login/", "api": "/api/v1/countries/"}
    for address in others.values():
        response = client.get(address)
        assert response["X-Frame-Options"] == "DENY", address
        assert directives(response)["frame-ancestors"] == "'none'", address


def test_the_table_takes_the_filters_of_the_list(client):
    make_partnership(acronym="BETA")
    all_of_them = client.get("/embed/partnerships/").content.decode()
    assert ("ALPHA" in all_of_them, "BETA" in all_of_them) == (True, True)
    content = client.get("/embed/partnerships/?target=MX").content.decode()
    assert ("ALPHA" in content, "BETA" in content) == (True, False)
    assert "Targeted country: Mexico &amp; more" in content
    assert '<a href="/partnerships/alpha/">ALPHA</a>' in content


def test_a_long_table_leads_on_to_the_page(client):
    for _number in range(10):
        make_partnership()
    content = client.get("/embed/partnerships/").content.decode()
    assert content.count('<th scope="row"') == 10
    assert '<a href="/partnerships/">See all 11 partnerships on the portal</a>' in (
        content
    )
    content = client.get("/embed/partnerships/?per_page=25").content.decode()
    assert content.count('<th scope="row"') == 11


def test_what_an_embed_does_not_know_is_named_and_left_out(client):
    address = "/embed/partnerships/?target=ZZ&colour=red&theme=pink&per_page=x"
    content = client.get(address).content.decode()
    for unknown in ("target=ZZ", "colour=red", "per_page=x"):
        assert f"<code>{unknown}</code>" in content
    assert 'class="embed"' in content
    assert '<a href="/partnerships/" target="_top"' in content
    content = client.get("/embed/map/clusters/?country=ZZ").content.decode()
    assert "<code>country=ZZ</code>" in content


def test_facts_stand_with_year_and_source(client):
    content = client.get("/embed/countries/mexico/facts/").content.decode()
    assert "<h1>Mexico &amp; more: key facts</h1>" in content
    fact = re.search(r"<dt>Population</dt>.+?</div>", content, re.S)[0]
    assert "2015" in fact
    assert "World Bank" in fact


def test_a_hidden_country_has_no_embed_and_the_frame_says_so(client, mexico):
    mexico.status = Publishable.Status.DRAFT
    mexico.save()
    response = client.get("/embed/countries/mexico/facts/")
    assert response.status_code == 404
    assert directives(response)["frame-ancestors"] == "*"
    content = response.content.decode()
    assert "not on the portal" in content
    assert "more" not in content
    for address in ("/embed/map/partnerships/", "/embed/map/clusters/", "/embed/"):
        assert "Mexico" not in client.get(address).content.decode()


def test_the_theme_is_that_of_the_reader_unless_it_is_asked_for(client):
    content = client.get("/embed/map/clusters/").content.decode()
    assert '<meta name="color-scheme" content="light dark">' in content
    content = client.get("/embed/map/clusters/?theme=dark").content.decode()
    assert 'class="embed embed--dark"' in content
    assert '<meta name="color-scheme" content="dark">' in content


@pytest.mark.parametrize("address", [*EMBEDS, "/embed/"])
def test_the_number_of_queries_does_not_grow_with_the_rows(client, address):
    numbers = []
    for _round in range(2):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        numbers.append(len(queries))
        for _more in range(2):
            make_linked_records()
    assert numbers[0] == numbers[1]


def snippet(client, **asked):
    """Return the snippet that the form makes, and the frame of its preview."""
    content = client.get("/embed/", asked).content.decode()
    text = re.search(r"<textarea[^>]*>(.+?)</textarea>", content, re.S)
    preview = re.search(r'<iframe class="preview" src="([^"]+)"', content)
    assert text, content
    return html.unescape(text[1]), html.unescape(preview[1])


@pytest.mark.parametrize(
    ("asked", "src"),
    [
        ({"what": "embed_partnerships"}, "/embed/partnerships/"),
        (
            {"what": "embed_partnerships", "country": "mexico", "theme": "dark"},
            "/embed/partnerships/?target=MX&theme=dark",
        ),
        (
            {"what": "embed_facts", "country": "mexico"},
            "/embed/countries/mexico/facts/",
        ),
        (
            {"what": "embed_cluster_map", "country": "mexico"},
            "/embed/map/clusters/?country=MX",
        ),
        ({"what": "embed_partnership_map"}, "/embed/map/partnerships/"),
        (
            {"address": "http://testserver/partnerships/?q=a%26b&page=3&format=csv"},
            "/embed/partnerships/?q=a%26b",
        ),
        ({"address": "/countries/mexico/"}, "/embed/countries/mexico/facts/"),
    ],
)
def test_the_form_makes_a_snippet_that_works(client, asked, src):
    text, preview = snippet(client, **asked)
    found = re.fullmatch(
        r'<iframe src="([^"]+)" title="([^"]+)" width="100%" height="\d+" '
        r'loading="lazy" style="border:0"></iframe>',
        text,
    )
    assert html.unescape(found[1]) == f"http://testserver{src}"
    assert preview == src
    assert client.get(src).status_code == 200
    response = client.get("/embed/", asked)
    assert directives(response)["frame-src"] == "'self'"


def test_the_snippet_has_the_height_asked_for(client):
    text, _preview = snippet(client, what="embed_partnerships", height="333")
    assert 'height="333"' in text


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"what": "embed_facts"}, "Choose the country of the key facts."),
        ({"what": "x"}, "Select a valid choice"),
        ({"what": "embed_facts", "country": "atlantis"}, "is no country"),
        ({"address": "https://evil.example/partnerships/"}, "Nothing can be embedded"),
        ({"address": "/countries/atlantis/"}, "Nothing can be embedded"),
        ({"address": "http://[bad"}, "Nothing can be embedded"),
        ({"address": "/about/"}, "Nothing can be embedded"),
        ({"address": "/partnerships/?target=XX"}, "does not know “target=XX”"),
        ({"what": "embed_partnerships", "height": "1"}, "greater than or equal to 200"),
        ({"what": "embed_partnerships", "country": "\0"}, "Null characters"),
        ({"what": "embed_partnership_map", "country": "mexico"}, "shows all countries"),
        ({"what": "embed_partnerships", "country": "spain"}, "do not target España"),
        ({"what": "embed_cluster_map", "country": "spain"}, "No cluster of España"),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(client, asked, message):
    make_country(slug="spain", name="España", is_target=False)
    response = client.get("/embed/", asked)
    content = response.content.decode()
    assert response.status_code == 200
    assert message in html.unescape(content)
    assert "<title>Error: " in content
    # Each message belongs to a field, which names it.
    (field,) = response.context["form"].errors
    assert f'id="id_{field}_error"' in content
    assert 'aria-invalid="true"' in content
    assert "<iframe" not in content
    if "address" in asked:
        assert f'value="{asked["address"]}"' in content


def test_oembed_answers_for_pages_and_for_nothing_else(client):
    url = "http://testserver/countries/mexico/"
    answer = client.get("/embed/oembed", {"url": url, "maxheight": "300"}).json()
    assert answer["version"] == "1.0"
    assert answer["type"] == "rich"
    assert answer["title"] == "Mexico & more: key facts"
    assert (answer["height"], answer["width"]) == (300, 960)
    assert (
        'height="300" loading="lazy" style="border:0;max-width:960px"' in answer["html"]
    )
    no_limit = client.get("/embed/oembed", {"url": url, "maxheight": 0}).json()
    assert no_limit["height"] == 480
    src = re.search(r'src="([^"]+)"', answer["html"])[1]
    assert client.get(urlsplit(src).path).status_code == 200
    for wrong in ("", "http://evil.example/countries/mexico/", "/about/", "/x\0/"):
        response = client.get("/embed/oembed", {"url": wrong})
        assert response.status_code == 404
        assert json.loads(response.content)["error"]
    assert client.get("/embed/oembed", {"url": url, "format": "xml"}).status_code == 501


def oembed_error(client, url):
    response = client.get("/embed/oembed", {"url": url})
    assert response.status_code == 404
    return response.json()["error"]


@pytest.mark.parametrize(
    ("url", "unknown"),
    [
        ("/partnerships/?target=XX", "target=XX"),
        ("/partnerships/?target=MX&target=XX&sort=junk", "target=XX, sort=junk"),
        ("/partnerships/?per_page=7", "per_page=7"),
        ("/partnerships/?colour=red", "colour=red"),
        ("/partnerships/?target=%00", "target=\N{REPLACEMENT CHARACTER}"),
        ("/clusters/?country=XX", "country=XX"),
        ("/clusters/?land=MX", "land=MX"),
        ("/countries/?region=Atlantis", "region=Atlantis"),
    ],
)
def test_oembed_gives_no_frame_that_leaves_something_out(client, url, unknown):
    error = oembed_error(client, url)
    for pair in unknown.split(", "):
        assert pair in error
    assert "target=MX" not in error


@pytest.mark.parametrize(
    "url",
    [
        "/partnerships/?target=mx&sort=-acronym&page=2&columns=acronym&utm_source=mail",
        "/clusters/?country=MX&sort=name&per_page=50&page=2&columns=name",
        "/countries/?region=Americas&sort=name",
    ],
)
def test_the_frames_of_oembed_complain_of_nothing(client, url):
    answer = client.get("/embed/oembed", {"url": url})
    assert answer.status_code == 200
    src = html.unescape(re.search(r'src="([^"]+)"', answer.json()["html"])[1])
    frame = client.get(src.removeprefix("http://testserver"))
    assert frame.context["ignored"] == []


@pytest.mark.parametrize(
    "url", ["/countries/mx/", "https://evil.example/partnerships/", "/about/", "junk"]
)
def test_oembed_names_what_cannot_be_embedded_and_what_can(client, url):
    error = oembed_error(client, url)
    assert f"“{url}”" in error
    assert "the partnerships, the clusters, the countries or of one country" in error


def test_oembed_asks_for_an_address_where_none_is_given(client):
    assert oembed_error(client, " ").endswith("can be embedded as url=.")


def test_the_host_of_an_address_may_be_written_in_any_case(client):
    url = "http://TestServer/countries/mexico/"
    assert client.get("/embed/oembed", {"url": url}).status_code == 200
    assert snippet(client, address=url)


def test_the_links_of_a_map_hold_what_is_known_alone(client):
    content = client.get("/embed/map/clusters/?foo=1&label=gold").content.decode()
    assert "foo=1" not in content
    assert "label=gold" in content


def test_a_table_without_links_promises_no_order(client):
    promise = "the headings with a link sort the table"
    assert promise not in client.get("/embed/partnerships/").content.decode()
    assert promise in client.get("/partnerships/").content.decode()


def test_embeds_answer_no_other_method(client):
    for address in (*EMBEDS, "/embed/", "/embed/oembed"):
        assert client.post(address).status_code == 405
        assert client.head("/embed/partnerships/").status_code == 200


@pytest.mark.parametrize("address", EMBEDS)
def test_programs_find_the_snippet_of_a_page_that_can_be_embedded(client, address):
    content = client.get(EMBEDS[address]).content.decode()
    [link] = re.findall(r"<link [^>]*application/json\+oembed[^>]*>", content)
    assert 'rel="alternate"' in link
    found = html.unescape(re.search(r'href="([^"]+)"', link)[1])
    assert found.startswith("http://testserver/embed/oembed?format=json&url=http")
    snippet = client.get(found).json()["html"]
    source = html.unescape(re.search(r'src="([^"]+)"', snippet)[1])
    told = client.get(source).content.decode()
    page = html.escape(EMBEDS[address])
    assert f'<link rel="canonical" href="http://testserver{page}">' in told


def test_other_pages_name_no_snippet(client):
    records = make_linked_records()
    for name, address in addresses(records).items():
        if name not in {
            *("country", "countries:list", "clusters:list", "partnerships:list"),
        }:
            content = client.get(address).content.decode()
            assert "json+oembed" not in content, address
