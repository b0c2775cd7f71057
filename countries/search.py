"""What the site search finds of countries: plain SQL that both databases run."""

from django.utils.translation import gettext_lazy as _

from portal.search_index import PUBLISHABLE, Entries, Follows, Links, lines, pairs

# What entries of other records take from the country of a record.
COUNTRY = ("name", "name_key", "slug", *PUBLISHABLE)


def of_country(table: str) -> Follows:
    """Return the country as what entries of the rows of ``table`` depend on."""
    keys = f"SELECT id AS key FROM {table} WHERE country_id = {{row}}.id"
    return Follows("countries_country", COUNTRY, keys)


IN_COUNTRY = "JOIN countries_country AS country ON country.id = own.country_id"

ENTRIES = (
    Entries(
        kind="countries",
        table="countries_country",
        slug="own.slug",
        title="own.name",
        name="own.name_key",
        other="own.iso2",
        other_key="lower(own.iso2)",
        names=lines("own.name_key", "lower(own.iso2)", "lower(own.iso3)"),
        context=lines("own.region", "own.subregion", "own.capital"),
        body=lines("own.intro", "own.currency_name", "own.currency_code"),
        public=("own",),
        follows=(
            Follows(
                "countries_country",
                (
                    *("slug", "name", "name_key", "iso2", "iso3", "region"),
                    *("subregion", "capital", "intro", "currency_name"),
                    *("currency_code", *PUBLISHABLE),
                ),
            ),
        ),
    ),
    Entries(
        kind="countries",
        part="alias",
        table="countries_countryalias",
        record="country.id",
        slug="country.slug",
        title="country.name",
        name="country.name_key",
        other="own.name",
        other_key="own.name_key",
        names="own.name_key",
        joins=IN_COUNTRY,
        public=("country",),
        follows=(
            Follows("countries_countryalias", ("country_id", "name", "name_key")),
            of_country("countries_countryalias"),
        ),
    ),
    Entries(
        kind="countries",
        part="section",
        table="countries_countrysection",
        record="country.id",
        slug="country.slug",
        title="country.name",
        name="country.name_key",
        context=lines("country.name", "own.kind"),
        rich=("own.lead", "own.rest"),
        joins=IN_COUNTRY,
        public=("own", "country"),
        follows=(
            Follows(
                "countries_countrysection",
                ("country_id", "kind", "lead", "rest", *PUBLISHABLE),
            ),
            of_country("countries_countrysection"),
        ),
    ),
    Entries(
        kind="organisations",
        table="countries_organisation",
        slug="coalesce(country.slug, '')",
        title="own.name",
        name="own.name_key",
        other="own.acronym",
        other_key="lower(own.acronym)",
        names=lines("own.name_key", "lower(own.acronym)"),
        context=lines("coalesce(country.name, '')", "own.kind"),
        body="own.website",
        joins=f"LEFT {IN_COUNTRY}",
        public_if_any=("country",),
        follows=(
            Follows(
                "countries_organisation",
                ("country_id", "name", "name_key", "acronym", "kind", "website"),
            ),
            of_country("countries_organisation"),
        ),
    ),
    Entries(
        kind="reports",
        table="countries_report",
        slug="country.slug",
        title="own.title",
        name="lower(own.title)",
        names="lower(own.title)",
        context="country.name",
        joins=IN_COUNTRY,
        public=("country",),
        follows=(
            Follows("countries_report", ("country_id", "title")),
            of_country("countries_report"),
        ),
    ),
)

LINKS = (
    Links(
        "organisations",
        "countries",
        pairs("countries_organisation", "id", "country_id"),
        _("Country"),
    ),
    Links(
        "reports",
        "countries",
        pairs("countries_report", "id", "country_id"),
        _("Country"),
    ),
)
