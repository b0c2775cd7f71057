"""What the pages of events, achievements and news are about, in words of schema.org.

``absolute`` makes a whole address of a path.
"""

from django.utils.translation import gettext as _

from .models import Event

STATUS = {
    Event.State.CANCELLED: "EventCancelled",
    Event.State.MOVED: "EventRescheduled",
}
ATTENDANCE = {
    Event.Format.ON_SITE: "OfflineEventAttendanceMode",
    Event.Format.ONLINE: "OnlineEventAttendanceMode",
    Event.Format.HYBRID: "MixedEventAttendanceMode",
}


def of_event(event, absolute) -> dict:
    address = absolute(event.get_absolute_url())
    status = STATUS.get(event.state, "EventScheduled")
    attendance = ATTENDANCE.get(event.format)
    start, end = event.get_starts_on_iso(), event.get_ends_on_iso()
    if not event.is_all_day:
        start = event.local_start.isoformat()
        end = event.local_end.isoformat() if event.ends_at is not None else end
    return {
        "@type": "Event",
        "@id": event.uid.urn,
        "name": event.title,
        "description": event.summary,
        "url": address,
        "startDate": start,
        "endDate": end,
        "eventStatus": f"https://schema.org/{status}",
        "eventAttendanceMode": attendance and f"https://schema.org/{attendance}",
        "location": [*physical_places(event), *virtual_places(event)],
        "sameAs": event.website,
    }


def physical_places(event):
    if event.format == Event.Format.ONLINE or not event.place:
        return []
    address = {
        "@type": "PostalAddress",
        "addressLocality": event.city,
        "addressCountry": event.country.iso2 if event.country else "",
    }
    return [
        {
            "@type": "Place",
            "name": event.venue or event.place,
            "address": {key: text for key, text in address.items() if text},
        }
    ]


def virtual_places(event):
    """Return where it takes place online: where to register, or else its website.

    Its website is often the article that the record was taken from, and nobody meets
    there.
    """
    if event.format not in (Event.Format.ONLINE, Event.Format.HYBRID):
        return []
    cited = [source.url for source in event.sources.all()]
    website = "" if event.website in cited else event.website
    registration = event.registration_url if event.takes_registrations else ""
    place = {"@type": "VirtualLocation", "url": registration or website}
    return [{key: text for key, text in place.items() if text}]


def of_achievement(achievement, absolute) -> dict:
    pictures = [absolute(picture.url) for picture in achievement.pictures]
    return _article("Article", achievement, absolute) | {
        "image": pictures[-1:],
        "citation": achievement.proof_url,
    }


def of_news_item(news_item, absolute) -> dict:
    return _article("NewsArticle", news_item, absolute) | {
        "citation": news_item.source_url,
        "correction": [
            {
                "@type": "CorrectionComment",
                "text": correction.text,
                "datePublished": correction.corrected_on,
            }
            for correction in news_item.corrections.all()
        ],
    }


def _article(kind, story, absolute) -> dict:
    publisher = {
        "@type": "Organization",
        "name": _("Cluster Portal"),
        "url": absolute("/"),
    }
    return {
        "@type": kind,
        "@id": story.uid.urn,
        "headline": story.title,
        "description": story.summary,
        "url": absolute(story.get_absolute_url()),
        "datePublished": story.get_date_iso() or story.public_since,
        "dateModified": story.changed_at,
        "author": publisher,
        "publisher": publisher,
        "about": [
            *({"@type": "Country", "name": one.name} for one in story.countries.all()),
            *(
                {"@type": "Organization", "name": one.name}
                for one in story.clusters.all()
            ),
        ],
    }
