from django.db.models import Case, F, IntegerField, Prefetch, Q, Value, When

from portal.folding import fold
from portal.publishing.models import PublicQuerySet, PublishableQuerySet


class CountryQuerySet(PublishableQuerySet):
    def search(self, text):
        """Find countries by name, alias, code or capital, accents and case aside."""
        folded = fold(text)
        named = Q(name_key__contains=folded) | Q(
            # A subquery, because joining the aliases would repeat the country.
            pk__in=self.model.objects.filter(aliases__name_key__contains=folded)
        )
        return self.filter(named | Q(iso2__iexact=text) | Q(iso3__iexact=text))

    def targets(self):
        return self.filter(is_target=True)

    def for_names(self):
        """Load what a link to a country displays, and no more."""
        return self.only("iso2", "slug", "name", "name_key").order_by("name_key", "pk")


class SectionQuerySet(PublishableQuerySet):
    def for_country_page(self):
        """Load the sections in the order in which the page shows them."""
        order = [
            When(kind=kind, then=Value(position))
            for position, kind in enumerate(self.model.Kind.values)
        ]
        return self.prefetch_related("sources").order_by(
            Case(*order, output_field=IntegerField())
        )


class FactQuerySet(PublicQuerySet):
    def preferred(self):
        return self.filter(preferred=True)

    def latest(self):
        """Put the latest year of each indicator first, in the order of indicators."""
        return self.order_by(
            "indicator__position",
            "indicator__code",
            F("year").desc(nulls_last=True),
            "pk",
        )

    def for_country_page(self):
        return self.preferred().latest().select_related("indicator", "source")


class OrganisationQuerySet(PublicQuerySet):
    def for_country_page(self):
        successors = Prefetch("successor", self.model.objects.published())
        return self.prefetch_related(successors, "sources")


class ReportQuerySet(PublicQuerySet):
    def for_country_page(self):
        return self.prefetch_related("sources").order_by(
            F("published_on").desc(nulls_last=True), "title"
        )
