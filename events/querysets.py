from collections import Counter

from django.db.models import Count, F, Max, Min, Prefetch, Q

from clusters.models import Cluster, EscaLabel
from countries.models import Country, Source
from partnerships.models import Partnership
from portal.folding import fold
from portal.partial_dates import Precision
from portal.publishing.models import PublishableQuerySet

from .fields import CALENDAR_FIELDS

# The order of achievements and news, wherever they stand.
LATEST_FIRST = (F("date").desc(nulls_last=True), "-pk")


def reaching(name, day):
    """Return the condition that a partial date is on ``day`` or later, or may be."""
    firsts = {
        Precision.DAY: day,
        Precision.MONTH: day.replace(day=1),
        Precision.YEAR: day.replace(month=1, day=1),
    }
    condition = Q()
    for precision, first in firsts.items():
        condition |= Q(**{f"{name}_precision": precision, f"{name}__gte": first})
    return condition


def linked_countries(field):
    return Prefetch(field, Country.objects.published().for_names())


def linked_partnerships():
    return Prefetch("partnerships", Partnership.objects.published().for_names())


class SyndicatedQuerySet(PublishableQuerySet):
    """What is listed, filtered and subscribed to."""

    def with_partnerships(self, slugs):
        """Keep what concerns one or more of the public partnerships, each once."""
        partnerships = Partnership.objects.published().filter(slug__in=slugs)
        related = self.model.objects.filter(partnerships__in=partnerships)
        return self.filter(pk__in=related.values("pk"))

    def with_parts(self, needs, *names):
        """Load those of the relations ``names`` that the API was asked for.

        Partnerships and sources are relations of all these records.
        """
        parts = {
            "clusters": Cluster.objects.published().for_names(),
            "partnerships": Partnership.objects.published().for_names(),
            "sources": Source.objects.all(),
        }
        countries = Country.objects.published().for_names()
        wanted = [n for n in (*names, "partnerships", "sources") if n in needs]
        return self.prefetch_related(
            *(Prefetch(name, parts.get(name, countries)) for name in wanted)
        )


class EventQuerySet(SyndicatedQuerySet):
    def update(self, **changes):
        """Write ``changes``; where calendars show them, as a new revision."""
        shown = {"country", *CALENDAR_FIELDS}
        if "sequence" not in changes and not shown.isdisjoint(changes):
            changes["sequence"] = F("sequence") + 1
        return super().update(**changes)

    update.alters_data = True

    def search(self, text):
        """Find events by title, venue, city or country, accents and case aside."""
        folded = fold(text)
        return self.filter(
            Q(title_key__contains=folded)
            | Q(venue_key__contains=folded)
            | Q(city_key__contains=folded)
            | Q(country__name_key__contains=folded)
        )

    def upcoming(self, now):
        """Keep what is not over at ``now``, the next first."""
        return self.filter(end__gt=now).order_by("start", "pk")

    def past(self, now):
        """Keep what is over at ``now``, the latest first."""
        return self.filter(end__lte=now).order_by("-start", "pk")

    def ending_from(self, day):
        """Keep what is not over before ``day``."""
        begins_late = Q(ends_on__isnull=True) & reaching("starts_on", day)
        return self.filter(Q(ends_on__gte=day) | begins_late)

    def between(self, first, last):
        """Keep what takes place on one or more of these days, the earliest first."""
        events = self.ending_from(first).filter(starts_on__lte=last)
        return events.order_by("start", "pk")

    def around(self, first, last):
        """Return the day of the latest event before and of the earliest after."""
        days = self.order_by().aggregate(
            before=Max("starts_on", filter=Q(starts_on__lt=first)),
            after=Min("starts_on", filter=Q(starts_on__gt=last)),
        )
        return days["before"], days["after"]

    def last_change(self, at):
        """As for other records; an event that is over left the upcoming ones."""
        over = self.published(at).filter(end__lte=at)
        ended = over.order_by().aggregate(at=Max("end"))["at"]
        return max(filter(None, [super().last_change(at), ended]), default=None)

    def about(self, countries):
        """Keep what takes place in one of the countries or is about it."""
        related = self.model.objects.filter(more_countries__in=countries)
        return self.filter(Q(country__in=countries) | Q(pk__in=related.values("pk")))

    def counted_by_country(self):
        """Return how many of these take place in or are about each country."""
        records = self.order_by().values("pk")
        about = self.model.objects.filter(pk__in=records).order_by()
        pairs = about.values_list("country__slug", "pk").union(
            about.values_list("more_countries__slug", "pk")
        )
        return Counter(slug for slug, _pk in pairs)

    def for_list(self):
        return self.prefetch_related(linked_countries("country"))

    def for_page(self):
        return self.for_list().prefetch_related(
            linked_countries("more_countries"),
            Prefetch("partnerships", Partnership.objects.published()),
            "sources",
        )

    def for_feed(self):
        return self.for_list().prefetch_related(linked_countries("more_countries"))

    def for_export(self):
        """Load what a download says beyond a row of the list."""
        return self.prefetch_related(
            linked_countries("more_countries"), linked_partnerships()
        )

    def for_api(self, needs):
        """Load what the API was asked for of an event."""
        return self.with_parts(needs, "country", "more_countries")


class DatedQuerySet(SyndicatedQuerySet):
    """Achievements and news: things with a date, the latest first."""

    def search(self, text):
        """Find by title or summary, accents and case aside."""
        folded = fold(text)
        return self.filter(
            Q(title_key__contains=folded) | Q(summary_key__contains=folded)
        )

    def about(self, countries):
        """Keep what concerns one or more of the countries, each once."""
        related = self.model.objects.filter(countries__in=countries)
        return self.filter(pk__in=related.values("pk"))

    def counted_by_country(self):
        """Return how many of these concern each country."""
        return self.counted_by("countries__slug")

    def since(self, day):
        """Keep what is of ``day`` or later, or may be."""
        return self.filter(reaching("date", day))

    def latest_first(self):
        return self.order_by(*LATEST_FIRST)

    def for_list(self):
        """Load what a card displays: for news that is the record alone."""
        return self.all()

    def for_feed(self):
        return self.prefetch_related(linked_countries("countries"))

    def for_export(self):
        """Load what a download says beyond a row of the list."""
        return self.prefetch_related(
            linked_countries("countries"), linked_partnerships()
        )

    def for_page(self):
        return self.for_list().prefetch_related(
            linked_countries("countries"),
            Prefetch("clusters", Cluster.objects.published()),
            Prefetch("partnerships", Partnership.objects.published()),
            "sources",
        )

    def for_api(self, needs):
        """Load what the API was asked for of an achievement or of news."""
        return self.with_parts(needs, "countries", "clusters")


class AchievementQuerySet(DatedQuerySet):
    def with_labels(self, levels):
        """Keep what a public label of one of these levels is part of, each once."""
        labels = EscaLabel.objects.published().filter(level__in=levels)
        related = self.model.objects.filter(labels__in=labels)
        return self.filter(pk__in=related.values("pk"))

    def counted_by_label(self):
        """Return how many of these a public label of each level is part of."""
        links = self.model.labels.through.objects.filter(
            achievement__in=self.order_by().values("pk"),
            escalabel__in=EscaLabel.objects.published(),
        )
        levels = links.order_by().values_list("escalabel__level")
        return dict(levels.annotate(number=Count("achievement", distinct=True)))

    def for_list(self):
        labels = EscaLabel.objects.published().select_related("cluster")
        return super().for_list().prefetch_related(Prefetch("labels", labels))

    def for_api(self, needs):
        records = super().for_api(needs)
        if "labels" not in needs:
            return records
        labels = EscaLabel.objects.published().select_related("cluster")
        return records.prefetch_related(Prefetch("labels", labels))


class NewsItemQuerySet(DatedQuerySet):
    def for_page(self):
        return super().for_page().prefetch_related("corrections")

    def for_api(self, needs):
        return super().for_api(needs).prefetch_related(*needs & {"corrections"})
