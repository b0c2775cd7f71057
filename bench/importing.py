"""Measure the import of many partnerships with their links, and print a table.

    DATABASE_URL=… python bench/importing.py 100000

Writes the records of dataset.py to a CSV file and to a workbook, imports the file into
the database in use, twice, and removes what it made. Time is that of the whole command;
memory is what the process grew by at most.
"""

import argparse
import contextlib
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
# Tells what is imported here from what else a database of measurements holds.
PREFIX = "IMPORT-"
# More would not go into a file of the largest size.
MOST = 100_000
HEADINGS = (
    *("Acronym", "Name", "Generation", "Technology fields (IPC codes)"),
    *("Sectoral industries (NACE codes)", "Targeted third countries"),
    *("No. of SMEs involved", "No. of partners"),
)


def rows(number):
    from dataset import Dataset

    from clusters.models import Industry, TechnologyField
    from countries.models import Country

    technology = dict(TechnologyField.objects.values_list("pk", "code"))
    industries = dict(Industry.objects.values_list("pk", "code"))
    countries = dict(Country.objects.values_list("pk", "name"))
    yield HEADINGS
    for values, links in Dataset(number):
        yield (
            f"{PREFIX}{values['acronym']}",
            values["name"],
            values["generation"],
            "; ".join(technology[pk] for pk in links["technology_fields"]),
            "; ".join(industries[pk] for pk in links["industries"]),
            ", ".join(countries[pk] for pk in links["targets"]),
            f"{values['sme_count']:,}",
            values["partner_count"],
        )


def write_files(folder, number):
    from openpyxl import Workbook

    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows(number))
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for row in rows(number):
        sheet.append(row)
    workbook.save(folder / "rows.xlsx")


def run(folder, name, *options):
    """Import a file in a process of its own; return seconds and MiB."""
    report = folder / "report.json"
    command = [sys.executable, __file__, "--file", str(folder / name), *options]
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 -- our own command
        [*command, "--report", str(report)], capture_output=True, text=True, cwd=ROOT
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return seconds, *json.loads(done.stdout.splitlines()[-1])


def import_file(file, report, dry_run):
    """Import a file as the command does, and print seconds, CPU seconds and MiB."""
    from django.core.management import call_command

    from partnerships.models import Partnership

    Partnership.objects.exists()
    before = peak()
    start, cpu = time.perf_counter(), time.process_time()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123
        call_command("import_partnerships", file, report=Path(report), dry_run=dry_run)
    taken = time.perf_counter() - start, time.process_time() - cpu
    print(json.dumps([*taken, peak() - before]))


def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def remove():
    from partnerships.models import Partnership

    made = Partnership.objects.filter(acronym__startswith=PREFIX)
    # As imported ones are; nobody's own.
    made = made.filter(status=Partnership.Status.DRAFT)
    for name in ("targets", "industries", "technology_fields"):
        links = Partnership._meta.get_field(name).remote_field.through
        links.objects.filter(partnership__in=made.values("pk")).delete()
    made.delete()


def measure(number):
    from django.db import connection

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder, number)
        print(f"| {connection.vendor} | rows per second | of CPU time | memory |")
        print("| --- | --- | --- | --- |")
        # What a run that broke off has left.
        remove()
        for label, file, options in (
            ("dry run, CSV", "rows.csv", ["--dry-run"]),
            ("new, CSV", "rows.csv", []),
            ("unchanged, CSV", "rows.csv", []),
            ("unchanged, XLSX", "rows.xlsx", []),
        ):
            _whole, seconds, cpu, memory = run(folder, file, *options)
            print(
                f"| {label} | {number / seconds:,.0f} | {number / cpu:,.0f} "
                f"| {memory:.0f} MiB |",
                flush=True,
            )
        remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("--file")
    parser.add_argument("--report")
    parser.add_argument("--dry-run", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.core.management import call_command

    if options.file:
        import_file(options.file, options.report, options.dry_run)
    else:
        call_command("migrate", verbosity=0)
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            call_command("load_portal_data", stdout=nowhere)
        measure(min(options.rows, MOST))


if __name__ == "__main__":
    main()
