"""The forms and rows of the back office, kept to the records that somebody works on."""

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.db.models import prefetch_related_objects
from django.db.models.query import Prefetch
from django.http import Http404

from portal import rights
from portal.content_version import is_rehearsing
from portal.publishing.models import Publishable


class OwnRecords(BaseModelAdmin):
    """What a form of a record and its rows have in common."""

    def get_queryset(self, request):
        return rights.visible_to(super().get_queryset(request), request.user)

    def get_field_queryset(self, db, db_field, request):
        queryset = super().get_field_queryset(db, db_field, request)
        if queryset is None:
            queryset = db_field.remote_field.model._default_manager.using(db)
        return rights.choices(db_field, request.user, queryset)


def may_edit(request, record) -> bool:
    """Tell whether the user may edit a record; asked of the database once a request."""
    known = request.__dict__.setdefault("_may_edit", {})
    key = (type(record), record.pk, is_rehearsing())
    if key not in known:
        known[key] = rights.may_edit(request.user, record)
    return known[key]


class OwnRecordAdmin(OwnRecords, admin.ModelAdmin):
    """The list and form of a record: to everybody else, theirs do not exist."""

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        return form

    def has_view_permission(self, request, obj=None):
        if not super().has_view_permission(request, obj):
            return False
        return obj is None or rights.may_see(request.user, obj)

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_edit(request, obj))

    def has_delete_permission(self, request, obj=None):
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or may_edit(request, obj))

    def render_change_form(
        self, request, context, add=False, change=False, form_url="", obj=None
    ):
        if obj is not None and not self.has_change_permission(request, obj):
            self._hide_links(request, obj)
            context["owner_rework"] = self._rework_of_owner(request, obj)
        elif (owner := rights.owner_model(self.model)) is not None:
            context["is_live"] = self._is_live(obj)
            context["owner"] = self.opts.get_field(self.model.belongs_to).verbose_name
            if not rights.may_publish(request.user, owner):
                context["open_owners"] = owner._meta
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _is_live(self, part):
        """Tell whether the public reads a part of a record, which has no status."""
        return (
            part is not None
            and self.model.objects.published().filter(pk=part.pk).exists()
        )

    def _rework_of_owner(self, request, part):
        """Return the public record with whose draft a part can be changed, if any."""
        owner = getattr(part, getattr(self.model, "belongs_to", ""), None)
        if owner is None or not owner.is_shown:
            return None
        owner_admin = self.admin_site.get_model_admin(type(owner))
        if not owner_admin.has_rework_permission(request, owner):
            return None
        address = owner_admin.address_of("rework_start", owner)
        return {"record": owner, "address": address}

    def _hide_links(self, request, record):
        """Let a page that only shows the record name nothing that is out of reach."""
        for field in self._limited_relations(request):
            known = field.related_model._default_manager.all()
            known = rights.choosable_by(known, request.user)
            if field.many_to_many:
                prefetch_related_objects([record], Prefetch(field.name, known))
            elif not known.filter(pk=getattr(record, field.attname)).exists():
                setattr(record, field.name, None)

    def _limited_relations(self, request):
        return [
            field
            for field in (*self.opts.many_to_many, *self.opts.fields)
            if field.is_relation
            and rights.is_limited(field.related_model, request.user)
        ]

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404


class OwnRows(OwnRecords, admin.options.InlineModelAdmin):
    """Rows on the form of a record, which may be edited where the record may."""

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.user = request.user
        return formset

    def has_add_permission(self, request, obj):
        return super().has_add_permission(request, obj) and self._is_open(request, obj)

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and self._is_open(request, obj) and self._are_open(request)

    def has_delete_permission(self, request, obj=None):
        allowed = super().has_delete_permission(request, obj)
        return allowed and self._is_open(request, obj) and self._are_open(request)

    def _is_open(self, request, record):
        return record is None or record.pk is None or may_edit(request, record)

    def _are_open(self, request):
        """Tell whether any row may be changed: some may be public by themselves."""
        if not issubclass(self.model, Publishable):
            return True
        return rights.may_publish(request.user, self.model)


class RelatedFilter(admin.RelatedOnlyFieldListFilter):
    """A filter whose options name only what the user may know of."""

    def field_choices(self, field, request, model_admin):
        offered = super().field_choices(field, request, model_admin)
        model = field.remote_field.model
        if not rights.is_limited(model, request.user):
            return offered
        known = rights.choosable_by(model._base_manager.all(), request.user)
        known = known.filter(pk__in=[key for key, _label in offered])
        keys = set(known.values_list("pk", flat=True))
        return [(key, label) for key, label in offered if key in keys]
