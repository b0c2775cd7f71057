"""Partnerships by the thousand, the same at every run, into the database in use.

    DATABASE_URL=… python bench/dataset.py 100000

Popularity of codes is skewed (weight 1/rank**0.7) as in real directories, so that
filters of high, medium and low selectivity exist. Only ``random.Random.random()`` is
used: its sequence is the same in every version of Python.
"""

import argparse
import itertools
import os
import random
import sys
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import django

SEED = 20240229
FIRST_PK = 1_000_000
ROWS_AT_A_TIME = 10_000
COUNTRIES = 60
SKEW = 0.7
WORDS = [
    "advanced",
    "agri",
    "alliance",
    "alpine",
    "arctic",
    "atlantic",
    "automotive",
    "baltic",
    "battery",
    "bio",
    "blue",
    "bridge",
    "carbon",
    "circular",
    "clean",
    "cluster",
    "coastal",
    "connected",
    "creative",
    "cyber",
    "danube",
    "data",
    "deep",
    "digital",
    "east",
    "energy",
    "european",
    "food",
    "forest",
    "forward",
    "fusion",
    "gateway",
    "global",
    "green",
    "grid",
    "growth",
    "harbour",
    "health",
    "horizon",
    "hydrogen",
    "industry",
    "innovation",
    "integrated",
    "interior",
    "joint",
    "lighting",
    "link",
    "living",
    "logistics",
    "marine",
    "materials",
    "medical",
    "mediterranean",
    "micro",
    "mobility",
    "nano",
    "network",
    "new",
    "nordic",
    "north",
    "open",
    "optics",
    "packaging",
    "partnership",
    "photonics",
    "plastics",
    "platform",
    "precision",
    "process",
    "quality",
    "quantum",
    "rail",
    "regional",
    "renewable",
    "resilient",
    "robotics",
    "rural",
    "safe",
    "sea",
    "sensor",
    "silver",
    "sky",
    "smart",
    "social",
    "solar",
    "south",
    "space",
    "sport",
    "steel",
    "strategic",
    "sustainable",
    "systems",
    "techno",
    "textile",
    "tourism",
    "transition",
    "union",
    "urban",
    "value",
    "water",
    "west",
    "wind",
    "wood",
]


class Sampler:
    """Draws some distinct ones of several items, the first ones most often."""

    def __init__(self, draw: random.Random, items: Sequence):
        self.draw = draw
        self.items = items
        weights = (rank**-SKEW for rank in range(1, len(items) + 1))
        self.cumulated = list(itertools.accumulate(weights))

    def pick(self, number: int) -> list:
        chosen: set[int] = set()
        while len(chosen) < number:
            point = self.draw.random() * self.cumulated[-1]
            chosen.add(bisect(self.cumulated, point))
        return [self.items[position] for position in sorted(chosen)]


def shuffled(draw: random.Random, items: Iterable) -> list:
    return sorted(items, key=lambda _item: draw.random())


class Dataset:
    """Rows of the table of partnerships, and of its three tables of links."""

    def __init__(self, rows: int):
        from clusters.models import Industry, TechnologyField
        from countries.models import Country

        self.rows = rows
        self.draw = draw = random.Random(SEED)  # noqa: S311
        countries = Country.objects.order_by("iso2").values_list("pk", flat=True)
        self.samplers = {
            "targets": Sampler(draw, shuffled(draw, countries)[:COUNTRIES]),
            "industries": Sampler(draw, shuffled(draw, divisions(Industry))),
            "technology_fields": Sampler(
                draw, shuffled(draw, divisions(TechnologyField))
            ),
        }

    def __iter__(self) -> Iterator[tuple[dict, dict[str, list[int]]]]:
        """Yield what differs from record to record, and the keys it is linked to."""
        random_ = self.draw.random
        for number in range(1, self.rows + 1):
            words = [
                WORDS[int(random_() * len(WORDS))]
                for _word in range(4 + int(random_() * 5))
            ]
            start = "".join(word[:2] for word in words[:3]).upper()
            values = {
                "acronym": f"{start}-{number:07d}",
                "name": " ".join(words).capitalize(),
                "generation": 1 + int(random_() * 4),
                "sme_count": int(5 + random_() ** 2 * 900),
                "partner_count": 3 + int(random_() * 12),
            }
            links = {
                "targets": self.samplers["targets"].pick(3 + int(random_() * 5)),
                "industries": self.samplers["industries"].pick(1 + int(random_() * 5)),
                "technology_fields": self.samplers["technology_fields"].pick(
                    1 + int(random_() * 5)
                ),
            }
            yield values, links


def divisions(model):
    return (
        model.objects.exclude(parent=None).order_by("code").values_list("pk", flat=True)
    )


def fill(rows: int) -> None:
    """Write the records in place of those of an earlier call."""
    from django.db import connection, transaction
    from django.utils import timezone

    from partnerships.models import Partnership

    now = timezone.now()
    links = {
        name: Partnership._meta.get_field(name).remote_field.through
        for name in ("targets", "industries", "technology_fields")
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for through in links.values():
            condition = f"WHERE partnership_id >= {FIRST_PK}"
            cursor.execute(f"DELETE FROM {through._meta.db_table} {condition}")  # noqa: S608
        Partnership.objects.filter(pk__gte=FIRST_PK)._raw_delete("default")
        numbered = enumerate(Dataset(rows), FIRST_PK)
        while batch := list(itertools.islice(numbered, ROWS_AT_A_TIME)):
            records = [
                Partnership(
                    pk=pk,
                    slug=values["acronym"].lower(),
                    status=Partnership.Status.PUBLISHED,
                    published_at=now,
                    **values,
                )
                for pk, (values, _linked) in batch
            ]
            write(cursor, Partnership, [row_of(record) for record in records])
            for name, through in links.items():
                field = Partnership._meta.get_field(name)
                columns = [field.m2m_column_name(), field.m2m_reverse_name()]
                pairs = [
                    (pk, key) for pk, (_values, linked) in batch for key in linked[name]
                ]
                write(cursor, through, pairs, columns)
            print(f"\r{batch[-1][0] - FIRST_PK + 1:,} rows", end="", file=sys.stderr)
        print(file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def row_of(record) -> list:
    from django.db import connection

    return [
        field.get_db_prep_save(field.pre_save(record, add=True), connection)
        for field in record._meta.concrete_fields
    ]


def write(cursor, model, rows: list, columns: list[str] | None = None) -> None:
    from django.db import connection

    columns = columns or [field.column for field in model._meta.concrete_fields]
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join(["%s"] * len(columns))
    cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)  # noqa: S608


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    fill(parser.parse_args().rows)


if __name__ == "__main__":
    main()
