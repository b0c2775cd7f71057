from rest_framework import serializers

from portal.resources import (
    CodedViewSet,
    PageField,
    PublicSerializer,
    PublicViewSet,
)
from portal.text_resources import HtmlField, WordsField

from .filters import CountryFilterSet, FactFilterSet
from .models import (
    Country,
    CountrySection,
    Fact,
    Indicator,
    Organisation,
    Report,
    Source,
)
from .querysets import SourceQuerySet
from .tables import CountryTable


class SourceSerializer(PublicSerializer):
    class Meta:
        model = Source
        fields = [
            *("id", "citation", "title", "publisher", "url", "licence"),
            "retrieved_on",
        ]
        descriptions = {
            "citation": "How the portal cites it.",
            "licence": "Under which it may be used, as far as stated.",
            "retrieved_on": "The day on which it was read.",
        }


class IndicatorSerializer(PublicSerializer):
    class Meta:
        model = Indicator
        fields = [
            *("code", "name", "unit", "price_basis", "currency_code"),
            *("decimals", "is_key_fact"),
        ]
        descriptions = {
            "unit": "The unit of all its figures, such as % or km².",
            "price_basis": "Of amounts of money: nominal prices, purchasing power (ppp), or not stated.",
            "currency_code": "Of amounts of money, ISO 4217.",
            "decimals": "How many the portal shows of each figure.",
            "is_key_fact": "Whether it is among the key facts of a country.",
        }


class SectionSerializer(PublicSerializer):
    # Figures in the texts are those of the country.
    columns = ("sections", "iso2")

    lead = WordsField()
    lead_html = HtmlField(source="lead")
    rest = WordsField()
    rest_html = HtmlField(source="rest")
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = CountrySection
        fields = [
            *("kind", "lead", "lead_html", "rest", "rest_html", "as_at", "sources"),
            "updated_at",
        ]
        descriptions = {
            "kind": "Which of the four sections of a country it is.",
            "lead": "What the page always shows, as plain text.",
            "lead_html": "The same with its paragraphs, lists, links and tables.",
            "rest": "What stands behind Read more, as plain text.",
            "rest_html": "The same with its paragraphs, lists, links and tables.",
            "as_at": "The day of which the text holds.",
        }


class FactSerializer(PublicSerializer):
    indicator = IndicatorSerializer(read_only=True)
    # Text, so that no digit of a large figure is lost.
    value = serializers.DecimalField(
        max_digits=24, decimal_places=6, normalize_output=True, read_only=True
    )
    source = SourceSerializer(read_only=True)

    class Meta:
        model = Fact
        fields = ["indicator", "year", "value", "note", "source"]
        descriptions = {
            "year": "The year of the figure; null where its source states none.",
            "value": "In the unit of the indicator, as a text with all digits.",
            "note": "What has to be known to read the figure.",
        }


class OrganisationSerializer(PublicSerializer):
    successor = serializers.SlugRelatedField(
        slug_field="name", read_only=True, allow_null=True
    )
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Organisation
        fields = [
            *("name", "acronym", "kind", "website", "ended_on", "successor"),
            "sources",
        ]
        descriptions = {
            "ended_on": "Since when it exists no more.",
            "successor": "The name of the organisation that took its place.",
        }


class ReportSerializer(PublicSerializer):
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Report
        fields = ["title", "file", "url", "language", "published_on", "sources"]
        descriptions = {
            "file": "The file, where the portal has it.",
            "url": "The address, where somebody else has it.",
            "language": "ISO 639.",
        }


class CountryReferenceSerializer(PublicSerializer):
    class Meta:
        model = Country
        fields = ["iso2", "slug", "name"]


class CountrySerializer(PublicSerializer):
    page = PageField()
    aliases = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)
    cluster_count = serializers.IntegerField(read_only=True)
    partnership_count = serializers.IntegerField(read_only=True)
    sections = SectionSerializer(many=True, read_only=True)
    latest_facts = FactSerializer(source="facts", many=True, read_only=True)
    organisations = OrganisationSerializer(many=True, read_only=True)
    reports = ReportSerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Country
        fields = [
            *("iso2", "iso3", "slug", "name", "aliases", "page"),
            *("region", "subregion", "capital", "currency_name", "currency_code"),
            *("area_km2", "is_target", "intro", "cluster_count"),
            *("partnership_count", "sections", "latest_facts", "organisations"),
            *("reports", "sources", "updated_at"),
        ]
        descriptions = {
            "iso2": "ISO 3166-1, two letters.",
            "iso3": "ISO 3166-1, three letters.",
            "slug": "The end of its address.",
            "aliases": "Other names under which it is found.",
            "page": "The address of the page that shows the record to people.",
            "area_km2": "Total area in square kilometres.",
            "currency_code": "ISO 4217.",
            "is_target": "Whether partnerships may target it: a third country with a page of its own.",
            "cluster_count": "Public clusters at home there.",
            "partnership_count": "Public partnerships that target it.",
            "latest_facts": "The latest preferred figure of each indicator.",
            "sources": "Where capital, area and currency come from.",
            "updated_at": "When an editor last changed the record.",
        }


class CountryViewSet(PublicViewSet):
    """Countries in the order of their names, with texts, figures and bodies.

    A single country is found by its slug or by its code of two letters.
    """

    serializer_class = CountrySerializer
    filterset_class = CountryFilterSet
    table_class = CountryTable
    sort = "name"

    def records(self):
        return Country.objects.published()

    def named(self, key):
        return self.records().named(key)


class CountryFactSerializer(FactSerializer):
    country = CountryReferenceSerializer(read_only=True)

    class Meta(FactSerializer.Meta):
        fields = ["id", "country", *FactSerializer.Meta.fields, "preferred"]
        descriptions = FactSerializer.Meta.descriptions | {
            "preferred": "Whether it is the figure to show, where sources differ for a year.",
        }


class FactViewSet(PublicViewSet):
    """Figures about countries: all years, and all sources where they differ.

    They are sorted by country and indicator, the latest year first, so that a series
    stands together. With preferred=true there is at most one figure for each year.
    """

    serializer_class = CountryFactSerializer
    filterset_class = FactFilterSet
    lookup_field = "pk"
    lookup_value_regex = "[0-9]{1,18}"
    expandable = {"country": CountryViewSet}

    def records(self):
        return Fact.objects.published().as_series()


class IndicatorViewSet(CodedViewSet):
    """What the figures about countries measure, and in which unit."""

    serializer_class = IndicatorSerializer

    def records(self):
        return Indicator.objects.all()

    def load(self, records, needs):
        return records


class SourceViewSet(PublicViewSet):
    """Where the public figures and statements come from."""

    serializer_class = SourceSerializer
    lookup_field = ordering = "pk"
    lookup_value_regex = "[0-9]{1,18}"

    def records(self):
        return SourceQuerySet(Source).cited()

    def load(self, records, needs):
        return records
