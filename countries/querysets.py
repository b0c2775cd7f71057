from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from portal.folding import fold
from portal.linked_counts import number_linked
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

    def for_list(self):
        """Load what the list of countries displays beside each name."""
        clusters = self._number_of("clusters")
        partnerships = self._number_of("targeting_partnerships")
        return self.annotate(
            cluster_count=clusters, partnership_count=partnerships
        ).defer("intro")

    def for_export(self):
        """Load all that a download says, which the list displays or has in its row."""
        return self.all()

    def named(self, text):
        """Find one country by its code of two letters, or else by its slug."""
        if len(text) == 2:
            return self.filter(iso2=text.upper())
        return self.filter(slug=text)

    def for_api(self, needs):
        """Load what the API was asked for of a country, in one query per part."""
        parts = [
            Prefetch(
                name,
                self.model._meta.get_field(name)
                .related_model.objects.published()
                .for_country_page(),
            )
            for name in ("sections", "facts", "organisations", "reports")
            if name in needs
        ]
        if "aliases" in needs:
            aliases = self.model._meta.get_field("aliases").related_model.objects
            parts.append(Prefetch("aliases", aliases.told()))
        counts = {
            "cluster_count": "clusters",
            "partnership_count": "targeting_partnerships",
        }
        return self.annotate(
            **{
                name: self._number_of(counted)
                for name, counted in counts.items()
                if name in needs
            }
        ).prefetch_related(*parts, *needs & {"sources"})

    def for_comparison(self, countries):
        """Return these countries in their order, with all that a comparison says."""
        found = self.prefetch_related("sources").in_bulk([one.pk for one in countries])
        return [found[one.pk] for one in countries if one.pk in found]

    def for_open_data(self):
        """Add the numbers that the data set has, in the order of the codes."""
        return self.annotate(
            cluster_count=self._number_of("clusters"),
            partnership_count=self._number_of("targeting_partnerships"),
        ).order_by("iso2")

    def _number_of(self, name):
        """Count the public records that point at a country by ``name``."""
        field = self.model._meta.get_field(name)
        known = number_linked(field.related_model, field.field.name)
        if known is not None:
            return known
        related = field.related_model.objects.published()
        # Each count is its own subquery, so that two do not multiply.
        counted = (
            related.filter(**{field.field.name: OuterRef("pk")})
            .order_by()
            .values(field.field.name)
            .annotate(number=Count("pk"))
            .values("number")
        )
        return Coalesce(Subquery(counted), 0)

    def for_names(self):
        """Load what a link to a country displays, and no more."""
        return self.only("iso2", "slug", "name", "name_key").order_by("name_key", "pk")


class AliasQuerySet(QuerySet):
    def told(self):
        """Leave out other spellings of the country's own name.

        Search and imports find the country by all of them.
        """
        return self.exclude(name_key=F("country__name_key"))


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
    def latest(self):
        """Keep the latest preferred figure of each country and indicator."""
        place = Window(
            RowNumber(),
            partition_by=[F("country"), F("indicator")],
            order_by=[F("year").desc(nulls_last=True), F("pk").asc()],
        )
        preferred = self.filter(preferred=True).annotate(place=place)
        return preferred.filter(place=1)

    def for_country_page(self):
        """Load the latest figures in the order of the indicators."""
        return (
            self.latest()
            .select_related("indicator", "source")
            .order_by("indicator__position", "indicator__code")
        )

    def as_series(self):
        """Sort by country and indicator, the latest year first."""
        return self.order_by(
            "country__iso2",
            "indicator__position",
            "indicator__code",
            F("year").desc(nulls_last=True),
            "pk",
        )

    def for_api(self, needs):
        return self.prefetch_related(*needs & {"country", "indicator", "source"})


class OrganisationQuerySet(PublicQuerySet):
    def for_country_page(self):
        successors = Prefetch("successor", self.model.objects.published())
        return self.prefetch_related(successors, "sources")


class ReportQuerySet(PublicQuerySet):
    def for_country_page(self):
        return self.prefetch_related("sources").order_by(
            F("published_on").desc(nulls_last=True), "title"
        )


class SourceQuerySet(QuerySet):
    def cited(self):
        """Keep the sources that a public record cites."""
        condition = Q()
        for relation in self.model._meta.related_objects:
            citing = relation.related_model.objects.published()
            condition |= Exists(
                citing.filter(**{relation.field.name: OuterRef("pk")}).order_by()
            )
        return self.filter(condition)
