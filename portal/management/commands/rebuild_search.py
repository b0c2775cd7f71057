from django.core.management.base import BaseCommand, CommandError

from portal.search_index import rebuild


class Command(BaseCommand):
    help = (
        "Make the index of the site search from its records, and say what was wrong "
        "with it. Triggers keep it right, so that there should be nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            action="store_true",
            help="Change nothing, and fail where the index differs from its records.",
        )

    def handle(self, *args, **options):
        difference = rebuild(check_only=options["check"])
        if not difference:
            self.stdout.write("The index equals its records.")
            return
        text = (
            f"{difference.missing} entries missing, {difference.surplus} wrong or too "
            f"many, {difference.words} words wrong"
            f"{', full text damaged' if difference.is_damaged else ''}."
        )
        if options["check"]:
            raise CommandError(text)
        self.stdout.write(f"{text} The index is right again.")
