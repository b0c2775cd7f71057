from clusters.api import ClusterReferenceSerializer, LabelReferenceSerializer
from countries.api import CountryReferenceSerializer, SourceSerializer
from partnerships.api import PartnershipReferenceSerializer
from portal.resources import PageField, PublicSerializer, PublicViewSet

from .filters import AchievementFilterSet, EventFilterSet, NewsItemFilterSet
from .models import Achievement, Correction, Event, NewsItem


class EventSerializer(PublicSerializer):
    page = PageField()
    country = CountryReferenceSerializer(read_only=True, allow_null=True)
    more_countries = CountryReferenceSerializer(many=True, read_only=True)
    partnerships = PartnershipReferenceSerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Event
        fields = [
            *("slug", "title", "page", "summary", "starts_on", "starts_at"),
            *("ends_on", "ends_at", "time_zone", "start", "end", "venue", "city"),
            *("country", "more_countries", "format", "state", "website"),
            *("registration_url", "registration_deadline", "partnerships"),
            *("sources", "updated_at"),
        ]


class AchievementSerializer(PublicSerializer):
    page = PageField()
    countries = CountryReferenceSerializer(many=True, read_only=True)
    clusters = ClusterReferenceSerializer(many=True, read_only=True)
    labels = LabelReferenceSerializer(many=True, read_only=True)
    partnerships = PartnershipReferenceSerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Achievement
        fields = [
            *("slug", "title", "page", "summary", "body", "date", "image"),
            *("image_alt", "countries", "clusters", "labels", "partnerships"),
            *("proof_url", "sources", "updated_at"),
        ]


class CorrectionSerializer(PublicSerializer):
    class Meta:
        model = Correction
        fields = ["corrected_on", "text"]


class NewsItemSerializer(PublicSerializer):
    page = PageField()
    countries = CountryReferenceSerializer(many=True, read_only=True)
    clusters = ClusterReferenceSerializer(many=True, read_only=True)
    partnerships = PartnershipReferenceSerializer(many=True, read_only=True)
    corrections = CorrectionSerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = NewsItem
        fields = [
            *("slug", "title", "page", "summary", "body", "date", "countries"),
            *("clusters", "partnerships", "source_url", "corrections"),
            *("sources", "updated_at"),
        ]


class EventViewSet(PublicViewSet):
    """Events past and to come, the earliest first.

    Days and times are those of the place; start and end are instants.
    """

    serializer_class = EventSerializer
    filterset_class = EventFilterSet
    ordering = "chronology"

    def get_queryset(self):
        return Event.objects.published().for_api()


class AchievementViewSet(PublicViewSet):
    """What cluster cooperation brought about, the latest first."""

    serializer_class = AchievementSerializer
    filterset_class = AchievementFilterSet
    ordering = "-chronology"

    def get_queryset(self):
        return Achievement.objects.published().for_api()


class NewsItemViewSet(PublicViewSet):
    """News about cluster cooperation, the latest first."""

    serializer_class = NewsItemSerializer
    filterset_class = NewsItemFilterSet
    ordering = "-chronology"

    def get_queryset(self):
        return NewsItem.objects.published().for_api()
