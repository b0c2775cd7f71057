"""The one way in which public lists are filtered, sorted and paged."""

from django import forms
from django.core.paginator import Paginator
from django.db.models import F
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, Filter, FilterSet
from django_filters.views import FilterView
from django_tables2 import Column

PAGE_SIZES = (25, 50, 100)
NOT_STATED = _("Not stated")
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


class SortedColumn(Column):
    """A column whose blanks come last in both directions.

    Ties stand in the order of the model, or that of ``ties``, and then in that of
    entry, so that pages never overlap.
    """

    def __init__(self, *args, sort, ties=None, **kwargs):
        self.sort = sort
        self.ties = ties
        super().__init__(*args, **kwargs)

    def order(self, queryset, is_descending):
        key = F(self.sort)
        ordered = (
            key.desc(nulls_last=True) if is_descending else key.asc(nulls_last=True)
        )
        ties = queryset.model._meta.ordering if self.ties is None else self.ties
        return queryset.order_by(ordered, *ties, "pk"), True


class CountColumn(SortedColumn):
    """How many there are of something, the most first."""

    def __init__(self, *args, count, **kwargs):
        super().__init__(
            *args,
            sort=count,
            accessor=count,
            default=NOT_STATED,
            attrs={"number": True},
            initial_sort_descending=True,
            **kwargs,
        )

    def render(self, value):
        return number_format(value, force_grouping=True)


class Listing:
    """The records that an address asks for: filtered, sorted, one page of them.

    What the address asks for and the list does not know is in ``ignored``, as
    pairs of key and value, and is left out.
    """

    def __init__(self, request, filterset, table_class, page_sizes=PAGE_SIZES):
        self.query = request.GET
        self.filterset = filterset
        self.page_sizes = page_sizes
        self.ignored = filterset.ignored() if filterset.is_bound else []
        self.table = table_class(data=filterset.qs)
        self.table.request = request
        self.sort()
        self.turn_to_page()

    def sort(self):
        columns = self.table.columns
        for key in self.query.getlist("sort"):
            column = key.removeprefix("-")
            if column in columns and columns[column].orderable:
                self.table.order_by = key
            elif key:
                self.ignored.append(("sort", key))

    def turn_to_page(self):
        """Show the page asked for, or the last where there are fewer."""
        per_page = self.whole_number("per_page", self.page_sizes[0])
        if per_page not in self.page_sizes:
            self.ignored.append(("per_page", self.query["per_page"]))
            per_page = self.page_sizes[0]
        number = self.whole_number("page", 1)
        if number < 1:
            self.ignored.append(("page", self.query["page"]))
            number = 1
        paginator = Paginator(self.table.rows, per_page)
        self.beyond_last_page = number > paginator.num_pages
        self.table.paginator = paginator
        self.table.page = paginator.page(min(number, paginator.num_pages))

    def whole_number(self, key, default):
        text = self.query.get(key, "")
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            self.ignored.append((key, text))
            return default

    def context(self, kept_keys=("sort", "per_page")):
        """Return what the templates of a list show.

        ``kept_keys`` are those that new filters leave as they are.
        """
        page = self.table.page
        return {
            "filter": self.filterset,
            "table": self.table,
            "ignored": self.ignored,
            "beyond_last_page": self.beyond_last_page,
            "chosen": self.filterset.chosen(),
            "kept": [
                (key, self.query[key]) for key in kept_keys if self.query.get(key)
            ],
            "pages": list(page.paginator.get_elided_page_range(page.number)),
            "page_sizes": self.page_sizes,
            "total": page.paginator.count,
        }


class ListingView(FilterView):
    """The page of a public list: filters beside a table."""

    strict = False
    page_sizes = PAGE_SIZES
    kept_keys = ("sort", "per_page")
    template_name_suffix = "_list"

    def get_queryset(self):
        return super().get_queryset().published()

    def get_context_data(self, **kwargs):
        listing = Listing(
            self.request, self.filterset, self.table_class, self.page_sizes
        )
        return super().get_context_data(**kwargs) | listing.context(self.kept_keys)
