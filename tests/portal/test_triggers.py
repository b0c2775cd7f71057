"""What the database notes of writes, whatever makes them."""

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from clusters.models import Cluster
from countries.models import Country, Source
from partnerships.models import Membership, Partnership
from portal.models import ContentVersion, RecordVersion
from portal.triggers import (
    DROP,
    EVERY_RECORD,
    EXISTING,
    PREFIX,
    content_tables,
    existing_triggers,
    install_triggers,
    is_history,
    remove_triggers,
)
from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_membership,
    make_partnership,
)

from .linked_records import link, make_linked_records

NOT_CONTENT = {
    *("auth", "admin", "contenttypes", "easy_thumbnails", "sessions", "portal"),
    *("account", "mfa", "usersessions"),
}


def number():
    return ContentVersion.objects.current()[1]


def changed_since(former):
    noted = RecordVersion.objects.filter(subject="partnerships", number__gt=former)
    return set(noted.values_list("record", flat=True))


class ContentVersionTests(TestCase):
    def test_every_table_of_content_is_watched(self):
        watched = set(content_tables())
        for model in apps.get_models(include_auto_created=True):
            if model._meta.app_label not in NOT_CONTENT:
                is_watched = model._meta.db_table in watched
                self.assertEqual(is_watched, not is_history(model), model)

    def test_every_table_raises_the_version_at_each_kind_of_write(self):
        country, *_others = public = make_linked_records()
        link(public, make_linked_records())
        country.editors.add(get_user_model().objects.create(username="editor"))
        Membership.objects.first().sources.add(Source.objects.first())
        for table in content_tables():
            for statement in (
                f'UPDATE "{table}" SET "id" = "id"',
                f'DELETE FROM "{table}"',
            ):
                former = number()
                with self.subTest(statement=statement), transaction.atomic():
                    with connection.cursor() as cursor:
                        cursor.execute(statement)
                    self.assertGreater(number(), former)
                    transaction.set_rollback(True)

    def test_bulk_writes_and_links_raise_it_too(self):
        country, partnership = make_country(), make_partnership()
        for write in (
            lambda: Country.objects.update(intro="New"),
            lambda: partnership.targets.set([country]),
            lambda: partnership.targets.clear(),
            lambda: Partnership.objects.bulk_create(
                [Partnership(acronym="X", slug="x")]
            ),
            lambda: Partnership.objects.filter(slug="x").delete(),
        ):
            former = number()
            write()
            self.assertGreater(number(), former)

    def test_what_is_rolled_back_raises_nothing(self):
        former = ContentVersion.objects.current()
        with transaction.atomic():
            make_country()
            transaction.set_rollback(True)
        self.assertEqual(ContentVersion.objects.current(), former)

    def test_triggers_are_made_once(self):
        with CaptureQueriesContext(connection) as queries:
            install_triggers(using="default")
        self.assertFalse(any("TRIGGER" in q["sql"].split("'")[0] for q in queries[1:]))

    def test_missing_and_outdated_triggers_are_replaced(self):
        with connection.cursor() as cursor:
            cursor.execute(EXISTING[connection.vendor])
            before = {name for (name,) in cursor if name.startswith(PREFIX)}
            cursor.execute(DROP[connection.vendor].format(name=min(before)))
            install_triggers(using="default")
            cursor.execute(EXISTING[connection.vendor])
            after = {name for (name,) in cursor if name.startswith(PREFIX)}
        self.assertEqual(after, before)


class RecordVersionTests(TestCase):
    def test_notes_the_partnership_that_a_write_changes_and_no_other(self):
        country, industry = make_country(), make_industry("C13")
        partnership, _other = make_partnership(), make_partnership()
        member = make_membership(
            partnership=partnership, cluster=make_cluster(country=country)
        )
        key = {partnership.pk}
        for name, write, expected in (
            ("save", partnership.save, key),
            ("target", lambda: partnership.targets.add(country), key),
            ("industry", lambda: partnership.industries.add(industry), key),
            ("no target", lambda: partnership.targets.clear(), key),
            ("member", member.save, key),
            ("cluster", lambda: Cluster.objects.update(status="draft"), key),
            ("country", country.save, key),
            ("term", industry.save, {EVERY_RECORD}),
            ("another country", lambda: make_country().save(), set()),
        ):
            with self.subTest(name=name):
                former = number()
                write()
                self.assertEqual(changed_since(former), expected)

    def test_notes_both_partnerships_of_a_membership_that_moves(self):
        first, second = make_partnership(), make_partnership()
        member = make_membership(partnership=first, partner_name="Partner")
        former = number()
        Membership.objects.filter(pk=member.pk).update(partnership=second)
        self.assertEqual(changed_since(former), {first.pk, second.pk})

    def test_notes_what_is_deleted(self):
        partnership = make_partnership()
        former, key = number(), partnership.pk
        partnership.delete()
        self.assertEqual(changed_since(former), {key})


class MigrationTests(TransactionTestCase):
    def test_a_table_that_triggers_of_others_name_can_be_altered(self):
        """SQLite refuses to rename a table while the trigger of another names it."""
        field = Cluster._meta.get_field("summary").clone()
        field.default = "Nothing"
        field.set_attributes_from_name("added")
        remove_triggers(using="default", plan=["a migration"])
        try:
            with connection.schema_editor() as editor:
                editor.add_field(Cluster, field)
                editor.remove_field(Cluster, field)
        finally:
            install_triggers(using="default")
        former = number()
        make_cluster()
        self.assertGreater(number(), former)

    def test_triggers_stay_where_nothing_is_to_be_migrated(self):
        with connection.cursor() as cursor:
            before = existing_triggers(connection, cursor)
            remove_triggers(using="default", plan=[])
            self.assertEqual(existing_triggers(connection, cursor), before)
