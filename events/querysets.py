import datetime
from collections import Counter

from django.db.models import CharField, F, Prefetch, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat, LPad

from clusters.models import Cluster, EscaLabel
from countries.models import Country
from partnerships.models import Partnership
from portal.folding import fold
from portal.publishing.models import PublishableQuerySet


def chronology(field):
    """Return date and key as one text that sorts by time and has no ties.

    The cursors of the API compare one column. What has no date comes first.
    """
    day = Cast(Coalesce(field, Value(datetime.date.min)), CharField())
    key = LPad(Cast("pk", CharField()), 19, Value("0"))
    return Concat(day, Value(" "), key, output_field=CharField())


def linked_countries(field):
    return Prefetch(field, Country.objects.published().for_names())


class EventQuerySet(PublishableQuerySet):
    def search(self, text):
        """Find events by title or place, accents and case aside."""
        return self.filter(Q(title_key__contains=fold(text)) | Q(city__icontains=text))

    def upcoming(self, now):
        """Keep what is not over at ``now``, the next first."""
        return self.filter(end__gt=now).order_by("start", "pk")

    def past(self, now):
        """Keep what is over at ``now``, the latest first."""
        return self.filter(end__lte=now).order_by("-start", "pk")

    def ending_from(self, day):
        """Keep what is not over before ``day``."""
        return self.filter(
            Q(ends_on__gte=day) | Q(ends_on__isnull=True, starts_on__gte=day)
        )

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

    def for_api(self):
        return self.for_page().annotate(chronology=chronology("starts_on"))


class DatedQuerySet(PublishableQuerySet):
    """Achievements and news: things with a date, the latest first."""

    def search(self, text):
        """Find by title or summary, accents and case aside in the title."""
        return self.filter(
            Q(title_key__contains=fold(text)) | Q(summary__icontains=text)
        )

    def about(self, countries):
        """Keep what concerns one or more of the countries, each once."""
        related = self.model.objects.filter(countries__in=countries)
        return self.filter(pk__in=related.values("pk"))

    def counted_by_country(self):
        """Return how many of these concern each country."""
        return self.counted_by("countries__slug")

    def latest_first(self):
        return self.order_by(F("date").desc(nulls_last=True), "-pk")

    def for_list(self):
        """Load what a card displays: for news that is the record alone."""
        return self.all()

    def for_page(self):
        return self.for_list().prefetch_related(
            linked_countries("countries"),
            Prefetch("clusters", Cluster.objects.published()),
            Prefetch("partnerships", Partnership.objects.published()),
            "sources",
        )

    def for_api(self):
        return self.for_page().annotate(chronology=chronology("date"))


class AchievementQuerySet(DatedQuerySet):
    def for_list(self):
        labels = EscaLabel.objects.published().select_related("cluster")
        return super().for_list().prefetch_related(Prefetch("labels", labels))

    def for_api(self):
        return super().for_api().prefetch_related("labels__cluster")


class NewsItemQuerySet(DatedQuerySet):
    def for_page(self):
        return super().for_page().prefetch_related("corrections")
