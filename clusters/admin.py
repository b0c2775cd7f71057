from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.admin import RecordAdmin, RowFormSet, StackedRows
from portal.publishing.admin import PublishableAdmin

from .models import Cluster, EscaLabel, Industry, TechnologyField

PERIOD = [
    ("awarded_on", "awarded_on_precision"),
    ("valid_until", "valid_until_precision"),
    "revoked_on",
]


class TermAdmin(RecordAdmin):
    list_display = ["code", "title", "parent"]
    list_select_related = ["parent"]
    list_filter = [("parent", admin.RelatedOnlyFieldListFilter)]
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


def overlap(label, other):
    """Tell whether two labels of one level are known to run at the same time."""
    known = (label.awarded_on, label.valid_until, other.awarded_on, other.valid_until)
    return (
        label.level == other.level
        and all(known)
        and label.awarded_on < other.valid_until
        and other.awarded_on < label.valid_until
    )


class LabelFormSet(RowFormSet):
    def clean(self):
        """Refuse rows of one level that overlap, as the model does for saved ones."""
        super().clean()
        labels = []
        for form in self.filled_forms():
            label = form.instance
            if any(overlap(label, other) for other in labels):
                form.add_error(None, _("Another row has this level at the same time."))
            labels.append(label)


class LabelRows(StackedRows):
    model = EscaLabel
    formset = LabelFormSet
    show_change_link = True
    autocomplete_fields = ["sources"]
    fields = ["level", *PERIOD, "sources"]


@admin.register(Cluster)
class ClusterAdmin(PublishableAdmin):
    list_display = ["name", "acronym", "status", "country", "portfolio", "updated_at"]
    list_select_related = ["country"]
    list_filter = [
        "status",
        "portfolio",
        ("country", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["name_key"]
    search_help_text = _("The name, acronym, region or city; accents do not matter.")
    autocomplete_fields = ["country", "industries", "technology_fields", "sources"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [LabelRows]
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
                    "website",
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


@admin.register(EscaLabel)
class EscaLabelAdmin(RecordAdmin):
    list_display = ["cluster", "level", "awarded", "ends", "revoked_on"]
    list_filter = ["level", ("cluster__country", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["cluster__name_key", "cluster__acronym_key"]
    search_help_text = _("The name or acronym of the cluster; accents do not matter.")
    ordering = ["cluster__name_key", "-valid_until", "pk"]
    autocomplete_fields = ["cluster", "sources"]
    fieldsets = [
        (None, {"fields": ["cluster", "level"]}),
        (_("Period"), {"fields": PERIOD}),
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
