from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from portal import uploads
from portal.addresses import not_reserved
from portal.folding import FoldedField, fold
from portal.history import RecordHistory
from portal.partial_dates import (
    Edge,
    PartialDateField,
    PrecisionField,
    not_after_this_year,
)
from portal.publishing.models import Publishable
from portal.relations import ProtectedManyToManyField
from portal.rich_text import RichTextField

from .figures import format_figure, language_name
from .querysets import (
    AliasQuerySet,
    CountryQuerySet,
    FactQuerySet,
    OrganisationQuerySet,
    ReportQuerySet,
    SectionQuerySet,
)


class Source(models.Model):
    """Where a figure or statement comes from."""

    citation = models.CharField(
        _("citation"),
        max_length=500,
        unique=True,
        help_text=_(
            "Title and address, for instance: ESCA: Silver label, "
            "www.cluster-analysis.org/silver-label"
        ),
    )
    title = models.CharField(_("title"), max_length=300)
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    licence = models.CharField(
        _("licence"), max_length=100, blank=True, help_text=_("For instance CC BY 4.0.")
    )
    retrieved_on = models.DateField(_("retrieved on"), null=True, blank=True)

    history = RecordHistory()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["title", "citation"]

    def __str__(self):
        return self.title


class Country(Publishable):
    """A country that clusters come from, or that partnerships target."""

    country_paths = ("pk",)
    needed_for_publication = ("region",)
    reworked_rows = ("aliases", "reports", "facts", "organisations")
    # Who may edit a country is no content.
    kept_live = (*Publishable.kept_live, "editors")

    iso2 = models.CharField(
        _("ISO code, two letters"),
        max_length=2,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{2}\Z", _("Write two capital letters."))],
    )
    iso3 = models.CharField(
        _("ISO code, three letters"),
        max_length=3,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Write three capital letters."))],
    )
    slug = models.SlugField(
        _("name in the address"),
        max_length=200,
        unique=True,
        validators=[not_reserved("compare")],
    )
    name = models.CharField(_("name"), max_length=200, unique=True)
    name_key = FoldedField(source="name", db_index=True)
    region = models.CharField(_("region"), max_length=100, blank=True, db_index=True)
    subregion = models.CharField(_("part of the region"), max_length=100, blank=True)
    capital = models.CharField(_("capital"), max_length=200, blank=True)
    currency_name = models.CharField(_("currency"), max_length=100, blank=True)
    currency_code = models.CharField(
        _("currency code"),
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Write three capital letters."))],
    )
    area_km2 = models.PositiveIntegerField(_("total area, km²"), null=True, blank=True)
    is_target = models.BooleanField(
        _("target country"),
        default=False,
        help_text=_("A third country with a page of its own in the list."),
    )
    intro = models.TextField(
        _("introduction"),
        blank=True,
        help_text=_("One sentence under the name of the country."),
    )
    sources = ProtectedManyToManyField(
        Source,
        verbose_name=_("sources of capital, area and currency"),
        related_name="countries",
        blank=True,
    )
    editors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("editors"),
        related_name="edited_countries",
        blank=True,
    )

    objects = CountryQuerySet.as_manager()
    history = RecordHistory()

    class Meta(Publishable.Meta):
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["name_key"]
        permissions = [("edit_every_country", _("Can work on every country"))]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("country", args=[self.slug])

    @property
    def currency(self):
        """The currency as the portal writes it, such as ``Peso (MXN)``."""
        if self.currency_name and self.currency_code:
            return f"{self.currency_name} ({self.currency_code})"
        return self.currency_name or self.currency_code


class CountryAlias(models.Model):
    """Another name under which a country is found and imported."""

    publishing_parents = ("country",)
    belongs_to = "country"

    country = models.ForeignKey(
        Country, models.CASCADE, related_name="aliases", verbose_name=_("country")
    )
    name = models.CharField(_("name"), max_length=200)
    name_key = FoldedField(source="name", unique=True)

    objects = AliasQuerySet.as_manager()
    history = RecordHistory()

    class Meta:
        verbose_name = _("other name")
        verbose_name_plural = _("other names")
        ordering = ["name_key"]

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        owner = (
            CountryAlias.objects.filter(name_key=fold(self.name))
            .exclude(pk=self.pk)
            .select_related("country")
            .first()
        )
        if owner is not None:
            message = _("“%(name)s” is already another name of %(country)s.")
            raise ValidationError(
                {"name": message % {"name": owner, "country": owner.country}}
            )


class CountrySection(Publishable):
    """One of the four texts of a country page."""

    publishing_parents = ("country",)
    country_paths = ("country",)
    needed_for_publication = ("lead",)

    class Kind(models.TextChoices):
        CONTEXT = "context", _("Economic and political context")
        COMMUNITY = "community", _("Cluster community")
        POLICIES = "policies", _("Cluster policies and programmes")
        OPPORTUNITIES = "opportunities", _("Cooperation opportunities")

    country = models.ForeignKey(
        Country, models.PROTECT, related_name="sections", verbose_name=_("country")
    )
    kind = models.CharField(_("section"), max_length=13, choices=Kind)
    lead = RichTextField(_("always shown"), blank=True, of_country=True)
    rest = RichTextField(_("behind Read more"), blank=True, of_country=True)
    as_at = models.DateField(
        _("as at"),
        null=True,
        blank=True,
        help_text=_("The day up to which the text is true."),
    )
    review_by = models.DateField(
        _("review by"),
        null=True,
        blank=True,
        help_text=_("Empty: two years after “as at”."),
    )
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="sections", blank=True
    )

    objects = SectionQuerySet.as_manager()
    history = RecordHistory()

    class Meta(Publishable.Meta):
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["country", "pk"]
        constraints = [
            *Publishable.Meta.constraints,
            models.UniqueConstraint(
                fields=["country", "kind"],
                name="countries_countrysection_one_per_kind",
                violation_error_message=_("The country already has this section."),
            ),
        ]

    def __str__(self):
        return f"{self.country}: {self.get_kind_display()}"

    def get_absolute_url(self):
        return f"{self.country.get_absolute_url()}#{self.kind}"


class Indicator(models.Model):
    """What a figure measures, in what unit and on what price basis."""

    class PriceBasis(models.TextChoices):
        NONE = "none", _("Not a price")
        NOMINAL = "nominal", _("Current prices")
        PPP = "ppp", _("Purchasing power parity")
        NOT_STATED = "not_stated", _("Price basis not stated")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120, unique=True)
    unit = models.CharField(
        _("unit"), max_length=60, blank=True, help_text=_("For instance % or km².")
    )
    price_basis = models.CharField(
        _("price basis"), max_length=10, choices=PriceBasis, default=PriceBasis.NONE
    )
    currency_code = models.CharField(_("currency code"), max_length=3, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals shown"), default=0)
    in_words = models.BooleanField(
        _("large values in words"),
        default=False,
        help_text=_("Shows 2,224,000,000,000 as 2.224 trillion."),
    )
    sane_minimum = models.DecimalField(
        _("smallest plausible value"),
        max_digits=24,
        decimal_places=6,
        null=True,
        blank=True,
    )
    sane_maximum = models.DecimalField(
        _("largest plausible value"),
        max_digits=24,
        decimal_places=6,
        null=True,
        blank=True,
    )
    expected_every = models.PositiveSmallIntegerField(
        _("a new figure is expected every … years"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Counted from the year of the figure. Empty where none is awaited."
        ),
    )
    is_key_fact = models.BooleanField(_("among the key facts"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    history = RecordHistory()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_basis="none") | ~Q(currency_code=""),
                name="countries_indicator_price_has_currency",
                violation_error_message=_("A price needs a currency code."),
            ),
            models.CheckConstraint(
                condition=Q(sane_minimum__isnull=True)
                | Q(sane_maximum__isnull=True)
                | Q(sane_maximum__gte=F("sane_minimum")),
                name="countries_indicator_sane_range_is_ordered",
                violation_error_message=_(
                    "The largest plausible value is below the smallest."
                ),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_count(self):
        """Whether its figures count whole things, such as people, or are ranks.

        What has no unit and no currency is a bare number; shown without decimals, a
        fraction of it would never be seen.
        """
        return not (self.unit or self.currency_code or self.decimals)

    def objection(self, value):
        """Say why it cannot have this value; an empty text where it can."""
        return self.not_whole(value) or self.implausible(value)

    def not_whole(self, value):
        """Say why a fraction is refused; an empty text where none is."""
        if not self.is_count or value % 1 == 0:
            return ""
        message = _(
            "%(indicator)s is given in whole numbers, and %(value)s is not one; write "
            "%(whole)s if that is meant, or give the indicator a unit or decimals."
        )
        return message % {
            "indicator": self,
            "value": f"{value.normalize():,f}",
            "whole": f"{round(value):,d}",
        }

    def implausible(self, value):
        """Say why a value is not plausible; an empty text where it is."""
        smallest, largest = self.sane_minimum, self.sane_maximum
        too_small = smallest is not None and value < smallest
        too_large = largest is not None and value > largest
        if not (too_small or too_large):
            return ""
        message = _(
            "%(indicator)s is expected between %(smallest)s and %(largest)s; "
            "check the unit, or widen the range of the indicator."
        )
        return message % {
            "indicator": self,
            "smallest": "…" if smallest is None else f"{smallest:,f}",
            "largest": "…" if largest is None else f"{largest:,f}",
        }


class Fact(models.Model):
    """A figure about a country, with its year and source."""

    publishing_parents = ("country",)
    belongs_to = "country"

    country = models.ForeignKey(
        Country, models.PROTECT, related_name="facts", verbose_name=_("country")
    )
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="facts", verbose_name=_("indicator")
    )
    year = models.PositiveSmallIntegerField(
        _("year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1800), not_after_this_year],
        help_text=_("Empty where it is not stated."),
    )
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=6)
    source = models.ForeignKey(
        Source, models.PROTECT, related_name="facts", verbose_name=_("source")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    preferred = models.BooleanField(
        _("preferred"),
        default=True,
        help_text=_("The figure to show where sources differ for one year."),
    )

    objects = FactQuerySet.as_manager()
    history = RecordHistory()

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        ordering = ["country", "indicator", "-year"]
        constraints = [
            models.UniqueConstraint(
                F("country"),
                F("indicator"),
                # A year that is not stated counts as one year of its own.
                Coalesce(F("year"), 0, output_field=models.IntegerField()),
                condition=Q(preferred=True),
                name="countries_fact_one_preferred",
                violation_error_message=_(
                    "Another figure is already preferred for this year."
                ),
            ),
        ]

    def __str__(self):
        return f"{self.indicator}: {self.display_value}"

    @cached_property
    def display_value(self):
        """Return the value with its currency or unit, such as ``$2.224 trillion``."""
        return format_figure(self.value, self.indicator)

    def clean(self):
        super().clean()
        if self.value is None or self.indicator_id is None:
            return
        if message := self.indicator.objection(self.value):
            raise ValidationError({"value": message})


class Organisation(models.Model):
    """A key organisation or network of a country."""

    publishing_parents = ("country",)
    belongs_to = "country"

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("Ministry")
        GOVERNMENT_AGENCY = "government agency", _("Government agency")
        REGIONAL_AUTHORITY = "regional authority", _("Regional authority")
        TRADE_PROMOTION = "trade promotion agency", _("Trade promotion agency")
        EU_BODY = "EU body", _("EU body")
        BILATERAL_CENTRE = "bilateral centre", _("Bilateral centre")
        CLUSTER = "cluster", _("Cluster")
        CLUSTER_NETWORK = "cluster network", _("Cluster network")
        REGIONAL_NETWORK = "regional network", _("Regional network")
        BUSINESS_NETWORK = "business network", _("Business network")
        BUSINESS_ASSOCIATION = "business association", _("Business association")
        BUSINESS_FOUNDATION = "business foundation", _("Business foundation")
        INVESTMENT_NETWORK = "investment network", _("Investment network")
        LABELLING_BODY = "labelling body", _("Labelling body")
        RESEARCH = "research organisation", _("Research organisation")
        SCIENCE_PARK = "science park", _("Science park")
        STATE_COMPANY = "state company", _("State company")

    name = models.CharField(_("name"), max_length=200)
    name_key = FoldedField(source="name", db_index=True)
    acronym = models.CharField(_("acronym"), max_length=60, blank=True)
    country = models.ForeignKey(
        Country,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        verbose_name=_("country"),
        help_text=_("Empty for a body of several countries."),
    )
    kind = models.CharField(_("kind"), max_length=22, choices=Kind)
    website = models.URLField(_("website"), max_length=500, blank=True)
    ended_on = PartialDateField(_("ended on"), null=True, blank=True, edge=Edge.LAST)
    ended_on_precision = PrecisionField()
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="organisations", blank=True
    )

    objects = OrganisationQuerySet.as_manager()
    history = RecordHistory()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name_key"]
        constraints = [
            models.UniqueConstraint(
                Coalesce(F("country"), 0, output_field=models.BigIntegerField()),
                F("name_key"),
                name="countries_organisation_unique_name",
                violation_error_message=_("The country already lists this name."),
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=F("pk")),
                name="countries_organisation_not_its_own_successor",
                violation_error_message=_("An organisation cannot succeed itself."),
            ),
        ]

    def __str__(self):
        return self.name


class Report(models.Model):
    """An analysis report on a country, as a file or an address."""

    publishing_parents = ("country",)
    belongs_to = "country"

    country = models.ForeignKey(
        Country, models.PROTECT, related_name="reports", verbose_name=_("country")
    )
    title = models.CharField(_("title"), max_length=300)
    file = models.FileField(
        _("file"),
        upload_to="reports/",
        blank=True,
        validators=[
            uploads.validate_pdf_name,
            uploads.validate_size,
            uploads.validate_pdf,
        ],
    )
    url = models.URLField(_("address"), max_length=500, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        default="en",
        help_text=_("Code of the language of the report, for instance en or es."),
        validators=[RegexValidator(r"^[a-z]{2,3}(-[A-Z]{2})?\Z")],
    )
    published_on = PartialDateField(_("date"), null=True, blank=True)
    published_on_precision = PrecisionField()
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="reports", blank=True
    )

    objects = ReportQuerySet.as_manager()
    history = RecordHistory()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["country", "-published_on", "title"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "title"], name="countries_report_unique_title"
            ),
            models.CheckConstraint(
                condition=(Q(file="") & ~Q(url="")) | (~Q(file="") & Q(url="")),
                name="countries_report_is_file_or_address",
                violation_error_message=_("Give either a file or an address."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return self.file.url if self.file else self.url

    @property
    def details_display(self):
        """What a reader wants to know before opening it, such as ``PDF, 1.2 MB``."""
        parts = [language_name(self.language), self.get_published_on_display()]
        if self.file:
            parts += ["PDF", filesizeformat(self.file.size)]
        return ", ".join(part for part in parts if part)
