"""Publish the drafts of changes whose time has come."""

from django.core.management.base import BaseCommand, CommandError

from portal.publishing.reworking import publish_all_due


class Command(BaseCommand):
    help = (
        "Publishes the drafts of changes whose time has come. The site does so by "
        "itself when somebody asks; run from cron, nobody waits for it."
    )

    def handle(self, *args, **options):
        published, failed = publish_all_due()
        self.stdout.write(f"{published} published, {failed} failed.")
        if failed:
            raise CommandError("What failed is shown in the back office.")
