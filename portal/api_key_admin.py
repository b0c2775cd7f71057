"""Keys of the API in the back office: issued, shown once, and revoked."""

from django.contrib import admin, messages
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .admin import RecordAdmin
from .models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(RecordAdmin):
    """A key is made when its record is first saved; only its digest is kept.

    Keys are revoked and never deleted, so that it stays known who had which.
    """

    list_display = ("name", "contact", "prefix", "rate", "last_used_on", "revoked_at")
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ("name", "contact", "prefix")
    ordering = ("name", "pk")
    actions = ("revoke",)
    fields = ("name", "contact", "rate")
    made_with_the_key = ("prefix", "created_at", "last_used_on", "revoked_at")

    def get_fields(self, request, obj=None):
        return self.fields if obj is None else self.fields + self.made_with_the_key

    def get_readonly_fields(self, request, obj=None):
        return () if obj is None else self.made_with_the_key

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        if not change:
            # For the page that follows, and for nothing else.
            request.issued_key = obj.issue()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        """Show the key, this once: neither a message nor the session keeps it."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("API key of %(name)s") % {"name": obj},
            "opts": self.opts,
            "api_key": obj,
            "issued_key": request.issued_key,
        }
        response = TemplateResponse(request, "admin/portal/apikey/issued.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    @admin.action(description=_("Revoke selected keys"), permissions=["change"])
    def revoke(self, request, queryset):
        number = queryset.revoke()
        message = ngettext("%d key revoked.", "%d keys revoked.", number)
        self.message_user(request, message % number, messages.SUCCESS)
