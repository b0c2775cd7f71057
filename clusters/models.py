from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from countries.models import Country, Source
from portal.addresses import not_reserved
from portal.folding import FoldedField
from portal.partial_dates import Edge, PartialDateField, PrecisionField, today
from portal.publishing.models import Publishable
from portal.relations import ProtectedManyToManyField

from . import esca
from .querysets import ClusterQuerySet, LabelQuerySet, TermQuerySet


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

    class Meta(Term.Meta):
        verbose_name = _("industry")
        verbose_name_plural = _("industries")


class TechnologyField(Term):
    """A technology field of the IPC: 8 sections and their classes."""

    class Meta(Term.Meta):
        verbose_name = _("technology field")
        verbose_name_plural = _("technology fields")


class Cluster(Publishable):
    """An organisation of firms and institutes of one field in one region."""

    publishing_parents = ("country",)

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

    name = models.CharField(_("name"), max_length=300)
    name_key = FoldedField(source="name", db_index=True)
    acronym = models.CharField(_("acronym"), max_length=60, blank=True)
    acronym_key = FoldedField(source="acronym", db_index=True)
    slug = models.SlugField(
        _("name in the address"),
        max_length=200,
        unique=True,
        validators=[not_reserved("labels")],
    )
    country = models.ForeignKey(
        Country, models.PROTECT, related_name="clusters", verbose_name=_("country")
    )
    region = models.CharField(_("region"), max_length=200, blank=True)
    region_key = FoldedField(source="region", db_index=True)
    city = models.CharField(_("city"), max_length=200, blank=True)
    portfolio = models.CharField(
        _("portfolio"), max_length=40, choices=Portfolio, blank=True, db_index=True
    )
    industries = ProtectedManyToManyField(
        Industry, verbose_name=_("industries"), related_name="clusters", blank=True
    )
    technology_fields = ProtectedManyToManyField(
        TechnologyField,
        verbose_name=_("technology fields"),
        related_name="clusters",
        blank=True,
    )
    founded = models.PositiveSmallIntegerField(
        _("founded in"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1800), MaxValueValidator(2100)],
    )
    member_count = models.PositiveIntegerField(
        _("members"), null=True, blank=True, help_text=_("Empty where not stated.")
    )
    member_count_year = models.PositiveSmallIntegerField(
        _("year of the number of members"), null=True, blank=True
    )
    website = models.URLField(_("website"), max_length=500, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="clusters", blank=True
    )

    objects = ClusterQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = _("cluster")
        verbose_name_plural = _("clusters")
        ordering = ["name_key"]
        constraints = [
            *Publishable.Meta.constraints,
            models.UniqueConstraint(
                F("country"),
                F("name_key"),
                name="clusters_cluster_unique_name_in_country",
                violation_error_message=_("This country already lists that cluster."),
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("clusters:detail", args=[self.slug])


class EscaLabel(models.Model):
    """A label that ESCA gave to a cluster for its management."""

    publishing_parents = ("cluster",)

    class Level(models.TextChoices):
        BRONZE = "bronze", _("Bronze")
        SILVER = "silver", _("Silver")
        GOLD = "gold", _("Gold")

    cluster = models.ForeignKey(
        Cluster, models.CASCADE, related_name="labels", verbose_name=_("cluster")
    )
    level = models.CharField(_("level"), max_length=6, choices=Level)
    awarded_on = PartialDateField(
        _("awarded on"),
        null=True,
        blank=True,
        help_text=_("Empty where no source states it."),
    )
    awarded_on_precision = PrecisionField()
    valid_until = PartialDateField(
        _("valid until"),
        null=True,
        blank=True,
        edge=Edge.LAST,
        help_text=_("The last day of the label. Empty means unknown, not for ever."),
    )
    valid_until_precision = PrecisionField()
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="labels", blank=True
    )

    objects = LabelQuerySet.as_manager()

    class Meta:
        verbose_name = _("ESCA label")
        verbose_name_plural = _("ESCA labels")
        # The latest end first; labels whose end is not known come last.
        ordering = [
            F("valid_until").desc(nulls_last=True),
            F("awarded_on").desc(nulls_last=True),
            "pk",
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(awarded_on__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("awarded_on")),
                name="clusters_escalabel_ends_after_award",
                violation_error_message=_("The label ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(awarded_on__isnull=True)
                | Q(revoked_on__isnull=True)
                | Q(revoked_on__gte=F("awarded_on")),
                name="clusters_escalabel_revoked_after_award",
                violation_error_message=_("The label was revoked before it began."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["level", "valid_until"], name="clusters_escalabel_held"
            ),
        ]

    def __str__(self):
        return f"{self.get_level_display()}: {self.cluster}"

    def clean(self):
        super().clean()
        other = self.overlapping().first()
        if other is not None:
            message = _(
                "The cluster already holds %(level)s from %(start)s to %(end)s; "
                "end that label first, or correct the dates."
            )
            raise ValidationError(
                message
                % {
                    "level": self.get_level_display(),
                    "start": other.get_awarded_on_display(),
                    "end": other.get_valid_until_display(),
                }
            )

    def overlapping(self):
        """Return the labels of this cluster and level that run at the same time.

        PostgreSQL keeps the same rule in an exclusion constraint. Periods that
        are not known on both sides are left out, as there.
        """
        if self.cluster_id is None or not (self.awarded_on and self.valid_until):
            return EscaLabel.objects.none()
        return EscaLabel.objects.exclude(pk=self.pk).filter(
            cluster=self.cluster_id,
            level=self.level,
            awarded_on__lt=self.valid_until,
            valid_until__gt=self.awarded_on,
        )

    @property
    def is_held(self):
        return self.is_held_on(today())

    def is_held_on(self, day):
        """Tell whether the label is known to be in force on ``day``."""
        if self.valid_until is None or self.valid_until < day:
            return False
        if self.revoked_on is not None and self.revoked_on <= day:
            return False
        if self.awarded_on is not None:
            return self.awarded_on <= day
        return self.valid_until < esca.years_later(day, esca.FIRST_PERIOD_YEARS)
