"""Each version of a record stays, with who made it; nothing can change it."""

from io import StringIO

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from clusters import merging
from clusters.models import Cluster, EscaLabel
from countries.models import Country
from partnerships.models import Partnership
from portal.history import (
    copied_fields,
    has_history,
    links_history,
    record_history,
    recording,
)
from portal.history_triggers import begin_histories, history_tables
from portal.models import ContentVersion
from portal.triggers import content_tables, is_history
from tests import factories

from .linked_records import link, make_linked_records

pytestmark = pytest.mark.django_db


def kinds_of(record):
    rows = type(record).history.filter(id=record.pk).order_by("history_id")
    return [row.history_type for row in rows]


def latest(record):
    return type(record).history.filter(id=record.pk).order_by("history_id").last()


def test_every_model_of_content_has_a_history_of_all_its_columns_and_links():
    for name in ("countries", "clusters", "partnerships", "events"):
        for model in apps.get_app_config(name).get_models():
            if is_history(model):
                continue
            assert has_history(model), model
            kept = {field.column for field in copied_fields(model)}
            derived = {
                field.column
                for field in model._meta.concrete_fields
                if getattr(field, "derived", False)
            }
            columns = {field.column for field in model._meta.concrete_fields}
            assert kept == columns - derived, model
            for field in model._meta.local_many_to_many:
                assert links_history(field)._meta.db_table in history_tables()


def test_what_is_worked_together_has_one_row_of_history_for_each_record():
    ada = factories.make_staff("ada")
    countries = [factories.make_country(), factories.make_country()]
    partnership = factories.make_partnership()
    before = Partnership.history.count()

    with recording(ada, "Reworked"):
        partnership.name = "First"
        partnership.save()
        partnership.targets.set(countries)
        partnership.name = "Second"
        partnership.save()
        partnership.targets.remove(countries[0])

    assert Partnership.history.count() == before + 1
    row = latest(partnership)
    assert (row.name, row.history_user, row.history_change_reason) == (
        "Second",
        ada,
        "Reworked",
    )
    assert [link.country_id for link in row.targets.all()] == [countries[1].pk]


def test_a_new_record_is_new_however_often_it_is_saved():
    with recording():
        cluster = factories.make_cluster()
        cluster.save()

    assert kinds_of(cluster) == ["+"]


@pytest.mark.django_db(transaction=True)
def test_no_record_is_saved_without_its_row_of_history():
    cluster = factories.make_cluster(name="Before")
    table = Cluster.history.model._meta.db_table
    rename = 'ALTER TABLE "{}" RENAME TO "{}"'
    cluster.name = "After"
    with connection.cursor() as cursor:
        cursor.execute(rename.format(table, "elsewhere"))
        try:
            with pytest.raises(DatabaseError):
                cluster.save()
            with pytest.raises(DatabaseError):
                cluster.delete()
        finally:
            cursor.execute(rename.format("elsewhere", table))

    assert Cluster.objects.get().name == "Before"


def test_what_a_work_wrote_is_undone_with_it():
    cluster = factories.make_cluster(name="Before")
    before = Cluster.history.count()

    with pytest.raises(RuntimeError), recording():
        cluster.name = "After"
        cluster.save()
        raise RuntimeError

    assert Cluster.objects.get().name == "Before"
    assert Cluster.history.count() == before


def test_links_set_from_the_other_side_stand_in_the_history():
    cluster, achievement = factories.make_cluster(), factories.make_achievement()
    other = factories.make_achievement()

    cluster.achievements.add(achievement, other)
    assert [row.cluster_id for row in latest(achievement).clusters.all()] == [
        cluster.pk
    ]

    cluster.achievements.clear()
    assert list(latest(achievement).clusters.all()) == []
    assert list(latest(other).clusters.all()) == []
    assert kinds_of(cluster) == ["+"]


def test_a_deleted_record_is_kept_with_its_links():
    source, cluster = factories.make_source(), factories.make_cluster(name="CLAUT")
    cluster.sources.add(source)
    label = factories.make_label(cluster=cluster)
    pk, label_pk = cluster.pk, label.pk

    cluster.delete()

    row = Cluster.history.filter(id=pk).order_by("history_id").last()
    assert (row.history_type, row.name) == ("-", "CLAUT")
    assert [link.source_id for link in row.sources.all()] == [source.pk]
    assert EscaLabel.history.filter(id=label_pk, history_type="-").exists()


def test_history_of_many_records_is_written_in_a_few_statements():
    user = factories.make_staff()
    countries = [factories.make_country() for _ in range(3)]
    for number in (1, 3):
        pks = [country.pk for country in countries[:number]]
        with CaptureQueriesContext(connection) as queries:
            count = record_history(Country, pks, user, "Imported")
        assert count == number
        # The last row, the records, and two kinds of links.
        assert len(queries) == 4
    assert latest(countries[2]).history_change_reason == "Imported"


def test_publishing_stands_in_the_history_with_who_did_it():
    user, draft = factories.make_staff(), factories.make_cluster(status="draft")
    public = factories.make_cluster()

    Cluster.objects.all().publish(user)

    row = latest(draft)
    assert (row.status, row.history_user, row.history_change_reason) == (
        "published",
        user,
        "Moved to “Published”.",
    )
    assert kinds_of(public) == ["+"]


def test_merging_stands_in_the_history_of_all_that_it_moves():
    user, kept = factories.make_staff(), factories.make_cluster(name="Kept")
    dropped = factories.make_cluster(name="Dropped", country=kept.country)
    label = factories.make_label(cluster=dropped)
    pk = dropped.pk

    merging.merge(kept, dropped, user)

    assert kinds_of(kept) == ["+", "~"]
    assert (latest(label).cluster_id, latest(label).history_user) == (kept.pk, user)
    gone = Cluster.history.filter(id=pk).order_by("history_id").last()
    assert (gone.history_type, gone.history_change_reason) == (
        "-",
        "Merged with “Dropped”.",
    )


def test_loading_the_data_files_stands_in_the_history():
    call_command("load_portal_data", stdout=StringIO())

    for model in (Country, Cluster, Partnership, EscaLabel):
        rows = model.history.all()
        assert rows.count() == model.objects.count() > 0
        assert {row.history_change_reason for row in rows} == {
            "Loaded from the data files."
        }
    partnership = Partnership.objects.filter(targets__isnull=False).first()
    assert {row.country_id for row in latest(partnership).targets.all()} == set(
        partnership.targets.values_list("pk", flat=True)
    )


def test_records_from_before_the_history_get_a_first_version():
    Cluster.objects.bulk_create(
        [Cluster(name="Old", slug="old", country=factories.make_country())]
    )

    for _time in range(2):
        begin_histories("default")

    row = Cluster.history.get()
    assert (row.name, row.history_change_reason) == (
        "Old",
        "As it stood when its history began.",
    )


def test_history_is_no_content():
    assert history_tables().isdisjoint(content_tables())
    cluster = factories.make_cluster()
    version = ContentVersion.objects.current()

    record_history(Cluster, [cluster.pk], None, "Again")

    assert ContentVersion.objects.current() == version


@pytest.mark.parametrize("statement", ['UPDATE "{}" SET {} = {}', 'DELETE FROM "{}"'])
def test_the_database_refuses_to_change_any_history(statement):
    records = make_linked_records()
    link(records, make_linked_records())
    user = factories.make_staff()
    records[0].editors.add(user)
    LogEntry.objects.log_actions(user.pk, [records[0]], CHANGE, "Changed")
    tables = {model._meta.db_table: model for model in apps.get_models()}
    filled = [
        tables[name]
        for name in sorted([*history_tables(), "django_admin_log"])
        if tables[name]._base_manager.exists()
    ]
    assert len(filled) > 25
    for model in filled:
        column = connection.ops.quote_name(model._meta.pk.column)
        query = statement.format(model._meta.db_table, column, column)
        with (
            pytest.raises(IntegrityError, match="never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(query)


def test_models_cannot_change_history_either():
    row = latest(factories.make_cluster(name="True"))
    row.name = "False"

    for write in (row.save, row.delete, lambda: Cluster.history.update(name="False")):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()

    assert Cluster.history.get().name == "True"


def test_a_user_who_stands_in_a_history_cannot_be_deleted():
    user, cluster = factories.make_staff(), factories.make_cluster()
    with recording(user):
        cluster.save()

    with pytest.raises(ProtectedError):
        user.delete()


@pytest.mark.django_db(transaction=True)
def test_a_whole_database_can_be_emptied_and_is_guarded_again():
    factories.make_cluster()

    call_command("flush", interactive=False, verbosity=0)

    assert Cluster.history.count() == 0
    factories.make_cluster()
    with pytest.raises(IntegrityError):
        Cluster.history.all().delete()
