import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from portal.listings import SortedColumn

from .models import Achievement, Event, NewsItem


class EventTable(tables.Table):
    start = SortedColumn(_("Date"), sort="start")
    title = SortedColumn(_("Title"), sort="title_key")

    class Meta:
        model = Event
        fields = ["start", "title"]
        template_name = "events/_event_list.html"


class StoryTable(tables.Table):
    date = SortedColumn(_("Date"), sort="date", initial_sort_descending=True)
    title = SortedColumn(_("Title"), sort="title_key")

    class Meta:
        fields = ["date", "title"]
        order_by = "-date"


class AchievementTable(StoryTable):
    class Meta(StoryTable.Meta):
        model = Achievement
        template_name = "events/_achievement_list.html"


class NewsItemTable(StoryTable):
    class Meta(StoryTable.Meta):
        model = NewsItem
        template_name = "events/_news_list.html"
