from rest_framework import serializers
from rest_framework.generics import get_object_or_404

from portal.resources import PageField, PublicSerializer, PublicViewSet

from .filters import CountryFilterSet
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


class SourceSerializer(PublicSerializer):
    class Meta:
        model = Source
        fields = [
            *("id", "citation", "title", "publisher", "url", "licence"),
            "retrieved_on",
        ]


class IndicatorSerializer(PublicSerializer):
    class Meta:
        model = Indicator
        fields = [
            *("code", "name", "unit", "price_basis", "currency_code"),
            "is_key_fact",
        ]


class SectionSerializer(PublicSerializer):
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = CountrySection
        fields = ["kind", "lead", "rest", "as_at", "sources", "updated_at"]


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


class ReportSerializer(PublicSerializer):
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Report
        fields = ["title", "file", "url", "language", "published_on", "sources"]


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


class CountryViewSet(PublicViewSet):
    """Countries in the order of their names, with texts, figures and bodies.

    A single country is found by its slug or by its code of two letters.
    """

    serializer_class = CountrySerializer
    filterset_class = CountryFilterSet

    def get_queryset(self):
        return Country.objects.published().for_api()

    def get_object(self):
        return get_object_or_404(self.get_queryset().named(self.kwargs["slug"]))


class IndicatorViewSet(PublicViewSet):
    """What the figures about countries measure, and in which unit."""

    serializer_class = IndicatorSerializer
    lookup_field = ordering = "code"

    def get_queryset(self):
        return Indicator.objects.all()


class SourceViewSet(PublicViewSet):
    """Where the public figures and statements come from."""

    serializer_class = SourceSerializer
    lookup_field = ordering = "pk"
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self):
        return SourceQuerySet(Source).cited()
