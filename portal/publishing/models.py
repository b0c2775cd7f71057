"""The one concept of publishing, and the one door to public data."""

from typing import ClassVar

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Case, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.history import record_history
from portal.models import ContentVersion

from .drafts import Review
from .schedule import settle


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
        if at is None:
            settle()
        return self.filter(public_condition(self.model, at or timezone.now()))


class PublishableQuerySet(PublicQuerySet):
    def last_change(self, at):
        """Return when one of these last changed, appeared or went, seen from ``at``.

        Records that are no longer public count as well, but none that never was.
        """
        approved = Q(status=Publishable.Status.APPROVED, publish_at__lte=at)
        seen = self.filter(Q(published_at__isnull=False) | approved).order_by()
        times = seen.aggregate(
            changed=models.Max("updated_at"),
            appeared=models.Max("publish_at", filter=Q(publish_at__lte=at)),
            gone=models.Max("unpublish_at", filter=Q(unpublish_at__lte=at)),
        )
        return max(filter(None, times.values()), default=None)

    @transaction.atomic
    def _move(self, to, user, **changes):
        # Locked before they are written, so that just these stand in the history.
        ContentVersion.objects.hold()
        pks = list(self.select_for_update().order_by("pk").values_list("pk", flat=True))
        moved = self.model._default_manager.filter(pk__in=pks)
        count = moved.update(
            status=to, updated_at=timezone.now(), updated_by=user, **changes
        )
        reason = _("Moved to “%(status)s”.") % {"status": to.label}
        record_history(self.model, pks, user, str(reason))
        return count

    def _withdraw(self, to, user):
        """Move records, and note of those that appeared by the clock when they did."""
        appeared = When(
            status=Publishable.Status.APPROVED,
            publish_at__lte=timezone.now(),
            then=F("publish_at"),
        )
        published_at = Case(appeared, default=F("published_at"))
        return self._move(to, user, published_at=published_at)

    def request_review(self, user=None):
        """Hand the drafts among these records to a publisher; return their number."""
        drafts = self.filter(status=Publishable.Status.DRAFT)
        asked = list(drafts.only("pk"))
        if asked:
            Review.objects.ask(asked, user)
        return drafts._move(Publishable.Status.IN_REVIEW, user)

    def send_back(self, user=None):
        """Turn records in review into drafts again; return their number."""
        waiting = self.filter(status=Publishable.Status.IN_REVIEW)
        return waiting._move(Publishable.Status.DRAFT, user)

    def publishable(self, now):
        """Keep what can be published at once, or again where its time is over."""
        stays = Q(unpublish_at__isnull=True) | Q(unpublish_at__gt=now)
        published = Q(status=Publishable.Status.PUBLISHED) & stays
        return self.exclude(status=Publishable.Status.ARCHIVED).exclude(published)

    def publish(self, user=None):
        """Publish those that can be at once; return their number."""
        now = timezone.now()
        waiting = self.publishable(now)
        to_come = Case(When(unpublish_at__gt=now, then=F("unpublish_at")), default=None)
        return waiting._move(
            Publishable.Status.PUBLISHED, user, published_at=now, unpublish_at=to_come
        )

    def approve(self, user=None):
        """Make these records public from their ``publish_at`` on; return their number."""
        return self._move(Publishable.Status.APPROVED, user)

    def unpublish(self, user=None):
        """Turn public and approved records back into drafts; return their number."""
        shown = self.filter(
            status__in=[Publishable.Status.PUBLISHED, Publishable.Status.APPROVED]
        )
        return shown._withdraw(Publishable.Status.DRAFT, user)

    def archive(self, user=None):
        """Take these records out of use for good; return how many were not yet."""
        return self.exclude(status=Publishable.Status.ARCHIVED)._withdraw(
            Publishable.Status.ARCHIVED, user
        )

    def restore(self, user=None):
        """Turn archived records into drafts; return their number."""
        archived = self.filter(status=Publishable.Status.ARCHIVED)
        return archived._move(Publishable.Status.DRAFT, user)


class Publishable(models.Model):
    """A record that editors draft in private and the public reads once published."""

    publishing_parents: ClassVar[tuple[str, ...]] = ()
    # The fields at whose times the clock changes what the public sees.
    moments: ClassVar[tuple[str, ...]] = ("publish_at", "unpublish_at")
    # What a draft may lack, and what is published must have.
    needed_for_publication: ClassVar[tuple[str, ...]] = ()
    # The relations by which it has rows that are reworked with it.
    reworked_rows: ClassVar[tuple[str, ...]] = ()
    # What a draft beside a public record never changes.
    kept_live: ClassVar[tuple[str, ...]] = ("status", "publish_at", "unpublish_at")

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
        db_index=True,
        help_text=_("When an approved record becomes public, for instance 9:00."),
    )
    unpublish_at = models.DateTimeField(
        _("unpublish at"),
        null=True,
        blank=True,
        db_index=True,
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

    # So that reviews go with their record. The draft of a change stays, and is beside
    # the record again when that is brought back under its key.
    reviews = GenericRelation("portal.Review")

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

    @property
    def changed_at(self):
        """When what the public reads last changed; appearing is a change as well."""
        if self.status == self.Status.APPROVED:
            return max(self.updated_at, self.publish_at)
        return self.updated_at

    @property
    def is_shown(self):
        """Whether it is public as far as its own status goes, now or at its time."""
        return self.status in (self.Status.PUBLISHED, self.Status.APPROVED)

    @property
    def off_since(self):
        """When it stopped being public by the clock; None where it did not."""
        if not self.is_shown or self.unpublish_at is None:
            return None
        return self.unpublish_at if self.unpublish_at <= timezone.now() else None

    @property
    def is_to_come(self):
        """Whether the public cannot read it yet, as far as its own status goes."""
        if self.status == self.Status.APPROVED:
            # A form that is refused may leave it empty.
            return self.publish_at is None or self.publish_at > timezone.now()
        return self.status in (self.Status.DRAFT, self.Status.IN_REVIEW)

    def missing_for_publication(self):
        """Return what keeps it from being published, by the names of its fields."""
        return {
            name: gettext("Needed before it is published.")
            for name in self.needed_for_publication
            if not getattr(self, name)
        }

    def leave_address(self, slug):
        """Do what it takes when its name in the address is no longer ``slug``."""

    def clean(self):
        super().clean()
        # The status is not a form field, so the form leaves out this constraint.
        if self.status == self.Status.APPROVED and self.publish_at is None:
            raise ValidationError(
                {"publish_at": _("An approved record needs the time of publication.")}
            )
