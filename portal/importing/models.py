"""Imports from the back office: the file, what became of its rows, what it changed."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from .tables import cell_name

OUTCOMES = {
    "created": _("New"),
    "changed": _("Changed"),
    "same": _("Same"),
    "rejected": _("Rejected"),
}


class Import(models.Model):
    """A spreadsheet on its way into the database, and back where it is undone."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Columns to be chosen")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked, nothing stored yet")
        APPLYING = "applying", _("Being stored")
        APPLIED = "applied", _("Stored")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    # The label of the model, such as partnerships.partnership.
    kind = models.CharField(_("kind"), max_length=60)
    file_name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(_("digest of the file"), max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("user"),
    )
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.UPLOADED
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    started_at = models.DateTimeField(_("work began at"), null=True)
    applied_at = models.DateTimeField(_("stored at"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    # The cells of the headings as texts, and the position of each column.
    headings = models.JSONField(_("headings"), default=list)
    mapping = models.JSONField(_("columns"), default=dict)
    totals = models.JSONField(_("totals"), default=dict)
    # Of what the check found; storing has to find the same.
    findings = models.CharField(_("digest of the check"), max_length=64, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["kind", "-id"], name="portal_import_kind")]

    def __str__(self):
        return self.file_name

    @property
    def places(self):
        """Return the columns of the file, such as ``C: Name``, by position.

        Those without a heading are left out.
        """
        return {
            str(position): f"{cell_name(position, 1)[:-1]}: {heading}"
            for position, heading in enumerate(self.headings)
            if heading
        }

    @property
    def unused_columns(self):
        return self.columns_beside(self.mapping.values())

    def columns_beside(self, positions):
        """Return the columns of the file that stand at none of some positions."""
        used = set(map(str, positions))
        return [name for position, name in self.places.items() if position not in used]

    @property
    def is_busy(self):
        return self.state in (
            self.State.CHECKING,
            self.State.APPLYING,
            self.State.UNDOING,
        )


class ImportPart(models.Model):
    """A part of an uploaded file, so that no statement holds all of it."""

    owner = models.ForeignKey(Import, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField(_("number"))
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("part of a file")
        verbose_name_plural = _("parts of files")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "number"], name="portal_importpart_once"
            ),
        ]

    def __str__(self):
        return f"{self.owner_id}/{self.number}"


class ImportRow(models.Model):
    """What becomes of a row, and what it changes; blank rows have none."""

    owner = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=8)
    name = models.CharField(_("record"), max_length=500, blank=True)
    reasons = models.JSONField(_("reasons"), default=list)
    differences = models.JSONField(_("differences"), default=list)
    record = models.BigIntegerField(_("primary key"), null=True)
    before = models.JSONField(_("before"), default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), default=dict, encoder=DjangoJSONEncoder)
    # Why it could not be undone.
    kept = models.CharField(_("kept because"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "number"], name="portal_importrow_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "outcome", "number"], name="portal_importrow_outcome"
            ),
        ]

    def __str__(self):
        return f"{self.owner_id}/{self.number}"

    @property
    def label(self):
        return OUTCOMES[self.outcome]


class ColumnChoice(models.Model):
    """Which columns a user chose for headings, to be offered again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=60)
    headings = models.CharField(_("digest of the headings"), max_length=64)
    mapping = models.JSONField(_("columns"))

    class Meta:
        verbose_name = _("choice of columns")
        verbose_name_plural = _("choices of columns")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "headings"], name="portal_columnchoice_once"
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.headings}"
