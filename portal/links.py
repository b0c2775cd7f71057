"""The addresses that records lead to, and the records that lead to an address."""

from __future__ import annotations

import html
import operator
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

from django.apps import apps
from django.db import models
from django.db.models import Q

from .models import CheckedLink
from .rich_text import RichTextField, addresses_in
from .triggers import is_history

LONGEST = CheckedLink._meta.get_field("address").max_length
SCHEMES = ("http://", "https://")
BATCH = 500


@dataclass(frozen=True)
class Linking:
    """A model with the fields that hold addresses, and the texts that have links."""

    model: type[models.Model]
    fields: tuple[str, ...]
    texts: tuple[str, ...]

    def addresses_of(self, record) -> set[str]:
        found = {getattr(record, name) for name in self.fields}
        for name in self.texts:
            found.update(addresses_in(getattr(record, name)))
        return {address for address in found if can_be_checked(address)}

    def condition(self, addresses: Iterable[str]) -> Q:
        """Return which records may lead to one of these addresses."""
        conditions = [Q(**{f"{name}__in": list(addresses)}) for name in self.fields]
        conditions += [
            Q(**{f"{name}__contains": html.escape(address, quote=False)})
            for name in self.texts
            for address in addresses
        ]
        return reduce(operator.or_, conditions)


def can_be_checked(address: str) -> bool:
    return address.startswith(SCHEMES) and len(address) <= LONGEST


def linking_models() -> Iterator[Linking]:
    """Yield the models of all content that holds addresses."""
    for config in apps.get_app_configs():
        if not getattr(config, "holds_content", False):
            continue
        for model in config.get_models():
            if is_history(model):
                continue
            linking = Linking(
                model,
                names_of(model, models.URLField),
                names_of(model, RichTextField),
            )
            if linking.fields or linking.texts:
                yield linking


def names_of(model, kind) -> tuple[str, ...]:
    fields = model._meta.concrete_fields
    return tuple(field.name for field in fields if isinstance(field, kind))


def all_addresses() -> set[str]:
    found = set()
    for linking in linking_models():
        names = [*linking.fields, *linking.texts]
        records = linking.model._base_manager.order_by().only(*names)
        for record in records.iterator():
            found |= linking.addresses_of(record)
    return found


def take_stock() -> int:
    """Let the table of checked links hold what records lead to; return its size.

    What was known of an address stays for as long as a record leads there.
    """
    wanted = all_addresses()
    known = set(CheckedLink.objects.values_list("address", flat=True))
    CheckedLink.objects.bulk_create(
        [CheckedLink(address=address) for address in sorted(wanted - known)],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    gone = sorted(known - wanted)
    for start in range(0, len(gone), BATCH):
        CheckedLink.objects.filter(address__in=gone[start : start + BATCH]).delete()
    return len(wanted)


def records_leading_to(addresses, records_of) -> dict[str, list[models.Model]]:
    """Return the records that lead to each address, in one query for each model.

    ``records_of`` gives the queryset of a model, or None where it is not to be read.
    """
    found = defaultdict(list)
    if not addresses:
        return found
    for linking in linking_models():
        records = records_of(linking.model)
        if records is None:
            continue
        for record in records.filter(linking.condition(addresses)):
            for address in linking.addresses_of(record).intersection(addresses):
                found[address].append(record)
    return found


def note_reached(reached: Iterable[str], day) -> None:
    """Tell the records that keep the day on which their address answered last.

    Their model says which field has the day of which address, ``reachable_fields``.
    """
    reached = sorted(reached)
    for linking in linking_models():
        fields = getattr(linking.model, "reachable_fields", {})
        for name, day_name in fields.items():
            for start in range(0, len(reached), BATCH):
                told = linking.model._base_manager.filter(
                    **{f"{name}__in": reached[start : start + BATCH]}
                ).exclude(**{day_name: day})
                # An update of nothing is a new version of the content as well.
                if told.exists():
                    told.update(**{day_name: day})
