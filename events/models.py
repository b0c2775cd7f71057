import datetime
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from clusters.models import Cluster, EscaLabel
from countries.models import Country, Source
from partnerships.models import Partnership
from portal import uploads
from portal.addresses import not_reserved
from portal.folding import FoldedField
from portal.partial_dates import PartialDateField, PrecisionField
from portal.publishing.models import Publishable
from portal.relations import ProtectedManyToManyField

from .querysets import AchievementQuerySet, EventQuerySet, NewsItemQuerySet


def validate_time_zone(name):
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone; write for instance Europe/Brussels."),
            params={"name": name},
        )


class InstantField(models.DateTimeField):
    """The instant at which an event begins or ends, worked out at every save.

    Editors state the time on the clock of the place; lists sort and compare
    instants.
    """

    def __init__(self, *args, edge, **kwargs):
        self.edge = edge
        kwargs["editable"] = False
        kwargs["null"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["null"]
        kwargs["edge"] = self.edge
        return name, path, args, kwargs

    def pre_save(self, model_instance, add):
        instant = model_instance.instant(self.edge)
        setattr(model_instance, self.attname, instant)
        return instant


class Event(Publishable):
    """A meeting that brings clusters of Europe and of third countries together."""

    publishing_parents = ("country",)

    class Format(models.TextChoices):
        ON_SITE = "on_site", _("On site")
        ONLINE = "online", _("Online")
        HYBRID = "hybrid", _("On site and online")

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        CONFIRMED = "confirmed", _("Confirmed")
        CANCELLED = "cancelled", _("Cancelled")
        MOVED = "moved", _("Moved")

    title = models.CharField(_("title"), max_length=300)
    title_key = FoldedField(source="title", db_index=True)
    slug = models.SlugField(
        _("name in the address"),
        max_length=200,
        unique=True,
        validators=[not_reserved("calendar")],
    )
    summary = models.TextField(_("summary"), blank=True)
    starts_on = PartialDateField(_("first day"))
    starts_on_precision = PrecisionField()
    starts_at = models.TimeField(
        _("begins at"),
        null=True,
        blank=True,
        help_text=_("On the clock of the place. Empty for a whole day."),
    )
    ends_on = PartialDateField(_("last day"), null=True, blank=True, edge="last")
    ends_on_precision = PrecisionField()
    ends_at = models.TimeField(_("ends at"), null=True, blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        default="Europe/Brussels",
        validators=[validate_time_zone],
        help_text=_("Of the place, for instance America/Mexico_City."),
    )
    start = InstantField(edge="start", db_index=True)
    end = InstantField(edge="end", db_index=True)
    venue = models.CharField(_("venue"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=200, blank=True)
    country = models.ForeignKey(
        Country,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("country"),
        help_text=_("Where it takes place."),
    )
    more_countries = ProtectedManyToManyField(
        Country,
        verbose_name=_("more countries"),
        related_name="related_events",
        blank=True,
        help_text=_("Other countries that the event is about."),
    )
    format = models.CharField(_("format"), max_length=7, choices=Format, blank=True)
    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.PLANNED
    )
    website = models.URLField(_("website"), max_length=500, blank=True)
    registration_url = models.URLField(
        _("address of the registration"), max_length=500, blank=True
    )
    registration_deadline = models.DateField(
        _("registration deadline"), null=True, blank=True
    )
    partnerships = models.ManyToManyField(
        Partnership,
        verbose_name=_("partnerships"),
        related_name="events",
        blank=True,
    )
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="events", blank=True
    )

    objects = EventQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["start", "pk"]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="events_event_last_day_after_first",
                violation_error_message=_("The last day is before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(end__gte=F("start")),
                name="events_event_ends_after_start",
                violation_error_message=_("The event ends before it begins."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("events:detail", args=[self.slug])

    @property
    def place(self):
        """The venue, city and country, as far as they are known."""
        parts = [self.venue, self.city, self.country.name if self.country else ""]
        return ", ".join(part for part in parts if part)

    @property
    def is_marked(self):
        """Whether lists have to say that it does not take place as planned."""
        return self.state in (self.State.CANCELLED, self.State.MOVED)

    @property
    def days_display(self):
        """The day or days, such as ``25 Oct 2016 – 27 Oct 2016``."""
        first = self.get_starts_on_display()
        last = self.get_ends_on_display()
        return first if last in ("", first) else f"{first} – {last}"

    @property
    def hours_display(self):
        """The times on the clock of the place, such as ``9:00–17:30``."""
        times = [self.starts_at, self.ends_at]
        return "–".join(date_format(time, "H:i") for time in times if time)

    def instant(self, edge):
        """Return when the event begins (``start``) or is over (``end``).

        Without times, it lasts from the first midnight of the place to the
        midnight after the last day; without a last day, it is over with the
        first.
        """
        zone = zoneinfo.ZoneInfo(self.time_zone)
        if edge == "start":
            clock = self.starts_at or datetime.time.min
            return datetime.datetime.combine(self.starts_on, clock, zone)
        last_day = self.ends_on or self.starts_on
        if self.ends_at is not None:
            return datetime.datetime.combine(last_day, self.ends_at, zone)
        next_day = last_day + datetime.timedelta(days=1)
        return datetime.datetime.combine(next_day, datetime.time.min, zone)

    def clean(self):
        super().clean()
        if (
            self.starts_on is None
            or self.time_zone not in zoneinfo.available_timezones()
        ):
            return
        if self.instant("end") < self.instant("start"):
            raise ValidationError(
                {"ends_at": _("The event ends before it begins; check the times.")}
            )


class Achievement(Publishable):
    """Something that cluster cooperation brought about."""

    title = models.CharField(_("title"), max_length=300)
    title_key = FoldedField(source="title", db_index=True)
    slug = models.SlugField(_("name in the address"), max_length=200, unique=True)
    summary = models.TextField(_("summary"))
    body = models.TextField(_("text"), blank=True)
    date = PartialDateField(_("date"), null=True, blank=True, db_index=True)
    date_precision = PrecisionField()
    image = models.ImageField(
        _("image"),
        upload_to="achievements/",
        blank=True,
        validators=[
            uploads.validate_image_name,
            uploads.validate_size,
            uploads.validate_image,
        ],
    )
    image_alt = models.CharField(
        _("text in place of the image"),
        max_length=300,
        blank=True,
        help_text=_("What the image shows, for those who do not see it."),
    )
    countries = ProtectedManyToManyField(
        Country,
        verbose_name=_("countries"),
        related_name="achievements",
        blank=True,
    )
    clusters = models.ManyToManyField(
        Cluster, verbose_name=_("clusters"), related_name="achievements", blank=True
    )
    labels = models.ManyToManyField(
        EscaLabel, verbose_name=_("labels"), related_name="achievements", blank=True
    )
    partnerships = models.ManyToManyField(
        Partnership,
        verbose_name=_("partnerships"),
        related_name="achievements",
        blank=True,
    )
    proof_url = models.URLField(_("address of the proof"), max_length=500, blank=True)
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="achievements", blank=True
    )

    objects = AchievementQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = _("achievement")
        verbose_name_plural = _("achievements")
        ordering = [F("date").desc(nulls_last=True), "pk"]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(image="") | ~Q(image_alt=""),
                name="events_achievement_image_has_text",
                violation_error_message=_(
                    "Describe the image for those who do not see it."
                ),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("achievements:detail", args=[self.slug])


class NewsItem(Publishable):
    """A piece of news about cluster cooperation."""

    title = models.CharField(_("title"), max_length=300)
    title_key = FoldedField(source="title", db_index=True)
    slug = models.SlugField(_("name in the address"), max_length=200, unique=True)
    summary = models.TextField(_("summary"))
    body = models.TextField(_("text"), blank=True)
    date = PartialDateField(_("date"), null=True, blank=True, db_index=True)
    date_precision = PrecisionField()
    countries = ProtectedManyToManyField(
        Country, verbose_name=_("countries"), related_name="news", blank=True
    )
    clusters = models.ManyToManyField(
        Cluster, verbose_name=_("clusters"), related_name="news", blank=True
    )
    partnerships = models.ManyToManyField(
        Partnership,
        verbose_name=_("partnerships"),
        related_name="news",
        blank=True,
    )
    source_url = models.URLField(_("address of the source"), max_length=500, blank=True)
    sources = ProtectedManyToManyField(
        Source, verbose_name=_("sources"), related_name="news", blank=True
    )

    objects = NewsItemQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = _("news item")
        verbose_name_plural = _("news items")
        ordering = [F("date").desc(nulls_last=True), "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("news:detail", args=[self.slug])


class Correction(models.Model):
    """What was wrong in a news item, and since when it is put right."""

    news_item = models.ForeignKey(
        NewsItem,
        models.CASCADE,
        related_name="corrections",
        verbose_name=_("news item"),
    )
    corrected_on = models.DateField(_("corrected on"))
    text = models.TextField(_("correction"))

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-corrected_on", "-pk"]

    def __str__(self):
        return self.text
