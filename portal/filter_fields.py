"""What the filters of public lists take: on a page indulgently, in the API strictly."""

from django import forms
from django.utils.translation import gettext_lazy as _


class KnownValuesField(forms.Field):
    """Several values, in any case of letters; unknown ones are left out.

    A page names what it left out (``unknown``). The API sets ``strict`` and
    refuses instead.
    """

    strict = False
    widget = forms.MultipleHiddenInput

    def __init__(self, *, options, **kwargs):
        self.options = options
        super().__init__(**kwargs)

    def clean(self, value):
        given = {text: self.options.value(text) for text in value or [] if text}
        self.unknown = [text for text, known in given.items() if known is None]
        if self.unknown and self.strict:
            raise forms.ValidationError(
                _("Unknown value: %(values)s."),
                params={"values": ", ".join(self.unknown)},
            )
        return list(dict.fromkeys(known for known in given.values() if known))


class WholeNumberField(forms.IntegerField):
    """Blanks round a number are left out, but where ``strict`` refuses them."""

    strict = False
    default_error_messages = {"invalid": _("Write a whole number from 0 to 999999999.")}
    widget = forms.NumberInput(attrs={"min": 0})

    def to_python(self, value):
        text = value or ""
        if not self.strict:
            text = text.strip()
        # Nine digits fit any column, and are quick to read.
        if text and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise forms.ValidationError(self.error_messages["invalid"], "invalid")
        return super().to_python(text)


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
