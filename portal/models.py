from django.db import models
from django.utils.translation import gettext_lazy as _


class LoadedRecord(models.Model):
    """What the data files last said of a record, to tell an editor's changes apart."""

    entity = models.CharField(_("entity"), max_length=60)
    key = models.CharField(_("key"), max_length=700)
    object_pk = models.BigIntegerField(_("primary key"))
    values = models.JSONField(_("values"))

    class Meta:
        verbose_name = _("loaded record")
        verbose_name_plural = _("loaded records")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "key"], name="portal_loadedrecord_unique_key"
            ),
        ]

    def __str__(self):
        return f"{self.entity} {self.key}"
