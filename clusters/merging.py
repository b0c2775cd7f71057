"""Make one cluster of two that are the same, without losing what either tells."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.folding import fold
from portal.history import note, recording
from portal.models import ContentVersion, LoadedRecord
from portal.publishing.drafts import Rework

from . import esca
from .models import Cluster, EscaLabel

# Fields that are taken over together, where the first is empty.
FILLED = (
    ("acronym",),
    ("region",),
    ("city",),
    ("portfolio",),
    ("founded",),
    ("member_count", "member_count_year"),
    ("website", "website_reachable_on"),
    ("summary",),
)
UNITED = ("industries", "technology_fields", "sources")
# What has to be the same for two labels to be one.
SAME = ("level", "awarded_on", "runs_from", "valid_until", "revoked_on")


def conflicts(kept: Cluster, dropped: Cluster) -> list[str]:
    """Return why the two cannot be one, in sentences for editors."""
    problems = []
    if Rework.objects.of(dropped).exists():
        text = _(
            "“%(name)s” has a draft of a change beside it, which would be lost. Publish "
            "or discard the draft first, or keep this cluster instead of the other."
        )
        problems.append(text % {"name": dropped.name})
    for other in dropped.labels.all():
        for label in kept.labels.all():
            if _are_one(label, other):
                continue
            if esca.overlap(label.period, other.period):
                text = _(
                    "Both hold %(level)s at one time: %(first)s until %(first_end)s, "
                    "and %(second)s until %(second_end)s. Correct one of them first."
                )
                problems.append(
                    text
                    % {
                        "level": label.get_level_display(),
                        "first": label.start_display,
                        "first_end": label.get_valid_until_display(),
                        "second": other.start_display,
                        "second_end": other.get_valid_until_display(),
                    }
                )
    return problems


def _are_one(label, other):
    return all(getattr(label, name) == getattr(other, name) for name in SAME)


def merge(kept: Cluster, dropped: Cluster, user=None) -> None:
    """Move all that ``dropped`` has to ``kept``, and delete it.

    Its name becomes a former name, and its address leads to ``kept``. What both
    state stays as ``kept`` states it. Raises ValidationError where labels overlap.
    """
    reason = _("Merged with “%(name)s”.") % {"name": dropped.name}
    with transaction.atomic(), recording(user, reason):
        _merge(kept, dropped, user)


def _merge(kept, dropped, user):
    # Locked in one order, so that two merges never wait for each other.
    ContentVersion.objects.hold()
    pks = [kept.pk, dropped.pk]
    list(Cluster.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
    problems = conflicts(kept, dropped)
    if kept.pk == dropped.pk or problems:
        raise ValidationError(problems or [_("Choose two different clusters.")])
    slug = dropped.slug
    _move_labels(kept, dropped)
    _move_memberships(kept, dropped)
    _move_history(kept, dropped)
    _move_links(kept, dropped)
    for name in UNITED:
        getattr(kept, name).add(*getattr(dropped, name).all())
    _fill_blanks(kept, dropped)
    kept.updated_by = user
    loaded = LoadedRecord.objects.filter(entity=Cluster._meta.label_lower)
    # The lines of the data files on it are now about the other.
    loaded.filter(object_pk=dropped.pk).update(object_pk=kept.pk)
    dropped.delete()
    kept.save()
    kept.former_addresses.create(slug=slug)


def _move_labels(kept, dropped):
    own = list(kept.labels.all())
    for label in dropped.labels.all():
        twin = next((one for one in own if _are_one(one, label)), None)
        if twin is None:
            EscaLabel.objects.filter(pk=label.pk).update(cluster=kept)
            note(EscaLabel, [label.pk])
            continue
        twin.sources.add(*label.sources.all())
        _move_links(twin, label)
        loaded = LoadedRecord.objects.filter(entity=EscaLabel._meta.label_lower)
        loaded.filter(object_pk=label.pk).update(object_pk=twin.pk)
        label.delete()


def _move_memberships(kept, dropped):
    """Move the memberships; of two in one partnership the role of lead remains."""
    own = {one.partnership_id: one for one in kept.memberships.all()}
    for membership in dropped.memberships.all():
        twin = own.get(membership.partnership_id)
        if twin is None:
            membership.cluster = kept
            membership.save()
            continue
        twin.sources.add(*membership.sources.all())
        role = membership.role
        membership.delete()
        if role == membership.Role.LEAD:
            twin.role = role
            twin.save()


def _move_history(kept, dropped):
    years = kept.member_counts.values_list("year", flat=True)
    names = {kept.name_key, *kept.former_names.values_list("name_key", flat=True)}
    for rows in (
        dropped.former_addresses.all(),
        dropped.member_counts.exclude(year__in=list(years)),
        dropped.former_names.exclude(name_key__in=names),
    ):
        pks = list(rows.values_list("pk", flat=True))
        rows.update(cluster=kept)
        note(rows.model, pks)
    known = {kept.name_key, *kept.former_names.values_list("name_key", flat=True)}
    if fold(dropped.name) not in known:
        kept.former_names.create(name=dropped.name)


def _move_links(kept, dropped):
    """Let whatever names ``dropped`` in a many-to-many name ``kept``."""
    for relation in dropped._meta.related_objects:
        if relation.many_to_many:
            name = relation.get_accessor_name()
            getattr(kept, name).add(*getattr(dropped, name).all())


def _fill_blanks(kept, dropped):
    for names in FILLED:
        if getattr(kept, names[0]) in ("", None):
            for name in names:
                setattr(kept, name, getattr(dropped, name))
