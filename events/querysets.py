from django.db.models import Exists, F, OuterRef, Prefetch, Q

from clusters.models import Cluster, EscaLabel
from countries.models import Country
from partnerships.models import Partnership
from portal.folding import fold
from portal.publishing.models import PublishableQuerySet


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

    def about(self, country):
        """Keep what takes place in the country or is about it."""
        related = self.model.more_countries.through.objects.filter(
            event=OuterRef("pk"), country=country
        )
        return self.filter(Q(country=country) | Exists(related))

    def for_list(self):
        return self.prefetch_related(linked_countries("country"))

    def for_page(self):
        return self.for_list().prefetch_related(
            linked_countries("more_countries"),
            Prefetch("partnerships", Partnership.objects.published()),
            "sources",
        )


class DatedQuerySet(PublishableQuerySet):
    """Achievements and news: things with a date, the latest first."""

    def search(self, text):
        """Find by title or summary, accents and case aside in the title."""
        return self.filter(
            Q(title_key__contains=fold(text)) | Q(summary__icontains=text)
        )

    def about(self, country):
        return self.filter(countries=country)

    def latest_first(self):
        return self.order_by(F("date").desc(nulls_last=True), "-pk")

    def for_list(self):
        return self.prefetch_related(linked_countries("countries"))

    def for_page(self):
        return self.for_list().prefetch_related(
            Prefetch("clusters", Cluster.objects.published()),
            Prefetch("partnerships", Partnership.objects.published()),
            "sources",
        )


class AchievementQuerySet(DatedQuerySet):
    def for_list(self):
        return (
            super()
            .for_list()
            .prefetch_related(Prefetch("labels", EscaLabel.objects.published()))
        )


class NewsItemQuerySet(DatedQuerySet):
    def for_page(self):
        return super().for_page().prefetch_related("corrections")
