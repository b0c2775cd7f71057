"""The page of the back office on which two clusters become one."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import rights

from . import merging
from .duplicates import alike
from .models import Cluster


class MergingAdmin(admin.ModelAdmin):
    """Warn of clusters that may be entered twice, and merge them."""

    actions = ["merge_selected"]
    # A change of one of these may make a cluster resemble another.
    telling = frozenset({"name", "acronym", "country", "city", "portfolio", "website"})

    def get_urls(self):
        route = path(
            "<int:kept>/merge/<int:dropped>/",
            self.admin_site.admin_view(self.merge_view),
            name="clusters_cluster_merge",
        )
        return [route, *super().get_urls()]

    def has_merge_permission(self, request):
        return self.has_change_permission(request) and self.has_delete_permission(
            request
        )

    @admin.action(
        description=gettext_lazy("Merge two selected clusters into one"),
        permissions=["merge"],
    )
    def merge_selected(self, request, queryset):
        pks = list(queryset.order_by("pk").values_list("pk", flat=True)[:3])
        if len(pks) != 2:
            text = _("Select two clusters to merge, no more and no fewer.")
            self.message_user(request, text, messages.ERROR)
            return None
        return HttpResponseRedirect(reverse("admin:clusters_cluster_merge", args=pks))

    def merge_view(self, request, kept, dropped):
        """Show what becomes of two clusters, and merge them when it is confirmed."""
        clusters = self.get_queryset(request).select_related("country")
        kept = get_object_or_404(clusters, pk=kept)
        dropped = get_object_or_404(clusters, pk=dropped)
        if not self._may_merge(request, kept, dropped):
            raise PermissionDenied
        problems = merging.conflicts(kept, dropped)
        if kept == dropped:
            problems = [_("Choose two different clusters.")]
        if request.method == "POST" and not problems:
            return self._merge(request, kept, dropped)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge two clusters"),
            "opts": self.opts,
            "kept": kept,
            "dropped": dropped,
            "problems": problems,
        }
        return TemplateResponse(request, "clusters/admin_merge.html", context)

    def _may_merge(self, request, kept, dropped):
        return self.has_change_permission(request, kept) and (
            self.has_delete_permission(request, dropped)
        )

    def _merge(self, request, kept, dropped):
        gone = Cluster(pk=dropped.pk, name=dropped.name)
        try:
            merging.merge(kept, dropped, request.user)
        except ValidationError as error:
            for text in error.messages:
                self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(request.path)
        text = _("Merged with “%(name)s”.") % {"name": gone.name}
        log = LogEntry.objects.log_actions
        log(request.user.pk, [kept], CHANGE, text, single_object=True)
        log(request.user.pk, [gone], DELETION, text, single_object=True)
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(
            reverse("admin:clusters_cluster_change", args=[kept.pk])
        )

    def warn_of_duplicates(self, request, cluster):
        visible = rights.choosable_by(Cluster.objects.all(), request.user)
        found = alike(cluster, among=visible)
        if not found:
            return
        links = format_html_join(
            "; ",
            '<a href="{}">{}</a> ({}; <a href="{}">{}</a>)',
            (
                (
                    reverse("admin:clusters_cluster_change", args=[other.pk]),
                    other.name,
                    ", ".join(reasons),
                    reverse(
                        "admin:clusters_cluster_merge", args=[other.pk, cluster.pk]
                    ),
                    _("merge the two"),
                )
                for other, reasons in found
            ),
        )
        text = format_html(_("This cluster may be entered already: {}."), links)
        self.message_user(request, text, messages.WARNING)
