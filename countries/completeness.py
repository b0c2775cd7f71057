"""Which parts make a country page complete, and which of them are there."""

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from .models import CountrySection, Fact, Organisation, Report


def _holds(records) -> Exists:
    return Exists(records.filter(country=OuterRef("pk")))


def parts() -> dict[str, tuple[str, Q | Exists]]:
    """Return what each part is called, and the condition that it is there."""
    sections = CountrySection.objects.published()
    return {
        "intro": (_("introduction"), ~Q(intro="")),
        "basics": (
            _("capital, currency or area"),
            ~Q(capital="") & ~Q(currency_code="") & Q(area_km2__isnull=False),
        ),
        "figures": (_("a figure"), _holds(Fact.objects.filter(preferred=True))),
        "report": (_("report"), _holds(Report.objects.all())),
        **{
            kind.value: (kind.label, _holds(sections.filter(kind=kind)))
            for kind in CountrySection.Kind
        },
        "organisations": (_("a key organisation"), _holds(Organisation.objects.all())),
    }


def is_complete() -> Q:
    condition = Q()
    for _label, is_there in parts().values():
        condition &= Q(is_there)
    return condition


def with_parts(countries):
    """Annotate ``has_…`` for each part, and ``part_count``, how many are there."""
    found = {f"has_{name}": condition for name, (_label, condition) in parts().items()}
    numbers = [_as_number(condition) for condition in found.values()]
    flags = {
        name: condition if isinstance(condition, Exists) else _as_flag(condition)
        for name, condition in found.items()
    }
    return countries.annotate(**flags, part_count=sum(numbers[1:], start=numbers[0]))


def _as_number(condition) -> Case:
    return Case(When(condition, Value(1)), default=0, output_field=IntegerField())


def _as_flag(condition) -> Case:
    return Case(When(condition, Value(True)), default=Value(False))


def percent_of(country) -> int:
    return round(100 * country.part_count / len(parts()))


def missing_in(country) -> list[str]:
    return [
        str(label)
        for name, (label, _condition) in parts().items()
        if not getattr(country, f"has_{name}")
    ]
