"""Data sets: what each of them holds, and how it is written as a whole.

A data set is declared once, in the ``open_data.py`` of its app. Its list of fields, the
header of its CSV, the keys of its JSON and what catalogues say of it all come from
there.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Max, Min, Model, QuerySet, TextChoices
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .columnwise import Linked, columns_in_batches
from .content_version import current_version, one_version
from .exports import csv_lines
from .last_changes import last_change_of, last_change_read, last_turns
from .licence import terms_of_use
from .models import ContentVersion
from .partial_dates import Edge, PartialDate, PartialDateField, iso_partial_date
from .plain_values import cells, encode, plain, plain_column


class Kind(TextChoices):
    """What a field holds."""

    TEXT = "text", _("text")
    CODE = "code", _("code")
    INTEGER = "integer", _("whole number")
    DECIMAL = "decimal", _("decimal number; in JSON a text, so that no digit is lost")
    BOOLEAN = "boolean", _("true or false")
    DATE = "date", _("date, YYYY-MM-DD, YYYY-MM or YYYY, as precise as it is stated")
    TIME = "time", _("time of day, HH:MM:SS")
    INSTANT = "instant", _("date and time, ISO 8601, UTC")
    ADDRESS = "address", _("web address")
    # Where the portal itself has a page; what is read is its path below the list.
    PAGE = "page", _("web address of a page of this portal")
    # Of the portal itself where what is read is a path.
    FILE = "file", _("web address of a file")


@dataclass(frozen=True)
class DataField:
    """A column: what is read of each record, the field ``key`` by default.

    ``value`` makes one of what several paths have, or another one of what one has.
    """

    key: str
    meaning: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    # Several values: a list in JSON, parted by semicolons in CSV.
    many: bool = False
    paths: tuple[str | Linked, ...] = ()
    value: Callable[..., Any] | None = None

    @property
    def read_from(self) -> tuple[str | Linked, ...]:
        return self.paths or (self.key,)

    def column(self, columns: Mapping[str | Linked, Sequence[Any]]) -> Sequence[Any]:
        """Return what it is of each record, as Python has it."""
        found = [
            map(only_one, columns[path])
            if isinstance(path, Linked) and not self.many
            else columns[path]
            for path in self.read_from
        ]
        if self.value:
            return list(map(self.value, *found))
        (values,) = found
        return list(values)


def only_one(values: Sequence[Any]) -> Any:
    return values[0] if values else None


def dated(key: str, meaning: str) -> DataField:
    """Return a column of a date, as precise as it is stated."""
    paths = key, f"{key}_precision"
    return DataField(key, meaning, Kind.DATE, paths=paths, value=iso_if_stated)


def iso_if_stated(day: datetime.date | None, precision: str) -> str | None:
    return day and iso_partial_date(day, precision)


@dataclass(frozen=True)
class DataSet:
    name: str
    title: str
    description: str
    fields: Sequence[DataField]
    # The public records in a fixed order, with what is derived of them.
    records: Callable[[], QuerySet]
    keywords: Sequence[str] = ()
    # The route of the list that shows the same to people. Pages of records stand under
    # its address.
    list_route: str = ""
    # The resource of the API that has its records within its own.
    within: str = ""
    # The field of a date or a year, that of the end where there is one, and that of the
    # name of a country.
    dated_by: str = ""
    ended_by: str = ""
    placed_by: str = ""
    # The relation to the record with which each becomes public. None where others
    # decide that.
    part_of: str | None = ""
    # The relations to all other records that the fields read, or that they count.
    reads: Sequence[str] = ()
    # The dates at which a state begins, and those after which it is over, of the records
    # or of what they read.
    state_from: Sequence[str] = ()
    state_until: Sequence[str] = ()

    @property
    def model(self) -> type[Model]:
        return self.records().model

    def summary(self) -> Summary:
        records = self.records().order_by()
        first, last = self.period(records)
        places = ()
        if self.placed_by:
            names = records.exclude(**{self.placed_by: None})
            names = names.values_list(self.placed_by, flat=True).distinct()
            places = tuple(names.order_by(self.placed_by))
        return Summary(
            rows=records.count(),
            first=first,
            last=last,
            last_change=self.last_change(timezone.now()),
            places=places,
        )

    def period(self, records: QuerySet) -> tuple[PartialDate | int | None, ...]:
        """Return the first and the last date of its records, as precise as stated."""
        if not self.dated_by:
            return None, None
        begin, end = self.dated_by, self.ended_by or self.dated_by
        firsts, lasts = list(extremes(records, begin)), list(extremes(records, end))
        if begin != end:
            # What states one of them alone reaches as far as that.
            firsts += extremes(records.filter(**{begin: None}), end)
            lasts += extremes(records.filter(**{end: None}), begin)
        last = max(lasts, key=as_last, default=None)
        return min(firsts, key=as_first, default=None), last

    def last_change(self, at: datetime.datetime) -> datetime.datetime | None:
        """Return when what it holds last changed, seen from ``at``.

        That is when a record of it, or one that its fields read, changed, appeared or
        went. None where that cannot be told.
        """
        if self.part_of is None:
            return None
        records = self.records().order_by()
        moments = [last_change_of(self.model, at, self.part_of)]
        if self.part_of:
            moments.append(last_change_read(records, self.part_of, at))
        moments += [last_change_read(records, path, at) for path in self.reads]
        moments += last_turns(records, at, self.state_from, self.state_until)
        return max(filter(None, moments), default=None)

    def sources(self) -> QuerySet | None:
        """Return the sources that its records cite; None where they cite none."""
        names = {field.name for field in self.model._meta.get_fields()}
        records = self.records().order_by().values("pk")
        if "sources" in names:
            sources = self.model._meta.get_field("sources")
            links = sources.remote_field.through.objects.filter(
                **{f"{sources.m2m_field_name()}__in": records}
            )
            used = links.values(f"{sources.m2m_reverse_field_name()}_id")
        elif "source" in names:
            sources = self.model._meta.get_field("source")
            used = self.model.objects.filter(pk__in=records).order_by().values("source")
        else:
            return None
        return sources.related_model.objects.filter(pk__in=used)

    def file_name(self, file_format: str, version: DataVersion) -> str:
        return f"{self.name}-{version.name}.{file_format}"


def extremes(records: QuerySet, name: str) -> Iterator[PartialDate | int]:
    """Yield the first and the last date, or year, of each precision."""
    stated = records.exclude(**{name: None})
    if isinstance(records.model._meta.get_field(name), PartialDateField):
        stated = stated.values_list(f"{name}_precision")
        for precision, *days in stated.annotate(first=Min(name), last=Max(name)):
            yield from (PartialDate(day, precision) for day in days)
        return
    found = stated.aggregate(first=Min(name), last=Max(name)).values()
    for value in found:
        if value is not None:
            yield value if isinstance(value, int) else PartialDate(value)


def as_first(date: PartialDate | int) -> tuple:
    """Sort by the first day; of those with the same one, the least precise is first."""
    return (date,) if isinstance(date, int) else (date.snapped(Edge.FIRST), date.iso)


def as_last(date: PartialDate | int) -> tuple:
    """Sort by the last day; of those with the same one, the least precise is last."""
    if isinstance(date, int):
        return (date,)
    return date.snapped(Edge.LAST), -len(date.iso)


@dataclass(frozen=True)
class Summary:
    """What there is to say of a data set as a whole, while the content is the same."""

    rows: int
    first: PartialDate | int | None = None
    last: PartialDate | int | None = None
    # None where no record tells when it changed.
    last_change: datetime.datetime | None = None
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataVersion:
    """Which content a file holds, and since when the portal has had this content."""

    name: str
    since: datetime.datetime

    @classmethod
    def current(cls) -> DataVersion:
        """Return the version of what is read from now on.

        What is read later may be newer, never older.
        """
        version = current_version()
        moment = version.moment.astimezone(datetime.UTC)
        changed = ContentVersion.objects.changed_at() or moment
        return cls(
            f"{version.epoch:x}.{version.number}.{moment:%Y%m%dT%H%M%SZ}",
            max(moment, changed.astimezone(datetime.UTC)),
        )


class DataFile(NamedTuple):
    """A data set about to be written."""

    data_set: DataSet
    version: DataVersion
    # Scheme and host of the portal, and the address of the file itself.
    site: str
    address: str

    def batches(self) -> Iterator[list[Sequence[Any]]]:
        """Yield some records after another: the plain values for each field."""
        fields = self.data_set.fields
        paths = [path for field in fields for path in field.read_from]
        for columns in columns_in_batches(self.data_set.records(), paths):
            # Each figure in a text depends on the version.
            with one_version():
                batch = [plain_column(self.absolute(one, columns)) for one in fields]
            yield batch

    def absolute(
        self, field: DataField, columns: Mapping[str | Linked, Sequence[Any]]
    ) -> Sequence[Any]:
        """Return what a field is of each record, with whole addresses."""
        values = field.column(columns)
        if field.kind == Kind.PAGE:
            folder = f"{self.site}{reverse(self.data_set.list_route)}"
            return [f"{folder}{path}" for path in values]
        if field.kind == Kind.FILE:
            return [f"{self.site}{a}" if a.startswith("/") else a for a in values]
        return values

    def objects(self) -> Iterator[list[str]]:
        """Yield some records after another, each as an object of JSON."""
        keys = [field.key for field in self.data_set.fields]
        for columns in self.batches():
            rows = zip(*columns, strict=True)
            yield [encode(dict(zip(keys, row, strict=True))) for row in rows]

    def csv(self) -> Iterator[str]:
        # Sent with the first rows, so that a fault in reading them is no file cut off.
        before = csv_lines([[field.key] for field in self.data_set.fields])
        for columns in self.batches():
            yield before + csv_lines(list(map(cells, columns)))
            before = ""
        # Where there is no row.
        yield before

    def jsonl(self) -> Iterator[str]:
        for objects in self.objects():
            yield "\n".join([*objects, ""])

    def json(self) -> Iterator[str]:
        about = {
            "data_set": self.data_set.name,
            "address": self.address,
            "version": self.version.name,
            "version_since": plain(self.version.since),
            **terms_of_use(),
        }
        opening = before = f'{encode(about)[:-1]}, "results": [\n'
        for objects in self.objects():
            yield before + ",\n".join(objects)
            before = ",\n"
        yield f"{opening if before is opening else ''}\n]}}\n"


class FileFormat(NamedTuple):
    label: str
    media_type: str
    write: Callable[[DataFile], Iterator[str]]


FILE_FORMATS = {
    "csv": FileFormat("CSV", "text/csv", DataFile.csv),
    "json": FileFormat("JSON", "application/json", DataFile.json),
    "jsonl": FileFormat("JSON Lines", "application/jsonl", DataFile.jsonl),
}
