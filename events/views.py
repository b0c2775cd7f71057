from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView

from portal.listings import ListingView

from .filters import AchievementFilterSet, EventFilterSet, NewsItemFilterSet
from .models import Achievement, Event, NewsItem
from .tables import AchievementTable, EventTable, NewsItemTable


class EventListView(ListingView):
    """Upcoming events, the next first; past ones behind ``past=1``."""

    model = Event
    filterset_class = EventFilterSet
    table_class = EventTable
    own_keys = ("past",)

    @cached_property
    def shows_past(self):
        return bool(self.request.GET.get("past"))

    def get_queryset(self):
        events = super().get_queryset().for_list()
        now = timezone.now()
        return events.past(now) if self.shows_past else events.upcoming(now)

    def get_context_data(self, **kwargs):
        return super().get_context_data(shows_past=self.shows_past, **kwargs)


class EventDetailView(DetailView):
    def get_queryset(self):
        return Event.objects.published().for_page()


class AchievementListView(ListingView):
    model = Achievement
    filterset_class = AchievementFilterSet
    table_class = AchievementTable

    def get_queryset(self):
        return super().get_queryset().for_list()


class AchievementDetailView(DetailView):
    def get_queryset(self):
        return Achievement.objects.published().for_page()


class NewsItemListView(ListingView):
    model = NewsItem
    filterset_class = NewsItemFilterSet
    table_class = NewsItemTable

    def get_queryset(self):
        return super().get_queryset().for_list()


class NewsItemDetailView(DetailView):
    def get_queryset(self):
        return NewsItem.objects.published().for_page()
