"""What a draft says, and what comes of it when the record changes meanwhile."""

import datetime

import pytest
from django.contrib import admin

from clusters.models import Cluster
from countries.models import Country
from portal.publishing.models import Publishable
from portal.publishing.snapshots import (
    RECORD,
    WHOLE,
    apply,
    merge,
    numbered,
    rows_of,
    take,
)
from tests.factories import make_cluster, make_label, make_membership, make_source
from tests.portal.linked_records import make_linked_records

BASE = {
    RECORD: {"name": "A", "city": "B", "sources": [1]},
    "labels/1": {"level": "gold"},
    "labels/2": {"level": "silver"},
}


def changed(snapshot, **parts):
    """Return a snapshot with other parts; None takes one out."""
    result = {key: dict(part) for key, part in snapshot.items()}
    for name, part in parts.items():
        key = RECORD if name == "record" else f"labels/{name.removeprefix('label_')}"
        if part is None:
            del result[key]
        else:
            result[key] = result.get(key, {}) | part
    return result


def test_what_neither_changed_stays():
    merged = merge(BASE, BASE, BASE)

    assert (merged.snapshot, merged.base, merged.conflicts) == (BASE, BASE, [])


def test_changes_of_different_fields_come_together():
    live = changed(BASE, record={"name": "Live"}, label_1={"level": "bronze"})
    draft = changed(BASE, record={"city": "Draft"}, label_2={"level": "bronze"})

    merged = merge(BASE, live, draft)

    assert merged.conflicts == []
    assert merged.base == live
    assert merged.snapshot == changed(
        live, record={"city": "Draft"}, label_2={"level": "bronze"}
    )


def test_the_same_change_on_both_sides_is_no_conflict():
    same = changed(BASE, record={"name": "Same"})

    merged = merge(BASE, same, same)

    assert (merged.snapshot, merged.base, merged.conflicts) == (same, same, [])


def test_different_changes_of_one_field_are_a_conflict():
    live = changed(BASE, record={"name": "Live"}, label_1={"level": "bronze"})
    draft = changed(BASE, record={"name": "Draft"}, label_1={"level": "silver"})

    merged = merge(BASE, live, draft)

    assert merged.conflicts == [(RECORD, "name"), ("labels/1", "level")]
    assert merged.snapshot == draft
    # So that it is noticed again, until somebody settles it.
    assert merged.base == BASE


def test_rows_added_on_either_side_come_together():
    live = changed(BASE, label_3={"level": "gold"})
    draft = numbered(changed(BASE, label_9={"level": "bronze"}), BASE)

    merged = merge(BASE, live, draft)

    assert merged.conflicts == []
    assert set(merged.snapshot) == {*BASE, "labels/3", "labels/-1"}
    assert merged.base == live


def test_a_row_deleted_on_one_side_is_gone():
    live = changed(BASE, label_1=None)
    draft = changed(BASE, label_2=None)

    merged = merge(BASE, live, draft)

    assert merged.conflicts == []
    assert set(merged.snapshot) == {RECORD}
    assert merged.base == live


@pytest.mark.parametrize("deleted_live", [True, False])
def test_a_row_deleted_on_one_side_and_changed_on_the_other_is_a_conflict(deleted_live):
    deleted = changed(BASE, label_1=None)
    other = changed(BASE, label_1={"level": "bronze"})
    live, draft = (deleted, other) if deleted_live else (other, deleted)

    merged = merge(BASE, live, draft)

    assert merged.conflicts == [("labels/1", WHOLE)]
    assert merged.snapshot == draft


def test_a_field_that_is_new_since_the_draft_was_begun_is_taken_from_the_record():
    live = changed(BASE, record={"new": "x"})

    merged = merge(BASE, live, BASE)

    assert (merged.snapshot, merged.conflicts) == (live, [])


def test_new_rows_get_keys_that_no_row_has():
    first = numbered(changed(BASE, label_7={}, label_8={}), BASE)
    second = numbered(changed(first, label_9={}), BASE)

    assert set(first) - set(BASE) == {"labels/-1", "labels/-2"}
    assert set(second) - set(first) == {"labels/-3"}


@pytest.mark.django_db
def test_applying_a_snapshot_gives_the_same_snapshot_again():
    for record in make_linked_records():
        if not isinstance(record, Publishable):
            continue
        before = take(record)
        apply(record, before, keep_keys=False)
        assert take(record) == before, record


@pytest.mark.django_db
def test_a_snapshot_brings_back_fields_links_and_rows():
    cluster = make_cluster(founded=1999, acronym="OLD")
    source = make_source()
    cluster.sources.add(source)
    label = make_label(cluster=cluster, awarded_on=datetime.date(2015, 3, 1))
    label.sources.add(source)
    before = take(cluster)
    cluster.founded = None
    cluster.save()
    cluster.sources.clear()
    cluster.labels.all().delete()
    cluster.former_names.create(name="Former")

    apply(Cluster.objects.get(pk=cluster.pk), before, keep_keys=True)

    assert take(cluster) == before


@pytest.mark.django_db
def test_the_lead_of_a_partnership_changes_whatever_the_order_of_its_rows():
    lead = make_membership(role="lead")
    partnership = lead.partnership
    other = make_membership(partnership=partnership)
    for old, new in ((lead, other), (other, lead)):
        wanted = take(partnership)
        wanted[f"memberships/{old.pk}"]["role"] = "partner"
        wanted[f"memberships/{new.pk}"]["role"] = "lead"

        apply(partnership, wanted, keep_keys=True)

        assert take(partnership) == wanted


def test_rows_of_the_form_of_a_record_are_reworked_or_published_on_their_own():
    for model, model_admin in admin.site._registry.items():
        if issubclass(model, Publishable):
            reworked = {rows.model for rows in rows_of(model)}
            inlines = {inline.model for inline in model_admin.inlines}
            own = {inline for inline in inlines if issubclass(inline, Publishable)}
            assert inlines - own == reworked, model


def test_who_may_edit_a_country_is_no_content():
    assert "editors" in Country.kept_live
