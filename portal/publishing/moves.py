"""What can be done with a record or with a draft beside it, and how it is called."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import formats, timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .checks import problems_of, timing_problems_of
from .drafts import Rework
from .models import Publishable

Status = Publishable.Status
State = Rework.State
# What is published, and went off the site at its time; no status of its own.
OFF = "off"


@dataclass(frozen=True)
class Move:
    """A step of publishing; ``name`` is that of the method of the queryset.

    ``question`` is asked before what cannot be undone easily.
    """

    name: str
    label: str
    done: str
    possible: frozenset[str]
    permission: str = "publish"
    check: Callable | None = None
    question: str = ""
    has_note: bool = False
    is_main: bool = False


MOVES = (
    Move(
        "request_review",
        _("Ask for review"),
        _("“%(record)s” now waits for review."),
        frozenset([Status.DRAFT]),
        permission="change",
    ),
    Move(
        "publish",
        _("Publish now"),
        _("“%(record)s” is public now."),
        frozenset([Status.DRAFT, Status.IN_REVIEW, Status.APPROVED, OFF]),
        check=problems_of,
        is_main=True,
    ),
    Move(
        "approve",
        _("Publish at the time in “Publish at”"),
        _("“%(record)s” becomes public at its time."),
        frozenset([Status.DRAFT, Status.IN_REVIEW]),
        check=timing_problems_of,
    ),
    Move(
        "send_back",
        _("Send back to the editor"),
        _("“%(record)s” is a draft again; its editor sees your note."),
        frozenset([Status.IN_REVIEW]),
        question=_("What is still to be done before it can be published?"),
        has_note=True,
    ),
    Move(
        "unpublish",
        _("Take off the site"),
        _("“%(record)s” is a draft again, and no longer public."),
        frozenset([Status.PUBLISHED]),
        question=_(
            "The public can no longer read it from now on, and links to it lead "
            "nowhere. It becomes a draft, which can be published again."
        ),
    ),
    Move(
        "unpublish",
        _("Call off the publication"),
        _("“%(record)s” is a draft again; nothing happens at its time."),
        frozenset([Status.APPROVED]),
    ),
    Move(
        "unpublish",
        _("Make it a draft again"),
        _("“%(record)s” is a draft again."),
        frozenset([OFF]),
    ),
    Move(
        "archive",
        _("Archive"),
        _("“%(record)s” is in the archive."),
        frozenset([*Status, OFF]) - {Status.ARCHIVED},
        question=_(
            "It is taken out of use: the public can no longer read it, and links to it "
            "lead nowhere. It can be turned into a draft again."
        ),
    ),
    Move(
        "restore",
        _("Make it a draft again"),
        _("“%(record)s” is a draft again."),
        frozenset([Status.ARCHIVED]),
    ),
)

REWORK_MOVES = (
    Move(
        "request_review",
        _("Ask for review"),
        _("The draft of “%(record)s” now waits for review."),
        frozenset([State.DRAFT, State.FAILED]),
        permission="change",
    ),
    Move(
        "publish",
        _("Publish now"),
        _("The public now reads what was the draft of “%(record)s”."),
        frozenset(State),
        is_main=True,
    ),
    Move(
        "approve",
        _("Publish at this time"),
        _("The draft of “%(record)s” becomes public at its time."),
        frozenset([State.DRAFT, State.IN_REVIEW, State.FAILED]),
    ),
    Move(
        "send_back",
        _("Send back to the editor"),
        _("The draft of “%(record)s” is back with its editor, who sees your note."),
        frozenset([State.IN_REVIEW]),
        has_note=True,
    ),
    Move(
        "call_off",
        _("Call off the publication"),
        _("Nothing happens to “%(record)s” at that time; the draft stays."),
        frozenset([State.APPROVED]),
    ),
    Move(
        "discard",
        _("Discard the draft"),
        _("The draft of “%(record)s” is gone; the record itself stays as it is."),
        frozenset(State),
        permission="change",
        question=_(
            "What the draft says is lost, and links to its preview lead nowhere. The "
            "record itself stays as it is."
        ),
    ),
)


def stage_of(record) -> str:
    """Return where a record stands: its status, or that it went off the site."""
    return OFF if record.off_since else record.status


def standing_of(record) -> str:
    """Return in words where a record stands."""
    if record.off_since is None:
        return record.get_status_display()
    time = moment(record.off_since)
    return gettext("Off the site since %(time)s") % {"time": time}


def moves_of(status, moves=MOVES) -> list[Move]:
    return [move for move in moves if status in move.possible]


def find_move(name, status, moves=MOVES) -> Move | None:
    """Return the move of this name that is possible from a status."""
    found = [move for move in moves_of(status, moves) if move.name == name]
    return found[0] if found else None


def label_of(move, record) -> str:
    """Return what the button says, with the time where the record has one to come."""
    at = record and record.publish_at
    if move.name != "approve" or at is None or at <= timezone.now():
        return move.label
    return gettext("Publish at %(time)s") % {"time": moment(at)}


def moment(at) -> str:
    """Return a time as in “4 December 09:00”, with its year if it is another one."""
    local, now = timezone.localtime(at), timezone.localtime()
    pattern = "j F H:i" if local.year == now.year else "j F Y H:i"
    return formats.date_format(local, pattern)
