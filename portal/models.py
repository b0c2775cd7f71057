from collections import defaultdict
from functools import reduce
from hashlib import sha256
from operator import or_

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import InterfaceError, OperationalError, connections, models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string
from django.utils.translation import gettext_lazy as _

from .folding import FoldedField
from .publishing.drafts import Review, Rework
from .publishing.schedule import settle

__all__ = [
    "ContentVersion",
    "LoadedRecord",
    "RecordVersion",
    "Review",
    "Rework",
    "SearchEntry",
    "SearchWord",
]

PRESENT_VERSION = "SELECT epoch, number FROM portal_contentversion"


def read_version(connection):
    # Writing this SQL would take longer than answering it.
    with connection.cursor() as cursor:
        cursor.execute(PRESENT_VERSION)
        return cursor.fetchone() or (0, 0)


class ContentVersionManager(models.Manager):
    def current(self):
        """Return the epoch and number of the content; the number grows in an epoch.

        Every page asks this first. So it also shows whether a connection of an earlier
        request still works, for which Django would ask apart, and renews it if not.
        """
        connection = connections[self.db]
        is_checked = connection.connection is None or connection.health_check_done
        connection.health_check_done = True
        try:
            return read_version(connection)
        except (OperationalError, InterfaceError):
            if is_checked or connection.in_atomic_block or connection.is_usable():
                raise
            connection.close()
            return read_version(connection)

    def hold(self):
        """Wait until nobody else writes content, and let nobody until the commit.

        Every write does so by its trigger. Who locks rows of content before writing
        has to do it first, or two could wait for each other.
        """
        return list(self.select_for_update().values_list("pk", flat=True))

    def count_on(self):
        """Tell every process that the clock will change the content at another time."""
        self.update(number=F("number") + 1)

    def written_at(self, epoch, number):
        """Return when this version was written; None where it is not the present one."""
        present = self.filter(epoch=epoch, number=number)
        return present.values_list("changed_at", flat=True).first()

    def changed_at(self):
        """Return when content was last written; None where it never was."""
        return self.values_list("changed_at", flat=True).first()


class ContentVersion(models.Model):
    """One row that triggers change with every write of content; see triggers.py."""

    # Chosen by chance when counting begins, so that two databases never agree.
    epoch = models.BigIntegerField(_("epoch"))
    number = models.BigIntegerField(_("number"))
    changed_at = models.DateTimeField(_("changed at"), db_default=Now())

    objects = ContentVersionManager()

    class Meta:
        verbose_name = _("content version")
        verbose_name_plural = _("content versions")

    def __str__(self):
        return f"{self.epoch}.{self.number}"


class RecordVersion(models.Model):
    """The number of the content version in which a record, or a subject, changed last."""

    pk = models.CompositePrimaryKey("subject", "record")
    subject = models.CharField(_("subject"), max_length=60)
    record = models.BigIntegerField(_("record"))
    number = models.BigIntegerField(_("number"))

    class Meta:
        verbose_name = _("version of a record")
        verbose_name_plural = _("versions of records")
        indexes = [
            models.Index(
                fields=["subject", "number"], name="portal_recordversion_number"
            ),
        ]

    def __str__(self):
        return f"{self.subject} {self.record}"


class SearchEntryQuerySet(models.QuerySet):
    def public(self, at=None):
        """Keep what is found now, or ``at`` another time."""
        if at is None:
            settle()
        now = at or timezone.now()
        return self.filter(public_from__lte=now, public_until__gt=now)

    def of_records(self, records):
        """Keep the entries of these records, pairs of kind and key, and their parts."""
        keys = defaultdict(list)
        for kind, key in records:
            keys[kind].append(key)
        wanted = [Q(kind=kind, record__in=found) for kind, found in keys.items()]
        if not wanted:
            return self.none()
        return self.filter(reduce(or_, wanted)).order_by("part", "part_key")


class SearchEntry(models.Model):
    """What a record, or a part of it, is found by; see search_index.py.

    Triggers alone write it.
    """

    kind = models.CharField(_("kind"), max_length=20)
    part = models.CharField(_("part"), max_length=20, blank=True)
    part_key = models.BigIntegerField(_("primary key of the part"))
    record = models.BigIntegerField(_("primary key of the record"))
    slug = models.CharField(_("name in the address"), max_length=200, blank=True)
    title = models.CharField(_("title"), max_length=400)
    other = models.CharField(_("acronym or other name"), max_length=400, blank=True)
    name = FoldedField(source="title")
    other_key = FoldedField(source="other")
    names = models.TextField(_("all names, folded"), blank=True)
    context = models.TextField(_("facts in a word or two"), blank=True)
    body = models.TextField(_("text"), blank=True)
    day = models.DateField(_("date"))
    public_from = models.DateTimeField(_("public from"))
    public_until = models.DateTimeField(_("public until"))

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "part", "part_key"],
                name="portal_searchentry_unique_part",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "record"], name="portal_searchentry_record"),
            models.Index(fields=["kind", "id"], name="portal_searchentry_kind"),
            models.Index(
                fields=["kind", "name"],
                name="portal_searchentry_name",
                condition=Q(part=""),
            ),
            models.Index(
                fields=["kind", "other_key"],
                name="portal_searchentry_other",
                condition=~Q(other_key=""),
            ),
        ]

    def __str__(self):
        return self.title


class SearchWord(models.Model):
    """A word of the names in the index, to find what was meant by a slip."""

    word = models.CharField(_("word"), max_length=400)
    sound = models.CharField(_("sound"), max_length=800)
    number = models.BigIntegerField(_("number of entries"))

    class Meta:
        verbose_name = _("word of the search")
        verbose_name_plural = _("words of the search")
        constraints = [
            # No unique field, to which Django adds a second index on PostgreSQL.
            models.UniqueConstraint(
                fields=["word"], name="portal_searchword_unique_word"
            ),
        ]

    def __str__(self):
        return self.word


class CheckedLinkQuerySet(models.QuerySet):
    def due(self, checked_before):
        """Keep the addresses not asked since then, the longest ago first."""
        never = Q(checked_at__isnull=True)
        due = self.filter(never | Q(checked_at__lt=checked_before))
        return due.order_by(F("checked_at").asc(nulls_first=True), "pk")


class CheckedLink(models.Model):
    """An address that records lead to, and how it answered when last asked."""

    address = models.CharField(_("address"), max_length=500, unique=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    reason = models.CharField(_("what was wrong"), max_length=300, blank=True)
    checked_at = models.DateTimeField(
        _("checked at"), null=True, blank=True, db_index=True
    )
    last_ok_on = models.DateField(_("last reached on"), null=True, blank=True)
    first_failed_at = models.DateTimeField(
        _("failing since"), null=True, blank=True, db_index=True
    )

    objects = CheckedLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("checked link")
        verbose_name_plural = _("checked links")
        ordering = ["address"]

    def __str__(self):
        return self.address


class LoadedRecord(models.Model):
    """What the data files last said of a record, to tell an editor's changes apart."""

    entity = models.CharField(_("entity"), max_length=60)
    key = models.CharField(_("key"), max_length=700)
    object_pk = models.BigIntegerField(_("primary key"))
    values = models.JSONField(_("values"))

    class Meta:
        verbose_name = _("loaded record")
        verbose_name_plural = _("loaded records")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "key"], name="portal_loadedrecord_unique_key"
            ),
        ]

    def __str__(self):
        return f"{self.entity} {self.key}"


class Attempt(models.Model):
    """A guess of a password or of a code, until it no longer counts; see attempts.py."""

    kind = models.CharField(_("kind"), max_length=10)
    # What was tried, for instance the name of an account, as a keyed digest.
    subject = models.CharField(_("subject"), max_length=64)
    address = models.CharField(_("address"), max_length=45)
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [
            models.Index(fields=["kind", "subject"], name="portal_attempt_of_subject"),
            models.Index(fields=["kind", "address"], name="portal_attempt_from"),
        ]

    def __str__(self):
        return f"{self.kind}, {self.at:%Y-%m-%d %H:%M}"


class ApiKeyQuerySet(models.QuerySet):
    def matching(self, key):
        """Return the key that may be used under this text, or None."""
        prefix, _dot, _secret = key.partition(".")
        if not (prefix.isascii() and prefix.isalnum()):
            return None
        found = self.filter(prefix=prefix, revoked_at__isnull=True).first()
        if found is None or not constant_time_compare(found.digest, digest(key)):
            return None
        return found

    def revoke(self):
        """Refuse these keys from now on; return how many were still in use."""
        valid = self.filter(revoked_at__isnull=True)
        return valid.update(revoked_at=timezone.now())


class ApiKey(models.Model):
    """What lets a known client of the API ask more often than others.

    Of the key itself only a digest is kept. It is long and made by chance, so that
    nobody finds it by trying, and needs no slow digest as passwords do.
    """

    name = models.CharField(
        _("name"), max_length=200, help_text=_("Who uses the key, and what for.")
    )
    contact = models.EmailField(
        _("contact"), help_text=_("Whom to write to before the key is revoked.")
    )
    prefix = models.CharField(
        _("begins with"), max_length=16, unique=True, editable=False
    )
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    rate = models.PositiveIntegerField(
        _("requests a minute"),
        default=600,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_used_on = models.DateField(_("last used on"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gte=1), name="portal_apikey_rate_is_positive"
            ),
        ]

    def __str__(self):
        return self.name

    def issue(self) -> str:
        """Take a new key, and return it; nobody can read it afterwards."""
        self.prefix = get_random_string(12)
        key = f"{self.prefix}.{get_random_string(40)}"
        self.digest = digest(key)
        return key

    def note_use(self, day):
        """Remember the day of the last use; written once a day."""
        if self.last_used_on != day:
            type(self).objects.filter(pk=self.pk).update(last_used_on=day)


def digest(key: str) -> str:
    return sha256(key.encode(errors="replace")).hexdigest()


# Last, because what an import does needs the models above.
from .importing.models import ColumnChoice, Import, ImportPart, ImportRow  # noqa: E402, F401
