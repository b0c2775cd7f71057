import tomllib

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from countries.citations import DATA_SETS, citations, parse_citation
from countries.models import Source
from portal.data_files import read_csv


def real_citations():
    found = set()
    for path in settings.BASE_DIR.glob("*/data/*.csv"):
        for line in read_csv(path):
            found.update(citations(line.cells.get("source", "")))
    for path in settings.BASE_DIR.glob("countries/data/sections/*.toml"):
        content = tomllib.loads(path.read_text("utf-8"))
        for section in content.values():
            if isinstance(section, dict):
                found.update(*map(citations, section.get("sources", [])))
    return found


def test_every_real_citation_makes_a_valid_source():
    problems = {}
    for citation in real_citations():
        source = Source(citation=citation, **parse_citation(citation))
        try:
            source.clean_fields()
        except ValidationError as error:
            problems[citation] = error.messages
    assert problems == {}


def test_only_preview_addresses_stay_without_a_link():
    unlinked = {
        citation for citation in real_citations() if not parse_citation(citation)["url"]
    }
    assert unlinked == {one for one in real_citations() if "hosted-temp.com" in one}


def test_a_cell_may_hold_several_citations():
    assert citations("A, a.org ; B: b; c, b.org") == ["A, a.org", "B: b; c, b.org"]
    assert citations("") == []


def test_the_sentence_on_three_data_sets_makes_three_sources():
    cell = (
        "mledoze/countries (github.com/mledoze/countries); World Bank population via "
        "github.com/datasets/population; World Bank GDP via github.com/datasets/gdp, "
        "GDP per head = GDP / population of that year"
    )
    assert citations(cell) == list(DATA_SETS)
    assert [parse_citation(one)["url"] for one in citations(cell)] == [
        "https://github.com/mledoze/countries",
        "https://github.com/datasets/population",
        "https://github.com/datasets/gdp",
    ]
    assert [parse_citation(one)["licence"] for one in citations(cell)] == [
        "ODbL 1.0",
        "CC BY 4.0",
        "CC BY 4.0",
    ]


@pytest.mark.parametrize(
    ("citation", "title", "publisher", "url"),
    [
        (
            "Founding document (ECCP country page Mexico, "
            "www.clustercollaboration.eu/international-cooperation/mexico)",
            "ECCP country page Mexico",
            "European Cluster Collaboration Platform",
            "https://www.clustercollaboration.eu/international-cooperation/mexico",
        ),
        (
            "EACP: ABROAD collaboration with international clusters, "
            "eacp-aero.eu (news 355)",
            "EACP: ABROAD collaboration with international clusters",
            "EACP",
            "https://eacp-aero.eu",
        ),
        (
            "El Economista 14 Dec 2017: Cluster de Qro, busca, www.eleconomista.com.mx/a",
            "El Economista 14 Dec 2017: Cluster de Qro, busca",
            "El Economista",
            "https://www.eleconomista.com.mx/a",
        ),
        (
            "ESCA clusters, www.cluster-analysis.org/b/?industry=Transport and mobility",
            "ESCA clusters",
            "",
            "https://www.cluster-analysis.org/b/?industry=Transport%20and%20mobility",
        ),
        (
            "MOVE: overview, move-escp.eu/the-project/overview/ and /objectives/",
            "MOVE: overview",
            "MOVE",
            "https://move-escp.eu/the-project/overview/",
        ),
        (
            "ECCP news: X, impr-0001.eccp.hosted-temp.com/content/x",
            "ECCP news: X",
            "European Cluster Collaboration Platform",
            "",
        ),
        ("cluster.mx/about/", "cluster.mx/about/", "", "https://cluster.mx/about/"),
        ("Página, ejemplo.mx/país", "Página", "", "https://ejemplo.mx/pa%C3%ADs"),
        ("A book without an address", "A book without an address", "", ""),
        (
            "Trade Bureau 2022: Dialogue, trade.gov.tw/a.aspx?n=8&pid=7",
            "Trade Bureau 2022: Dialogue",
            "Trade Bureau",
            "https://trade.gov.tw/a.aspx?n=8&pid=7",
        ),
    ],
)
def test_a_citation_is_taken_apart(citation, title, publisher, url):
    assert parse_citation(citation) == {
        "title": title,
        "publisher": publisher,
        "url": url,
        "licence": "",
    }
