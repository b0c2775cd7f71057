"""The filters of public lists, shared by their pages and the API."""

import copy
import datetime
from itertools import groupby
from operator import itemgetter

import numpy as np
from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, Filter, FilterSet

from .facets import Facet, Options
from .filter_fields import KnownValuesField, WholeNumberField, YesNoField
from .folding import fold, words_of
from .listing_address import shown

# The value of a filter that keeps what states none.
UNSTATED = "not_stated"
# Longer than any name; SQLite refuses to look for much longer texts.
LONGEST_SEARCH = 200
# Looked for one by one; each takes a query of its own.
MOST_WORDS = 6
# Values of one filter of which is told what removing each would find.
MOST_REMEDIES = 10


class KnownValuesFilter(Filter):
    """Choose several of the values in ``options``, or that it returns when it is asked.

    ``counts(queryset)`` returns how many of the records each value keeps, as a
    dictionary; without it the field's values are counted. ``other_names()`` returns
    what else the values are called, folded, with a value for each.
    """

    field_class = KnownValuesField

    def __init__(self, *args, options, counts=None, other_names=dict, **kwargs):
        self.options = options
        self.other_names = other_names
        self.counts = counts or (lambda queryset: queryset.counted_by(self.field_name))
        super().__init__(*args, **kwargs)

    @property
    def field(self):
        fixed = isinstance(self.options, Options)
        self.extra["options"] = self.options if fixed else self.options()
        return super().field

    def filter(self, queryset, value):
        if not value:
            return queryset
        return queryset.filter(**{f"{self.field_name}__in": value})

    def mask(self, index, name, value, *, every):
        return index.having(name, value, every=every)


class StatedValuesFilter(KnownValuesFilter):
    """Choose several values of a field, or that it states none.

    ``blank`` is what the field holds then; UNSTATED is among the options.
    """

    def __init__(self, field_name, *, blank, **kwargs):
        self.blank = blank
        super().__init__(field_name, counts=self.counted, **kwargs)

    def counted(self, queryset):
        counts = queryset.counted_by(self.field_name)
        counts[UNSTATED] = counts.pop(str(self.blank), 0)
        return counts

    def filter(self, queryset, value):
        if not value:
            return queryset
        stated = [one for one in value if one != UNSTATED]
        kept = Q(**{f"{self.field_name}__in": stated})
        if UNSTATED in value:
            kept |= Q(**{self.field_name: self.blank})
        return queryset.filter(kept)


class SearchFilter(CharFilter):
    """Words to look for, each by the queryset's ``search()``."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", LONGEST_SEARCH)
        kwargs.setdefault("label", _("Search"))
        super().__init__(*args, **kwargs)

    def filter(self, queryset, value):
        for word in searched_for(value):
            queryset = queryset.search(word)
        return queryset

    def mask(self, index, name, value, *, every):
        found = [index.holding(word) for word in searched_for(value)]
        return np.bitwise_and.reduce(found)


def searched_for(text: str | None) -> list[str]:
    """Return the words of a text, folded; what is beyond the last is one with it.

    Marks alone are what is looked for where there is nothing else.
    """
    if not text:
        return []
    words = words_of(text) or [fold(text)]
    most = [*words[: MOST_WORDS - 1], " ".join(words[MOST_WORDS - 1 :])]
    return list(dict.fromkeys(filter(None, most))) or words


class WholeNumberFilter(Filter):
    field_class = WholeNumberField

    def mask(self, index, name, value, *, every):
        bound = {"gte": "low", "lte": "high"}[self.lookup_expr]
        return index.between(self.field_name, **{bound: value})


class YesNoFilter(Filter):
    field_class = YesNoField


def stated(data: QueryDict, *, strict=False) -> QueryDict:
    """Return the values of a query that are not empty, which no address has.

    But where they are read strictly, they are texts that a page can hold.
    """
    found = QueryDict(mutable=True)
    for key, texts in data.lists():
        given = [text for text in texts if text]
        found.setlist(key, given if strict else map(shown, given))
    return found


class SharedFilters(dict):
    """The filters of a list, which each request copies as far as it changes them."""

    def __deepcopy__(self, memo):
        return {name: self.own(filter_) for name, filter_ in self.items()}

    @staticmethod
    def own(filter_):
        copied = copy.copy(filter_)
        copied.__dict__.pop("_field", None)
        copied.extra = dict(filter_.extra)
        # A method knows the filter that it belongs to.
        copied.method = filter_.method
        return copied


class ListingFilterSet(FilterSet):
    """The filters of a public list, shared by its page and its API.

    ``live_index`` answers in place of the database where a list has one. ``scope``
    names the values of filters that hold whatever is chosen. An ``exact`` answer is of
    the present content, because it is tagged with that or kept by whoever asked; those
    of the API, which is ``strict`` about values, always are.
    """

    live_index = None
    # Keys and values that mean the same as nothing; no address needs them.
    implied = ()
    # Pairs of filters between which nothing is where the first is above the second.
    ranges = ()

    def __init__(self, data, *args, strict=False, exact=False, scope=None, **kwargs):
        self.strict = strict
        self.exact = exact or strict
        self.scope = scope or {}
        self.masks = {}
        data = stated(QueryDict() if data is None else data, strict=strict)
        # Options cost a query, so the API has only those of what is asked for.
        self.base_filters = SharedFilters(
            (name, filter_)
            for name, filter_ in self.base_filters.items()
            if not strict or any(data.getlist(name))
        )
        super().__init__(data, *args, **kwargs)

    @cached_property
    def index(self):
        """Return the index that answers, the same for all of a page; None without one."""
        return self.live_index and self.live_index.current(exact=self.exact)

    @cached_property
    def form(self):
        """Return the form of the filters, which has their own fields.

        A class for each request, whose fields a form copies, takes half a millisecond.
        """
        form = forms.Form(self.data)
        for name, filter_ in self.filters.items():
            form.fields[name] = filter_.field
            form.fields[name].strict = self.strict
        return form

    def filtered(self, values):
        """Return the records for these values of the filters."""
        cleaned = self.form.cleaned_data
        # Filters may read the values of others, so they are changed there.
        self.form.cleaned_data = cleaned | values
        try:
            queryset = self.queryset.all()
            for name, value in self.scope.items():
                queryset = self.filters[name].filter(queryset, value)
            return self.filter_queryset(queryset)
        finally:
            self.form.cleaned_data = cleaned

    def cleaned(self):
        """Return the chosen values; none where the address asks for nothing."""
        # Asking for the errors is what cleans.
        return self.form.cleaned_data if self.form.errors is not None else {}

    def selection(self, **changes):
        """Return what the chosen values leave, or what others would."""
        values = self.cleaned() | changes
        if self.index is None:
            return DatabaseSelection(self, self.filtered(values))
        selection = self.index.everything()
        for name, value in [*self.scope.items(), *values.items()]:
            if value not in (None, "", []) and hasattr(self.filters[name], "mask"):
                every = self.narrows(name, values)
                selection = selection.narrowed(self.mask(name, value, every=every))
        return selection

    def mask(self, name, value, *, every):
        """Return which records of the index a filter keeps; it is asked once."""
        key = name, str(value), every
        if key not in self.masks:
            self.masks[key] = self.filters[name].mask(
                self.index, name, value, every=every
            )
        return self.masks[key]

    @cached_property
    def found(self):
        return self.selection()

    @cached_property
    def scoped(self):
        """All that there is to choose from."""
        return self.selection(**dict.fromkeys(self.filters))

    def counted(self, name, queryset):
        """Return how many of these records each value of a filter keeps."""
        return self.filters[name].counts(queryset)

    def narrows(self, name, values):
        """Tell whether each further option of a filter leaves fewer records.

        ``values`` are those of all filters.
        """
        return False

    def facet(self, name):
        """Return the options of a filter, each with what choosing it would find.

        A filter whose options add to each other leaves its own choice out of
        account; one whose options narrow each other down respects it.
        """
        chosen = self.cleaned().get(name) or []
        is_respected = not chosen or self.narrows(name, self.cleaned())
        selection = self.found if is_respected else self.selection(**{name: []})
        counts = selection.counts(name)
        field = self.form.fields[name]
        return Facet(name, field.label, field.options, counts, chosen)

    def remedies(self):
        """Return what removing a chosen filter would find, the most first.

        Each is key, value (None for all of the key), label of filter and of value, and
        the number; those that would find nothing either are left out. Values that add
        to each other go together, because without one of them there is no more.
        """
        remedies = []
        for key, chips in groupby(self.chosen(), itemgetter(0)):
            chosen, values = self.cleaned()[key], list(chips)
            if len(values) > 1 and not self.narrows(key, self.cleaned()):
                labels = ", ".join(str(text) for *_rest, text in values)
                values = [(key, None, values[0][2], labels)]
            for key, text, label, value_label in values[:MOST_REMEDIES]:
                rest = None
                if isinstance(chosen, list):
                    rest = [value for value in chosen if text and value != text]
                if number := self.selection(**{key: rest}).count():
                    remedies.append((key, text, label, value_label, number))
        return sorted(remedies, key=lambda remedy: -remedy[-1])

    def contradictions(self):
        """Say of each range that is the wrong way round why nothing matches."""
        cleaned = self.cleaned()
        return [
            _("“%(low)s” is above “%(high)s”, so nothing is between them.")
            % {"low": self.form[low].label, "high": self.form[high].label}
            for low, high in self.ranges
            if None not in (bounds := (cleaned.get(low), cleaned.get(high)))
            and bounds[0] > bounds[1]
        ]

    def facets(self):
        """Return each field of the form, with its facet where it has one."""
        return [
            (
                field,
                self.facet(field.name)
                if isinstance(self.filters[field.name], KnownValuesFilter)
                else None,
            )
            for field in self.form
        ]

    def spelled(self, name):
        """Return the value of a filter that takes one as links spell it.

        What it does not take is as it was typed.
        """
        value = self.cleaned().get(name)
        if name not in self.form.errors and type(value) in (str, int, datetime.date):
            return str(value).strip()
        return self.form[name].value() or ""

    def canonical(self, address):
        """Return an address with each value of a filter as it is spelled in links."""
        cleaned, changes = self.cleaned(), {}
        for name in set(cleaned).intersection(address.values):
            value = cleaned[name]
            field = self.form.fields[name]
            if isinstance(value, list):
                if len(value) > 1:
                    value = sorted(value, key=list(field.options.labels).index)
                changes[name] = [*value, *field.unknown]
            elif value in (None, ""):
                changes[name] = None
            else:
                others = [t for t in self.data.getlist(name) if t != self.data[name]]
                changes[name] = [*others, self.spelled(name)]
        return address.changed(**changes).less(self.implied)

    def ignored(self):
        """Return what was asked for and left out, as pairs of key and value."""
        pairs = []
        for name, field in self.form.fields.items():
            given = dict.fromkeys(self.data.getlist(name))
            if name in self.form.errors:
                left_out = given
            elif isinstance(field, KnownValuesField):
                left_out = field.unknown
            else:
                # Of one that takes a single value, the last counts.
                left_out = [text for text in given if text != self.data.get(name)]
            pairs += [(name, text) for text in left_out]
        return pairs

    def chosen(self):
        """Return the filters in use: key, value, label of filter and of value."""
        chips = []
        for name, value in self.cleaned().items():
            field = self.form.fields[name]
            if isinstance(value, list):
                labels = field.options.labels
                chips += [(name, code, field.label, labels[code]) for code in value]
            elif value not in (None, "") and (name, value) not in self.implied:
                text = self.spelled(name)
                labels = dict(getattr(field, "choices", ()))
                chips.append((name, text, field.label, labels.get(text, text)))
        return chips


class DatabaseSelection:
    """The records that filters leave, counted by the database."""

    def __init__(self, filterset, queryset):
        self.filterset = filterset
        self.queryset = queryset

    def count(self):
        return self.queryset.count()

    def counts(self, name):
        return self.filterset.counted(name, self.queryset)
