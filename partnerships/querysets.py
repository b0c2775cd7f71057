from django.db.models import (
    Case,
    CharField,
    Count,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from clusters.models import Cluster, Industry, TechnologyField
from clusters.names import clusters_called
from clusters.querysets import ClassifiedQuerySet
from countries.models import Country
from portal.folding import fold
from portal.publishing.models import PublicQuerySet
from portal.rows_by_key import AmongKeys


class PartnershipQuerySet(ClassifiedQuerySet):
    def search(self, text):
        """Find partnerships by acronym, name or partner, accents and case aside.

        A partner that is a cluster has to be public.
        """
        folded = fold(text)
        memberships = self.model.memberships.rel.related_model.objects.order_by()
        named = self.model.objects.order_by().values_list("pk")
        partners = memberships.values_list("partnership")
        # Parts that each have an index of their own; an OR of them would have none.
        return self.filter(
            pk__in=named.filter(acronym_key__holds=folded).union(
                named.filter(name_key__holds=folded),
                partners.filter(partner_name_key__holds=folded),
                partners.filter(AmongKeys("cluster", clusters_called(folded))),
            )
        )

    def with_state(self, day):
        """Annotate ``state``, derived from start and end, as it is on ``day``."""
        states = self.model.State
        return self.annotate(
            state=Case(
                When(end__lt=day, then=Value(states.ENDED.value)),
                When(start__gt=day, then=Value(states.PLANNED.value)),
                When(start__lte=day, end__gte=day, then=Value(states.RUNNING.value)),
                default=Value(states.NOT_STATED.value),
                output_field=CharField(),
            )
        )

    def in_state(self, states, day):
        return self.with_state(day).filter(state__in=states)

    def counted_by_state(self, day):
        """Return how many of these partnerships are in each state on ``day``."""
        rows = self.order_by().with_state(day).values_list("state")
        return dict(rows.annotate(number=Count("pk", distinct=True)))

    def counted_by_partner_country(self):
        """Return how many of these have a public partner from each country."""
        memberships = self.model.memberships.rel.related_model.objects.published()
        home = Coalesce("cluster__country__iso2", "country__iso2")
        rows = memberships.filter(partnership__in=self.order_by().values("pk"))
        rows = rows.order_by().annotate(home=home).values_list("home")
        return dict(rows.annotate(number=Count("partnership", distinct=True)))

    def targeting_any(self, codes):
        """Keep what targets one or more of the countries with these iso2 codes."""
        return self.linked(Q(targets__iso2__in=codes))

    def targeting_all(self, codes):
        """Keep what targets every one of the countries with these iso2 codes."""
        queryset = self
        for code in set(codes):
            queryset = queryset.targeting_any([code])
        return queryset

    def with_partners_from(self, codes):
        """Keep what has a public partner from one of these countries."""
        memberships = self.model.memberships.rel.related_model.objects.published()
        partners = memberships.filter(
            Q(cluster__country__iso2__in=codes) | Q(country__iso2__in=codes)
        )
        return self.filter(pk__in=partners.values("partnership"))

    def for_table(self, day):
        """Load all that a row of the table displays, in one query per column."""
        return self.with_state(day).prefetch_related(
            Prefetch("targets", Country.objects.published().for_names()),
            Prefetch("technology_fields", TechnologyField.objects.order_by("code")),
            Prefetch("industries", Industry.objects.order_by("code")),
        )

    def for_names(self):
        """Load what a link to a partnership displays, and no more."""
        return self.only("slug", "acronym", "acronym_key", "name")

    def for_export(self):
        """Load all that a download says, which is what a row of the table displays."""
        return self.all()

    def for_api(self, needs, day):
        """Load what the API was asked for of a partnership, with its state on ``day``."""
        memberships = self.model.memberships.rel.related_model.objects
        industries = Industry.objects.order_by("code")
        fields = TechnologyField.objects.order_by("code")
        parts = {
            "targets": Country.objects.published().for_names(),
            "industries": industries,
            "technology_fields": fields,
            "suggested_industries": industries,
            "suggested_technology_fields": fields,
            "memberships": memberships.published().for_api(),
        }
        partnerships = self.with_state(day) if "state" in needs else self
        return partnerships.prefetch_related(
            *(Prefetch(name, part) for name, part in parts.items() if name in needs),
            *needs & {"sources"},
        )

    def for_open_data(self, day):
        """Add what the data set derives of a partnership, in the order of addresses."""
        memberships = self.model.memberships.rel.related_model.objects.published()
        counted = (
            memberships.filter(partnership=OuterRef("pk"))
            .order_by()
            .values("partnership")
            .annotate(number=Count("pk"))
            .values("number")
        )
        partnerships = self.with_state(day).order_by("slug")
        return partnerships.annotate(
            counted_partner_count=Coalesce(Subquery(counted), 0)
        )

    def for_page(self, day):
        """Load all that the page of a partnership displays."""
        memberships = self.model.memberships.rel.related_model.objects
        return self.for_table(day).prefetch_related(
            "suggested_technology_fields",
            "suggested_industries",
            "sources",
            Prefetch("memberships", memberships.published().for_partnership_page()),
        )


class MembershipQuerySet(PublicQuerySet):
    def for_partnership_page(self):
        """Load the partners with their country and labels."""
        countries = Country.objects.published().for_names()
        clusters = Cluster.objects.prefetch_related(
            Prefetch("country", countries), "labels"
        )
        return self.prefetch_related(
            Prefetch("cluster", clusters), Prefetch("country", countries), "sources"
        )

    def for_api(self):
        """Load the partners with their country."""
        countries = Country.objects.published().for_names()
        clusters = Cluster.objects.prefetch_related(Prefetch("country", countries))
        return self.prefetch_related(
            Prefetch("cluster", clusters), Prefetch("country", countries)
        )

    def by_partnership(self):
        return self.order_by("partnership__slug", "role", "pk")

    def for_cluster_page(self, day):
        """Load the memberships of a cluster with their partnerships."""
        partnerships = self.model.partnership.field.related_model.objects
        return self.prefetch_related(
            Prefetch("partnership", partnerships.with_state(day))
        )
