"""The filters of public lists, shared by their pages and the API."""

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


class KnownValuesFilter(Filter):
    """Choose several of the values that ``options()`` returns when it is asked.

    An option is a value and its label, and may have another spelling of the
    value as a third part.
    """

    field_class = KnownValuesField

    def __init__(self, *args, options, **kwargs):
        self.options = options
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
