"""The forms of records and of their rows, which check what the database would refuse."""

from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from portal.choosing import ChoosingForm
from portal.folding import FoldedField


class RecordForm(ChoosingForm):
    """A form that checks each constraint that it can.

    Django leaves out the constraints on folded names, which are no fields of
    the form, and those on the record that a row belongs to; the database could
    only answer with an error.
    """

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        try:
            self.instance.validate_constraints(exclude=self._unknown_fields())
        except ValidationError as error:
            self._update_errors(error)

    def _unknown_fields(self):
        unknown = self._get_validation_exclusions()
        for field in self.instance._meta.concrete_fields:
            if isinstance(field, FoldedField) and field.source not in unknown:
                field.pre_save(self.instance, add=False)
                unknown.discard(field.name)
            elif field.is_relation and self._is_new(field):
                unknown.add(field.name)
        return unknown

    def _is_new(self, field):
        """Tell whether the record that this one belongs to is not saved yet."""
        owner = field.get_cached_value(self.instance, default=None)
        return owner is not None and owner.pk is None


class RowFormSet(BaseInlineFormSet):
    """Rows that are compared with each other as well as with the database."""

    def clean(self):
        super().clean()
        seen = set()
        for form in self.filled_forms():
            for key, message in self.unique_keys(form.instance):
                if key in seen:
                    form.add_error(None, message)
                seen.add(key)

    def filled_forms(self):
        return [
            form
            for form in self.forms
            if form.is_valid()
            and (form.instance.pk or form.has_changed())
            and not self._should_delete_form(form)
        ]

    def unique_keys(self, instance):
        """Yield each key that no other row may have, with what to say if one does."""
        return []
