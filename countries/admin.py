from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.admin import (
    RecordAdmin,
    RelatedFilter,
    StackedRows,
    TabularRows,
)
from portal.desk import Progress
from portal.folding import fold
from portal.importing.admin import ImportingAdmin
from portal.publishing.admin import PublishableAdmin
from portal.record_forms import RowFormSet
from portal.rich_text_editor import FIGURES_OF_COUNTRY

from .completeness import missing_in, parts, percent_of, with_parts
from .concerns import OF_COUNTRIES, OF_FACTS, OF_SECTIONS
from .importers import FactImporter
from .models import (
    Country,
    CountryAlias,
    CountrySection,
    Fact,
    Indicator,
    Organisation,
    Report,
    Source,
)

# How many the start page names.
COUNTRIES_SHOWN = 10
OF_COUNTRIES_IN_USE = ("country", RelatedFilter)


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    list_display = ["title", "publisher", "licence", "retrieved_on"]
    list_filter = [("licence", admin.EmptyFieldListFilter)]
    search_fields = ["title", "citation", "publisher"]
    search_help_text = _("Words of the title, citation or publisher.")
    fieldsets = [
        (None, {"fields": ["citation", "title", "publisher", "url"]}),
        (_("Use"), {"fields": [("licence", "retrieved_on")]}),
    ]
    examples = {
        "title": _("For instance Global Competitiveness Report 2018."),
        "publisher": _("For instance World Economic Forum."),
        "url": _("For instance https://www.example.org/report.pdf."),
        "retrieved_on": _("The day on which you read it."),
    }


class AliasFormSet(RowFormSet):
    def unique_keys(self, instance):
        yield fold(instance.name), _("This name stands in another row as well.")


class AliasRows(TabularRows):
    model = CountryAlias
    formset = AliasFormSet
    fields = ["name"]


class SectionRows(StackedRows):
    model = CountrySection
    classes = ["collapse"]
    max_num = len(CountrySection.Kind)
    show_change_link = True
    autocomplete_fields = ["sources"]
    readonly_fields = ["status"]
    fields = [("kind", "status"), "lead", "rest", ("as_at", "review_by"), "sources"]


class FactFormSet(RowFormSet):
    def unique_keys(self, instance):
        if instance.preferred:
            message = _("Another row is already preferred for this year.")
            yield (instance.indicator_id, instance.year or 0), message


class FactRows(TabularRows):
    model = Fact
    formset = FactFormSet
    classes = ["collapse"]
    autocomplete_fields = ["indicator", "source"]
    fields = ["indicator", "year", "value", "source", "note", "preferred"]

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        return queryset.select_related("indicator", "source").latest()


class OrganisationFormSet(RowFormSet):
    def unique_keys(self, instance):
        yield fold(instance.name), _("This name stands in another row as well.")


class OrganisationRows(TabularRows):
    model = Organisation
    formset = OrganisationFormSet
    classes = ["collapse"]
    show_change_link = True
    fields = ["name", "acronym", "kind", "website"]


class ReportRows(StackedRows):
    model = Report
    classes = ["collapse"]
    autocomplete_fields = ["sources"]
    fields = [
        "title",
        "file",
        "url",
        "language",
        ("published_on", "published_on_precision"),
        "sources",
    ]


@admin.register(Country)
class CountryAdmin(PublishableAdmin):
    concerns = [*PublishableAdmin.concerns, OF_COUNTRIES]
    list_display = ["name", "standing", "iso2", "region", "complete", "updated_at"]
    list_filter = ["status", "is_target", "region"]
    search_fields = ["name_key"]
    search_help_text = _("A name, another name or an ISO code; accents do not matter.")
    autocomplete_fields = ["sources", "editors"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [AliasRows, ReportRows, FactRows, SectionRows, OrganisationRows]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "slug",
                    ("iso2", "iso3"),
                    ("region", "subregion"),
                    "is_target",
                    "intro",
                ]
            },
        ),
        (
            _("Key facts"),
            {
                "fields": [
                    "capital",
                    ("currency_name", "currency_code"),
                    "area_km2",
                    "sources",
                ]
            },
        ),
        (_("Editors"), {"fields": ["editors"]}),
        PublishableAdmin.publication,
    ]
    examples = {
        "name": _("For instance Mexico."),
        "slug": _("For instance mexico, for the address /countries/mexico/."),
        "iso2": _("For instance MX."),
        "iso3": _("For instance MEX."),
        "region": _("For instance Americas."),
        "subregion": _("For instance Latin America and the Caribbean."),
        "capital": _("For instance Mexico City."),
        "currency_name": _("For instance Peso."),
        "currency_code": _("For instance MXN."),
        "area_km2": _("For instance 1972550. Empty where not stated."),
        "editors": _("Who keeps this country up to date."),
    }

    def get_readonly_fields(self, request, obj=None):
        """Leave it to those who manage accounts to say who the editors are."""
        fields = super().get_readonly_fields(request, obj)
        if request.user.has_perm("auth.change_user"):
            return fields
        return [*fields, "editors"]

    def get_queryset(self, request):
        return with_parts(super().get_queryset(request))

    def progress(self, request):
        """Return the pages of target countries that miss most, for the start page."""
        targets = self.get_queryset(request).targets()
        missing = targets.filter(part_count__lt=len(parts()))
        return [
            Progress(
                country.name,
                reverse("admin:countries_country_change", args=[country.pk]),
                percent_of(country),
                missing_in(country),
            )
            for country in missing.order_by("part_count", "name_key")[:COUNTRIES_SHOWN]
        ]

    @admin.display(description=_("complete"), ordering="part_count")
    def complete(self, country):
        return _("%(number)d %%") % {"number": percent_of(country)}


@admin.register(CountrySection)
class CountrySectionAdmin(PublishableAdmin):
    concerns = [*PublishableAdmin.concerns, OF_SECTIONS]
    list_display = ["country", "kind", "standing", "as_at", "updated_at", "updated_by"]
    list_filter = ["status", "kind", OF_COUNTRIES_IN_USE]
    search_fields = ["country__name_key", "lead", "rest"]
    search_help_text = _("The country, or words of the text.")
    ordering = ["country__name_key", "pk"]
    autocomplete_fields = ["country", "sources"]
    fieldsets = [
        (None, {"fields": [("country", "kind"), "lead", "rest"]}),
        (_("How long it holds"), {"fields": [("as_at", "review_by"), "sources"]}),
        PublishableAdmin.publication,
    ]
    examples = {
        "lead": _("One or two sentences that stand for themselves."),
        "rest": FIGURES_OF_COUNTRY,
    }

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        return queryset.select_related("country", "updated_by")


@admin.register(Indicator)
class IndicatorAdmin(RecordAdmin):
    list_display = ["name", "code", "unit", "price_basis", "is_key_fact", "position"]
    list_filter = ["is_key_fact", "price_basis"]
    search_fields = ["name", "code"]
    search_help_text = _("Words of the name, or the code.")
    prepopulated_fields = {"code": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "code", ("is_key_fact", "position")]}),
        (
            _("Meaning"),
            {"fields": ["unit", ("price_basis", "currency_code")]},
        ),
        (_("Appearance"), {"fields": [("decimals", "in_words")]}),
        (_("Check"), {"fields": [("sane_minimum", "sane_maximum"), "expected_every"]}),
    ]
    examples = {
        "name": _("For instance GDP per head."),
        "code": _("For instance gdp-per-head."),
        "currency_code": _("For instance USD."),
        "position": _("Lower numbers come first."),
        "sane_minimum": _("For instance 0. A smaller value is refused."),
        "sane_maximum": _("For instance 100 for a share in %."),
    }


@admin.register(Fact)
class FactAdmin(ImportingAdmin, RecordAdmin):
    importer_class = FactImporter
    concerns = [OF_FACTS]
    list_display = ["indicator", "country", "year", "figure", "source", "preferred"]
    list_filter = [
        "preferred",
        OF_COUNTRIES_IN_USE,
        ("indicator", RelatedFilter),
    ]
    search_fields = ["country__name_key", "indicator__name", "source__title", "note"]
    search_help_text = _("The country, indicator, source or note.")
    ordering = ["country__name_key", "indicator__position", "-year", "pk"]
    autocomplete_fields = ["country", "indicator", "source"]
    fieldsets = [
        (None, {"fields": [("country", "indicator"), ("value", "year")]}),
        (_("Where it comes from"), {"fields": ["source", "note", "preferred"]}),
    ]
    examples = {
        "value": _("For instance 119530753, in the unit of the indicator."),
        "note": _("For instance: estimate of the national statistical office."),
    }

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        return queryset.select_related("country", "indicator", "source")

    @admin.display(description=_("value"), ordering="value")
    def figure(self, fact):
        return fact.display_value


@admin.register(Organisation)
class OrganisationAdmin(RecordAdmin):
    list_display = ["name", "acronym", "country", "kind", "ended"]
    list_select_related = ["country"]
    list_filter = ["kind", OF_COUNTRIES_IN_USE]
    search_fields = ["name_key", "acronym", "country__name_key"]
    search_help_text = _("The name, acronym or country; accents do not matter.")
    autocomplete_fields = ["country", "successor", "sources"]
    fieldsets = [
        (None, {"fields": [("name", "acronym"), "kind", "country", "website"]}),
        (
            _("End"),
            {"fields": [("ended_on", "ended_on_precision"), "successor"]},
        ),
        (_("Sources"), {"fields": ["sources"]}),
    ]
    examples = {
        "name": _("For instance Secretaría de Economía."),
        "acronym": _("For instance SE."),
        "website": _("For instance https://www.gob.mx/se."),
        "ended_on": _("Empty while the organisation exists."),
        "successor": _("Who took over its tasks."),
    }

    @admin.display(description=_("ended on"), ordering="ended_on")
    def ended(self, organisation):
        return organisation.get_ended_on_display()


@admin.register(Report)
class ReportAdmin(RecordAdmin):
    list_display = ["title", "country", "language", "date"]
    list_select_related = ["country"]
    list_filter = ["language", OF_COUNTRIES_IN_USE]
    search_fields = ["title", "country__name_key"]
    search_help_text = _("Words of the title, or the country.")
    autocomplete_fields = ["country", "sources"]
    fieldsets = [
        (None, {"fields": ["country", "title", "file", "url"]}),
        (
            _("Edition"),
            {"fields": ["language", ("published_on", "published_on_precision")]},
        ),
        (_("Sources"), {"fields": ["sources"]}),
    ]
    examples = {
        "title": _("For instance Mexico: cluster analysis report."),
        "file": _("A PDF of at most 20 MB, where it has no address."),
        "url": _("For instance https://www.example.org/mexico.pdf."),
    }

    @admin.display(description=_("date"), ordering="published_on")
    def date(self, report):
        return report.get_published_on_display()
