"""Names that cells may use, and cells that hold several of them.

A comma, a semicolon or a line break parts names, unless it belongs to one that is known:
the longest known name is taken at each place.
"""

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import gettext as _

from portal.folding import fold

from .cells import CellError, shortened

SEPARATOR = re.compile(r"[,;]")
LINE_BREAK = re.compile(r"[\r\n\u2028|]+")
# A code, with the title of its term after it; the colon may be escaped.
CODED = re.compile(r"([A-Za-z]\d{0,3})(?:\s*\\?:|\s+[–—-]\s)\s*(.*)", re.DOTALL)
BULLETS = " \t\u00a0•·*"
# What stands between a code and its title.
MARK = re.compile(r":|\s[–—-]\s")
# Texts of which the meaning is remembered.
KEPT = 5_000
MOST_HINTS, LONGEST_MISTAKEN = 100, 60


class Vocabulary:
    """Finds records by any of their names."""

    def __init__(self, unknown: str):
        # What to say of a name that is not known; it has the place %(name)s.
        self.unknown = unknown
        self.names: dict[str, int] = {}
        self.shared: dict[str, list[str]] = {}
        # How many pieces commas part the longest name into, by its first piece.
        self.longest: dict[str, int] = {}
        self.labels: dict[int, str] = {}
        # What a download calls each record, and every import understands.
        self.codes: dict[int, str] = {}
        # Pieces that mean one record whatever stands beside them, as they are written.
        self.plain: dict[str, int] = {}
        self.errors = 0
        self.folded = lru_cache(KEPT)(fold)
        self.read = lru_cache(KEPT)(self._read)

    def add(self, pk: int, label: str, names: Iterable[str], code: str = "") -> None:
        """Make a record known by names, of which a download writes the ``code``."""
        self.labels[pk], self.codes[pk] = label, code or label
        for name in filter(None, map(fold, names)):
            first, *more = SEPARATOR.split(name)
            if more:
                longest = self.longest.get(first, 1)
                self.longest[first] = max(longest, len(more) + 1)
            other = self.names.setdefault(name, pk)
            if other != pk:
                self.shared.setdefault(name, [self.labels[other]]).append(label)

    def find(self, text: str) -> int | None:
        """Return the record with this name; None where there is none."""
        name = self.folded(text.strip(BULLETS).replace("\\:", ":"))
        if name in self.shared:
            message = _("“%(name)s” may be %(records)s; write the code.")
            records = _(" or ").join(self.shared[name])
            raise CellError(message % {"name": shortened(text), "records": records})
        return self.names.get(name)

    def one(self, text: str) -> int:
        """Return the only record that a cell names."""
        found = self.find(text)
        if found is None:
            raise self.error(text)
        return found

    def error(self, text: str) -> CellError:
        message = self.unknown % {"name": shortened(text)}
        self.errors += 1
        # Looking for what is alike takes long, and helps nobody a thousand times.
        if self.errors <= MOST_HINTS and len(text) < LONGEST_MISTAKEN:
            near = difflib.get_close_matches(fold(text), list(self.names), 1, 0.8)
        else:
            near = []
        if near:
            label = self.labels[self.names[near[0]]]
            message = f"{message} {_('Is it %(name)s?') % {'name': label}}"
        return CellError(message)

    def _read(self, text: str) -> tuple[int, ...]:
        """Return the records that a cell names, each once, in the order of keys."""
        found, unknown = set(), []
        for line in LINE_BREAK.split(text):
            keys = [self.plain.get(piece) for piece in SEPARATOR.split(line)]
            if None not in keys:
                found.update(keys)
                continue
            starts = [0, *(match.end() for match in SEPARATOR.finditer(line))]
            ends = [*(match.start() for match in SEPARATOR.finditer(line)), len(line)]
            pieces = list(zip(starts, ends, strict=True))
            self._read_line(line, pieces, found, unknown)
        if unknown:
            raise self.error(unknown[0])
        return tuple(sorted(found))

    def _read_line(self, line, pieces, found, unknown):
        position = 0
        while position < len(pieces):
            start, end = pieces[position]
            first = line[start:end].strip(BULLETS)
            most = self.longest.get(self.folded(first), 1)
            for last in range(min(len(pieces), position + most), position, -1):
                text = line[start : pieces[last - 1][1]]
                pk = self.find(text)
                if pk is not None:
                    found.add(pk)
                    if most == 1 and not MARK.search(text) and len(self.plain) < KEPT:
                        self.plain[text] = pk
                    position = last
                    break
            else:
                position += 1
                if first:
                    unknown.append(first)


class Terms(Vocabulary):
    """The terms of a classification, by code, by title, or by both."""

    def __init__(self, unknown: str, terms: Iterable):
        super().__init__(unknown)
        self.by_code: dict[str, int] = {}
        for term in terms:
            self.by_code[term.code.casefold()] = term.pk
            names = [term.code, term.title, str(term)]
            self.add(term.pk, str(term), names, term.code)

    def find(self, text: str) -> int | None:
        match = MARK.search(text) and CODED.fullmatch(text.strip(BULLETS))
        pk = match and self.by_code.get(match[1].casefold())
        if not pk:
            return super().find(text)
        # A code tells what its title may say in other words, but not another's.
        title = self.folded(match[2])
        other = self.names.get(title, pk)
        if other != pk and title not in self.shared:
            message = _("“%(name)s” is %(other)s; correct the code or the title.")
            labels = {"name": shortened(text), "other": self.labels[other]}
            raise CellError(message % labels)
        return pk

    def coded(self, text: str) -> re.Match | None:
        match = CODED.match(text.strip(BULLETS))
        return match if match and match[1].casefold() in self.by_code else None

    def _read_line(self, line, pieces, found, unknown):
        """Take pieces after a code for the rest of its title, if nobody knows them."""
        if not MARK.search(line):
            super()._read_line(line, pieces, found, unknown)
            return
        merged, is_title = [], False
        for start, end in pieces:
            match = self.coded(line[start:end])
            if match:
                is_title = self.folded(match[2]) not in self.names
            elif self._is_known_alone(line[start:end].strip(BULLETS)):
                is_title = False
            if is_title and not match:
                merged[-1] = (merged[-1][0], end)
            else:
                merged.append((start, end))
        super()._read_line(line, merged, found, unknown)

    def _is_known_alone(self, text):
        name = self.folded(text)
        return name in self.names or name in self.shared
