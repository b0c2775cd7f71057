from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.contrib.auth.signals import user_logged_in
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from .search_index import rebuild
from .search_triggers import search_triggers
from .triggers import install_triggers, remove_triggers
from .write_ahead_log import turn_on


class PortalConfig(AppConfig):
    default = True
    name = "portal"
    verbose_name = _("Portal")

    def ready(self):
        # These need the models; the last registers a lookup.
        from . import history_triggers, session_limits, substrings

        self.parts_of_names = substrings
        self.histories = history_triggers
        connection_created.connect(turn_on)
        pre_migrate.connect(remove_triggers, sender=self)
        post_migrate.connect(install_triggers, sender=self)
        # Every way of signing in passes here, those to come as well.
        user_logged_in.connect(session_limits.begin)

    def more_triggers(self, vendor, tables):
        yield from self.parts_of_names.triggers(vendor, tables)
        yield from search_triggers(vendor, tables)
        yield from self.histories.guards(vendor, tables)

    def catch_up(self, using):
        self.parts_of_names.catch_up(using)
        rebuild(using)
        self.histories.begin_histories(using)


class BackOfficeConfig(admin_apps.AdminConfig):
    default = False
    default_site = "portal.back_office.BackOffice"
