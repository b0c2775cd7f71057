"""Measure the table of partnerships beside its peers, and print a table of ratios.

    DATABASE_URL=… python bench/measure.py 100000

Fills the database, starts the production server, and asks it and each peer in turn, so
that whatever else the machine does hits all alike. Peers: the same table as Django
sites usually have it (usual.py), Datasette with the counts of all facets (on SQLite),
the plain SQL of count, page and facets, for downloads psql's COPY and Datasette
(downloads.py), and for pages that are ready a bare view and nginx (pages.py).
"""

import http.client
import json
import sqlite3
import statistics
import tempfile
import time
from contextlib import ExitStack, closing
from functools import partial
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

from dataset import WORDS
from downloads import LINKS, measure_downloads
from pages import measure_ready_pages
from servers import (
    BIN,
    PORT,
    ROUNDS,
    in_turn,
    memory,
    page,
    prepare,
    run,
    server,
    show,
    warm_up,
)


def cases(cursor):
    """Return the queries of the goals, by codes of the wanted selectivity.

    The portal knows from the round before how often each option stands in what it
    found. Where that is not to be so, there are several, which are asked in turn.
    """
    shares = {}
    cursor.execute("SELECT count(*) FROM partnerships_partnership")
    (total,) = cursor.fetchone()
    for key, (links, column, terms, code) in LINKS.items():
        cursor.execute(
            f"SELECT term.{code}, count(*) FROM {links} link "  # noqa: S608
            f"JOIN {terms} term ON term.id = link.{column} GROUP BY 1"
        )
        shares |= {(key, name): number / total for name, number in cursor}

    def nearest(share, key=None):
        chosen = [pair for pair in shares if key in (None, pair[0])]
        return min(chosen, key=lambda pair: abs(shares[pair] - share))

    common, some = nearest(0.47), nearest(0.08)
    three = [nearest(0.3, key) for key in LINKS]
    deep = min(2000, -(-total // 50))
    return {
        "no filter": [[]],
        f"{shares[some]:.0%} of rows": [[some]],
        "the same, first time": [[some, ("smes_min", n)] for n in range(6, 6 + ROUNDS)],
        f"{shares[common]:.0%} of rows": [[common]],
        "three filters": [three],
        "text": [[("q", f"hydrogen {word}")] for word in WORDS[:ROUNDS]],
        f"page {deep:,}": [[("page", str(deep))]],
    }


def sql_floor(cursor, pairs):
    """Count, page and facet in plain SQL, and return the milliseconds."""
    conditions, values = ["p.status = 'published'"], []
    for key, value in pairs:
        if key in LINKS:
            links, column, terms, code = LINKS[key]
            conditions.append(
                f"EXISTS (SELECT 1 FROM {links} l JOIN {terms} t ON t.id = l.{column} "  # noqa: S608
                f"WHERE l.partnership_id = p.id AND t.{code} = %s)"
            )
            values.append(value)
        elif key == "q":
            conditions.append("p.name_key LIKE %s")
            values.append(f"%{value}%")
        elif key == "smes_min":
            conditions.append("p.sme_count >= %s")
            values.append(value)
    where = " AND ".join(conditions)
    offset = 50 * (int(dict(pairs).get("page", 1)) - 1)
    start = time.perf_counter()
    found = f"FROM partnerships_partnership p WHERE {where}"
    cursor.execute(f"SELECT count(*) {found}", values)
    cursor.fetchall()
    cursor.execute(
        f"SELECT p.id, p.acronym, p.name {found} ORDER BY p.sme_count DESC, "
        f"p.acronym_key, p.id LIMIT 50 OFFSET {offset}",
        values,
    )
    cursor.fetchall()
    for links, column, _terms, _code in LINKS.values():
        cursor.execute(
            f"SELECT link.{column}, count(*) FROM {links} link "  # noqa: S608
            f"JOIN partnerships_partnership p ON p.id = link.partnership_id "
            f"WHERE {where} GROUP BY 1",
            values,
        )
        cursor.fetchall()
    return (time.perf_counter() - start) * 1000


def flat_database(cursor, path):
    """Write the SQLite file that Datasette serves: codes as JSON arrays."""
    with closing(sqlite3.connect(path)) as flat:
        flat.execute(
            "CREATE TABLE partnerships (id INTEGER PRIMARY KEY, acronym, name, "
            "generation, smes, partners, target, technology, industry)"
        )
        lists = {}
        for key, (links, column, terms, code) in LINKS.items():
            cursor.execute(
                f"SELECT link.partnership_id, term.{code} FROM {links} link "  # noqa: S608
                f"JOIN {terms} term ON term.id = link.{column}"
            )
            for record, value in cursor.fetchall():
                lists.setdefault(record, {}).setdefault(key, []).append(value)
        cursor.execute(
            "SELECT id, acronym, name, generation, sme_count, partner_count "
            "FROM partnerships_partnership"
        )
        flat.executemany(
            "INSERT INTO partnerships VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *row,
                    *(json.dumps(lists.get(row[0], {}).get(key, [])) for key in LINKS),
                )
                for row in cursor.fetchall()
            ),
        )
        flat.commit()


def datasette_path(pairs):
    asked = [(f"{key}__arraycontains", value) for key, value in pairs if key in LINKS]
    others = {"q": "name__contains", "smes_min": "smes__gte"}
    asked += [(others[key], value) for key, value in pairs if key in others]
    asked += [("_facet_array", key) for key in LINKS]
    asked += [("_facet_size", "max"), ("_size", "50"), ("_sort_desc", "smes")]
    return f"/flat/partnerships?{urlencode(asked)}"


def measure_pages(cursor, has_datasette):
    def portal(pairs):
        return page(PORT, listing(pairs))

    def usual(pairs):
        return page(PORT + 1, listing(pairs))

    def datasette(pairs):
        return page(PORT + 2, datasette_path(pairs))

    rows = []
    for name, queries in cases(cursor).items():
        peers = [usual, partial(sql_floor, cursor)]
        if has_datasette and "page" not in name:
            peers.insert(1, datasette)
        asked = {
            ask: partial(ask_next, ask, cycle(queries)) for ask in (portal, *peers)
        }
        medians = in_turn(asked)
        cells = [
            f"{medians[peer]:,.0f} ms ({medians[peer] / medians[portal]:.0f} ×)"
            for peer in peers
        ]
        if datasette not in peers:
            cells.insert(1, "–")
        rows.append([name, f"{medians[portal]:.1f} ms", *cells])
    show(["case", "portal", "usual", "Datasette", "plain SQL"], rows)


def listing(pairs):
    return f"/partnerships/?{urlencode([('per_page', 50), *pairs])}"


def ask_next(ask, queries):
    return ask(next(queries))


def measure_edit():
    """Change one record, and time the next answers of both workers."""
    from partnerships.models import Partnership

    record = Partnership.objects.filter(pk__gte=1_000_000).first()
    former, taken = record.sme_count, []
    for number in range(8):
        Partnership.objects.filter(pk=record.pk).update(sme_count=10_000_000 + number)
        for _worker in range(4):
            with closing(http.client.HTTPConnection("127.0.0.1", PORT)) as client:
                start = time.perf_counter()
                client.request(
                    "GET", "/partnerships/", headers={"X-Forwarded-Proto": "https"}
                )
                text = client.getresponse().read().decode()
            taken.append((time.perf_counter() - start) * 1000)
            if f"10,000,00{number}" not in text:
                raise RuntimeError("An answer did not have the change.")
    Partnership.objects.filter(pk=record.pk).update(sme_count=former)
    show(
        ["after one edit", "median", "longest"],
        [
            [
                "next answers",
                f"{statistics.median(taken):.1f} ms",
                f"{max(taken):.1f} ms",
            ]
        ],
    )


def main():
    rows = prepare(__doc__)
    from django.db import connection

    has_datasette = connection.vendor == "sqlite" and (BIN / "datasette").exists()
    print(f"### {rows:,} partnerships on {connection.display_name}\n", flush=True)
    with ExitStack() as stack, connection.cursor() as cursor:
        portal = stack.enter_context(server("portal.wsgi:application", PORT))
        stack.enter_context(server("usual:application", PORT + 1))
        if has_datasette:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            flat_database(cursor, Path(folder) / "flat.db")
            limits = ["sql_time_limit_ms", "facet_time_limit_ms"]
            options = [word for name in limits for word in ("--setting", name, "60000")]
            command = [
                *(str(BIN / "datasette"), str(Path(folder) / "flat.db")),
                *("--port", str(PORT + 2), *options),
                *("--setting", "suggest_facets", "off"),
                *("--setting", "max_returned_rows", "1000"),
            ]
            stack.enter_context(run(command, PORT + 2))
        warm_up(PORT)
        print(f"Two workers with their index hold {memory(portal):.0f} MiB.\n")
        measure_pages(cursor, has_datasette)
        measure_edit()
        measure_downloads(portal, rows, has_datasette=has_datasette)
    measure_ready_pages()


if __name__ == "__main__":
    main()
