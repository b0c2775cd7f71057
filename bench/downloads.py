"""Measure the downloads of a whole table beside its peers.

They are psql's COPY of the same columns, and Datasette's CSV of the plain columns and
the codes, which is all that its file has. A record is written before each download, but
for those that are asked for again.
"""

import os
import statistics
import subprocess
import time

from servers import PORT, client_of, fetch, memory, show

ROUNDS = 3

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


def measure_downloads(process, rows_in_all, *, has_datasette):
    formats = ["csv", "json", *(["xlsx"] if rows_in_all <= 100_000 else [])]
    asked = {name.upper(): f"/partnerships/?format={name}" for name in formats}
    asked["CSV of the data set"] = "/data/partnerships.csv"
    rows = []
    before = memory(process)
    for name, path in asked.items():
        rows.append([name, *download(rows_in_all, PORT, path, before_each=touch)])
        if name != "XLSX":
            # Either worker keeps its own.
            for _attempt in range(8):
                fetch(PORT, path)
                client_of.cache_clear()
            rows.append([f"{name}, again", *download(rows_in_all, PORT, path)])
    grown = memory(process) - before
    if has_datasette:
        path = "/flat/partnerships.csv?_stream=on"
        rows.append(["Datasette's CSV", *download(rows_in_all, PORT + 2, path)])
    if os.environ["DATABASE_URL"].startswith("postgres"):
        rows.append(["psql's COPY", f"{rows_in_all / copy():,.0f}", "–", "–"])
    show(["file", "rows per second", "MB per second", "first byte"], rows)
    print(f"Memory of the server grew by {grown:.0f} MiB.\n")


def touch():
    """Write a record, after which no download is ready, and let the index know."""
    from partnerships.models import Partnership

    record = Partnership.objects.filter(pk__gte=1_000_000).first()
    Partnership.objects.filter(pk=record.pk).update(sme_count=record.sme_count)
    fetch(PORT, "/partnerships/")


def download(rows_in_all, port, path, before_each=lambda: None):
    taken = []
    for _round in range(ROUNDS):
        before_each()
        taken.append(fetch(port, path))
    _status, first, last, size = map(statistics.median, zip(*taken, strict=True))
    seconds = last / 1000
    speeds = f"{rows_in_all / seconds:,.0f}", f"{size / seconds / 1e6:.0f}"
    return [*speeds, f"{first:.0f} ms"]


def copy():
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
    command = ["/usr/bin/psql", "-q", os.environ["DATABASE_URL"], "-c", query]
    taken = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
