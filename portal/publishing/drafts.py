"""What the back office notes beside a record: its review, and the draft of a change."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def person(verbose_name):
    """Return a field for somebody who did something, kept when the account goes."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=verbose_name,
    )


class BesideQuerySet(models.QuerySet):
    def of(self, *records):
        """Keep what stands beside these records, all of one model."""
        if not records:
            return self.none()
        return self.filter(
            content_type=ContentType.objects.get_for_model(records[0]),
            object_id__in=[record.pk for record in records],
        )

    def of_kind(self, model):
        opts = model._meta
        # By name, because the key of the kind may take a query of its own.
        return self.filter(
            content_type__app_label=opts.app_label, content_type__model=opts.model_name
        )

    def keys_of(self, model):
        """Return the keys of the records of a model beside which these stand."""
        return self.of_kind(model).values("object_id")


class Beside(models.Model):
    """Something that the back office knows of one record of any kind."""

    content_type = models.ForeignKey(
        ContentType, models.CASCADE, related_name="+", verbose_name=_("kind")
    )
    object_id = models.BigIntegerField(_("primary key"))
    record = GenericForeignKey()

    class Meta:
        abstract = True
        # Whoever has rights on the record has them on what stands beside it.
        default_permissions = []

    def __str__(self):
        return f"{self._meta.verbose_name}: {self.record}"


class ReviewQuerySet(BesideQuerySet):
    def answered(self):
        """Keep those whose record went back to its editor."""
        return self.filter(returned_at__isnull=False)

    def ask(self, records, user):
        """Note who asks now for the review of these records, all of one model."""
        kind = ContentType.objects.get_for_model(records[0])
        now = timezone.now()
        self.bulk_create(
            [
                self.model(
                    content_type=kind,
                    object_id=record.pk,
                    asked_by=user,
                    asked_at=now,
                    returned_by=None,
                    returned_at=None,
                    note="",
                )
                for record in records
            ],
            update_conflicts=True,
            unique_fields=["content_type", "object_id"],
            update_fields=[
                "asked_by",
                "asked_at",
                "returned_by",
                "returned_at",
                "note",
            ],
        )

    def send_back(self, record, user, note):
        """Note with what words a record went back to its editor."""
        self.update_or_create(
            content_type=ContentType.objects.get_for_model(record),
            object_id=record.pk,
            defaults={
                "returned_by": user,
                "returned_at": timezone.now(),
                "note": note,
            },
        )


class Review(Beside):
    """Who asked last for the review of a record, and what was answered."""

    asked_by = person(_("asked for by"))
    asked_at = models.DateTimeField(_("asked for at"), null=True)
    returned_by = person(_("sent back by"))
    returned_at = models.DateTimeField(_("sent back at"), null=True)
    note = models.TextField(_("note"), blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta(Beside.Meta):
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id"], name="portal_review_one_each"
            ),
        ]


class ReworkQuerySet(BesideQuerySet):
    def in_review(self):
        return self.filter(state=Rework.State.IN_REVIEW)

    def state_of_each(self, model):
        """Return the state of the draft beside a record, for queries of a model."""
        beside = self.of_kind(model).filter(object_id=OuterRef("pk"))
        return Subquery(beside.values("state"))

    def sent_back(self):
        return self.filter(state=Rework.State.DRAFT, returned_by__isnull=False)

    def failed(self):
        return self.filter(state=Rework.State.FAILED)

    def scheduled(self):
        return self.filter(state=Rework.State.APPROVED)

    def due(self, now):
        """Keep what should be public at ``now``, the earliest first."""
        return self.scheduled().filter(publish_at__lte=now).order_by("publish_at", "pk")

    def move(self, rework, state, **changes):
        """Give a rework a state, if it is still as it was read; tell whether it was."""
        unchanged = self.filter(pk=rework.pk, revision=rework.revision)
        return bool(
            unchanged.update(state=state, revision=F("revision") + 1, **changes)
        )


class Rework(Beside):
    """A draft of another version of a record, while the public reads the present one.

    Both ``base``, what it was made from, and ``snapshot``, what it says, are snapshots;
    see snapshots.py.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved for a time")
        FAILED = "failed", _("Could not be published")

    base = models.JSONField(_("made from"))
    snapshot = models.JSONField(_("says"))
    # Grows with every change, so that nobody writes over what they have not read.
    revision = models.PositiveIntegerField(_("revision"), default=1)
    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.DRAFT, db_index=True
    )
    publish_at = models.DateTimeField(_("publish at"), null=True, db_index=True)
    approved_by = person(_("approved by"))
    problem = models.TextField(_("why it could not be published"), blank=True)
    asked_by = person(_("review asked for by"))
    asked_at = models.DateTimeField(_("review asked for at"), null=True)
    returned_by = person(_("sent back by"))
    note = models.TextField(_("note"), blank=True)
    made_by = person(_("made by"))
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    updated_by = person(_("last changed by"))
    updated_at = models.DateTimeField(_("last changed at"), default=timezone.now)

    objects = ReworkQuerySet.as_manager()

    class Meta(Beside.Meta):
        verbose_name = _("draft of a change")
        verbose_name_plural = _("drafts of changes")
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id"], name="portal_rework_one_each"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(publish_at__isnull=False),
                name="portal_rework_approved_is_timed",
            ),
        ]

    @property
    def is_in_review(self):
        return self.state == self.State.IN_REVIEW

    @property
    def is_scheduled(self):
        return self.state == self.State.APPROVED

    @property
    def is_failed(self):
        return self.state == self.State.FAILED
