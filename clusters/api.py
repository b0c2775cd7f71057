from django.http import Http404, HttpResponsePermanentRedirect
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import serializers

from countries.api import (
    CountryReferenceSerializer,
    CountryViewSet,
    SourceSerializer,
)
from portal.partial_dates import today
from portal.resources import (
    CodedViewSet,
    PageField,
    PublicSerializer,
    PublicViewSet,
)

from .esca import State
from .filters import ClusterFilterSet, LabelFilterSet
from .models import (
    Cluster,
    EscaLabel,
    FormerAddress,
    FormerName,
    Industry,
    MemberCount,
    TechnologyField,
)
from .tables import ClusterTable


class TermReferenceSerializer(serializers.Serializer):
    """An entry of a classification beside a record."""

    code = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)


class IndustrySerializer(PublicSerializer):
    parent = TermReferenceSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Industry
        fields = ["code", "title", "parent"]
        descriptions = {
            "code": "NACE Rev. 2: a letter, or a letter and two digits.",
            "parent": "The section of a division; null for a section.",
        }


class TechnologyFieldSerializer(PublicSerializer):
    parent = TermReferenceSerializer(read_only=True, allow_null=True)

    class Meta:
        model = TechnologyField
        fields = ["code", "title", "parent"]
        descriptions = {
            "code": "IPC: a letter, or a letter and two digits.",
            "parent": "The section of a class; null for a section.",
        }


class ClusterReferenceSerializer(PublicSerializer):
    class Meta:
        model = Cluster
        fields = ["slug", "name", "acronym"]


class ClusterLabelSerializer(PublicSerializer):
    """A label beside its cluster."""

    state = serializers.ChoiceField(
        choices=State.choices,
        read_only=True,
        allow_null=True,
        help_text=(
            "As of today; null where the label has not begun. The filter label_state "
            "counts what was revoked as lapsed."
        ),
    )
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = EscaLabel
        fields = [
            *("id", "level", "awarded_on", "runs_from", "valid_until", "revoked_on"),
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


class FormerNameSerializer(PublicSerializer):
    class Meta:
        model = FormerName
        fields = ["name", "until"]
        descriptions = {
            "until": "Until when it was called so.",
        }


class MemberCountSerializer(PublicSerializer):
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = MemberCount
        fields = ["year", "number", "sources"]
        descriptions = {
            "number": "Members in that year.",
        }


class ClusterSerializer(PublicSerializer):
    page = PageField()
    country = CountryReferenceSerializer(read_only=True)
    industries = TermReferenceSerializer(many=True, read_only=True)
    technology_fields = TermReferenceSerializer(many=True, read_only=True)
    labels = ClusterLabelSerializer(many=True, read_only=True)
    former_names = FormerNameSerializer(many=True, read_only=True)
    member_counts = MemberCountSerializer(
        many=True, read_only=True, help_text="Numbers of other years."
    )
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Cluster
        fields = [
            *("slug", "name", "acronym", "former_names", "page", "country"),
            *("region", "city", "portfolio", "industries", "technology_fields"),
            *("founded", "member_count", "member_count_year", "member_counts"),
            *("website", "website_reachable_on", "summary", "labels", "sources"),
            "updated_at",
        ]
        descriptions = {
            "slug": "The end of its address.",
            "page": "The address of the page that shows the record to people.",
            "portfolio": "The field of industry in which the source lists it.",
            "founded": "Year.",
            "member_count": "Members in the year of member_count_year.",
            "website_reachable_on": "The last day on which the website answered.",
            "labels": "All ESCA labels on record, held or ended.",
            "sources": "Where the statements of this record come from.",
            "updated_at": "When an editor last changed the record.",
        }


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
    ),
    retrieve=extend_schema(
        parameters=[
            OpenApiParameter(
                "Location",
                OpenApiTypes.URI,
                OpenApiParameter.HEADER,
                description="Its present address, with the same query.",
                response=[301],
            ),
        ],
        responses={
            200: ClusterSerializer,
            301: OpenApiResponse(
                description="The cluster was renamed, or became part of another one."
            ),
        },
    ),
)
class ClusterViewSet(PublicViewSet):
    """Clusters in the order of their names, with all labels on record."""

    serializer_class = ClusterSerializer
    filterset_class = ClusterFilterSet
    table_class = ClusterTable
    sort = "name"
    expandable = {"country": CountryViewSet}

    def retrieve(self, request, *args, **kwargs):
        try:
            return super().retrieve(request, *args, **kwargs)
        except Http404:
            former = FormerAddress.objects.leading_from(kwargs["slug"])
            if former is None:
                raise
            address = self.reverse_action("detail", [former.cluster.slug])
            query = request.META["QUERY_STRING"]
            return HttpResponsePermanentRedirect(
                f"{address}?{query}" if query else address
            )

    def records(self):
        return Cluster.objects.published()

    def load(self, records, needs):
        return records.for_api(needs, today())


class LabelViewSet(PublicViewSet):
    """ESCA labels, held or ended. Null dates mean unknown, never “for ever”."""

    serializer_class = LabelSerializer
    filterset_class = LabelFilterSet
    lookup_field = ordering = "pk"
    lookup_value_regex = "[0-9]{1,18}"
    expandable = {"cluster": ClusterViewSet, "country": CountryViewSet}

    def records(self):
        return EscaLabel.objects.published()

    def load(self, records, needs):
        return records.for_api(needs, today())


class IndustryViewSet(CodedViewSet):
    """Industries of NACE Rev. 2: sections and their divisions."""

    serializer_class = IndustrySerializer

    def records(self):
        return Industry.objects.all()


class TechnologyFieldViewSet(CodedViewSet):
    """Technology fields of the IPC: sections and their classes."""

    serializer_class = TechnologyFieldSerializer

    def records(self):
        return TechnologyField.objects.all()
