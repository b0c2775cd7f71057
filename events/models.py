import datetime
import uuid
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clusters.models import Cluster, EscaLabel
from countries.models import Country, Source
from partnerships.models import Partnership
from portal import uploads
from portal.addresses import not_reserved
from portal.folding import FoldedField
from portal.history import RecordHistory
from portal.partial_dates import Edge, PartialDateField, PrecisionField, snap
from portal.pictures import PictureField
from portal.publishing.models import Publishable
from portal.relations import ProtectedManyToManyField
from portal.rich_text import RichTextField

from . import images, times
from .fields import InstantField, SequenceField
from .querysets import (
    LATEST_FIRST,
    AchievementQuerySet,
    EventQuerySet,
    NewsItemQuerySet,
)
from .times import validate_time_zone


class Syndicated(models.Model):
    """A record that feeds and calendars know by a name that never changes."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class Event(Syndicated, Publishable):
    """A meeting that brings clusters of Europe and of third countries together."""

    publishing_parents = ("country",)
    country_paths = ("country", "more_countries")
    # One that is over leaves the upcoming ones.
    moments = (*Publishable.moments, "end")

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
    end_time_zone = models.CharField(
        _("time zone of the end"),
        max_length=60,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Only where it ends in another time zone than it begins in."),
    )
    start = InstantField(edge="start", db_index=True)
    end = InstantField(edge="end", db_index=True)
    venue = models.CharField(_("venue"), max_length=300, blank=True)
    venue_key = FoldedField(source="venue")
    city = models.CharField(_("city"), max_length=200, blank=True)
    city_key = FoldedField(source="city")
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
    sequence = SequenceField()

    objects = EventQuerySet.as_manager()
    history = RecordHistory()

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

    def save(self, *, update_fields=None, **kwargs):
        if update_fields is not None:
            update_fields = {*update_fields, "start", "end", "sequence"}
        super().save(update_fields=update_fields, **kwargs)

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
    def is_cancelled(self):
        return self.state == self.State.CANCELLED

    @property
    def marked_title(self):
        """The title, for where no badge can stand beside it."""
        if not self.is_marked:
            return self.title
        marks = {"mark": self.get_state_display(), "title": self.title}
        return gettext("%(mark)s: %(title)s") % marks

    @property
    def is_all_day(self):
        return self.starts_at is None

    @property
    def last_day(self):
        """The last day; the last of the stated month or year where it has none."""
        return self.ends_on or snap(self.starts_on, self.starts_on_precision, Edge.LAST)

    @property
    def days_display(self):
        """The day or days, such as ``25 Oct 2016 – 27 Oct 2016``."""
        first = self.get_starts_on_display()
        last = self.get_ends_on_display()
        return first if last in ("", first) else f"{first} – {last}"

    @property
    def time_display(self):
        """Days and times on the clocks of the place, with their time zones."""
        return times.describe(self)

    @property
    def month_display(self):
        return times.name_of_month(self.starts_on, self.starts_on_precision)

    @property
    def short_month(self):
        """The month in brief, such as ``May 2030``; the year where no more is stated."""
        return times.short_name_of_month(self.starts_on, self.starts_on_precision)

    @property
    def local_start(self):
        """When it begins, on the clock of the place."""
        return self.instant("start").astimezone(zoneinfo.ZoneInfo(self.time_zone))

    @property
    def local_end(self):
        zone = zoneinfo.ZoneInfo(self.end_time_zone or self.time_zone)
        return self.instant("end").astimezone(zone)

    def instant(self, edge):
        """Return when the event begins (``start``) or is over (``end``).

        Without times, it lasts from the first midnight of the place to the
        midnight after the last day; without a last day, it is over with the
        first. Where the clock jumps from 2:00 to 3:00, 2:30 is what it then calls
        3:30; where it falls back to 2:00, 2:30 is the first of the two.
        """
        if edge == "start":
            return times.instant(self.starts_on, self.starts_at, self.time_zone)
        zone = self.end_time_zone or self.time_zone
        if self.ends_at is not None:
            return times.instant(self.last_day, self.ends_at, zone)
        return times.instant(self.last_day + datetime.timedelta(days=1), None, zone)

    @property
    def stated_start(self):
        """The instant at which it begins; None where no time of day is stated."""
        return self.start if self.starts_at is not None else None

    @property
    def stated_end(self):
        return self.end if self.ends_at is not None else None

    @property
    def takes_registrations(self):
        """Whether one can be invited to register: it is neither over nor cancelled."""
        return not self.is_cancelled and timezone.now() < self.instant("end")

    @property
    def registration_notice(self):
        """How long one can still register, by the calendar of the place."""
        return times.days_left(self.registration_deadline, self.time_zone)

    def clean(self):
        super().clean()
        zones = {self.time_zone, self.end_time_zone or self.time_zone}
        if self.starts_on is None or not zones <= times.known_time_zones():
            return
        if self.ends_at is not None and self.starts_at is None:
            raise ValidationError({"starts_at": _("State when it begins as well.")})
        try:
            is_over_too_soon = self.instant("end") < self.instant("start")
        except OverflowError as error:
            raise ValidationError(
                {"starts_on": _("The portal does not know such years.")}
            ) from error
        if is_over_too_soon:
            raise ValidationError(
                {"ends_at": _("The event ends before it begins; check the times.")}
            )


class Achievement(Syndicated, Publishable):
    """Something that cluster cooperation brought about."""

    country_paths = ("countries",)
    needed_for_publication = ("summary",)

    title = models.CharField(_("title"), max_length=300)
    title_key = FoldedField(source="title", db_index=True)
    slug = models.SlugField(_("name in the address"), max_length=200, unique=True)
    summary = models.TextField(_("summary"), blank=True)
    summary_key = FoldedField(source="summary", max_length=2000)
    body = RichTextField(_("text"), blank=True)
    date = PartialDateField(_("date"), null=True, blank=True, db_index=True)
    date_precision = PrecisionField()
    image = PictureField(
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
    history = RecordHistory()

    class Meta(Publishable.Meta):
        verbose_name = _("achievement")
        verbose_name_plural = _("achievements")
        ordering = LATEST_FIRST
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

    @cached_property
    def pictures(self):
        """Return the image in several widths, the narrowest first."""
        return images.variants(self.image) if self.image else []


class NewsItem(Syndicated, Publishable):
    """A piece of news about cluster cooperation."""

    country_paths = ("countries",)
    needed_for_publication = ("summary",)
    reworked_rows = ("corrections",)

    title = models.CharField(_("title"), max_length=300)
    title_key = FoldedField(source="title", db_index=True)
    slug = models.SlugField(_("name in the address"), max_length=200, unique=True)
    summary = models.TextField(_("summary"), blank=True)
    summary_key = FoldedField(source="summary", max_length=2000)
    body = RichTextField(_("text"), blank=True)
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
    history = RecordHistory()

    class Meta(Publishable.Meta):
        verbose_name = _("news item")
        verbose_name_plural = _("news items")
        ordering = LATEST_FIRST

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("news:detail", args=[self.slug])


class Correction(models.Model):
    """What was wrong in a news item, and since when it is put right."""

    belongs_to = "news_item"

    news_item = models.ForeignKey(
        NewsItem,
        models.CASCADE,
        related_name="corrections",
        verbose_name=_("news item"),
    )
    corrected_on = models.DateField(_("corrected on"))
    text = models.TextField(_("correction"))

    history = RecordHistory()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-corrected_on", "-pk"]

    def __str__(self):
        return self.text
