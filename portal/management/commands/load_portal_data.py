import json
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand
from django.db import transaction

import clusters.loaders
import countries.loaders
import events.loaders
import partnerships.loaders
from portal.history import recording
from portal.loading import Outcome, Tally
from portal.models import ContentVersion, LoadedRecord

# Each needs the records of those before it.
LOADERS = (
    countries.loaders.load,
    clusters.loaders.load,
    partnerships.loaders.load,
    events.loaders.load,
)


class Command(BaseCommand):
    help = (
        "Bring the database up to date with the data files of the project, without "
        "touching what editors changed, added or deleted. A file with a mistake "
        "stores nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--json", action="store_true", help="Print the numbers as JSON."
        )
        parser.add_argument(
            "--root",
            type=Path,
            default=settings.BASE_DIR,
            help="Read countries/data and so on below this folder.",
        )

    def handle(self, *args, **options):
        # All that a load writes is one entry in the histories.
        with recording(), transaction.atomic():
            wait_for_other_loads()
            ContentVersion.objects.hold()
            tallies = {}
            for load in LOADERS:
                for tally in load(options["root"]):
                    tallies.setdefault(tally.entity, Tally(tally.entity)).add(tally)
        counts = {entity: tally.counts() for entity, tally in tallies.items()}
        totals = {
            outcome: sum(row[outcome] for row in counts.values())
            for outcome in map(str, Outcome)
        }
        if options["json"]:
            report = {"entities": counts, "totals": totals}
            self.stdout.write(json.dumps(report, indent=2))
        else:
            self.stdout.write(as_table(counts | {"total": totals}))


def wait_for_other_loads() -> None:
    """Let one load run at a time, as when several servers start together.

    SQLite lets one transaction write at a time anyhow.
    """
    own = ContentType.objects.get_for_model(LoadedRecord)
    ContentType.objects.select_for_update(no_key=True).get(pk=own.pk)


def as_table(counts: dict[str, dict[str, int]]) -> str:
    width = max(map(len, counts))
    outcomes = [str(outcome) for outcome in Outcome]
    lines = ["".ljust(width) + "".join(name.rjust(9) for name in outcomes)]
    for entity, row in counts.items():
        numbers = "".join(str(row[name]).rjust(9) for name in outcomes)
        lines.append(entity.ljust(width) + numbers)
    return "\n".join(lines)
