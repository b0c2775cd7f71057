from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from countries.api import CountryReferenceSerializer, SourceSerializer
from portal.partial_dates import today
from portal.resources import PageField, PublicSerializer, PublicViewSet

from .filters import ClusterFilterSet
from .models import Cluster, EscaLabel, Industry, TechnologyField

LABEL_STATES = ["held", "renewable", "lapsed"]


class TermReferenceSerializer(serializers.Serializer):
    """An entry of a classification beside a record."""

    code = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)


class IndustrySerializer(PublicSerializer):
    parent = TermReferenceSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Industry
        fields = ["code", "title", "parent"]


class TechnologyFieldSerializer(PublicSerializer):
    parent = TermReferenceSerializer(read_only=True, allow_null=True)

    class Meta:
        model = TechnologyField
        fields = ["code", "title", "parent"]


class ClusterReferenceSerializer(PublicSerializer):
    class Meta:
        model = Cluster
        fields = ["slug", "name", "acronym"]


class ClusterLabelSerializer(PublicSerializer):
    """A label beside its cluster."""

    state = serializers.ChoiceField(
        choices=LABEL_STATES,
        read_only=True,
        allow_null=True,
        help_text="As of today; null where no dates tell it.",
    )
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = EscaLabel
        fields = [
            *("id", "level", "awarded_on", "valid_until", "revoked_on"),
            *("state", "sources"),
        ]


class LabelSerializer(ClusterLabelSerializer):
    cluster = ClusterReferenceSerializer(read_only=True)
    country = CountryReferenceSerializer(source="cluster.country", read_only=True)

    class Meta(ClusterLabelSerializer.Meta):
        fields = ["cluster", "country", *ClusterLabelSerializer.Meta.fields]


class LabelReferenceSerializer(PublicSerializer):
    cluster = ClusterReferenceSerializer(read_only=True)

    class Meta:
        model = EscaLabel
        fields = ["id", "level", "awarded_on", "cluster"]


class ClusterSerializer(PublicSerializer):
    page = PageField()
    country = CountryReferenceSerializer(read_only=True)
    industries = TermReferenceSerializer(many=True, read_only=True)
    technology_fields = TermReferenceSerializer(many=True, read_only=True)
    labels = ClusterLabelSerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Cluster
        fields = [
            *("slug", "name", "acronym", "page", "country", "region", "city"),
            *("portfolio", "industries", "technology_fields", "founded"),
            *("member_count", "member_count_year", "website", "summary"),
            *("labels", "sources", "updated_at"),
        ]


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter(
                "label",
                enum=EscaLabel.Level.values,
                many=True,
                description="Level of a label. Repeat the key for several values.",
            ),
        ]
    )
)
class ClusterViewSet(PublicViewSet):
    """Clusters in the order of their names, with all labels on record."""

    serializer_class = ClusterSerializer
    filterset_class = ClusterFilterSet

    def get_queryset(self):
        return Cluster.objects.published().for_api(today())


class LabelViewSet(PublicViewSet):
    """ESCA labels, held or ended. Null dates mean unknown, never “for ever”."""

    serializer_class = LabelSerializer
    lookup_field = ordering = "pk"
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self):
        return EscaLabel.objects.published().for_api(today())


class IndustryViewSet(PublicViewSet):
    """Industries of NACE Rev. 2: sections and their divisions."""

    serializer_class = IndustrySerializer
    lookup_field = ordering = "code"

    def get_queryset(self):
        return Industry.objects.for_api()


class TechnologyFieldViewSet(PublicViewSet):
    """Technology fields of the IPC: sections and their classes."""

    serializer_class = TechnologyFieldSerializer
    lookup_field = ordering = "code"

    def get_queryset(self):
        return TechnologyField.objects.for_api()
