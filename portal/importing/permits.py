"""Who may import what: the rights of the back office, asked for a batch of rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Field, Model, QuerySet
from django.utils.translation import gettext as _

from portal import rights

from .importer import Draft


@dataclass(frozen=True)
class Permit:
    """What somebody may do to the records of an import."""

    # None is the administrator at the shell, who may do everything.
    user: Any = None
    may_add: bool = True
    may_change: bool = True
    # The records that they work on; all of them if None.
    visible: QuerySet | None = None

    def hidden(self, keys: set[int]) -> set[int]:
        """Return those of the records that they do not work on."""
        if self.visible is None or not keys:
            return set()
        return keys - _keys(self.visible.filter(pk__in=keys))

    def closed(self, keys: set[int]) -> set[int]:
        """Return those of the records that they may not change as they are."""
        if self.visible is None or not keys:
            return set()
        open_ones = rights.editable_by(self.visible.filter(pk__in=keys), self.user)
        return keys - _keys(open_ones)

    def refusal(self, *, is_new: bool, is_closed: bool = False) -> str:
        """Return why a record may not be written; nothing if it may."""
        if is_new:
            return "" if self.may_add else _("You may not add such records.")
        if not self.may_change:
            return _("You may not change such records.")
        if is_closed:
            return _(
                "This is public. Begin a draft of a change on its page, or ask a "
                "publisher to import it."
            )
        return ""


AT_THE_SHELL = Permit()


def _keys(queryset: QuerySet) -> set[int]:
    return set(queryset.order_by().values_list("pk", flat=True))


def _targets(relation: Field, values: dict[str, Any] | None) -> set[int]:
    """Return the keys that a relation has in the values of a record."""
    if not values:
        return set()
    held = values.get(relation.name if relation.many_to_many else relation.attname)
    if relation.many_to_many:
        return set(held or ())
    return set() if held is None else {held}


@dataclass
class Reach:
    """What of a batch is within somebody's reach; so many queries for any number."""

    permit: Permit
    hidden: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    # What each limited relation may newly lead to.
    allowed: dict[Field, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, permit: Permit, model: type[Model], drafts: Sequence[Draft]):
        keys = {one.current["id"] for one in drafts if one.current is not None}
        reach = cls(permit, permit.hidden(keys), permit.closed(keys))
        if permit.user is not None:
            for relation in limited_relations(model, permit.user):
                if relation.many_to_many:
                    reach._keep_unseen(relation, drafts)
                reach.allowed[relation] = reach._choosable(relation, drafts)
        return reach

    def _keep_unseen(self, relation, drafts: Iterable[Draft]) -> None:
        """Let rows keep links that a download does not show, as a form keeps them."""
        changed = [
            draft
            for draft in drafts
            if relation.name in draft.said
            and draft.current is not None
            and draft.current["id"] not in self.hidden
        ]
        held = set().union(*(_targets(relation, one.current) for one in changed))
        if not held:
            return
        records = relation.related_model._base_manager.filter(pk__in=held)
        unseen = held - _keys(rights.known_to(records, self.permit.user))
        for draft in changed:
            kept = _targets(relation, draft.current) & unseen
            said = {*draft.said[relation.name], *kept}
            draft.said[relation.name] = tuple(sorted(said))

    def _choosable(self, relation, drafts: Iterable[Draft]):
        keys = set()
        for draft in drafts:
            keys |= _targets(relation, draft.current)
            keys |= _targets(relation, draft.said)
        if not keys:
            return keys
        records = relation.related_model._base_manager.filter(pk__in=keys)
        return _keys(rights.choices(relation, self.permit.user, records))

    def refusals(self, draft: Draft) -> Iterator[tuple[str, str]]:
        """Yield the relation, if any, and text of what is out of reach for a row."""
        current = draft.current
        is_hidden = current is not None and current["id"] in self.hidden
        if is_hidden:
            # A row that would be refused anyhow does not tell that there is one.
            current = None
        after = {**(current or {}), **draft.said}
        refused = []
        for relation, allowed in self.allowed.items():
            before = _targets(relation, current)
            if (before ^ _targets(relation, after)) - allowed:
                refused.append((relation.name, refused_target(relation)))
        yield from refused
        was_own = current is None or self._is_own(current)
        if not refused and was_own and not self._is_own(after):
            yield "", _("Choose at least one of the countries that you work on.")
        elif is_hidden and not refused:
            yield "", _("You may not change this record.")

    def _is_own(self, values: dict[str, Any]) -> bool:
        """Tell whether a record is of an own country by itself, if it has to be."""
        ways = [one for one in self.allowed if leads_to_country(one)]
        return not ways or any(
            _targets(way, values) & self.allowed[way] for way in ways
        )


def limited_relations(model: type[Model], user) -> list[Field]:
    """Return the relations in which ``user`` may not choose every record."""
    owner = getattr(model, "belongs_to", None)
    return [
        one
        for one in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if one.is_relation
        and (one.name == owner or rights.is_limited(one.related_model, user))
    ]


def leads_to_country(relation: Field) -> bool:
    return relation.name in rights.country_paths(relation.model)


def refused_target(relation: Field) -> str:
    if relation.name == getattr(relation.model, "belongs_to", None):
        return _("choose a record of your countries that is not public yet.")
    if leads_to_country(relation):
        return _("choose only countries that you work on.")
    return _("choose only public records and those of your countries.")
