from rest_framework import serializers

from clusters.api import (
    ClusterReferenceSerializer,
    ClusterViewSet,
    LabelReferenceSerializer,
    LabelViewSet,
)
from countries.api import (
    CountryReferenceSerializer,
    CountryViewSet,
    SourceSerializer,
)
from partnerships.api import PartnershipReferenceSerializer, PartnershipViewSet
from portal.resources import PageField, PublicSerializer, PublicViewSet
from portal.text_resources import HtmlField, WordsField

from .filters import AchievementFilterSet, EventFilterSet, NewsItemFilterSet
from .models import Achievement, Correction, Event, NewsItem
from .tables import AchievementTable, EventTable, NewsItemTable


class StatedInstantField(serializers.DateTimeField):
    """An instant of an event; ``columns`` are those that tell it and its time of day."""

    def __init__(self, *columns, **kwargs):
        self.columns = columns
        super().__init__(read_only=True, allow_null=True, **kwargs)


class EventSerializer(PublicSerializer):
    page = PageField()
    start = StatedInstantField("start", "starts_at", source="stated_start")
    end = StatedInstantField("end", "ends_at", source="stated_end")
    country = CountryReferenceSerializer(read_only=True, allow_null=True)
    more_countries = CountryReferenceSerializer(many=True, read_only=True)
    partnerships = PartnershipReferenceSerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Event
        fields = [
            *("uid", "slug", "title", "page", "summary", "starts_on", "starts_at"),
            *(
                "ends_on",
                "ends_at",
                "time_zone",
                "end_time_zone",
                "start",
                "end",
                "venue",
            ),
            *("city", "country", "more_countries", "format", "state", "website"),
            *("registration_url", "registration_deadline", "partnerships"),
            *("sources", "updated_at"),
        ]
        descriptions = {
            "uid": "Name that never changes, which feeds and calendars use.",
            "slug": "The end of its address.",
            "page": "The address of the page that shows the record to people.",
            "starts_on": "First day at the place.",
            "starts_at": "Time on the clock of the place; null for whole days.",
            "ends_on": "Last day at the place.",
            "ends_at": "Time on the clock of the place.",
            "time_zone": "Of the place, by its IANA name.",
            "end_time_zone": "Where it ends in another one.",
            "start": "The instant at which it begins; null where no time of day is "
            "stated.",
            "end": "The instant at which it is over; null where no time of day is "
            "stated.",
            "country": "Where it takes place.",
            "more_countries": "Other countries that it is about.",
            "registration_deadline": "Last day, at the place.",
            "sources": "Where the statements of this record come from.",
            "updated_at": "When an editor last changed the record.",
        }


class AchievementSerializer(PublicSerializer):
    page = PageField()
    body = WordsField()
    body_html = HtmlField(source="body")
    countries = CountryReferenceSerializer(many=True, read_only=True)
    clusters = ClusterReferenceSerializer(many=True, read_only=True)
    labels = LabelReferenceSerializer(many=True, read_only=True)
    partnerships = PartnershipReferenceSerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Achievement
        fields = [
            *("uid", "slug", "title", "page", "summary", "body", "body_html", "date"),
            *("image", "image_alt", "countries", "clusters", "labels", "partnerships"),
            *("proof_url", "sources", "updated_at"),
        ]
        descriptions = {
            "uid": "Name that never changes, which feeds and calendars use.",
            "slug": "The end of its address.",
            "page": "The address of the page that shows the record to people.",
            "image_alt": "What the image shows, for those who do not see it.",
            "proof_url": "Where it can be verified.",
            "sources": "Where the statements of this record come from.",
            "updated_at": "When an editor last changed the record.",
        }


class CorrectionSerializer(PublicSerializer):
    class Meta:
        model = Correction
        fields = ["corrected_on", "text"]


class NewsItemSerializer(PublicSerializer):
    page = PageField()
    body = WordsField()
    body_html = HtmlField(source="body")
    countries = CountryReferenceSerializer(many=True, read_only=True)
    clusters = ClusterReferenceSerializer(many=True, read_only=True)
    partnerships = PartnershipReferenceSerializer(many=True, read_only=True)
    corrections = CorrectionSerializer(many=True, read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = NewsItem
        fields = [
            *("uid", "slug", "title", "page", "summary", "body", "body_html", "date"),
            *("countries", "clusters", "partnerships", "source_url", "corrections"),
            *("sources", "updated_at"),
        ]
        descriptions = {
            "uid": "Name that never changes, which feeds and calendars use.",
            "slug": "The end of its address.",
            "page": "The address of the page that shows the record to people.",
            "source_url": "Where the news comes from.",
            "corrections": "What was wrong in it, and since when it is put right.",
            "sources": "Where the statements of this record come from.",
            "updated_at": "When an editor last changed the record.",
        }


class EventViewSet(PublicViewSet):
    """Events past and to come, the earliest first.

    Days and times are those of the place; start and end are instants, as far as a
    time of day is stated. Sorted by start, the others stand where their day begins.
    """

    serializer_class = EventSerializer
    filterset_class = EventFilterSet
    table_class = EventTable
    sort = "start"
    expandable = {
        "country": CountryViewSet,
        "more_countries": CountryViewSet,
        "partnerships": PartnershipViewSet,
    }

    def records(self):
        return Event.objects.published()


class AchievementViewSet(PublicViewSet):
    """What cluster cooperation brought about, the latest first."""

    serializer_class = AchievementSerializer
    filterset_class = AchievementFilterSet
    table_class = AchievementTable
    sort = "-date"
    expandable = {
        "countries": CountryViewSet,
        "clusters": ClusterViewSet,
        "labels": LabelViewSet,
        "partnerships": PartnershipViewSet,
    }

    def records(self):
        return Achievement.objects.published()


class NewsItemViewSet(PublicViewSet):
    """News about cluster cooperation, the latest first."""

    serializer_class = NewsItemSerializer
    filterset_class = NewsItemFilterSet
    table_class = NewsItemTable
    sort = "-date"
    expandable = {
        "countries": CountryViewSet,
        "clusters": ClusterViewSet,
        "partnerships": PartnershipViewSet,
    }

    def records(self):
        return NewsItem.objects.published()
