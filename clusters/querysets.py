import datetime
import functools
from collections import Counter, defaultdict

from django.db import models
from django.db.models import (
    Case,
    Count,
    F,
    Max,
    Min,
    Prefetch,
    Q,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce, ExtractYear, Greatest, Least

from countries.models import Country
from portal.folding import fold
from portal.publishing.models import PublicQuerySet, PublishableQuerySet

from . import esca, label_conditions
from .label_conditions import rank


class TermQuerySet(models.QuerySet):
    def for_api(self, needs):
        return self.select_related("parent") if "parent" in needs else self


class ClassifiedQuerySet(PublishableQuerySet):
    """Records with industries and technology fields; a section has its parts."""

    def linked(self, condition):
        """Keep the records with links that meet ``condition``, each once."""
        # A subquery, because a join would repeat the record.
        return self.filter(pk__in=self.model.objects.filter(condition).values("pk"))

    def in_industries(self, codes):
        return self.linked(
            Q(industries__code__in=codes) | Q(industries__parent__code__in=codes)
        )

    def in_technology_fields(self, codes):
        return self.linked(
            Q(technology_fields__code__in=codes)
            | Q(technology_fields__parent__code__in=codes)
        )

    def counted_by_term(self, name):
        """Return how many of these records each code of a classification keeps."""
        records = self.model.objects.filter(pk__in=self.order_by().values("pk"))
        upper = Coalesce(f"{name}__parent__code", f"{name}__code")
        # A section counts a record once, however many of its parts it has.
        return records.counted_by(f"{name}__code") | dict(
            records.order_by()
            .annotate(upper_code=upper)
            .values_list("upper_code")
            .annotate(number=Count("pk", distinct=True))
        )


class ClusterQuerySet(ClassifiedQuerySet):
    def search(self, text):
        """Find clusters by name, former name, acronym, city or region.

        Accents and case do not matter.
        """
        folded = fold(text)
        former = self.model.objects.filter(former_names__name_key__contains=folded)
        return self.filter(
            Q(name_key__contains=folded)
            | Q(acronym_key__contains=folded)
            | Q(region_key__contains=folded)
            | Q(city_key__contains=folded)
            # A subquery, because joining the names would repeat the cluster.
            | Q(pk__in=former.values("pk"))
        )

    @property
    def _all_labels(self):
        return self.model._meta.get_field("labels").related_model.objects.all()

    def labelled(self, state, day, levels=()):
        """Keep the clusters with a label in ``state`` on ``day``, of these levels."""
        labels = self._all_labels.in_state(state, day).of_levels(levels)
        return self.filter(pk__in=labels.order_by().values("cluster"))

    def counted_by_label(self, state, day):
        """Return how many of these have a label of each level in ``state``."""
        labels = self._all_labels.in_state(state, day)
        rows = labels.filter(cluster__in=self.order_by().values("pk"))
        rows = rows.order_by().values_list("level")
        return dict(rows.annotate(number=Count("cluster", distinct=True)))

    def counted_by_label_state(self, day, levels=(), states=()):
        """Return how many of these have a label of the levels in each state."""
        labels = self._all_labels.of_levels(levels)
        labels = labels.filter(cluster__in=self.order_by().values("pk"))
        return labels.order_by().count_clusters(day, states)

    def count_by_country(self):
        """Return iso2, name and number of these clusters for each country."""
        # A subquery, because other joins would repeat the clusters.
        clusters = self.model.objects.filter(pk__in=self.order_by().values("pk"))
        return (
            clusters.order_by()
            .values_list("country__iso2", "country__name")
            .annotate(number=Count("pk"))
            .order_by("country__name_key")
        )

    def in_partnerships(self, wanted=True):
        """Keep the partners of public partnerships, or those that are none."""
        is_partner = self._partner_condition()
        return self.filter(is_partner if wanted else ~is_partner)

    def counted_in_partnerships(self):
        """Return how many of these are partners (``true``) and how many not."""
        return self.order_by().aggregate(
            true=Count("pk", filter=self._partner_condition()),
            false=Count("pk", filter=~self._partner_condition()),
        )

    def _partner_condition(self):
        memberships = self.model._meta.get_field("memberships").related_model
        partners = memberships.objects.published().exclude(cluster=None)
        return Q(pk__in=partners.values("cluster"))

    def resembling(self, cluster, site):
        """Keep what may be the same as ``cluster``: of its country, or of its site."""
        near = Q(country=cluster.country_id)
        if site:
            near |= Q(website__icontains=site)
        return self.exclude(pk=cluster.pk).filter(near).for_comparison()

    def for_comparison(self):
        """Load what tells whether two clusters are the same."""
        fields = "name", "acronym_key", "country", "city", "portfolio", "website"
        others = self.only(*fields).prefetch_related("former_names")
        return others.order_by("name_key", "pk")

    def for_directory(self):
        """Load all that a row of the directory displays."""
        return self.select_related("country").prefetch_related("labels")

    def for_export(self):
        """Load what a download says beyond a row of the directory."""
        return self.prefetch_related("industries", "technology_fields")

    def for_page(self, day):
        """Load all that the page of a cluster displays."""
        published = {
            name: self.model._meta.get_field(name).related_model.objects.published()
            for name in ("memberships", "achievements", "news")
        }
        return self.select_related("country").prefetch_related(
            "labels__sources",
            "industries",
            "technology_fields",
            "sources",
            "former_names",
            "member_counts__sources",
            Prefetch("memberships", published["memberships"].for_cluster_page(day)),
            Prefetch(
                "achievements", published["achievements"].latest_first().for_list()
            ),
            Prefetch("news", published["news"].latest_first()),
        )

    def for_api(self, needs, day):
        """Load what the API was asked for of a cluster, with its labels on ``day``."""
        labels = self.model._meta.get_field("labels").related_model.objects
        counts = self.model._meta.get_field("member_counts").related_model.objects
        parts = {
            "country": Country.objects.published().for_names(),
            "labels": labels.published().with_state(day).prefetch_related("sources"),
            "member_counts": counts.prefetch_related("sources"),
        }
        plain = {"industries", "technology_fields", "sources", "former_names"}
        return self.prefetch_related(
            *(Prefetch(name, part) for name, part in parts.items() if name in needs),
            *needs & plain,
        )

    def for_names(self):
        """Load what a link to a cluster displays, and no more."""
        return self.only("slug", "name", "name_key", "acronym").order_by(
            "name_key", "pk"
        )


class FormerAddressQuerySet(PublicQuerySet):
    def leading_from(self, slug):
        """Return the public former address with this name, or None."""
        return self.published().filter(slug=slug).select_related("cluster").first()


class LabelQuerySet(PublicQuerySet):
    @property
    def _all(self):
        return self.model._base_manager.all()

    def with_succession(self):
        """Annotate ``succeeded_on``, the day on which another label supersedes it."""
        first = label_conditions.successors(self._all).order_by("begins_on")
        day = Subquery(first.values("begins_on")[:1], models.DateField())
        return self.annotate(succeeded_on=day)

    def overlapping(self, period):
        """Keep those known to run during ``period``, as ``esca.overlap`` tells."""
        start, last = period.stated_start, period.valid_until
        if start is None or last is None:
            return self.none()
        if period.revoked_on is not None:
            if period.revoked_on <= start:
                return self.none()
            last = min(last, period.revoked_on)
        ran = Q(revoked_on__isnull=True) | Q(
            revoked_on__gt=Greatest(F("stated_start"), start)
        )
        return self.alias(stated_start=Coalesce("runs_from", "awarded_on")).filter(
            ran, stated_start__lt=last, valid_until__gt=start
        )

    def in_state(self, state, day):
        """Keep the labels in a state of the filter ``label_state`` on ``day``."""
        return self.filter(label_conditions.in_state(state, day, self._all))

    def held_on(self, day):
        """Keep the labels known to be in force on ``day``."""
        return self.in_state("held", day)

    def of_unknown_period(self, day):
        """Keep those of which nobody knows whether they are in force on ``day``."""
        labels = self.alias(state=label_conditions.state(day, self._all))
        return labels.filter(state=esca.State.PERIOD_UNKNOWN)

    def of_levels(self, levels):
        """Keep the labels of these levels; all where none is named."""
        return self.filter(level__in=levels) if levels else self

    def with_state(self, day):
        """Annotate ``state`` on ``day``; null where the label had not begun."""
        return self.annotate(state=label_conditions.state(day, self._all))

    def for_api(self, needs, day):
        """Load what the API was asked for of a label, with its state on ``day``."""
        labels = self.with_state(day) if "state" in needs else self
        if "cluster" in needs:
            countries = Country.objects.published().for_names()
            clusters = self.model.cluster.field.related_model.objects
            clusters = clusters.prefetch_related(Prefetch("country", countries))
            labels = labels.prefetch_related(Prefetch("cluster", clusters))
        return labels.prefetch_related(*needs & {"sources"})

    def count_clusters(self, day, states):
        """Return how many clusters have one of these labels in each of the states."""
        counts = {
            state: Count(
                "cluster",
                distinct=True,
                filter=label_conditions.in_state(state, day, self._all) or None,
            )
            for state in states
        }
        return self.aggregate(**counts)

    def _by_country(self):
        return self.order_by().values(
            "level",
            country=F("cluster__country__name"),
            slug=F("cluster__country__slug"),
            iso2=F("cluster__country__iso2"),
        )

    def _numbers(self):
        return {
            (row["iso2"], row["level"]): row["number"]
            for row in self._by_country().annotate(number=Count("pk"))
        }

    def count_by_country(self, day):
        """Count held labels and clusters ever labelled, a row per country and level.

        Each row has country, slug, level, ``held`` (labels known to be in force
        on ``day``), ``unknown`` (those that may be) and ``ever`` (clusters with such
        a label on record).
        """
        # A query for each, because PostgreSQL is slow to ask of each label in a filter
        # of an aggregate what it quickly finds for all of them.
        held = self.held_on(day)._numbers()
        unknown = self.of_unknown_period(day)._numbers()
        rows = self._by_country().annotate(ever=Count("cluster", distinct=True))
        return [
            {
                **row,
                "held": held.get((row["iso2"], row["level"]), 0),
                "unknown": unknown.get((row["iso2"], row["level"]), 0),
            }
            for row in rows.order_by("cluster__country__name_key", rank())
        ]

    def years(self):
        """Return the first and the last year in which a label is known to run.

        The third number is that of the labels in no year, whose validity is unknown.
        """
        found = self.order_by().aggregate(
            first=Min("begins_on", filter=Q(valid_until__isnull=False)),
            last=Max("valid_until"),
            in_no_year=Count("pk", filter=Q(valid_until__isnull=True)),
        )
        first, last = (found[key] and found[key].year for key in ("first", "last"))
        return first, last, found["in_no_year"]

    def count_by_year(self, years):
        """Count the labels held at the end of each year, by level and year."""
        stops = [
            Coalesce(name, datetime.date.max, output_field=models.DateField())
            for name in ("revoked_on", "succeeded_on")
        ]
        last_day = When(valid_until__month=12, valid_until__day=31, then=0)
        known = self.filter(valid_until__isnull=False).order_by()
        # Labels that begin and end in the same years are one group.
        groups = known.values_list(
            "level",
            ExtractYear("begins_on"),
            ExtractYear("valid_until") - Case(last_day, default=1),
            ExtractYear(Least(*stops)) - 1,
        )
        counts = defaultdict(Counter)
        for level, first, end, stop, number in groups.annotate(number=Count("pk")):
            for year in years:
                if first <= year <= min(end, stop):
                    counts[level][year] += number
        return counts

    def due_within_a_year(self, day):
        """Keep what ends, or can be renewed for the last time, in the year to come."""
        last = esca.years_later(day, 1)
        ends = Q(valid_until__range=(day, last))
        closes = Q(open_until__range=(day, last), level__in=list(esca.RULED_LEVELS))
        stands = label_conditions.standing(day, self._all)
        return (
            self.filter(ends | closes, stands, begins_on__lte=day)
            .select_related("cluster__country")
            .order_by("valid_until", "cluster__name_key", "pk")
        )


class LabelManager(models.Manager.from_queryset(LabelQuerySet)):
    def get_queryset(self):
        """Let each label know what only the others of its cluster tell."""
        return labels_with_succession(self.model).using(self._db)


@functools.cache
def labels_with_succession(model) -> LabelQuerySet:
    """Return the query of all labels, made once.

    To make it takes more than a millisecond, and Django asks for it for each cluster
    whose labels it loads.
    """
    return LabelQuerySet(model).with_succession()
