from django.db import models
from django.db.models.fields.related import lazy_related_operation


class ProtectedManyToManyField(models.ManyToManyField):
    """A many-to-many whose targets cannot be deleted while they are in use.

    Django deletes the links of a deleted target; a source or a code that
    still carries facts must be refused instead.
    """

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        if not cls._meta.abstract:
            lazy_related_operation(
                self._protect_target, cls, self.remote_field.model, field=self
            )

    @staticmethod
    def _protect_target(model, target, field):
        link = field.remote_field.through._meta.get_field(
            field.m2m_reverse_field_name()
        )
        link.remote_field.on_delete = models.PROTECT
