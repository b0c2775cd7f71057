from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.admin import RecordAdmin, RelatedFilter, StackedRows
from portal.folding import fold
from portal.importing.admin import ImportingAdmin
from portal.publishing.admin import PublishableAdmin
from portal.record_forms import RowFormSet

from .concerns import OF_PARTNERSHIPS
from .importers import PartnershipImporter
from .models import Membership, Partnership


class MembershipFormSet(RowFormSet):
    def unique_keys(self, instance):
        if instance.role == Membership.Role.LEAD:
            yield "lead", _("Another row is already the lead.")
        if instance.partner_name:
            message = _("This partner stands in another row as well.")
            yield (fold(instance.partner_name), instance.country_id), message


class MembershipRows(StackedRows):
    model = Membership
    formset = MembershipFormSet
    autocomplete_fields = ["cluster", "country", "sources"]
    fields = ["role", "cluster", ("partner_name", "country"), "sources"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("cluster")


@admin.register(Partnership)
class PartnershipAdmin(ImportingAdmin, PublishableAdmin):
    importer_class = PartnershipImporter
    concerns = [*PublishableAdmin.concerns, OF_PARTNERSHIPS]
    list_display = ["acronym", "name", "standing", "generation", "sme_count"]
    list_filter = [
        "status",
        "generation",
        "strand",
        "joining",
        ("targets", RelatedFilter),
    ]
    search_fields = ["acronym_key"]
    search_help_text = _("The acronym, name or a partner; accents do not matter.")
    autocomplete_fields = [
        "targets",
        "technology_fields",
        "industries",
        "suggested_technology_fields",
        "suggested_industries",
        "sources",
    ]
    prepopulated_fields = {"slug": ["acronym"]}
    inlines = [MembershipRows]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("acronym", "generation"),
                    "slug",
                    "name",
                    "summary",
                    "website",
                ]
            },
        ),
        (
            _("How to join"),
            {
                "fields": [
                    "joining",
                    "joining_details",
                    ("contact_name", "contact_email"),
                ]
            },
        ),
        (
            _("Time and funding"),
            {
                "fields": [
                    ("start", "start_precision"),
                    ("end", "end_precision"),
                    ("strand", "funding"),
                ]
            },
        ),
        (
            _("Targets and fields"),
            {
                "fields": [
                    "targets",
                    "technology_fields",
                    "industries",
                    "suggested_technology_fields",
                    "suggested_industries",
                ]
            },
        ),
        (
            _("Declared size"),
            {"fields": [("sme_count", "partner_count"), "sources"]},
        ),
        PublishableAdmin.publication,
    ]
    examples = {
        "acronym": _("For instance EU-TEXTILE2030."),
        "slug": _("For instance eu-textile2030."),
        "name": _("For instance Advanced textile materials for the world."),
        "start": _("Empty where not stated."),
        "end": _("The last day. Empty where not stated."),
        "website": _("For instance https://www.example.eu."),
        "summary": _("What the partnership wants to reach, and where."),
        "joining": _("Empty where not stated."),
        "contact_name": _("For instance a person or an office of the lead."),
        "contact_email": _("Shown to the public; for instance info@example.eu."),
    }


@admin.register(Membership)
class MembershipAdmin(RecordAdmin):
    list_display = ["partner", "partnership", "role", "home"]
    list_select_related = ["partnership", "cluster__country", "country"]
    list_filter = ["role", ("partnership", RelatedFilter)]
    search_fields = [
        "partnership__acronym_key",
        "cluster__name_key",
        "cluster__acronym_key",
        "partner_name_key",
    ]
    search_help_text = _("The partnership or the partner; accents do not matter.")
    ordering = ["partnership__acronym_key", "role", "pk"]
    autocomplete_fields = ["partnership", "cluster", "country", "sources"]
    fieldsets = [
        (None, {"fields": ["partnership", "role"]}),
        (_("Partner"), {"fields": ["cluster", ("partner_name", "country")]}),
        (_("Sources"), {"fields": ["sources"]}),
    ]
    examples = {"cluster": _("Empty where the partner is not in the directory.")}

    @admin.display(description=_("partner"), ordering="partner_name_key")
    def partner(self, membership):
        return membership.name

    @admin.display(description=_("country"))
    def home(self, membership):
        return membership.home_country
