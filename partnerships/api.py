from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from clusters.api import ClusterReferenceSerializer, TermReferenceSerializer
from countries.api import CountryReferenceSerializer, SourceSerializer
from portal.partial_dates import today
from portal.resources import PageField, PublicSerializer, PublicViewSet

from .filters import PartnershipFilterSet
from .models import Membership, Partnership


class MembershipSerializer(PublicSerializer):
    name = serializers.CharField(read_only=True)
    cluster = ClusterReferenceSerializer(read_only=True, allow_null=True)
    country = CountryReferenceSerializer(
        source="home_country", read_only=True, allow_null=True
    )

    class Meta:
        model = Membership
        fields = ["name", "role", "cluster", "country"]


class PartnershipReferenceSerializer(PublicSerializer):
    class Meta:
        model = Partnership
        fields = ["slug", "acronym", "name"]


class PartnershipSerializer(PublicSerializer):
    page = PageField()
    state = serializers.ChoiceField(choices=Partnership.State.choices, read_only=True)
    targets = CountryReferenceSerializer(many=True, read_only=True)
    technology_fields = TermReferenceSerializer(many=True, read_only=True)
    industries = TermReferenceSerializer(many=True, read_only=True)
    suggested_technology_fields = TermReferenceSerializer(many=True, read_only=True)
    suggested_industries = TermReferenceSerializer(many=True, read_only=True)
    declared_sme_count = serializers.IntegerField(
        source="sme_count", read_only=True, allow_null=True
    )
    declared_partner_count = serializers.IntegerField(
        source="partner_count", read_only=True, allow_null=True
    )
    counted_partner_count = serializers.SerializerMethodField()
    memberships = MembershipSerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Partnership
        fields = [
            *("slug", "acronym", "name", "page", "generation", "strand", "funding"),
            *("start", "end", "state", "website", "summary", "joining"),
            *("joining_details", "targets", "technology_fields", "industries"),
            *("suggested_technology_fields", "suggested_industries"),
            *("declared_sme_count", "declared_partner_count"),
            *("counted_partner_count", "memberships", "sources", "updated_at"),
        ]

    def get_counted_partner_count(self, partnership) -> int:
        return len(partnership.memberships.all())


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter(
                "state",
                enum=Partnership.State.values,
                many=True,
                description="State as of today. Repeat the key for several values.",
            ),
        ]
    )
)
class PartnershipViewSet(PublicViewSet):
    """ESCP-4i partnerships in the order of their acronyms.

    Suggested codes are read from the theme; no source states them. Declared
    numbers are those of a source, the counted one is that of the memberships
    given here.
    """

    serializer_class = PartnershipSerializer
    filterset_class = PartnershipFilterSet

    def get_queryset(self):
        return Partnership.objects.published().for_api(today())
