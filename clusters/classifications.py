"""The classifications of clusters; partnerships share those with codes."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.folding import FoldedField
from portal.history import RecordHistory

from .querysets import TermQuerySet


class Portfolio(models.TextChoices):
    """The portfolios under which ESCA lists clusters."""

    AVIATION = "Aviation and space", _("Aviation and space")
    BIOTECHNOLOGY = "Biotechnology", _("Biotechnology")
    CONSTRUCTION = "Construction", _("Construction")
    CREATIVE = "Creative industries", _("Creative industries")
    ENERGY = "Energy and environment", _("Energy and environment")
    FOOD = "Food industry", _("Food industry")
    HEALTH = "Health and medical science", _("Health and medical science")
    ICT = "ICT", _("ICT")
    MICRO = (
        "Micro, nano and optical technologies",
        _("Micro, nano and optical technologies"),
    )
    MATERIALS = "New materials and chemistry", _("New materials and chemistry")
    PRODUCTION = "Production and engineering", _("Production and engineering")
    TOURISM = (
        "Sports, Leisure and Tourism",
        _("Sports, leisure and tourism"),
    )
    MOBILITY = "Transportation and mobility", _("Transportation and mobility")


class Term(models.Model):
    """An entry of a classification with two levels."""

    code = models.CharField(_("code"), max_length=4, unique=True)
    title = models.CharField(_("title"), max_length=200)
    title_key = FoldedField(source="title")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
        limit_choices_to={"parent": None},
    )

    objects = TermQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self):
        return f"{self.code} {self.title}"

    def clean(self):
        super().clean()
        if self.parent is not None and self.parent.parent_id is not None:
            raise ValidationError(
                {"parent": _("Choose an entry of the upper level; there are two.")}
            )


class Industry(Term):
    """An industry of NACE Rev. 2: 21 sections and their 88 divisions."""

    history = RecordHistory()

    class Meta(Term.Meta):
        verbose_name = _("industry")
        verbose_name_plural = _("industries")


class TechnologyField(Term):
    """A technology field of the IPC: 8 sections and their classes."""

    history = RecordHistory()

    class Meta(Term.Meta):
        verbose_name = _("technology field")
        verbose_name_plural = _("technology fields")
