from django.db import models
from django.db.models import Count, Q

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


class TermQuerySet(models.QuerySet):
    def with_children(self, codes):
        """Keep the entries with these codes, and the children of these entries."""
        return self.filter(Q(code__in=codes) | Q(parent__code__in=codes))


class ClusterQuerySet(PublishableQuerySet):
    def search(self, text):
        """Find clusters by name, acronym, city or region, accents and case aside."""
        folded = fold(text)
        return self.filter(
            Q(name_key__contains=folded)
            | Q(acronym_key__contains=folded)
            | Q(region_key__contains=folded)
            | Q(city__icontains=text)
        )

    def holding(self, levels, day):
        """Keep the clusters known to hold a label of these levels on ``day``."""
        # A subquery, because joining the labels would repeat the cluster.
        return self.filter(
            pk__in=self.model.objects.filter(
                held_condition(day, "labels__"), labels__level__in=levels
            ).values("pk")
        )

    def ever_labelled(self, levels):
        """Keep the clusters with a label of these levels on record, old or new."""
        return self.filter(
            pk__in=self.model.objects.filter(labels__level__in=levels).values("pk")
        )

    def for_directory(self):
        """Load all that a row of the directory displays."""
        return self.select_related("country").prefetch_related("labels")

    def for_names(self):
        """Load what a link to a cluster displays, and no more."""
        return self.only("slug", "name", "name_key", "acronym").order_by(
            "name_key", "pk"
        )


class LabelQuerySet(PublicQuerySet):
    def held_on(self, day):
        """Keep the labels known to be in force on ``day``."""
        return self.filter(held_condition(day))

    def count_by_level(self):
        """Return the number of labels of each level, as a dictionary."""
        return dict(self.order_by().values_list("level").annotate(number=Count("pk")))
