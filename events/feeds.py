"""Views of lists as Atom feeds (RFC 4287).

Entries keep their id, whatever becomes of their titles and addresses; they were
updated when the record was last changed or became public.
"""

import datetime
import re

from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.live_figures import rendered

# Characters that XML or iCalendar cannot hold, not even escaped.
UNWRITABLE = re.compile(
    r"[^\t\n\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
# When a feed without entries was last changed, for want of anything better.
LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def writable(text: str) -> str:
    """Return a text less what feeds and calendars cannot hold."""
    return UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class AtomFeed(Atom1Feed):
    """A feed whose date is that of its entries alone, so that it stays the same.

    An entry may have its whole text as well, ``content``, in HTML.
    """

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        if item["content"]:
            handler.addQuickElement("content", item["content"], {"type": "html"})

    def latest_post_date(self):
        return max((item["updateddate"] for item in self.items), default=LONG_AGO)


def event_entry(event) -> dict:
    """Return what a feed says of an event."""
    facts = [event.time_display, event.place, event.summary]
    countries = [event.country, *event.more_countries.all()]
    return {
        "title": event.marked_title,
        "description": " · ".join(filter(None, facts)),
        "content": "",
        "categories": dict.fromkeys(one.name for one in countries if one),
    }


def story_entry(story) -> dict:
    """Return what a feed says of an achievement or a news item."""
    facts = [story.get_date_display(), story.summary]
    return {
        "title": story.title,
        "description": " · ".join(filter(None, facts)),
        "content": str(rendered(story.body)) if story.body else "",
        "categories": [country.name for country in story.countries.all()],
    }


def atom_response(title, records, entry_of, *, page, feed, address_of) -> HttpResponse:
    """Return these records as a feed.

    ``page`` and ``feed`` are the addresses of the list and of the feed itself;
    ``address_of`` gives the page of a record.
    """
    atom = AtomFeed(
        title=writable(title),
        link=page,
        description=None,
        language=get_language(),
        author_name=_("Cluster Portal"),
        feed_url=feed,
        feed_guid=feed,
    )
    for record in records:
        entry = entry_of(record)
        atom.add_item(
            title=writable(entry["title"]),
            link=address_of(record),
            # As HTML, which is what Atom1Feed calls it.
            description=escape(writable(entry["description"])),
            content=writable(entry["content"]),
            categories=entry["categories"],
            unique_id=record.uid.urn,
            pubdate=record.public_since,
            updateddate=record.changed_at,
        )
    return HttpResponse(
        atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8"
    )
