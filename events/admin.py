from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.admin import RelatedFilter, TabularRows
from portal.importing.admin import ImportingAdmin
from portal.publishing.admin import PublishableAdmin
from portal.rich_text_editor import FIGURES_ANYWHERE

from .forms import EventForm
from .importers import EventImporter
from .models import Achievement, Correction, Event, NewsItem

DATE = ("date", "date_precision")


@admin.register(Event)
class EventAdmin(ImportingAdmin, PublishableAdmin):
    importer_class = EventImporter
    form = EventForm
    change_form_template = "admin/events/change_form.html"
    list_display = ["title", "standing", "begins", "city", "country", "state"]
    list_select_related = ["country"]
    list_filter = [
        "status",
        "state",
        "format",
        ("country", RelatedFilter),
    ]
    search_fields = ["title_key"]
    search_help_text = _("Words of the title in their order, or the city.")
    ordering = ["-start", "pk"]
    autocomplete_fields = ["country", "more_countries", "partnerships", "sources"]
    prepopulated_fields = {"slug": ["title"]}
    fieldsets = [
        (None, {"fields": ["title", "slug", "state", "summary"]}),
        (
            _("Time"),
            {
                "fields": [
                    ("starts_on", "starts_on_precision", "starts_at"),
                    ("ends_on", "ends_on_precision", "ends_at"),
                    ("time_zone", "end_time_zone"),
                ]
            },
        ),
        (
            _("Place"),
            {"fields": ["format", ("venue", "city"), "country"]},
        ),
        (
            _("Registration"),
            {"fields": ["website", "registration_url", "registration_deadline"]},
        ),
        (_("About"), {"fields": ["more_countries", "partnerships", "sources"]}),
        PublishableAdmin.publication,
    ]
    examples = {
        "title": _("For instance Matchmaking at Automotive Meetings Querétaro."),
        "slug": _("For instance matchmaking-queretaro-2018."),
        "starts_on": _("The first day of a stated month or year will do."),
        "ends_on": _("Empty for one day."),
        "ends_at": _("For instance 17:30. Empty for a whole day."),
        "venue": _("For instance Querétaro Centro de Congresos."),
        "city": _("For instance Querétaro."),
        "registration_url": _("For instance https://www.example.org/register."),
        "registration_deadline": _("The last day on which one can register."),
    }

    @admin.display(description=_("first day"), ordering="start")
    def begins(self, event):
        return event.get_starts_on_display()


class DatedAdmin(PublishableAdmin):
    """Achievements and news: things with a date, the latest first."""

    list_display = ["title", "standing", "dated", "updated_at", "updated_by"]
    list_select_related = ["updated_by"]
    list_filter = ["status", ("countries", RelatedFilter)]
    search_fields = ["title_key"]
    search_help_text = _("Words of the title or summary, in their order.")
    prepopulated_fields = {"slug": ["title"]}

    @admin.display(description=_("date"), ordering="date")
    def dated(self, record):
        return record.get_date_display()


@admin.register(Achievement)
class AchievementAdmin(DatedAdmin):
    autocomplete_fields = [
        "countries",
        "clusters",
        "labels",
        "partnerships",
        "sources",
    ]
    fieldsets = [
        (None, {"fields": ["title", "slug", DATE, "summary", "body"]}),
        (_("Image"), {"fields": ["image", "image_alt"]}),
        (
            _("About"),
            {"fields": ["countries", "clusters", "labels", "partnerships"]},
        ),
        (_("Proof"), {"fields": ["proof_url", "sources"]}),
        PublishableAdmin.publication,
    ]
    examples = {
        "title": _("For instance CLAUT earns the Gold label."),
        "slug": _("For instance claut-earns-gold."),
        "summary": _("One or two sentences; lists show them."),
        "body": FIGURES_ANYWHERE,
        "image": _("A JPEG, PNG or WebP of at most 20 MB."),
        "proof_url": _("For instance the announcement at the awarding body."),
    }


class CorrectionRows(TabularRows):
    model = Correction
    fields = ["corrected_on", "text"]


@admin.register(NewsItem)
class NewsItemAdmin(DatedAdmin):
    autocomplete_fields = ["countries", "clusters", "partnerships", "sources"]
    inlines = [CorrectionRows]
    fieldsets = [
        (None, {"fields": ["title", "slug", DATE, "summary", "body"]}),
        (_("About"), {"fields": ["countries", "clusters", "partnerships"]}),
        (_("Where it comes from"), {"fields": ["source_url", "sources"]}),
        PublishableAdmin.publication,
    ]
    examples = {
        "title": _("For instance EU and Mexico update their Global Agreement."),
        "slug": _("For instance eu-mexico-global-agreement."),
        "summary": _("One or two sentences; lists show them."),
        "body": FIGURES_ANYWHERE,
        "source_url": _("For instance https://www.example.org/news."),
    }
