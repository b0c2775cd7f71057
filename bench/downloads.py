"""Measure the downloads of a whole table beside psql's COPY of the same columns."""

import os
import statistics
import subprocess
import time

from servers import PORT, fetch, memory, show

LINKS = {
    "target": (
        "partnerships_partnership_targets",
        "country_id",
        "countries_country",
        "iso2",
    ),
    "technology": (
        "partnerships_partnership_technology_fields",
        "technologyfield_id",
        "clusters_technologyfield",
        "code",
    ),
    "industry": (
        "partnerships_partnership_industries",
        "industry_id",
        "clusters_industry",
        "code",
    ),
}
COPY = """
COPY (
SELECT p.acronym, p.name, p.generation, {state}, {lists}, p.sme_count, p.partner_count,
'http://127.0.0.1/partnerships/' || p.slug || '/'
FROM partnerships_partnership p {joins} WHERE p.status = 'published'
ORDER BY p.sme_count DESC NULLS LAST, p.acronym_key, p.id
) TO STDOUT WITH CSV HEADER
"""
STATE = """
CASE WHEN p."end" < current_date THEN 'Ended' WHEN p.start > current_date THEN 'Planned'
WHEN p.start <= current_date AND p."end" >= current_date THEN 'Running'
ELSE 'Not stated' END
"""
JOIN = """
LEFT JOIN (SELECT link.partnership_id, string_agg(term.{code}, '; ' ORDER BY term.{order})
codes, string_agg(term.{title}, '; ' ORDER BY term.{order}) titles
FROM {links} link JOIN {terms} term ON term.id = link.{column} GROUP BY 1) {name}
ON {name}.partnership_id = p.id
"""


def measure_downloads(process, rows_in_all):
    rows = []
    before = memory(process)
    asked = {
        "CSV": lambda: fetch(PORT, "/partnerships/?format=csv"),
        "JSON": lambda: fetch(PORT, "/partnerships/?format=json"),
    }
    if rows_in_all <= 100_000:
        asked["XLSX"] = lambda: fetch(PORT, "/partnerships/?format=xlsx")
    floor = copy_floor() if os.environ["DATABASE_URL"].startswith("postgres") else None
    for name, ask in asked.items():
        taken = [ask() for _round in range(3)]
        seconds = statistics.median(last for _s, _f, last, _b in taken) / 1000
        first = statistics.median(first for _s, first, _l, _b in taken)
        ratio = f"{seconds / floor:.2f} ×" if floor and name == "CSV" else "–"
        rows.append([name, f"{rows_in_all / seconds:,.0f}", f"{first:.0f} ms", ratio])
    show(["download", "rows per second", "first byte", "of psql's COPY"], rows)
    print(f"Memory of the server grew by {memory(process) - before:.0f} MiB.\n")


def copy_floor():
    """Return the seconds that psql takes to copy the same columns."""
    joins, lists = "", []
    for key, (links, column, terms, code) in LINKS.items():
        title, order = ("name", "name_key") if key == "target" else ("title", "code")
        joins += JOIN.format(
            name=key,
            links=links,
            column=column,
            terms=terms,
            code=code,
            title=title,
            order=order,
        )
        lists.append(f"{key}.codes, {key}.titles")
    query = COPY.format(state=STATE, lists=", ".join(lists), joins=joins)
    taken = []
    for _round in range(3):
        start = time.perf_counter()
        subprocess.run(  # noqa: S603
            ["/usr/bin/psql", "-q", os.environ["DATABASE_URL"], "-c", query],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
