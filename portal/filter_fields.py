"""What the filters of public lists take: on a page indulgently, in the API strictly."""

from collections.abc import Iterable

from django import forms
from django.utils.functional import keep_lazy_text
from django.utils.translation import gettext_lazy as _

# More values than a message names.
MOST_KNOWN = 20
UNKNOWN_VALUE = _("Unknown value: %(value)s.")
UNKNOWN_OF_FEW = _("Unknown value: %(value)s. Known are: %(known)s.")
UNKNOWN_OF_A_KIND = _("Unknown value: %(value)s. Expected: %(kind)s.")


@keep_lazy_text
def with_known(message: str, known: str) -> str:
    """Fill in which values are known; the field itself fills in which one is not."""
    return message % {"value": "%(value)s", "known": known}


def unknown_value(choices: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what a field says of a value that is none of these few choices."""
    known = ", ".join(value for value, _label in choices)
    return {"invalid_choice": with_known(UNKNOWN_OF_FEW, known)}


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
            raise self.refusal(", ".join(self.unknown))
        return list(dict.fromkeys(known for known in given.values() if known))

    def refusal(self, value):
        """Say which values are known, or of which kind they are, as far as is told."""
        known, message = list(self.options.labels), UNKNOWN_VALUE
        if known and len(known) <= MOST_KNOWN:
            message = UNKNOWN_OF_FEW
        elif self.help_text:
            message = UNKNOWN_OF_A_KIND
        return forms.ValidationError(
            message,
            "invalid_choice",
            {"value": value, "known": ", ".join(known), "kind": self.help_text},
        )


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
