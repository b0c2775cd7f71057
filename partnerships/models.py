from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clusters.models import Cluster, Industry, TechnologyField
from countries.models import Country, Source
from portal.addresses import not_reserved
from portal.folding import FoldedField
from portal.history import RecordHistory
from portal.partial_dates import Edge, PartialDateField, PrecisionField
from portal.publishing.models import Publishable
from portal.relations import ProtectedManyToManyField

from .querysets import MembershipQuerySet, PartnershipQuerySet


class Partnership(Publishable):
    """A European Strategic Cluster Partnership – Going International (ESCP-4i)."""

    country_paths = ("targets", "memberships__cluster__country", "memberships__country")
    needed_for_publication = ("name",)
    reworked_rows = ("memberships",)

    class Strand(models.TextChoices):
        FIRST = "1", _("Strand 1: preparing")
        SECOND = "2", _("Strand 2: implementing")
        VOLUNTARY = "voluntary", _("Voluntary, without EU funding")
        DUAL_USE = "dual use", _("Dual use")

    class Joining(models.TextChoices):
        OPEN = "open", _("Open to new partners")
        FULL = "full", _("Full")
        CLOSED = "closed", _("Closed")

    class State(models.TextChoices):
        """Derived from the dates, never stored."""

        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running")
        ENDED = "ended", _("Ended")
        NOT_STATED = "not_stated", _("Not stated")

    acronym = models.CharField(_("acronym"), max_length=60)
    acronym_key = FoldedField(source="acronym", db_index=True)
    slug = models.SlugField(
        _("name in the address"),
        max_length=200,
        unique=True,
        validators=[not_reserved("match")],
    )
    name = models.CharField(_("name"), max_length=400, blank=True)
    name_key = FoldedField(source="name", db_index=True)
    generation = models.PositiveSmallIntegerField(
        _("generation"),
        null=True,
        blank=True,
        db_index=True,
        validators=[MinValueValidator(1)],
        help_text=_("1 for the partnerships of 2016, 2 for 2018 and so on."),
    )
    strand = models.CharField(_("strand"), max_length=9, choices=Strand, blank=True)
    funding = models.CharField(
        _("funding"),
        max_length=200,
        blank=True,
        help_text=_("The programme that pays, for instance COSME."),
    )
    start = PartialDateField(_("start"), null=True, blank=True, db_index=True)
    start_precision = PrecisionField()
    end = PartialDateField(
        _("end"), null=True, blank=True, db_index=True, edge=Edge.LAST
    )
    end_precision = PrecisionField()
    website = models.URLField(_("website"), max_length=500, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    joining = models.CharField(
        _("joining"), max_length=6, choices=Joining, blank=True, db_index=True
    )
    joining_details = models.TextField(
        _("how to join"),
        blank=True,
        help_text=_("Which partners are wanted, and what they have to do."),
    )
    contact_name = models.CharField(_("contact"), max_length=200, blank=True)
    contact_email = models.EmailField(_("email address of the contact"), blank=True)
    targets = ProtectedManyToManyField(
        Country,
        verbose_name=_("targeted third countries"),
        related_name="targeting_partnerships",
        blank=True,
    )
    technology_fields = ProtectedManyToManyField(
        TechnologyField,
        verbose_name=_("technology fields"),
        related_name="partnerships",
        blank=True,
    )
    industries = ProtectedManyToManyField(
        Industry,
        verbose_name=_("sectoral industries"),
        related_name="partnerships",
        blank=True,
    )
    suggested_technology_fields = ProtectedManyToManyField(
        TechnologyField,
        verbose_name=_("suggested technology fields"),
        related_name="suggested_for_partnerships",
        blank=True,
        help_text=_("Read from the theme; no source states them."),
    )
    suggested_industries = ProtectedManyToManyField(
        Industry,
        verbose_name=_("suggested industries"),
        related_name="suggested_for_partnerships",
        blank=True,
        help_text=_("Read from the theme; no source states them."),
    )
    sme_count = models.PositiveIntegerField(
        _("SMEs involved, as declared"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("Empty where not stated; 0 means none."),
    )
    partner_count = models.PositiveIntegerField(
        _("partners, as declared"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("Empty where not stated; 0 means none."),
    )
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="partnerships", blank=True
    )

    objects = PartnershipQuerySet.as_manager()
    history = RecordHistory()

    class Meta(Publishable.Meta):
        verbose_name = _("partnership")
        verbose_name_plural = _("partnerships")
        ordering = ["acronym_key", "pk"]
        constraints = [
            *Publishable.Meta.constraints,
            models.UniqueConstraint(
                F("acronym_key"),
                # A generation that is not stated counts as one of its own.
                Coalesce(F("generation"), 0, output_field=models.IntegerField()),
                name="partnerships_partnership_unique_acronym",
                violation_error_message=_(
                    "A partnership of this generation already has this acronym."
                ),
            ),
            models.CheckConstraint(
                condition=Q(start__isnull=True)
                | Q(end__isnull=True)
                | Q(end__gte=F("start")),
                name="partnerships_partnership_ends_after_start",
                violation_error_message=_("The partnership ends before it starts."),
            ),
        ]

    def __str__(self):
        return self.acronym

    def get_absolute_url(self):
        return reverse("partnerships:detail", args=[self.slug])

    def later_generation(self) -> "Partnership | None":
        """Return the public one that goes on under the same acronym, if there is one."""
        if self.generation is None:
            return None
        later = Partnership.objects.published().filter(
            acronym_key=self.acronym_key, generation__gt=self.generation
        )
        shown = later.only("slug", "acronym", "name", "generation")
        return shown.order_by("-generation").first()


class Membership(models.Model):
    """A partner of a partnership: a cluster, or a name not in the directory."""

    publishing_parents = ("partnership", "cluster")
    belongs_to = "partnership"

    class Role(models.TextChoices):
        LEAD = "lead", _("Lead partner")
        PARTNER = "partner", _("Partner")

    partnership = models.ForeignKey(
        Partnership,
        models.CASCADE,
        related_name="memberships",
        verbose_name=_("partnership"),
    )
    cluster = models.ForeignKey(
        Cluster,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("cluster"),
    )
    partner_name = models.CharField(
        _("name of the partner"),
        max_length=300,
        blank=True,
        help_text=_("Only where the partner is not in the directory of clusters."),
    )
    partner_name_key = FoldedField(source="partner_name", db_index=True)
    country = models.ForeignKey(
        Country,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("country of the partner"),
        help_text=_("Only where the partner is not in the directory of clusters."),
    )
    role = models.CharField(_("role"), max_length=7, choices=Role, default=Role.PARTNER)
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="memberships", blank=True
    )

    objects = MembershipQuerySet.as_manager()
    history = RecordHistory()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        # "lead" sorts before "partner"; partners stand by name, in the directory or not.
        ordering = ["role", Coalesce("cluster__name_key", "partner_name_key"), "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(cluster__isnull=False) & Q(partner_name=""))
                | (Q(cluster__isnull=True) & ~Q(partner_name="")),
                name="partnerships_membership_cluster_or_name",
                violation_error_message=_(
                    "Choose a cluster, or write the name of a partner that is not "
                    "in the directory; not both."
                ),
            ),
            models.UniqueConstraint(
                fields=["partnership"],
                condition=Q(role="lead"),
                name="partnerships_membership_one_lead",
                violation_error_message=_("The partnership already has a lead."),
            ),
            models.UniqueConstraint(
                fields=["partnership", "cluster"],
                name="partnerships_membership_unique_cluster",
                violation_error_message=_("The cluster is already a partner."),
            ),
            models.UniqueConstraint(
                F("partnership"),
                F("partner_name_key"),
                Coalesce(F("country"), 0, output_field=models.BigIntegerField()),
                condition=~Q(partner_name=""),
                name="partnerships_membership_unique_name",
                violation_error_message=_("This partner is already listed."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return self.cluster.name if self.cluster else self.partner_name

    @property
    def home_country(self):
        """The country of the partner, wherever it is recorded."""
        return self.cluster.country if self.cluster else self.country

    def clean(self):
        super().clean()
        if self.cluster is not None and self.country is not None:
            raise ValidationError(
                {"country": _("The country comes from the cluster; leave this empty.")}
            )
