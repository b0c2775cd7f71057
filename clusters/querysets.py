from django.db import models
from django.db.models import Case, CharField, Count, F, Prefetch, Q, Value, When
from django.db.models.functions import Coalesce

from portal.folding import fold
from portal.publishing.models import PublicQuerySet, PublishableQuerySet

from . import esca


def held_condition(day, path="") -> Q:
    """Return the condition under which labels are known to be in force on ``day``.

    An end that is not known proves nothing. Where only the end is known, the
    label has run for at least its first period before it.
    """
    begun = Q(**{f"{path}awarded_on__lte": day}) | Q(
        **{
            f"{path}awarded_on__isnull": True,
            f"{path}valid_until__lt": esca.years_later(day, esca.FIRST_PERIOD_YEARS),
        }
    )
    not_revoked = Q(**{f"{path}revoked_on__isnull": True}) | Q(
        **{f"{path}revoked_on__gt": day}
    )
    return begun & not_revoked & Q(**{f"{path}valid_until__gte": day})


def renewable_condition(day, path="") -> Q:
    """Return the condition under which ended labels can still be renewed."""
    return Q(
        **{
            f"{path}level__in": ["bronze", "silver"],
            f"{path}revoked_on__isnull": True,
            f"{path}valid_until__lt": day,
            f"{path}valid_until__gte": esca.years_later(day, -esca.RENEWABLE_YEARS),
        }
    )


def lapsed_condition(day, path="") -> Q:
    """Return the condition under which labels are known to have ended for good."""
    revoked = Q(**{f"{path}revoked_on__lte": day})
    ended = Q(**{f"{path}valid_until__lt": day}) & ~renewable_condition(day, path)
    return revoked | ended


def label_condition(state, day, path="") -> Q:
    """Return the condition for labels in ``state`` on ``day``, one of LABEL_STATES."""
    conditions = {
        "held": held_condition,
        "renewable": renewable_condition,
        "lapsed": lapsed_condition,
    }
    if state == "ever":
        return Q(**{f"{path}pk__isnull": False})
    return conditions[state](day, path)


class TermQuerySet(models.QuerySet):
    def with_children(self, codes):
        """Keep the entries with these codes, and the children of these entries."""
        return self.filter(Q(code__in=codes) | Q(parent__code__in=codes))

    def for_api(self):
        return self.select_related("parent")


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
        """Find clusters by name, acronym, city or region, accents and case aside."""
        folded = fold(text)
        return self.filter(
            Q(name_key__contains=folded)
            | Q(acronym_key__contains=folded)
            | Q(region_key__contains=folded)
            | Q(city__icontains=text)
        )

    def labelled(self, state, day, levels=()):
        """Keep the clusters with a label in ``state`` on ``day``, of these levels."""
        condition = label_condition(state, day, "labels__")
        if levels:
            condition &= Q(labels__level__in=levels)
        return self.linked(condition)

    def counted_by_label(self, state, day):
        """Return how many of these have a label of each level in ``state``."""
        labels = self.model._meta.get_field("labels").related_model.objects
        rows = labels.filter(
            label_condition(state, day), cluster__in=self.order_by().values("pk")
        )
        rows = rows.order_by().values_list("level")
        return dict(rows.annotate(number=Count("cluster", distinct=True)))

    def in_partnerships(self, wanted=True):
        """Keep the partners of public partnerships, or those that are none."""
        memberships = self.model._meta.get_field("memberships").related_model
        partners = memberships.objects.published().exclude(cluster=None)
        is_partner = Q(pk__in=partners.values("cluster"))
        return self.filter(is_partner if wanted else ~is_partner)

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
            Prefetch("memberships", published["memberships"].for_cluster_page(day)),
            Prefetch(
                "achievements", published["achievements"].latest_first().for_list()
            ),
            Prefetch("news", published["news"].latest_first()),
        )

    def for_api(self, day):
        """Load all that the API says of a cluster, with its labels as on ``day``."""
        labels = self.model._meta.get_field("labels").related_model.objects
        return self.select_related("country").prefetch_related(
            Prefetch("labels", labels.published().with_state(day)),
            "labels__sources",
            "industries",
            "technology_fields",
            "sources",
        )

    def for_names(self):
        """Load what a link to a cluster displays, and no more."""
        return self.only("slug", "name", "name_key", "acronym").order_by(
            "name_key", "pk"
        )


class LabelQuerySet(PublicQuerySet):
    def held_on(self, day):
        """Keep the labels known to be in force on ``day``."""
        return self.filter(held_condition(day))

    def with_state(self, day):
        """Annotate ``state`` on ``day``; null where no dates tell it."""
        states = [
            When(label_condition(state, day), then=Value(state))
            for state in ("held", "renewable", "lapsed")
        ]
        return self.annotate(
            state=Case(*states, default=Value(None), output_field=CharField())
        )

    def for_api(self, day):
        """Load all that the API says of a label."""
        return (
            self.with_state(day)
            .select_related("cluster__country")
            .prefetch_related("sources")
        )

    def count_by_level(self):
        """Return the number of labels of each level, as a dictionary."""
        return dict(self.order_by().values_list("level").annotate(number=Count("pk")))

    def count_by_country(self, day):
        """Count held labels and clusters ever labelled, a row per country and level.

        Each row has country, slug, level, ``held`` (labels known to be in force
        on ``day``) and ``ever`` (clusters with such a label on record).
        """
        return (
            self.order_by()
            .values(
                "level",
                country=F("cluster__country__name"),
                slug=F("cluster__country__slug"),
                iso2=F("cluster__country__iso2"),
            )
            .annotate(
                held=Count("pk", filter=held_condition(day)),
                ever=Count("cluster", distinct=True),
            )
            .order_by("cluster__country__name_key", "level")
        )

    def ending_within_a_year(self, day):
        """Keep the labels in force that end in the year after ``day``, soonest first."""
        return (
            self.held_on(day)
            .filter(valid_until__lte=esca.years_later(day, 1))
            .select_related("cluster__country")
            .order_by("valid_until", "cluster__name_key", "pk")
        )
