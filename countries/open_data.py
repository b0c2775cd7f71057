"""The data sets of countries, of figures about them and of where all comes from."""

from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from portal.columnwise import Linked
from portal.live_figures import as_text
from portal.open_data import DataField, DataSet, Kind, dated

from .models import (
    Country,
    CountryAlias,
    CountrySection,
    Fact,
    Indicator,
    Organisation,
    Report,
    Source,
)
from .querysets import SourceQuerySet

SOURCES_FIELD = DataField(
    "sources",
    _("Where it comes from: keys of the data set “sources”."),
    Kind.INTEGER,
    many=True,
    paths=(Linked("sources", ("pk",)),),
)
UPDATED_FIELD = DataField(
    "updated_at", _("When the record itself was last changed."), Kind.INSTANT
)


PAGE_FIELD = DataField(
    "page", _("Its page."), Kind.PAGE, paths=("slug",), value="{}/".format
)
COUNTRY_FIELDS = (
    DataField(
        "country",
        _("Code of the country, two letters."),
        Kind.CODE,
        paths=("country__iso2",),
    ),
    DataField("country_name", _("Its name."), paths=("country__name",)),
)


def codes_of(path):
    """Return what reads the codes of two letters of the public countries at ``path``."""
    return Linked(path, ("iso2",), Country.objects.published)


def words_of(name, meaning):
    """Return a column of a text as plain words, with its figures of today."""
    return DataField(name, meaning, paths=(name, "country__iso2"), value=as_text)


def figures_of(country):
    """Return the relations, by way of a country, to all that figures in texts count."""
    paths = (
        *("facts", "clusters", "clusters__labels"),
        *("targeting_partnerships", "targeting_partnerships__memberships"),
    )
    return [f"{country}__{path}" for path in paths]


def address_of_file(name, address):
    return default_storage.url(name) if name else address


COUNTRIES = DataSet(
    "countries",
    _("Countries"),
    _(
        "Third countries that partnerships target, and the countries that clusters "
        "come from, with names, codes and what the portal counts of each."
    ),
    (
        DataField("iso2", _("Code of ISO 3166-1, two letters."), Kind.CODE),
        DataField("iso3", _("Code of ISO 3166-1, three letters."), Kind.CODE),
        DataField("slug", _("Name in addresses of the portal."), Kind.CODE),
        DataField("name", _("Name in English.")),
        DataField(
            "other_names",
            _("Other names under which the country is found."),
            many=True,
            paths=(Linked("aliases", ("name",), CountryAlias.objects.told),),
        ),
        DataField("region", _("Continent or part of the world.")),
        DataField("subregion", _("Part of the region.")),
        DataField("capital", _("Capital; the year is not stated.")),
        DataField("currency_name", _("Name of the currency.")),
        DataField("currency_code", _("Code of ISO 4217."), Kind.CODE),
        DataField("area_km2", _("Total area."), Kind.INTEGER, unit="km²"),
        DataField(
            "is_target", _("Whether it is one of the target countries."), Kind.BOOLEAN
        ),
        DataField("intro", _("One sentence on the country.")),
        DataField("cluster_count", _("Clusters on record."), Kind.INTEGER),
        DataField(
            "partnership_count",
            _("Partnerships on record that target it."),
            Kind.INTEGER,
        ),
        SOURCES_FIELD,
        UPDATED_FIELD,
        PAGE_FIELD,
    ),
    lambda: Country.objects.published().for_open_data(),
    keywords=(_("countries"), _("third countries")),
    list_route="countries:list",
    reads=("aliases", "clusters", "targeting_partnerships"),
)
FACTS = DataSet(
    "facts",
    _("Facts about countries"),
    _(
        "Figures about countries by indicator and year, each with its source. All years "
        "on record, and all sources where they differ; the preferred one is marked."
    ),
    (
        DataField("id", _("Key of the figure."), Kind.INTEGER, paths=("pk",)),
        *COUNTRY_FIELDS,
        DataField(
            "indicator",
            _("Code of what is measured; see the data set “indicators”."),
            Kind.CODE,
            paths=("indicator__code",),
        ),
        DataField("indicator_name", _("Its name."), paths=("indicator__name",)),
        DataField(
            "year", _("Year that the figure is of; empty: not stated."), Kind.INTEGER
        ),
        DataField(
            "value", _("The figure, in the unit or currency beside it."), Kind.DECIMAL
        ),
        DataField("unit", _("Unit; empty for a number."), paths=("indicator__unit",)),
        DataField(
            "currency",
            _("Code of ISO 4217, where the figure is an amount."),
            Kind.CODE,
            paths=("indicator__currency_code",),
        ),
        DataField(
            "price_basis",
            _("none, nominal, ppp or not_stated."),
            Kind.CODE,
            paths=("indicator__price_basis",),
        ),
        DataField("note", _("What the source adds.")),
        DataField(
            "preferred",
            _("Whether the portal shows it, where figures for a year differ."),
            Kind.BOOLEAN,
        ),
        DataField(
            "source",
            _("Key of the data set “sources”."),
            Kind.INTEGER,
            paths=("source_id",),
        ),
        DataField("source_citation", _("The source."), paths=("source__citation",)),
        DataField(
            "source_licence",
            _("Licence of the source; empty: not stated."),
            paths=("source__licence",),
        ),
    ),
    lambda: Fact.objects.published().as_series(),
    keywords=(_("indicators"), _("population"), _("gross domestic product")),
    dated_by="year",
    placed_by="country__name",
    part_of="country",
    reads=("indicator", "source"),
)
SOURCES = DataSet(
    "sources",
    _("Sources"),
    _(
        "Where the figures and statements of all other data sets come from: title, "
        "publisher, address and, where it is known, licence."
    ),
    (
        DataField(
            "id",
            _("Key to which the other data sets refer."),
            Kind.INTEGER,
            paths=("pk",),
        ),
        DataField("citation", _("As the portal cites it.")),
        DataField("title", _("Title.")),
        DataField("publisher", _("Who published it.")),
        DataField("url", _("Where it is found."), Kind.ADDRESS),
        DataField("licence", _("Its licence; empty: not stated.")),
        DataField("retrieved_on", _("Day on which it was read."), Kind.DATE),
    ),
    lambda: SourceQuerySet(Source).cited().order_by("pk"),
    keywords=(_("sources"), _("licences")),
    part_of=None,
)
INDICATORS = DataSet(
    "indicators",
    _("Indicators"),
    _("What the figures about countries measure, in which unit and at which prices."),
    (
        DataField("code", _("Code to which facts refer."), Kind.CODE),
        DataField("name", _("Name.")),
        DataField("unit", _("Unit; empty for a number.")),
        DataField("price_basis", _("none, nominal, ppp or not_stated."), Kind.CODE),
        DataField(
            "currency_code", _("Code of ISO 4217, of an amount of money."), Kind.CODE
        ),
        DataField("decimals", _("Decimals that the portal shows."), Kind.INTEGER),
        DataField("is_key_fact", _("Whether it is among the key facts."), Kind.BOOLEAN),
    ),
    lambda: Indicator.objects.order_by("position", "code"),
    keywords=(_("indicators"),),
)
ORGANISATIONS = DataSet(
    "organisations",
    _("Organisations and networks"),
    _(
        "Key organisations and networks of the countries: ministries, agencies, "
        "networks of clusters, research organisations and others."
    ),
    (
        DataField("id", _("Key of the organisation."), Kind.INTEGER, paths=("pk",)),
        DataField("name", _("Name.")),
        DataField("acronym", _("Acronym.")),
        DataField(
            "country",
            _("Code of the country, two letters; empty for a body of several."),
            Kind.CODE,
            paths=(codes_of("country"),),
        ),
        DataField("kind", _("What kind of organisation it is.")),
        DataField("website", _("Website."), Kind.ADDRESS),
        dated(
            "ended_on",
            _("Last day of its existence; empty: it exists, or is not stated."),
        ),
        DataField(
            "successor",
            _("Key of the organisation that took over."),
            Kind.INTEGER,
            paths=(Linked("successor", ("pk",), Organisation.objects.published),),
        ),
        SOURCES_FIELD,
    ),
    lambda: Organisation.objects.published().order_by("pk"),
    keywords=(_("organisations"), _("cluster networks")),
    within="countries",
    placed_by="country__name",
    part_of="country",
)
SECTIONS = DataSet(
    "sections",
    _("Texts on countries"),
    _(
        "What the portal itself writes about countries: their context, their clusters, "
        "their policies for clusters and how to cooperate, each with the day of which "
        "it holds and its sources."
    ),
    (
        *COUNTRY_FIELDS,
        DataField(
            "kind", _("context, community, policies or opportunities."), Kind.CODE
        ),
        words_of("lead", _("What the page always shows.")),
        words_of("rest", _("What stands behind Read more.")),
        DataField("as_at", _("Day of which the text holds."), Kind.DATE),
        SOURCES_FIELD,
        UPDATED_FIELD,
        DataField(
            "page",
            _("Where it stands on the page of the country."),
            Kind.PAGE,
            paths=("country__slug", "kind"),
            value="{}/#{}".format,
        ),
    ),
    lambda: CountrySection.objects.published().order_by("country__iso2", "pk"),
    keywords=(_("countries"), _("cluster policies")),
    list_route="countries:list",
    dated_by="as_at",
    placed_by="country__name",
    part_of="country",
    reads=figures_of("country"),
    state_from=(
        "country__clusters__labels__begins_on",
        "country__clusters__labels__revoked_on",
    ),
    state_until=("country__clusters__labels__valid_until",),
    within="countries",
)
REPORTS = DataSet(
    "reports",
    _("Analysis reports"),
    _(
        "Reports that analyse the clusters of a country, as files or where they are found."
    ),
    (
        DataField("id", _("Key of the report."), Kind.INTEGER, paths=("pk",)),
        *COUNTRY_FIELDS,
        DataField("title", _("Title.")),
        DataField("language", _("Code of its language, such as en or es."), Kind.CODE),
        dated("published_on", _("When it was published.")),
        DataField(
            "address",
            _("The report itself."),
            Kind.FILE,
            paths=("file", "url"),
            value=address_of_file,
        ),
        SOURCES_FIELD,
    ),
    lambda: Report.objects.published().order_by("country__iso2", "pk"),
    keywords=(_("reports"), _("countries")),
    dated_by="published_on",
    placed_by="country__name",
    part_of="country",
    within="countries",
)
