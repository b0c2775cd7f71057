from dataclasses import replace

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.generic import DetailView

from portal.filters import stated
from portal.listing_address import ListingAddress
from portal.listings import KEYS, PAGE_SIZES, ListingView
from portal.partial_dates import today
from portal.revalidation import last_modified

from . import structured_data
from .calendars import calendar_response
from .feeds import atom_response, event_entry, story_entry
from .filters import AchievementFilterSet, EventFilterSet, NewsItemFilterSet
from .models import Achievement, Event, NewsItem
from .months import Month, MonthTable
from .tables import (
    ACHIEVEMENT_COLUMNS,
    EVENT_COLUMNS,
    NEWS_COLUMNS,
    AchievementTable,
    EventTable,
    NewsItemTable,
)

# What one month shows, and one feed holds.
MOST_IN_A_MONTH = 1000
MOST_IN_A_CALENDAR = 1000
MOST_IN_A_FEED = 100


def with_last_modified(response):
    """Say when the content changed: a country that goes takes its events along."""
    moment = last_modified()
    if moment is not None:
        response["Last-Modified"] = http_date(moment.timestamp())
    return response


class SubscribableListView(ListingView):
    """A list of which any filtered view is a feed as well.

    ``feeds`` are routes by format. A route passes its own as ``feed``: it reads the
    keys of the list, less those of its pages, and answers with the first records. What
    the list does not know leads there, where it is named; a feed of everything would
    fill calendars. On the list itself ``format`` leads to the feed of the same view.
    Events also have a filter of that name: there ``format=ics`` and ``format=atom``
    lead to the feed, while ``on_site``, ``online`` and ``hybrid`` filter, in the feeds
    as well.
    """

    feed = None
    feeds = {}

    def get(self, request, *args, **kwargs):
        if self.feed:
            return self.feed_response()
        asked = [name for name in request.GET.getlist("format") if name in self.feeds]
        if asked:
            # What is not known goes along, because the feed leads it to be named.
            of_pages = set(KEYS).difference(self.filterset_class.base_filters)
            address = ListingAddress.read(request).changed(**dict.fromkeys(of_pages))
            return HttpResponseRedirect(self.moved(address, self.feeds[asked[-1]]))
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        records = super().get_queryset()
        return records.for_feed() if self.feed else records.for_list()

    def get_context_data(self, **kwargs):
        ignored = kwargs["ignored"]
        feeds = {name: self.feed_address(name, ignored) for name in self.feeds}
        return super().get_context_data(feeds=feeds, **kwargs)

    def feed_address(self, name, ignored=()):
        return self.address_at(self.feeds[name], ignored)

    def address_at(self, route, ignored=()):
        """Return the address at which a route has this very view, less ``ignored``."""
        address = ListingAddress.read(self.request).less(ignored)
        address = address.only(*self.filterset_class.base_filters, *self.own_keys)
        return self.moved(address, route)

    def moved(self, address, route):
        """Return an address at another route, less the formats of the feeds."""
        address = address.less(("format", name) for name in self.feeds)
        return str(replace(address, path=reverse(route)))

    def feed_response(self):
        self.filterset = self.filterset_class(self.request.GET, self.get_queryset())
        address = ListingAddress.read(self.request)
        known = (*self.filterset.filters, *KEYS, *self.own_keys)
        # Who asks the feed itself for its format gets it.
        own_names = {("format", name) for name in self.feeds}
        ignored = {*self.filterset.ignored(), *self.ignored()} - own_names
        if ignored or address.unknown(*known):
            return HttpResponseRedirect(self.moved(address, self.list_route))
        build = self.ics_response if self.feed == "ics" else self.atom_response
        return with_last_modified(build(self.filterset.qs))

    def atom_response(self, records):
        return atom_response(
            self.feed_title(),
            records[:MOST_IN_A_FEED],
            self.entry_of,
            page=self.request.build_absolute_uri(self.address_at(self.list_route)),
            feed=self.request.build_absolute_uri(self.feed_address("atom")),
            address_of=self.address_of,
        )

    def address_of(self, record):
        return self.request.build_absolute_uri(record.get_absolute_url())

    def feed_title(self):
        title = _("Cluster Portal: %(list)s")
        title %= {"list": self.model._meta.verbose_name_plural}
        chosen = [str(text) for _key, _value, _label, text in self.filterset.chosen()]
        return f"{title} ({', '.join(chosen)})" if chosen else title


class EventListView(SubscribableListView):
    """Upcoming events, the next first; past ones behind ``past=1``.

    ``view=month`` shows all of a month instead, the present one or ``month=2026-10``.
    """

    model = Event
    filterset_class = EventFilterSet
    table_class = EventTable
    export_columns = EVENT_COLUMNS
    own_keys = ("month", "past", "view")
    list_route = "events:list"
    feeds = {"atom": "events:atom", "ics": "events:calendar"}
    entry_of = staticmethod(event_entry)

    @cached_property
    def asked(self):
        """Return what the address asks for; ``get()`` gives the last value of a key."""
        return stated(self.request.GET)

    @cached_property
    def shows_past(self):
        return not self.month and self.asked.get("past") == "1"

    @cached_property
    def month(self):
        if self.asked.get("view") != "month":
            return None
        try:
            return Month.read(self.asked.get("month", ""))
        except ValueError:
            return Month.of(today())

    @property
    def page_sizes(self):
        return (MOST_IN_A_MONTH,) if self.month else PAGE_SIZES

    def get_queryset(self):
        events = super().get_queryset()
        if self.month:
            return events.between(self.month.first, self.month.last)
        now = timezone.now()
        return events.past(now) if self.shows_past else events.upcoming(now)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(shows_past=self.shows_past, **kwargs)
        if self.month:
            context["table"].template_name = "events/_event_month.html"
            context |= self.month_context(context["rows"])
        elif not context["total"] and not self.shows_past:
            past = Event.objects.published().past(timezone.now())
            context["past_count"] = self.filterset.filter_queryset(past).count()
        return context

    def ignored(self):
        known = {
            "view": "month" if self.month else "",
            "month": self.month.key if self.month else "",
            "past": "1" if self.shows_past else "",
        }
        return [
            (key, text)
            for key, value in known.items()
            for text in dict.fromkeys(self.asked.getlist(key))
            if (text, text) != (value, self.asked.get(key))
        ]

    def month_context(self, events):
        others = self.filterset.filter_queryset(Event.objects.published())
        before, after = others.around(self.month.first, self.month.last)
        return {
            "month": MonthTable(self.month, events, today()),
            # Robots find no end of months without events.
            "previous": self.month.previous if before or events else None,
            "following": self.month.following if after or events else None,
            "before": Month.of(before) if before else None,
            "after": Month.of(after) if after else None,
        }

    def ics_response(self, events):
        return calendar_response(
            self.feed_title(), events[:MOST_IN_A_CALENDAR], self.address_of, "calendar"
        )


class RecordView(DetailView):
    """The page of a record, with what it is about for machines."""

    def get_queryset(self):
        return self.model.objects.published().for_page()

    def get_context_data(self, **kwargs):
        data = self.structured_data(self.object, self.request.build_absolute_uri)
        return super().get_context_data(data=data, **kwargs)


class EventDetailView(RecordView):
    model = Event
    structured_data = staticmethod(structured_data.of_event)


@csrf_exempt
@require_safe
def event_calendar(request, slug):
    """Answer with one event as an iCalendar file."""
    event = get_object_or_404(Event.objects.published().for_list(), slug=slug)
    address = request.build_absolute_uri(event.get_absolute_url())
    return with_last_modified(
        calendar_response(event.title, [event], lambda _: address, slug)
    )


class AchievementListView(SubscribableListView):
    model = Achievement
    filterset_class = AchievementFilterSet
    table_class = AchievementTable
    export_columns = ACHIEVEMENT_COLUMNS
    list_route = "achievements:list"
    feeds = {"atom": "achievements:atom"}
    entry_of = staticmethod(story_entry)


class AchievementDetailView(RecordView):
    model = Achievement
    structured_data = staticmethod(structured_data.of_achievement)


class NewsItemListView(SubscribableListView):
    model = NewsItem
    filterset_class = NewsItemFilterSet
    table_class = NewsItemTable
    export_columns = NEWS_COLUMNS
    list_route = "news:list"
    feeds = {"atom": "news:atom"}
    entry_of = staticmethod(story_entry)


class NewsItemDetailView(RecordView):
    model = NewsItem
    structured_data = staticmethod(structured_data.of_news_item)
