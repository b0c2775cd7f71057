"""Take citations apart: title, publisher, address and licence of a source."""

import re
from urllib.parse import quote

PLATFORM = "European Cluster Collaboration Platform"
# The platform's preview sites are gone; nobody could follow such a link.
PREVIEW_DOMAIN = "hosted-temp.com"
# One sentence of countries.csv names three data sets: citation, publisher,
# address and licence of each.
COUNTRY_BASICS, POPULATION, GDP = DATA_SETS = (
    "mledoze/countries (github.com/mledoze/countries)",
    "World Bank population via github.com/datasets/population",
    "World Bank GDP via github.com/datasets/gdp, "
    "GDP per head = GDP / population of that year",
)
DATA_SET_VALUES = {
    COUNTRY_BASICS: {
        "title": "mledoze/countries",
        "publisher": "mledoze/countries",
        "url": "https://github.com/mledoze/countries",
        "licence": "ODbL 1.0",
    },
    POPULATION: {
        "title": "World Bank population",
        "publisher": "World Bank",
        "url": "https://github.com/datasets/population",
        "licence": "CC BY 4.0",
    },
    GDP: {
        "title": "World Bank GDP",
        "publisher": "World Bank",
        "url": "https://github.com/datasets/gdp",
        "licence": "CC BY 4.0",
    },
}
FOUNDING_DOCUMENT = re.compile(r"Founding document \((.+)\)")
# Spaces belong to an address only behind its question mark; before it, they
# begin a note such as "(news 355)".
CITATION = re.compile(
    r"(?:(?P<title>.+), )?"
    r"(?P<address>(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s?]*(?:\?.*?)?)?)"
    r"(?: \(.*\)| and /.*)?"
)
DATE_AT_THE_END = re.compile(
    r",?( \d{1,2})?( (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*)? \d{4}$"
)


def citations(cell: str) -> list[str]:
    """Split a cell of sources; the sentence on three data sets gives all three."""
    found = []
    for citation in cell.split(" ; "):
        if citation == "; ".join(DATA_SETS):
            found += DATA_SETS
        elif citation.strip():
            found.append(citation.strip())
    return found


def parse_citation(citation: str) -> dict[str, str]:
    """Return title, publisher, address and licence as far as a citation has them."""
    if citation in DATA_SET_VALUES:
        return DATA_SET_VALUES[citation]
    founding_document = FOUNDING_DOCUMENT.fullmatch(citation)
    match = CITATION.fullmatch(founding_document[1] if founding_document else citation)
    title, address = match.group("title", "address") if match else (citation, "")
    publisher = ""
    if title and title.startswith("ECCP"):
        publisher = PLATFORM
    elif title and ": " in title:
        publisher = DATE_AT_THE_END.sub("", title.partition(": ")[0])
    if PREVIEW_DOMAIN in address:
        address = ""
    return {
        "title": title or citation,
        "publisher": publisher,
        "url": address and "https://" + quote(address, safe="/?=&+:;,%@!$'()*~#"),
        "licence": "",
    }
