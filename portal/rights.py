"""Who may see, change and choose which records of the back office: stated here once.

Django's permissions say what somebody may do with a *kind* of record; the groups
Editor, Publisher and Administrator hold them. This module says with *which* records:

- Somebody with the permission ``edit_every_country`` works on all of them, anybody
  else on those of the countries whose editor they are.
- What is public, or will be at its time, is changed only by those who may publish it.
  The parts of a record (its facts, labels, memberships) go by that record.

A model says how its records come to countries: ``country_paths`` are the lookups that
lead to them; a part names the foreign key to its record in ``belongs_to`` instead.
Models with neither are shared vocabularies, on which only permissions count.

Everything of the back office that shows or writes records asks these functions: lists,
forms, choices, actions, imports, exports, histories and previews alike.
"""

from django.contrib.auth import get_permission_codename
from django.db.models import Q
from django.utils import timezone

from portal.content_version import is_rehearsing
from portal.publishing.models import Publishable, public_condition

EVERY_COUNTRY = "countries.edit_every_country"
# What nobody has agreed to show yet.
OPEN = (Publishable.Status.DRAFT, Publishable.Status.IN_REVIEW)


def owner_model(model):
    """Return the model of the records that those of ``model`` are parts of, if any."""
    name = getattr(model, "belongs_to", None)
    return model._meta.get_field(name).related_model if name else None


def owner_of(record):
    """Return the record that ``record`` is a part of, or itself if it is of none."""
    name = getattr(record, "belongs_to", None)
    return (name and getattr(record, name)) or record


def country_paths(model) -> list[str]:
    """Return the lookups that lead from ``model`` to its countries; none if shared."""
    owner = owner_model(model)
    if owner is None:
        return list(getattr(model, "country_paths", ()))
    return [f"{model.belongs_to}__{path}" for path in country_paths(owner)]


def is_limited(model, user) -> bool:
    """Tell whether ``user`` may work on some records of ``model`` only."""
    return bool(country_paths(model)) and not user.has_perm(EVERY_COUNTRY)


def own_countries(user):
    """Return the keys of the countries whose editor ``user`` is, as a subquery."""
    return user.edited_countries.order_by().values("pk")


def may_publish(user, model) -> bool:
    """Tell whether ``user`` may change what is public of ``model``."""
    owner = owner_model(model)
    if owner is not None:
        return may_publish(user, owner)
    if not issubclass(model, Publishable):
        return True
    codename = get_permission_codename("publish", model._meta)
    return user.has_perm(f"{model._meta.app_label}.{codename}")


def visible_to(queryset, user):
    """Keep the records that ``user`` works on, whatever their status."""
    if not is_limited(queryset.model, user):
        return queryset
    return queryset.filter(_in_hand(queryset.model, user))


def editable_by(queryset, user):
    """Keep the records that ``user`` may change: open ones, or all for a publisher."""
    visible = visible_to(queryset, user)
    # In a rehearsal a public record stands for the draft of its change.
    if may_publish(user, queryset.model) or is_rehearsing():
        return visible
    return visible.filter(_is_open(queryset.model))


def choosable_by(queryset, user):
    """Keep the records that others may point to: those of ``user`` and public ones."""
    model = queryset.model
    if not is_limited(model, user):
        return queryset
    return queryset.filter(
        _in_hand(model, user) | public_condition(model, timezone.now())
    )


def known_to(queryset, user=None):
    """Keep the records of which ``user`` may learn; all where nobody asks."""
    return queryset if user is None else choosable_by(queryset, user)


def choices(field, user, queryset):
    """Keep what ``user`` may newly choose in a relation from one record to another."""
    model = field.model
    if field.name == getattr(model, "belongs_to", None):
        return editable_by(queryset, user)
    if field.name in country_paths(model):
        return visible_to(queryset, user)
    return choosable_by(queryset, user)


def may_see(user, record) -> bool:
    if not is_limited(type(record), user):
        return True
    return visible_to(_this(record), user).exists()


def may_edit(user, record) -> bool:
    model = type(record)
    if not is_limited(model, user) and may_publish(user, model):
        return True
    return editable_by(_this(record), user).exists()


def brought_back_by(user, model, records) -> list:
    """Keep the deleted records that ``user`` may restore; a part goes by its record.

    Only who works on everything restores what was of a country by its links: those
    are gone with the record.
    """
    if not is_limited(model, user) and may_publish(user, model):
        return list(records)
    owner = owner_model(model)
    if owner is None:
        return []
    name = model._meta.get_field(model.belongs_to).attname
    keys = {getattr(record, name) for record in records}
    owners = editable_by(owner._base_manager.filter(pk__in=keys), user)
    known = set(owners.values_list("pk", flat=True))
    return [record for record in records if getattr(record, name) in known]


def _this(record):
    return type(record)._base_manager.filter(pk=record.pk)


def _in_hand(model, user):
    """Return the condition under which records are of the countries of ``user``.

    Neither is one that hangs on a record that is hidden from ``user``: its name
    would tell of that record.
    """
    condition = _reaches_own_country(model, user, country_paths(model))
    for name in _other_parents(model):
        parent = model._meta.get_field(name)
        known = choosable_by(parent.related_model._base_manager.all(), user)
        condition &= Q(**{f"{name}__isnull": True}) | Q(
            **{f"{name}__in": known.values("pk")}
        )
    return condition


def _reaches_own_country(model, user, paths):
    condition = Q(pk__in=[])
    for path in paths:
        # One subquery for each path: joins would repeat the records.
        records = model._base_manager.filter(**{f"{path}__in": own_countries(user)})
        condition |= Q(pk__in=records.values("pk"))
    return condition


def _other_parents(model):
    """Return the parents that do not by themselves make a record one's own."""
    parents = getattr(model, "publishing_parents", ())
    paths = country_paths(model)
    known = {getattr(model, "belongs_to", None), *(paths if len(paths) == 1 else ())}
    return [name for name in parents if name not in known]


def _is_open(model, path=""):
    """Return the condition under which nobody has agreed to show a record yet."""
    owner = owner_model(model)
    if owner is not None:
        return _is_open(owner, f"{path}{model.belongs_to}__")
    if issubclass(model, Publishable):
        return Q(**{f"{path}status__in": OPEN})
    return Q()


def reaches_by_other_paths(record, user, fields) -> bool:
    """Tell whether a saved record is of an own country without these of its fields."""
    model = type(record)
    paths = [path for path in country_paths(model) if path not in fields]
    if record.pk is None or not paths:
        return False
    return _this(record).filter(_reaches_own_country(model, user, paths)).exists()
