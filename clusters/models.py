from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from countries.models import Country, Source
from portal.addresses import not_reserved
from portal.folding import FoldedField
from portal.history import RecordHistory
from portal.partial_dates import (
    Edge,
    PartialDateField,
    PrecisionField,
    format_partial_date,
    today,
)
from portal.publishing.models import PublicQuerySet, Publishable
from portal.relations import ProtectedManyToManyField

from . import esca
from .classifications import Industry, Portfolio, TechnologyField
from .querysets import ClusterQuerySet, FormerAddressQuerySet, LabelManager
from .rule_dates import RuleDateField


class Cluster(Publishable):
    """An organisation of firms and institutes of one field in one region."""

    publishing_parents = ("country",)
    country_paths = ("country",)
    reworked_rows = ("labels", "former_names", "member_counts")
    reachable_fields = {"website": "website_reachable_on"}

    Portfolio = Portfolio

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
    city_key = FoldedField(source="city")
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
    website_reachable_on = models.DateField(
        _("website last reached on"),
        null=True,
        blank=True,
        help_text=_("The last day on which the address answered."),
    )
    summary = models.TextField(_("summary"), blank=True)
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="clusters", blank=True
    )

    objects = ClusterQuerySet.as_manager()
    history = RecordHistory()

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

    def leave_address(self, slug):
        """Let a former address lead here."""
        FormerAddress.objects.update_or_create(slug=slug, defaults={"cluster": self})

    def member_counts_by_year(self):
        """Return the numbers of members, the latest first, its present one among them.

        Each is a year (None where not stated), the number and its sources.
        """
        counts = {
            count.year: (count.year, count.number, count.sources.all())
            for count in self.member_counts.all()
        }
        if self.member_count is not None:
            year = self.member_count_year
            counts.setdefault(year, (year, self.member_count, self.sources.all()))
        return [counts[year] for year in sorted(counts, key=lambda y: -(y or 9999))]

    def events(self):
        """Return the public events of its public partnerships, the latest first."""
        memberships = self._meta.get_field("memberships").related_model
        partnerships = memberships._meta.get_field("partnership").related_model
        events = partnerships._meta.get_field("events").related_model.objects
        own = self.memberships.published().values("partnership")
        linked = events.filter(partnerships__in=own)
        return (
            events.published()
            .filter(pk__in=linked.values("pk"))
            .for_list()
            .order_by("-start", "pk")
        )


class FormerName(models.Model):
    """A name that a cluster had before, under which it is still found."""

    publishing_parents = ("cluster",)
    belongs_to = "cluster"

    cluster = models.ForeignKey(
        Cluster, models.CASCADE, related_name="former_names", verbose_name=_("cluster")
    )
    name = models.CharField(_("name"), max_length=300)
    name_key = FoldedField(source="name", db_index=True)
    until = PartialDateField(
        _("until"),
        null=True,
        blank=True,
        edge=Edge.LAST,
        help_text=_("Empty where no source states it."),
    )
    until_precision = PrecisionField()

    objects = PublicQuerySet.as_manager()
    history = RecordHistory()

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        ordering = [F("until").desc(nulls_last=True), "name_key"]
        constraints = [
            models.UniqueConstraint(
                F("cluster"),
                F("name_key"),
                name="clusters_formername_once",
                violation_error_message=_("The cluster already has this former name."),
            ),
        ]

    def __str__(self):
        return self.name


class FormerAddress(models.Model):
    """A name in the address that now leads to another cluster page."""

    publishing_parents = ("cluster",)
    belongs_to = "cluster"

    slug = models.SlugField(
        _("former name in the address"), max_length=200, unique=True
    )
    cluster = models.ForeignKey(
        Cluster,
        models.CASCADE,
        related_name="former_addresses",
        verbose_name=_("cluster"),
    )

    objects = FormerAddressQuerySet.as_manager()
    history = RecordHistory()

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        ordering = ["slug"]

    def __str__(self):
        return self.slug


class MemberCount(models.Model):
    """How many members a cluster had in a year."""

    publishing_parents = ("cluster",)
    belongs_to = "cluster"

    cluster = models.ForeignKey(
        Cluster, models.CASCADE, related_name="member_counts", verbose_name=_("cluster")
    )
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(1800), MaxValueValidator(2100)]
    )
    number = models.PositiveIntegerField(_("members"))
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="member_counts", blank=True
    )

    objects = PublicQuerySet.as_manager()
    history = RecordHistory()

    class Meta:
        verbose_name = _("number of members")
        verbose_name_plural = _("numbers of members")
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "year"],
                name="clusters_membercount_once_a_year",
                violation_error_message=_("The cluster already has this year."),
            ),
        ]

    def __str__(self):
        return f"{self.year}: {self.number}"


class EscaLabel(models.Model):
    """A label that ESCA gave to a cluster for its management."""

    publishing_parents = ("cluster",)
    belongs_to = "cluster"

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
    runs_from = PartialDateField(
        _("runs from"),
        null=True,
        blank=True,
        help_text=_(
            "The first day, where it is not that of the award: a renewal runs from "
            "the end of the label before."
        ),
    )
    runs_from_precision = PrecisionField()
    valid_until = PartialDateField(
        _("valid until"),
        null=True,
        blank=True,
        edge=Edge.LAST,
        help_text=_("The last day of the label. Empty means unknown, not for ever."),
    )
    valid_until_precision = PrecisionField()
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)
    # After the fields that they are worked out from.
    begins_on = RuleDateField(_("counted from"), rule="begins_on")
    open_until = RuleDateField(_("can be continued until"), rule="open_until")
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="labels", blank=True
    )

    objects = LabelManager()
    history = RecordHistory()

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
                condition=Q(runs_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("runs_from")),
                name="clusters_escalabel_ends_after_start",
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
                    "start": other.start_display,
                    "end": other.get_valid_until_display(),
                }
            )

    def overlapping(self):
        """Return the labels of this cluster and level that run at the same time.

        PostgreSQL keeps the same rule in an exclusion constraint. Periods that
        are not known on both sides are left out, as there.
        """
        others = EscaLabel.objects.exclude(pk=self.pk).filter(
            cluster=self.cluster_id, level=self.level
        )
        return others.overlapping(self.period)

    @property
    def period(self):
        return esca.Period.of(self)

    def other_periods(self):
        """Return the periods of the other labels of its cluster."""
        others = EscaLabel.objects.filter(cluster=self.cluster_id).exclude(pk=self.pk)
        return [other.period for other in others]

    @property
    def start_display(self):
        return self.get_runs_from_display() or self.get_awarded_on_display()

    @property
    def can_be_renewed_until(self):
        """The last day of the renewal; None where no rule tells of one."""
        return self.open_until if self.level in esca.RULED_LEVELS else None

    @property
    def renewal_display(self):
        """The last day of the renewal, as precise as the end is stated."""
        last = self.can_be_renewed_until
        return last and format_partial_date(last, self.valid_until_precision)

    @property
    def current_state(self):
        return self.state_on(today())

    @property
    def is_held(self):
        return self.current_state == esca.State.HELD

    def state_on(self, day):
        """Return the state on ``day``; None where the label had not begun.

        Labels that come from the manager know when they are superseded; one that
        was only just made has to ask.
        """
        if "succeeded_on" in self.__dict__:
            superseded_on = self.succeeded_on
        else:
            superseded_on = esca.succeeded_on(self.period, self.other_periods())
        return esca.state_on(day, self.period, superseded_on)
