"""The commands that import a file from the shell."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from .importer import RecordImporter
from .results import JsonReport, Outcome
from .run import import_sheet
from .tables import UnreadableFile, open_sheet

# Rejected rows that are shown one by one.
MOST_SHOWN = 20


class ImportCommand(BaseCommand):
    """Import a CSV or XLSX file, and fail where rows were rejected."""

    importer_class: ClassVar[type[RecordImporter]]

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a CSV or XLSX file")
        parser.add_argument(
            "--dry-run", action="store_true", help="only tell what would happen"
        )
        parser.add_argument(
            "--report",
            type=Path,
            help="where to write what became of each row, as JSON",
        )

    def handle(self, file, dry_run, report, **options):
        try:
            totals = self.import_file(file, dry_run, report)
        except UnreadableFile as error:
            raise CommandError(f"{file}: {error}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{name}: {n}" for name, n in totals.items()))
        if dry_run:
            self.stdout.write(_("A dry run: nothing was stored."))
        if totals[Outcome.REJECTED]:
            raise CommandError(
                _("%(number)d rows were rejected.")
                % {"number": totals[Outcome.REJECTED]},
                returncode=2,
            )

    def import_file(self, path, dry_run, report_path):
        importer = self.importer_class()
        with ExitStack() as stack:
            file = stack.enter_context(path.open("rb"))
            sheet = open_sheet(file, importer.headings.count)
            report = None
            if report_path:
                # Only a whole report is kept.
                stack.push(lambda kind, *error: kind and report_path.unlink())
                text = stack.enter_context(report_path.open("w", encoding="utf-8"))
                report = JsonReport(text)
            totals = import_sheet(
                importer,
                sheet,
                Sink(self, report),
                writing=not dry_run,
                reason=_("Imported from %(file)s") % {"file": path.name},
            )
            if report:
                report.close(totals, importer.unused)
        if importer.unused:
            self.stdout.write(
                _("Columns of the file that are not used: %(columns)s")
                % {"columns": "; ".join(importer.unused)}
            )
        return totals


class Sink:
    """Writes each row to the report, and the first rejected ones to the screen."""

    def __init__(self, command, report):
        self.command, self.report, self.shown = command, report, 0

    def __call__(self, result):
        if self.report:
            self.report.add(result)
        if result.outcome != Outcome.REJECTED:
            return
        self.shown += 1
        if self.shown <= MOST_SHOWN:
            reasons = json.dumps(result.reasons, ensure_ascii=False)
            line = f"{result.row}: {result.name} {reasons}"
            self.command.stderr.write(line)
        elif self.shown == MOST_SHOWN + 1:
            self.command.stderr.write("…")
