import pytest

from clusters.models import Cluster
from events.models import NewsItem
from portal.publishing import reworking
from portal.publishing.comparison import Piece, compare, text_pieces
from portal.publishing.drafts import Rework
from portal.publishing.snapshots import RECORD, Merge, merge, take
from portal.rich_text import cleaned
from portal.rich_text_words import in_words
from tests.factories import make_cluster, make_label, make_news_item, make_source
from tests.payloads import PAYLOADS
from tests.reworking import address


def test_a_changed_word_stands_out_in_its_text():
    live, draft = text_pieces("One red house.\nThe end.", "One blue house.\nThe end.")

    assert live == [
        Piece("One "),
        Piece("red", True),
        Piece(" house.\n"),
        Piece("The end."),
    ]
    assert [piece.text for piece in draft if piece.is_changed] == ["blue"]


def test_what_stays_the_same_at_length_is_cut():
    long = "x" * 1000 + "\n"

    live, draft = text_pieces(long + "old", long + "new")

    assert len(live[0].text) < 400
    assert "[…]" in live[0].text
    assert (live[1], draft[1]) == (Piece("old", True), Piece("new", True))


def test_very_long_changes_are_shown_as_they_are():
    old, new = "a " * 5000, "b " * 5000

    assert text_pieces(old, new) == ([Piece(old, True)], [Piece(new, True)])


def shown(changed):
    """Return label, live and draft of each difference, as texts."""
    return [
        (
            difference.label,
            "".join(piece.text for piece in difference.live),
            "".join(piece.text for piece in difference.draft),
        )
        for difference in changed.differences
    ]


@pytest.mark.django_db
def test_values_are_shown_as_people_read_them():
    cluster = make_cluster(founded=1999)
    kept, gone = make_source(title="Kept"), make_source(title="Gone")
    added = make_source(title="Added")
    cluster.sources.add(kept, gone)
    label = make_label(cluster=cluster, level="bronze")
    live = take(cluster)
    draft = {key: dict(part) for key, part in live.items()}
    draft[RECORD] |= {"founded": 2001, "portfolio": "Health and medical science"}
    draft[RECORD]["sources"] = [kept.pk, added.pk]
    draft[f"labels/{label.pk}"]["level"] = "gold"
    draft["labels/-1"] = {"level": "silver", "sources": []}

    record, row, new = compare(Cluster, live, merge(live, live, draft))

    assert ("Founded in", "1999", "2001") in shown(record)
    sources = next(d for d in record.differences if d.name == "sources")
    assert sources.live == [Piece("Gone", True), Piece("Kept")]
    assert sources.draft == [Piece("Added", True), Piece("Kept")]
    assert shown(row) == [("Level", "Bronze", "Gold")]
    assert (row.title, row.outcome) == ("ESCA label: Gold", "")
    assert (new.title, new.outcome) == ("ESCA label: Silver", "The draft adds this.")


@pytest.mark.django_db
def test_a_deleted_row_is_named():
    label = make_label(level="gold")
    live = take(label.cluster)
    draft = {RECORD: live[RECORD]}

    (row,) = compare(Cluster, live, merge(live, live, draft))

    assert (row.title, row.outcome) == ("ESCA label: Gold", "The draft deletes this.")


@pytest.mark.django_db
def test_what_was_deleted_meanwhile_is_said():
    cluster = make_cluster()
    live = take(cluster)
    draft = {RECORD: live[RECORD] | {"sources": [10**9]}}

    (record,) = compare(Cluster, live, Merge(snapshot=draft, base=live))

    assert shown(record) == [("Sources", "", "deleted meanwhile")]


# Texts with marks

OLD = (
    "<h3>Rules</h3><p>They <strong>met</strong> slowly.</p>"
    "<ul><li>One</li><li><p>Two</p><ul><li>inner</li></ul></li></ul>"
    '<ol start="3"><li>First</li></ol>'
    '<p>See <a href="https://a.example/">the rules</a>.</p>'
    "<table><tbody><tr><th>Level</th><th>Years</th></tr>"
    "<tr><td><p>Gold</p></td><td>2</td></tr></tbody></table>"
)
IN_WORDS = """\
Heading: Rules

They *met* slowly.
• One
• Two
  • inner

3. First

See the rules (https://a.example/).

Level | Years
Gold | 2"""


def of_body(old, new):
    """Return what a draft of a body adds to the pieces of either side."""
    live = {RECORD: {"body": old}}
    changed = Merge(snapshot={RECORD: {"body": new}}, base=live)
    (record,) = compare(NewsItem, live, changed)
    (difference,) = record.differences
    return tuple(
        ([p.text for p in side if p.is_changed], "".join(p.text for p in side))
        for side in (difference.live, difference.draft)
    )


def test_a_text_is_told_in_words():
    assert in_words(OLD) == IN_WORDS


@pytest.mark.parametrize(
    ("old", "new", "gone", "added"),
    [
        ("slowly", "fast", ["slowly."], ["fast."]),
        ("<li>One</li>", "<li>One</li><li>More</li>", [], ["• More\n"]),
        ("https://a.example/", "https://b.example/", None, ["(https://b.example/)."]),
        ("<strong>met</strong>", "met", ["*met*"], ["met"]),
        ("<td>2</td>", "<td>3</td>", ["2"], ["3"]),
        ("<h3>Rules</h3>", "<p>Rules</p>", ["Heading: "], []),
    ],
)
def test_what_changed_in_a_text_stands_out_without_tags(old, new, gone, added):
    assert old in OLD
    live, draft = of_body(OLD, OLD.replace(old, new))

    assert draft[0] == added
    assert gone is None or live[0] == gone
    assert "<" not in live[1] + draft[1]


def test_a_text_that_only_looks_different_says_so():
    live, draft = of_body(OLD, OLD.replace("th>", "td>"))

    assert live == ([], IN_WORDS)
    assert draft[0] == [" (The words are the same; how they look differs.)"]


@pytest.mark.django_db
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_text_is_compared_as_its_readers_would_see_it(admin_client, payload):
    item = make_news_item(body="<p>Before</p>")
    rework = reworking.start(item, None)
    snapshot = {RECORD: rework.snapshot[RECORD] | {"body": f"<p>Text</p>{payload}"}}
    Rework.objects.filter(pk=rework.pk).update(snapshot=snapshot)

    page = admin_client.get(address(item, "rework_compare")).content.decode()

    assert "Text" in page
    assert payload not in page
    assert "<script>window" not in page
    assert in_words(payload) == in_words(cleaned(payload))
