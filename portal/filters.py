"""The filters of public lists, shared by their pages and the API."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, Filter, FilterSet

# Longer than any name; SQLite refuses to look for much longer texts.
LONGEST_SEARCH = 200


class KnownValuesField(forms.MultipleChoiceField):
    """Several values, in any case of letters; unknown ones are left out.

    A page names what it left out (``unknown``). The API sets ``strict`` and
    refuses instead.
    """

    strict = False
    aliases = {}
    widget = forms.CheckboxSelectMultiple

    def clean(self, value):
        known = {code.casefold(): code for code, _label in self.choices}
        known |= self.aliases
        given = [text for text in value or [] if text]
        self.unknown = [text for text in given if text.casefold() not in known]
        if self.unknown and self.strict:
            raise forms.ValidationError(
                _("Unknown value: %(values)s."),
                code="invalid_choice",
                params={"values": ", ".join(self.unknown)},
            )
        return super().clean(
            [known[t.casefold()] for t in given if t.casefold() in known]
        )


@dataclass(frozen=True)
class FacetOption:
    """A value to choose; ``count`` is how many records choosing it would find."""

    value: str
    label: str
    count: int
    is_chosen: bool
    # It is part of the last option before it that is not.
    is_part: bool


class KnownValuesFilter(Filter):
    """Choose several of the values that ``options()`` returns when it is asked.

    An option is a value and its label, and may have another spelling of the
    value as a third part. ``counts(queryset)`` returns how many of the records
    each value keeps, as a dictionary; without it the field's values are counted.
    ``is_part(value)`` tells whether a value is part of the one above it.
    """

    field_class = KnownValuesField

    def __init__(self, *args, options, counts=None, is_part=None, **kwargs):
        self.options = options
        self.is_part = is_part or (lambda value: False)
        self.counts = counts or (lambda queryset: queryset.counted_by(self.field_name))
        super().__init__(*args, **kwargs)

    @property
    def field(self):
        if not hasattr(self, "_field"):
            # Once for validation and display, so that it costs one query.
            options = list(self.options())
            self.extra["choices"] = [
                (str(value), label) for value, label, *_spellings in options
            ]
            super().field.aliases = {
                spelling.casefold(): str(value)
                for value, _label, *spellings in options
                for spelling in spellings
            }
        return super().field

    def filter(self, queryset, value):
        if not value:
            return queryset
        return queryset.filter(**{f"{self.field_name}__in": value})


class SearchFilter(CharFilter):
    """Words to look for, by the queryset's ``search()``."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", LONGEST_SEARCH)
        kwargs.setdefault("label", _("Search"))
        super().__init__(*args, **kwargs)

    def filter(self, queryset, value):
        return queryset.search(value) if value else queryset


class WholeNumberField(forms.IntegerField):
    default_error_messages = {"invalid": _("Write a whole number from 0 to 999999999.")}
    widget = forms.NumberInput(attrs={"min": 0})

    def to_python(self, value):
        text = (value or "").strip()
        # Nine digits fit any column, and are quick to read.
        if text and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise forms.ValidationError(self.error_messages["invalid"], "invalid")
        return super().to_python(text)


class WholeNumberFilter(Filter):
    field_class = WholeNumberField


class YesNoField(forms.TypedChoiceField):
    """``true`` or ``false``; a page also takes other usual spellings."""

    default_error_messages = {"invalid_choice": _("Write true or false.")}
    SPELLINGS = {"1": "true", "yes": "true", "on": "true", "0": "false", "no": "false"}
    strict = False

    def __init__(self, **kwargs):
        choices = [("", _("Any")), ("true", _("Yes")), ("false", _("No"))]
        super().__init__(
            choices=choices, coerce="true".__eq__, empty_value=None, **kwargs
        )

    def to_python(self, value):
        text = super().to_python(value)
        return text if self.strict else self.SPELLINGS.get(text.casefold(), text)

    def bound_data(self, data, initial):
        return self.to_python(data)


class YesNoFilter(Filter):
    field_class = YesNoField


class ListingFilterSet(FilterSet):
    """The filters of a public list, shared by its page and its API."""

    def __init__(self, *args, strict=False, **kwargs):
        self.strict = strict
        super().__init__(*args, **kwargs)

    def get_form_class(self):
        form_class = super().get_form_class()
        for field in form_class.base_fields.values():
            field.strict = self.strict
        return form_class

    def filtered(self, **changes):
        """Return the records for the chosen values, some of them changed."""
        cleaned = self.form.cleaned_data
        # Filters may read the values of others, so the change is made there.
        self.form.cleaned_data = cleaned | changes
        try:
            return self.filter_queryset(self.queryset.all())
        finally:
            self.form.cleaned_data = cleaned

    def cleaned(self):
        """Return the chosen values; none where the address asks for nothing."""
        if not self.is_bound:
            return {}
        # Asking for the errors is what cleans.
        return self.form.cleaned_data if self.form.errors is not None else {}

    def counted(self, name, queryset):
        """Return how many of these records each value of a filter keeps."""
        return self.filters[name].counts(queryset)

    def narrows(self, name):
        """Tell whether each further option of a filter leaves fewer records."""
        return False

    def facet(self, name):
        """Return the options of a filter, each with what choosing it would find.

        A filter whose options add to each other leaves its own choice out of
        account; one whose options narrow each other down respects it.
        """
        chosen = self.cleaned().get(name) or []
        if not chosen or self.narrows(name):
            queryset = self.qs
        else:
            queryset = self.filtered(**{name: []})
        counts = self.counted(name, queryset)
        return [
            FacetOption(
                value,
                label,
                counts.get(value, 0),
                value in chosen,
                self.filters[name].is_part(value),
            )
            for value, label in self.form.fields[name].choices
        ]

    def remedies(self):
        """Return what removing each chosen filter would find, the most first.

        Each is key, value, label of filter and of value, and the number; those
        that would find nothing either are left out.
        """
        remedies = []
        for key, text, label, value_label in self.chosen():
            chosen = self.cleaned()[key]
            rest = None
            if isinstance(chosen, list):
                rest = [value for value in chosen if value != text]
            number = self.filtered(**{key: rest}).count()
            if number:
                remedies.append((key, text, label, value_label, number))
        return sorted(remedies, key=lambda remedy: -remedy[-1])

    def facets(self):
        """Return each field of the form, with its options where it has several."""
        return [
            (
                field,
                self.facet(field.name)
                if isinstance(self.filters[field.name], KnownValuesFilter)
                else None,
            )
            for field in self.form
        ]

    def ignored(self):
        """Return what was asked for and left out, as pairs of key and value."""
        pairs = []
        for name, field in self.form.fields.items():
            if name in self.form.errors:
                pairs += [(name, text) for text in self.data.getlist(name)]
            else:
                pairs += [(name, text) for text in getattr(field, "unknown", [])]
        return pairs

    def chosen(self):
        """Return the filters in use: key, value, label of filter and of value."""
        if not self.is_bound or self.form.errors is None:
            return []
        chips = []
        for name, value in self.form.cleaned_data.items():
            field = self.form.fields[name]
            labels = dict(getattr(field, "choices", ()))
            if isinstance(value, list):
                chips += [(name, code, field.label, labels[code]) for code in value]
            elif value not in (None, ""):
                text = self.form[name].value()
                chips.append((name, text, field.label, labels.get(text, text)))
        return chips
