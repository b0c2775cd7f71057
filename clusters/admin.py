from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.admin import RecordAdmin, RelatedFilter, StackedRows, TabularRows
from portal.importing.admin import ImportingAdmin
from portal.publishing.admin import PublishableAdmin

from . import esca
from .concerns import OF_LABELS
from .importers import ClusterImporter
from .label_forms import LabelForm, LabelFormSet, explanation
from .label_importers import LabelImporter
from .merge_admin import MergingAdmin
from .models import (
    Cluster,
    EscaLabel,
    FormerName,
    Industry,
    MemberCount,
    TechnologyField,
)

PERIOD = [
    ("awarded_on", "awarded_on_precision"),
    ("valid_until", "valid_until_precision"),
    "by_rule",
    ("runs_from", "runs_from_precision"),
    "revoked_on",
]


class TermAdmin(RecordAdmin):
    list_display = ["code", "title", "parent"]
    list_select_related = ["parent"]
    list_filter = [("parent", RelatedFilter)]
    search_fields = ["code", "title_key"]
    search_help_text = _("The code or words of the title.")
    autocomplete_fields = ["parent"]
    fields = ["code", "title", "parent"]


@admin.register(Industry)
class IndustryAdmin(TermAdmin):
    examples = {
        "code": _(
            "Of NACE Rev. 2, for instance C for a section or C13 for a division."
        ),
        "title": _("For instance Manufacture of textiles."),
        "parent": _("The section of a division; empty for a section."),
    }


@admin.register(TechnologyField)
class TechnologyFieldAdmin(TermAdmin):
    examples = {
        "code": _("Of the IPC, for instance D for a section or D03 for a class."),
        "title": _("For instance Weaving."),
        "parent": _("The section of a class; empty for a section."),
    }


class LabelRows(StackedRows):
    model = EscaLabel
    form = LabelForm
    formset = LabelFormSet
    show_change_link = True
    autocomplete_fields = ["sources"]
    fields = ["level", *PERIOD, "sources"]


class FormerNameRows(TabularRows):
    model = FormerName
    fields = ["name", "until", "until_precision"]


class MemberCountRows(TabularRows):
    model = MemberCount
    autocomplete_fields = ["sources"]
    fields = ["year", "number", "sources"]


@admin.register(Cluster)
class ClusterAdmin(MergingAdmin, ImportingAdmin, PublishableAdmin):
    importer_class = ClusterImporter
    actions = [*PublishableAdmin.actions, *MergingAdmin.actions]
    list_display = ["name", "acronym", "standing", "country", "portfolio", "updated_at"]
    list_select_related = ["country"]
    list_filter = [
        "status",
        "portfolio",
        ("country", RelatedFilter),
    ]
    search_fields = ["name_key"]
    search_help_text = _("The name, acronym, region or city; accents do not matter.")
    autocomplete_fields = ["country", "industries", "technology_fields", "sources"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [LabelRows, FormerNameRows, MemberCountRows]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "acronym"),
                    "slug",
                    "country",
                    ("region", "city"),
                    "summary",
                    ("website", "website_reachable_on"),
                ]
            },
        ),
        (
            _("Fields of work"),
            {"fields": ["portfolio", "industries", "technology_fields"]},
        ),
        (
            _("Size and age"),
            {"fields": ["founded", ("member_count", "member_count_year")]},
        ),
        (_("Sources"), {"fields": ["sources"]}),
        PublishableAdmin.publication,
    ]
    examples = {
        "name": _("For instance Clúster Automotriz de Nuevo León."),
        "acronym": _("For instance CLAUT."),
        "slug": _("For instance claut, for the address /clusters/claut/."),
        "region": _("For instance Nuevo León."),
        "city": _("For instance Monterrey."),
        "portfolio": _("Under which ESCA lists the cluster."),
        "founded": _("The year, for instance 2007."),
        "member_count_year": _("For instance 2017."),
        "website": _("For instance https://www.claut.com.mx."),
        "summary": _("Who the members are, and what they do together."),
    }

    def save_model(self, request, obj, form, change):
        """Keep a former address, and warn of what may be the same cluster."""
        super().save_model(request, obj, form, change)
        if change and "slug" in form.changed_data:
            obj.leave_address(form.initial["slug"])
        if not change or self.telling.intersection(form.changed_data):
            self.warn_of_duplicates(request, obj)

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        for row in formset.forms:
            if getattr(row, "explained", ""):
                self.message_user(request, row.explained)


@admin.register(EscaLabel)
class EscaLabelAdmin(ImportingAdmin, RecordAdmin):
    importer_class = LabelImporter
    concerns = OF_LABELS
    form = LabelForm
    list_display = ["cluster", "level", "awarded", "ends", "revoked_on"]
    list_filter = ["level", ("cluster__country", RelatedFilter)]
    search_fields = ["cluster__name_key", "cluster__acronym_key"]
    search_help_text = _("The name or acronym of the cluster; accents do not matter.")
    ordering = ["cluster__name_key", "-valid_until", "pk"]
    autocomplete_fields = ["cluster", "sources"]
    readonly_fields = ["by_the_rules"]
    fieldsets = [
        (None, {"fields": ["cluster", "level"]}),
        (_("Period"), {"fields": [*PERIOD, "by_the_rules"]}),
        (_("Sources"), {"fields": ["sources"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("cluster")

    @admin.display(description=_("awarded on"), ordering="awarded_on")
    def awarded(self, label):
        return label.get_awarded_on_display()

    @admin.display(description=_("valid until"), ordering="valid_until")
    def ends(self, label):
        return label.get_valid_until_display()

    @admin.display(description=_("by the rules"))
    def by_the_rules(self, label):
        """Say what the rules tell of a label as it is stored."""
        if label.pk is None:
            return _("Told when the label is saved.")
        proposal = esca.propose(label.period, label.other_periods())
        return explanation(label.level, proposal)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if form.explained:
            self.message_user(request, form.explained)
