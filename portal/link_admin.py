"""The list of checked links: which fail, since when, and who leads there."""

from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .concerns import Concern, ConcernFilter
from .links import records_leading_to

OF_LINKS = Concern(
    "failing",
    _("Links that fail"),
    _("Open the list: it names the records. Correct the address or remove it."),
    lambda now: Q(first_failed_at__isnull=False),
    position=20,
)


class LinkList(admin.ModelAdmin):
    """A list of what the link checker found, which nobody types."""

    concerns = [OF_LINKS]
    actions = None
    list_display = ["where", "reason", "used_by", "first_failed_at", "checked_at"]
    list_display_links = None
    list_filter = [ConcernFilter, "status"]
    search_fields = ["address"]
    search_help_text = _("A part of the address.")
    ordering = ["-first_failed_at", "address"]
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_changelist_instance(self, request):
        """Find the records of all links of the page at once."""
        changelist = super().get_changelist_instance(request)
        addresses = {link.address for link in changelist.result_list}
        users = records_leading_to(addresses, lambda model: self.seen(request, model))
        for link in changelist.result_list:
            link.used_by = users[link.address]
        return changelist

    def seen(self, request, model):
        """Return the records of a model that the reader may see, or None."""
        model_admin = self.admin_site._registry.get(model)
        if model_admin is None:
            return None
        if not model_admin.has_view_or_change_permission(request):
            return None
        return model_admin.get_queryset(request)

    @admin.display(description=_("address"), ordering="address")
    def where(self, link):
        markup = '<a href="{0}" rel="noopener noreferrer">{0}</a>'
        return format_html(markup, link.address)

    @admin.display(description=_("used by"))
    def used_by(self, link):
        lines = [
            (capfirst(record._meta.verbose_name), self.form_of(record), record)
            for record in link.used_by
        ]
        return format_html_join("", '<div>{}: <a href="{}">{}</a></div>', lines)

    def form_of(self, record):
        opts = record._meta
        route = f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_change"
        return reverse(route, args=[record.pk])
