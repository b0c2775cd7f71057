from django.utils.translation import gettext_lazy as _

from portal.listings import ListingTable, SortedColumn

from .models import Achievement, Event, NewsItem


class EventTable(ListingTable):
    start = SortedColumn(_("Date"), sort="start")
    title = SortedColumn(_("Title"), sort="title_key")

    class Meta:
        model = Event
        fields = ["start", "title"]
        template_name = "events/_event_list.html"

    @property
    def is_by_date(self):
        """Whether its months can be headings."""
        return not self.order_by or self.order_by[0].bare == "start"

    @property
    def heading_level(self):
        return 3 if self.is_by_date else 2


class StoryTable(ListingTable):
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
