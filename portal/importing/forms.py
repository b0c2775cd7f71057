"""The forms of an import: the file, and which of its columns is which."""

import hashlib
import json

from django import forms
from django.utils.translation import gettext_lazy as _

from .columns import Headings
from .models import ColumnChoice
from .tables import LARGEST_FILE


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("A CSV file or an Excel workbook (.xlsx) of at most 25 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file has more than 25 MB. Divide it."))
        return file


class ColumnsForm(forms.Form):
    """One choice for each column of the import: where it stands in the file."""

    def __init__(self, data, *, importer, owner, **options):
        super().__init__(data, **options)
        self.importer, self.owner = importer, owner
        places = owner.places.items()
        chosen = remembered(owner) or guessed(importer, owner)
        for column in importer.columns:
            self.fields[column.name] = forms.ChoiceField(
                label=column.label,
                choices=[("", _("Not in this file")), *places],
                required=column.name in importer.needed,
                initial=str(chosen.get(column.name, "")),
                help_text=_("Needed.") if column.name in importer.needed else "",
            )

    def clean(self):
        cleaned = super().clean()
        taken = {}
        for name, place in list(cleaned.items()):
            if place and place in taken:
                self.add_error(name, _("Another column stands there already."))
            taken[place] = name
        return cleaned

    def unused_columns(self) -> list[str]:
        """Return the columns of the file that no choice takes as they stand."""
        return self.owner.columns_beside(field.value() for field in self)

    def mapping(self) -> dict[str, int]:
        found = self.cleaned_data.items()
        return {name: int(place) for name, place in found if place != ""}

    def remember(self) -> None:
        ColumnChoice.objects.update_or_create(
            user=self.owner.user,
            kind=self.owner.kind,
            headings=digest_of(self.owner.headings),
            defaults={"mapping": self.mapping()},
        )


def digest_of(headings) -> str:
    return hashlib.sha256(json.dumps(headings).encode()).hexdigest()


def remembered(owner) -> dict[str, int]:
    """Return what the user chose for these headings before."""
    choice = ColumnChoice.objects.filter(
        user=owner.user, kind=owner.kind, headings=digest_of(owner.headings)
    ).first()
    return choice.mapping if choice else {}


def guessed(importer, owner) -> dict[str, int]:
    return Headings(importer.columns).positions(owner.headings)
