from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from clusters.api import (
    ClusterReferenceSerializer,
    ClusterViewSet,
    TermReferenceSerializer,
)
from countries.api import (
    CountryReferenceSerializer,
    CountryViewSet,
    SourceSerializer,
)
from portal.partial_dates import today
from portal.resources import (
    CountField,
    PageField,
    PublicSerializer,
    PublicViewSet,
)
from portal.selection import Sorting

from .api_rows import rows_of
from .filters import PartnershipFilterSet
from .models import Membership, Partnership
from .tables import PartnershipTable


class MembershipSerializer(PublicSerializer):
    name = serializers.CharField(read_only=True)
    cluster = ClusterReferenceSerializer(read_only=True, allow_null=True)
    country = CountryReferenceSerializer(
        source="home_country", read_only=True, allow_null=True
    )

    class Meta:
        model = Membership
        fields = ["name", "role", "cluster", "country"]
        descriptions = {
            "name": "Of the cluster, or of a partner that is not in the directory.",
            "cluster": "Null where the partner is not in the directory.",
            "country": "Where the partner is at home.",
        }


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
    counted_partner_count = CountField(source="memberships")
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
        descriptions = {
            "slug": "The end of its address.",
            "page": "The address of the page that shows the record to people.",
            "generation": "1 for the partnerships of 2016, 2 for 2018 and so on.",
            "strand": "Strand of the call; null where not stated.",
            "funding": "The programme that pays.",
            "start": "First day, month or year.",
            "end": "Last day, month or year.",
            "state": "By the dates, as of today in Brussels.",
            "joining": "Whether new partners can join.",
            "joining_details": "Which partners are wanted, and what they have to do.",
            "targets": "Third countries that it targets.",
            "technology_fields": "IPC, as a source states them.",
            "industries": "NACE Rev. 2, as a source states them.",
            "suggested_technology_fields": "IPC read from the theme; no source states them.",
            "suggested_industries": "NACE Rev. 2 read from the theme; no source states them.",
            "declared_sme_count": "Small and medium-sized enterprises involved, as a source declares.",
            "declared_partner_count": "Partners, as a source declares.",
            "counted_partner_count": "The number of memberships given here.",
            "sources": "Where the statements of this record come from.",
            "updated_at": "When an editor last changed the record.",
        }


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
    table_class = PartnershipTable
    sort = "acronym"
    expandable = {
        "targets": CountryViewSet,
        "memberships.cluster": ClusterViewSet,
        "memberships.country": CountryViewSet,
    }

    def records(self):
        return Partnership.objects.published()

    def load(self, records, needs):
        return records.for_api(needs, today())

    def find(self, wanted):
        """Answer from the index in memory where there is one."""
        index = wanted.filterset.index
        keys = None if index is None else self.indexed_keys(wanted)
        if keys is None:
            return super().find(wanted)
        known = self.serializer_class.Meta.fields
        rows = rows_of(
            index,
            keys,
            [name for name in known if name in (wanted.fields or known)],
            self.request.build_absolute_uri(reverse("partnerships:list")),
            wanted.order,
        )
        # Where one went meanwhile, its page would seem to be the last one.
        return rows if len(rows) == len(keys) else super().find(wanted)

    def indexed_keys(self, wanted):
        """Return the keys of a page; None where only the database can find it.

        That is so where the record beside which it begins changed since, or went, or
        came only now.
        """
        step, edge = wanted.order.steps[0], None
        if wanted.cursor is not None and wanted.cursor.values:
            edge = wanted.cursor.values[-1]
            paths = [step.path for step in wanted.order.steps]
            values = self.records().filter(pk=edge).values_list(*paths).first()
            is_known = wanted.filterset.index.position(edge) is not None
            if values != tuple(wanted.cursor.values) or not is_known:
                return None
        return wanted.filterset.found.keys_beyond(
            Sorting(step.path, step.is_descending),
            edge,
            wanted.number,
            backwards=wanted.is_backwards,
        )
