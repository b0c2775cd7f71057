from django import forms
from django.utils.translation import gettext_lazy as _


class LabelDayForm(forms.Form):
    """The day on which labels are counted."""

    on = forms.DateField(
        required=False,
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "invalid": _("This is not a date; write for instance 2017-06-30.")
        },
    )
