"""What catalogues of open data are told of the data sets: DCAT-AP and schema.org.

https://semiceu.github.io/DCAT-AP/releases/3.0.0/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext

from . import structured_data
from .licence import rights
from .open_data import FILE_FORMATS, DataSet, DataVersion, Kind, Summary
from .partial_dates import PartialDate

EU_AUTHORITIES = "http://publications.europa.eu/resource/authority"
ENGLISH = f"{EU_AUTHORITIES}/language/ENG"
# Economy and finance.
THEME = f"{EU_AUTHORITIES}/data-theme/ECON"
# Of the catalogue itself.
MEDIA_TYPE = "application/ld+json"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
# The formats that the list of file types of the EU names.
FILE_TYPES = {
    name: f"{EU_AUTHORITIES}/file-type/{name.upper()}" for name in ("csv", "json")
}
CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# Those of XML Schema; a date that is only as precise as stated is none of them.
DATATYPES = {
    Kind.TEXT: "string",
    Kind.CODE: "string",
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "decimal",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "string",
    Kind.TIME: "time",
    Kind.INSTANT: "dateTime",
    Kind.ADDRESS: "anyURI",
    Kind.PAGE: "anyURI",
    Kind.FILE: "anyURI",
}
DATATYPES_BY_LENGTH = {
    len("2016-07"): "xsd:gYearMonth",
    len("2016-07-04"): "xsd:date",
}

Absolute = Callable[[str], str]
Described = Iterable[tuple[DataSet, Summary]]


def page_of(data_set: DataSet) -> str:
    return reverse("data_set", args=[data_set.name])


def file_of(data_set: DataSet, file_format: str) -> str:
    return reverse("data_file", args=[data_set.name, file_format])


def catalogue(described: Described, version: DataVersion, absolute: Absolute) -> dict:
    """Return a dcat:Catalog with its data sets as JSON-LD with a context of its own."""
    described = list(described)
    datasets = [
        dataset(data_set, summary, version, absolute) for data_set, summary in described
    ]
    return {
        "@context": CONTEXT,
        "@id": absolute(reverse("data_catalogue")),
        "@type": "dcat:Catalog",
        "dct:title": text(gettext("Data of the Cluster Portal")),
        "dct:description": text(description()),
        "dct:publisher": publisher(absolute),
        "dct:language": {"@id": ENGLISH},
        "dct:modified": moment(version.since),
        "dct:license": {"@id": settings.DATA_LICENCE_URL},
        "dct:rights": statement(),
        "foaf:homepage": {"@id": absolute(reverse("data"))},
        "dcat:dataset": datasets,
        "dcat:service": service(datasets, absolute),
    }


def service(datasets, absolute) -> dict:
    """Return the API, which serves the records of all data sets."""
    api = absolute(reverse("api:api-root"))
    return {
        "@id": f"{api}#service",
        "@type": "dcat:DataService",
        "dct:title": text(gettext("API of the Cluster Portal")),
        "dct:publisher": publisher(absolute),
        "dct:license": {"@id": settings.DATA_LICENCE_URL},
        "dct:rights": statement(),
        "dcat:contactPoint": contact(absolute),
        "dcat:endpointURL": {"@id": api},
        "dcat:endpointDescription": {"@id": absolute(reverse("schema"))},
        "dcat:landingPage": {"@id": absolute(reverse("api_reference"))},
        "dcat:servesDataset": [{"@id": one["@id"]} for one in datasets],
    }


def dataset(data_set, summary, version, absolute) -> dict:
    page = absolute(page_of(data_set))
    stated = {
        "dct:temporal": period(summary),
        "dct:spatial": [
            {"@type": "dct:Location", "skos:prefLabel": text(place)}
            for place in summary.places
        ],
    }
    return {
        "@id": f"{page}#data-set",
        "@type": "dcat:Dataset",
        "dct:identifier": data_set.name,
        "dct:title": text(str(data_set.title)),
        "dct:description": text(str(data_set.description)),
        "dct:publisher": publisher(absolute),
        "dcat:contactPoint": contact(absolute),
        "dcat:keyword": [text(str(keyword)) for keyword in data_set.keywords],
        "dcat:theme": {"@id": THEME},
        "dct:language": {"@id": ENGLISH},
        "dct:modified": moment(summary.last_change or version.since),
        "dcat:version": version.name,
        "dcat:landingPage": {"@id": page},
        **{name: value for name, value in stated.items() if value},
        "dcat:distribution": [
            distribution(data_set, file_format, version, absolute)
            for file_format in FILE_FORMATS
        ],
    }


def distribution(data_set, file_format, version, absolute) -> dict:
    address = absolute(file_of(data_set, file_format))
    label, media_type, _write = FILE_FORMATS[file_format]
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": text(f"{data_set.title}, {label}"),
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        # JSON Lines is served under a name that is not registered.
        "dcat:mediaType": {"@id": f"{MEDIA_TYPES}/{media_type}"},
        "dct:format": {
            "@type": "dct:MediaTypeOrExtent",
            "rdfs:label": label,
            **({"@id": FILE_TYPES[file_format]} if file_format in FILE_TYPES else {}),
        },
        "dct:language": {"@id": ENGLISH},
        "dct:license": {"@id": settings.DATA_LICENCE_URL},
        "dct:rights": statement(),
        "dct:modified": moment(version.since),
        "csvw:tableSchema": {
            "@type": "csvw:Schema",
            "csvw:column": {"@list": [column(field) for field in data_set.fields]},
        },
    }


def column(field) -> dict:
    return {
        "@type": "csvw:Column",
        "csvw:name": field.key,
        "csvw:datatype": DATATYPES[field.kind],
        **({"csvw:separator": "; "} if field.many else {}),
        "dct:description": text(meaning(field)),
    }


def meaning(field) -> str:
    """Return what a field means, with its unit."""
    unit = gettext("Unit: %(unit)s.") % {"unit": field.unit} if field.unit else ""
    return " ".join(filter(None, [str(field.meaning), unit]))


def text(value: str) -> dict:
    return {"@value": value, "@language": (get_language() or "en")[:2]}


def moment(value) -> dict:
    return {"@value": value.isoformat(timespec="seconds"), "@type": "xsd:dateTime"}


def period(summary: Summary) -> dict | None:
    if summary.first is None:
        return None
    return {
        "@type": "dct:PeriodOfTime",
        "dcat:startDate": date_literal(summary.first),
        "dcat:endDate": date_literal(summary.last),
    }


def date_literal(date: PartialDate | int) -> dict:
    """Return a date with the datatype of its precision."""
    value = iso(date)
    return {"@value": value, "@type": DATATYPES_BY_LENGTH.get(len(value), "xsd:gYear")}


def iso(date: PartialDate | int) -> str:
    return str(date) if isinstance(date, int) else date.iso


def statement() -> dict:
    return {"@type": "dct:RightsStatement", "rdfs:label": text(rights())}


def publisher(absolute) -> dict:
    home = absolute(reverse("home"))
    return {
        "@id": f"{home}#publisher",
        "@type": "foaf:Agent",
        "foaf:name": text(gettext("Cluster Portal")),
        "foaf:homepage": {"@id": home},
    }


def contact(absolute) -> dict:
    email = settings.CONTACT_EMAIL
    return {
        "@type": "vcard:Organization",
        "vcard:fn": gettext("Cluster Portal"),
        "vcard:hasURL": {"@id": absolute(f"{reverse('about')}#contact")},
        **({"vcard:hasEmail": {"@id": f"mailto:{email}"}} if email else {}),
    }


def description() -> str:
    return gettext(
        "Clusters, ESCA labels, ESCP-4i partnerships, countries, events and results of "
        "the cooperation between Europe and the rest of the world, each fact with its "
        "source."
    )


def catalogue_for_search(described: Described, absolute: Absolute) -> dict:
    """Return the catalogue in the words of schema.org."""
    return {
        "@type": "DataCatalog",
        "name": gettext("Data of the Cluster Portal"),
        "description": description(),
        "url": absolute(reverse("data")),
        "license": settings.DATA_LICENCE_URL,
        "publisher": structured_data.website(absolute)["publisher"],
        "dataset": [
            {
                "@type": "Dataset",
                "name": str(data_set.title),
                "description": str(data_set.description),
                "url": absolute(page_of(data_set)),
                "license": settings.DATA_LICENCE_URL,
            }
            for data_set, _summary in described
        ],
    }


def dataset_for_search(data_set, summary, version, absolute) -> dict:
    """Return a data set in the words of schema.org."""
    dates = [iso(day) for day in (summary.first, summary.last) if day is not None]
    return {
        "@type": "Dataset",
        "name": str(data_set.title),
        "description": str(data_set.description),
        "url": absolute(page_of(data_set)),
        "identifier": data_set.name,
        "version": version.name,
        "dateModified": (summary.last_change or version.since).isoformat(),
        "license": settings.DATA_LICENCE_URL,
        "isAccessibleForFree": True,
        "inLanguage": get_language(),
        "keywords": [str(keyword) for keyword in data_set.keywords],
        "temporalCoverage": "/".join(dates),
        "spatialCoverage": [
            {"@type": "Place", "name": place} for place in summary.places
        ],
        "creator": structured_data.website(absolute)["publisher"],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": gettext("Data of the Cluster Portal"),
            "url": absolute(reverse("data")),
        },
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": field.key,
                "description": str(field.meaning),
                **({"unitText": str(field.unit)} if field.unit else {}),
            }
            for field in data_set.fields
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": FILE_FORMATS[file_format].label,
                "encodingFormat": FILE_FORMATS[file_format].media_type,
                "contentUrl": absolute(file_of(data_set, file_format)),
            }
            for file_format in FILE_FORMATS
        ],
    }
