"""The one concept of publishing, and the one door to public data."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def public_condition(model, at, path="") -> Q:
    """Return the condition under which records of ``model`` are public ``at`` a time.

    A record is public when its own status says so and when everything that it
    is a part of (``publishing_parents``, names of foreign keys) is public too.
    """
    condition = Q()
    if issubclass(model, Publishable):
        status, published = f"{path}status", Publishable.Status.PUBLISHED
        approved = {
            status: Publishable.Status.APPROVED,
            f"{path}publish_at__lte": at,
        }
        condition = Q(**{status: published}) | Q(**approved)
        condition &= Q(**{f"{path}unpublish_at__isnull": True}) | Q(
            **{f"{path}unpublish_at__gt": at}
        )
    for parent in model.publishing_parents:
        field = model._meta.get_field(parent)
        parent_is_public = public_condition(
            field.related_model, at, f"{path}{parent}__"
        )
        if field.null:
            parent_is_public |= Q(**{f"{path}{parent}__isnull": True})
        condition &= parent_is_public
    return condition


class PublicQuerySet(models.QuerySet):
    def counted_by(self, path):
        """Return how many of these records have each value of ``path``.

        The values are the keys, as texts. A record with several counts for each.
        """
        # A subquery, because other joins would narrow or repeat the records.
        records = self.model.objects.filter(pk__in=self.order_by().values("pk"))
        rows = records.order_by().values_list(path)
        rows = rows.annotate(number=models.Count("pk", distinct=True))
        return {str(value): number for value, number in rows}

    def published(self, at=None):
        """Keep what the public may see now, or ``at`` another time."""
        return self.filter(public_condition(self.model, at or timezone.now()))


class PublishableQuerySet(PublicQuerySet):
    def _move(self, to, user, **changes):
        return self.update(
            status=to, updated_at=timezone.now(), updated_by=user, **changes
        )

    def request_review(self, user=None):
        """Hand the drafts among these records to a publisher; return their number."""
        drafts = self.filter(status=Publishable.Status.DRAFT)
        return drafts._move(Publishable.Status.IN_REVIEW, user)

    def publish(self, user=None):
        """Publish those that are not public yet at once; return their number."""
        now = timezone.now()
        waiting = self.exclude(
            status__in=[Publishable.Status.PUBLISHED, Publishable.Status.ARCHIVED]
        )
        return waiting._move(
            Publishable.Status.PUBLISHED, user, published_at=now, unpublish_at=None
        )

    def approve(self, user=None):
        """Make these records public from their ``publish_at`` on; return their number."""
        return self._move(Publishable.Status.APPROVED, user)

    def unpublish(self, user=None):
        """Turn public and approved records back into drafts; return their number."""
        shown = self.filter(
            status__in=[Publishable.Status.PUBLISHED, Publishable.Status.APPROVED]
        )
        return shown._move(Publishable.Status.DRAFT, user)

    def archive(self, user=None):
        """Take these records out of use for good; return how many were not yet."""
        return self.exclude(status=Publishable.Status.ARCHIVED)._move(
            Publishable.Status.ARCHIVED, user
        )


class Publishable(models.Model):
    """A record that editors draft in private and the public reads once published."""

    publishing_parents: ClassVar[tuple[str, ...]] = ()

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved for a time")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")

    status = models.CharField(
        _("status"), max_length=9, choices=Status, default=Status.DRAFT, db_index=True
    )
    publish_at = models.DateTimeField(
        _("publish at"),
        null=True,
        blank=True,
        help_text=_("When an approved record becomes public, for instance 9:00."),
    )
    unpublish_at = models.DateTimeField(
        _("unpublish at"),
        null=True,
        blank=True,
        help_text=_("When the record stops being public. Empty: it stays."),
    )
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    updated_at = models.DateTimeField(_("last changed at"), auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("last changed by"),
    )

    objects = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ["add", "change", "delete", "view", "publish"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="%(app_label)s_%(class)s_published_is_dated",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(publish_at__isnull=False),
                name="%(app_label)s_%(class)s_approved_is_timed",
            ),
            models.CheckConstraint(
                condition=Q(publish_at__isnull=True)
                | Q(unpublish_at__isnull=True)
                | Q(unpublish_at__gt=F("publish_at")),
                name="%(app_label)s_%(class)s_unpublished_after_published",
                violation_error_message=_(
                    "The record would stop being public before it becomes public."
                ),
            ),
        ]

    @property
    def public_since(self):
        """The time from which the public could read the record."""
        return self.published_at or self.publish_at

    def clean(self):
        super().clean()
        # The status is not a form field, so the form leaves out this constraint.
        if self.status == self.Status.APPROVED and self.publish_at is None:
            raise ValidationError(
                {"publish_at": _("An approved record needs the time of publication.")}
            )
