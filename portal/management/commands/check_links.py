import datetime
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.link_checker import Answer, LinkChecker
from portal.links import note_reached, take_stock
from portal.models import CheckedLink
from portal.partial_dates import today
from portal.single_run import only_run

# So many are asked before their answers are stored.
BATCH = 40


class Command(BaseCommand):
    help = (
        "Ask the addresses that records lead to whether they answer, those asked "
        "longest ago first, and show the failing ones in the back office. It can be "
        "stopped and started at any time; what was asked since --older-than waits."
    )
    make_checker = staticmethod(LinkChecker)

    def add_arguments(self, parser):
        parser.add_argument(
            "--limit", type=int, default=500, help="Ask at most so many addresses."
        )
        parser.add_argument(
            "--older-than",
            type=float,
            default=7,
            metavar="DAYS",
            help="Ask only what was not asked for so many days.",
        )
        parser.add_argument(
            "--workers", type=int, default=4, help="Ask so many hosts at a time."
        )

    def handle(self, *args, **options):
        with only_run("check_links") as is_free:
            if not is_free:
                self.stdout.write("Another run is under way; this one does nothing.")
                return
            total = take_stock()
            before = timezone.now() - datetime.timedelta(days=options["older_than"])
            due = list(CheckedLink.objects.due(before)[: max(options["limit"], 0)])
            failing = self.ask(due, max(options["workers"], 1))
        self.stdout.write(f"{len(due)} of {total} addresses asked, {failing} fail.")

    def ask(self, links: list[CheckedLink], workers: int) -> int:
        """Ask these addresses and store the answers; return how many fail."""
        checker = self.make_checker()
        failing = 0
        with ThreadPoolExecutor(workers) as pool:
            for start in range(0, len(links), BATCH):
                batch = links[start : start + BATCH]
                answers = pool.map(checker.check, [link.address for link in batch])
                failing += store(zip(batch, answers, strict=True))
        return failing


def store(answered: Iterable[tuple[CheckedLink, Answer]]) -> int:
    """Store what came of asking; return how many addresses fail."""
    now, day, links, reached = timezone.now(), today(), [], set()
    for link, answer in answered:
        link.status, link.reason = answer.status, answer.reason[:300]
        link.checked_at = now
        if answer.is_ok:
            link.last_ok_on = day
            reached.add(link.address)
        is_failing = answer.is_asked and not answer.is_ok
        link.first_failed_at = (link.first_failed_at or now) if is_failing else None
        links.append(link)
    fields = ["status", "reason", "checked_at", "last_ok_on", "first_failed_at"]
    CheckedLink.objects.bulk_update(links, fields)
    note_reached(reached, day)
    return sum(link.first_failed_at is not None for link in links)
