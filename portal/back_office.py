"""The site of the back office: what it shows across the kinds of records."""

from functools import wraps

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse

from portal import rights, unsent_forms


class Choices(AutocompleteJsonView):
    """What a field offers while somebody types: what the user may choose in it."""

    def get_queryset(self):
        # The list of the other kind shows only what the user works on.
        records = admin.ModelAdmin.get_queryset(self.model_admin, self.request)
        records = rights.choices(self.source_field, self.request.user, records)
        records = records.complex_filter(self.source_field.get_limit_choices_to())
        found, may_repeat = self.model_admin.get_search_results(
            self.request, records, self.term
        )
        return found.distinct() if may_repeat else found


class BackOffice(admin.AdminSite):
    def get_urls(self):
        """Replace the stock route that tells the address of any record."""
        on_site = path(
            "r/<int:content_type_id>/<int:object_id>/",
            self.admin_view(self.view_on_site),
            name="view_on_site",
        )
        stock = [
            url
            for url in super().get_urls()
            if getattr(url, "name", None) != "view_on_site"
        ]
        return [on_site, *stock]

    def admin_view(self, view, cacheable=False):
        """Let a page keep what was sent to it when nobody was signed in."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def page(request, *args, **kwargs):
            if unsent_forms.is_to_be_kept(request):
                return unsent_forms.kept(request)
            return guarded(request, *args, **kwargs)

        return page

    def login(self, request, extra_context=None):
        """Leave signing in to the pages that count attempts and ask for a code."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        target = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect_to_login(target, reverse("account_login"))

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def password_change_done(self, request, extra_context=None):
        return redirect("account_change_password")

    def autocomplete_view(self, request):
        return Choices.as_view(admin_site=self)(request)

    def view_on_site(self, request, content_type_id, object_id):
        """Lead to the public page of a record, if the user may know its address."""
        try:
            model = ContentType.objects.get_for_id(content_type_id).model_class()
        except ContentType.DoesNotExist:
            raise Http404 from None
        model_admin = self._registry.get(model)
        if model_admin is None or not model_admin.has_view_permission(request):
            raise Http404
        record = model_admin.get_object(request, str(object_id))
        address = record and model_admin.get_view_on_site_url(record)
        if not address:
            raise Http404
        return redirect(address)
