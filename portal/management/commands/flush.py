from django.core.management.commands import flush
from django.core.management.sql import emit_post_migrate_signal

from portal.history_triggers import lift_guards, set_guards


class Command(flush.Command):
    """Empty the database, with the histories that nothing else may shorten."""

    def handle(self, **options):
        using = options["database"]
        lift_guards(using)
        try:
            super().handle(**{**options, "inhibit_post_migrate": True})
        finally:
            set_guards(using)
        if not options.get("inhibit_post_migrate", False):
            emit_post_migrate_signal(
                options["verbosity"], options["interactive"], using
            )
