"""The page of a country: all that the portal holds on it.

Each part of the page is kept for as long as what it shows stays the same, so that after
a publication only the parts that tell of it are made anew.
"""

from dataclasses import replace

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_safe

from clusters import live_figures
from clusters.apps import CLUSTERS, LABELS
from clusters.label_figures import beside_unknown
from countries.apps import (
    COUNTRIES,
    FACTS,
    ORGANISATIONS,
    REPORTS,
    SECTIONS,
    SOURCES,
)
from countries.models import Country, CountrySection, Fact
from countries.world_map import Entry, Map
from events.apps import ACHIEVEMENTS, EVENTS, NEWS
from events.models import Achievement, Event, NewsItem
from partnerships.filters import PartnershipFilterSet
from partnerships.index import live_partnerships
from partnerships.models import Partnership
from partnerships.tables import FORMER_COLUMNS, CountryPartnershipTable

from .content_version import is_rehearsing, kept_with, version_of
from .listing_address import ListingAddress
from .listings import Listing

# How many records a page shows of a list that has a page of its own.
SHOWN = 6
# What each part of the page shows beside countries.
PARTS = {
    "counters": (CLUSTERS, LABELS, EVENTS),
    "reports": (REPORTS, SOURCES),
    "facts": (FACTS, SOURCES),
    # Figures that texts name are counted from these.
    "sections": (SECTIONS, SOURCES, FACTS, CLUSTERS, LABELS),
    "sections without figures": (SECTIONS, SOURCES, FACTS),
    "organisations": (ORGANISATIONS, SOURCES),
    "events": (EVENTS,),
    "achievements": (ACHIEVEMENTS, CLUSTERS, LABELS),
    "news": (NEWS,),
    "partnerships": (),
}
OF_PARTNERSHIPS = {"counters", "sections", "partnerships"}


@require_safe
def country(request, slug):
    """Show all that the portal holds on a country, in one page."""
    # Before anything is read: what is shown may be newer than its key, and never older.
    editions = editions_of_parts()
    country = get_object_or_404(Country.objects.published(), slug=slug)
    former = ListingAddress.read(request).present(FORMER_COLUMNS)
    if former is not None:
        return HttpResponsePermanentRedirect(str(former))
    if country.pk not in countries_with_figures():
        editions["sections"] = editions["sections without figures"]
    context = {
        "country": country,
        "kinds": CountrySection.Kind.choices,
        "editions": editions,
        # Who works on a template sees what became of it.
        "cache": "none" if settings.DEBUG or is_rehearsing() else "parts",
        "parts": CountryParts(country, request),
    }
    return render(request, "portal/country.html", context)


def editions_of_parts():
    """Return for each part of the page what stays equal for as long as the part does."""
    partnerships = live_partnerships.current_edition()
    return {
        part: (
            get_script_prefix(),
            get_language(),
            version_of((COUNTRIES, *subjects)),
            partnerships if part in OF_PARTNERSHIPS else None,
        )
        for part, subjects in PARTS.items()
    }


@kept_with(COUNTRIES, SECTIONS)
def countries_with_figures():
    """Return the keys of the countries whose texts name figures."""
    with_figures = Q(lead__contains="[[") | Q(rest__contains="[[")
    sections = CountrySection.objects.filter(with_figures).order_by()
    return set(sections.values_list("country", flat=True))


class CountryParts:
    """What the parts of the page show, read when one of them is made."""

    def __init__(self, country, request):
        self.country, self.request, self.now = country, request, timezone.now()

    def counters(self):
        return country_counters(
            self.country, self.upcoming.count(), self.tie, self.partnership_count
        )

    @cached_property
    def reports(self):
        return self.country.reports.for_country_page()

    def map(self):
        return Map([Entry(self.country.iso2, self.country.name)])

    @cached_property
    def facts(self):
        return list(Fact.objects.filter(country=self.country).for_country_page())

    @cached_property
    def key_facts(self):
        return [fact for fact in self.facts if fact.indicator.is_key_fact]

    @cached_property
    def reported(self):
        return [fact for fact in self.facts if not fact.indicator.is_key_fact]

    @cached_property
    def sections(self):
        """Kind, title and text of each section; no text where there is none."""
        published = self.country.sections.published().for_country_page()
        texts = {section.kind: section for section in published}
        return [
            (kind, title, texts.get(kind))
            for kind, title in CountrySection.Kind.choices
        ]

    @cached_property
    def organisations(self):
        return self.country.organisations.for_country_page()

    @property
    def about(self):
        return Event.objects.published().about([self.country]).for_list()

    @property
    def upcoming(self):
        return self.about.upcoming(self.now)

    @cached_property
    def events(self):
        return self.upcoming[:SHOWN]

    @cached_property
    def past_events(self):
        return self.about.past(self.now)[:3]

    @cached_property
    def achievements(self):
        return latest_about(Achievement, self.country)

    @cached_property
    def news(self):
        return latest_about(NewsItem, self.country)

    @cached_property
    def tie(self):
        """Return the filter that ties partnerships to the country.

        They target it, or, where none can, have partners from there.
        """
        is_target = self.country.is_target or self.tied("target").scoped.count()
        return "target" if is_target else "partner_country"

    def tied(self, key):
        return PartnershipFilterSet(
            self.request.GET,
            Partnership.objects.published(),
            scope={key: [self.country.iso2]},
        )

    @cached_property
    def filterset(self):
        return self.tied(self.tie)

    @cached_property
    def partnership_count(self):
        return self.filterset.scoped.count()

    def in_list(self, listing):
        """Return the address of the same view among all partnerships, and if it is that.

        There, several targets are either all wanted or any of them, so that the country
        and one of others cannot be asked for; of countries of partners, any of them.
        """
        tie, own = self.tie, self.country.iso2
        keys = (*self.filterset.filters, "columns", "per_page", "sort")
        asked = listing.address.less(listing.ignored).only(*keys)
        others = asked.values.get(tie, ())
        if tie == "target":
            is_same = len(others) < 2 or asked.first("match") == "all"
        else:
            is_same = set(others) <= {own}
        page = replace(asked, path=reverse("partnerships:list"), fragment="")
        page = page.changed(**{tie: dict.fromkeys([own, *(others if is_same else ())])})
        if tie == "target":
            page = page.changed(match="all" if len(page.values[tie]) > 1 else None)
        return page, is_same

    def partnerships(self):
        """Return the list of the partnerships that are tied to the country, as HTML."""
        listing = Listing(
            self.request,
            self.filterset,
            CountryPartnershipTable,
            fragment="partnerships",
        )
        if file_format := listing.address.first("format"):
            listing.ignored.append(("format", file_format))
        in_list, is_same_list = self.in_list(listing)
        inputs = {
            "in_list": in_list,
            "is_same_list": is_same_list,
            "country": self.country,
            "is_target": self.tie == "target",
            "partnership_count": self.partnership_count,
            "request": self.request,
        }
        template = "portal/_country_partnerships.html"
        return render_to_string(template, inputs | listing.context())


def country_counters(country, upcoming_count, tie, partnership_count):
    """Return number, what it counts, and the query of the list that shows it."""
    # For all countries at once, kept until a cluster or a label changes.
    figures = live_figures.figures()
    cluster_count, labelled, held, unknown = (
        # A country that came just now has none.
        figures[name][country.iso2].value if country.iso2 in figures[name] else 0
        for name in (
            *("clusters", "clusters labelled", "labels held"),
            "labels of unknown period",
        )
    )
    of_country = f"country={country.iso2}"
    if tie == "target":
        told = ngettext(
            "partnership targets it", "partnerships target it", partnership_count
        )
    else:
        told = ngettext(
            "partnership has partners from it",
            "partnerships have partners from it",
            partnership_count,
        )
    return [
        (
            cluster_count,
            ngettext("cluster listed", "clusters listed", cluster_count),
            "clusters:list",
            of_country,
        ),
        (
            held,
            beside_unknown(
                ngettext("ESCA label in force", "ESCA labels in force", held), unknown
            ),
            "clusters:list",
            f"{of_country}&label_state=held",
        ),
        (
            labelled,
            ngettext(
                "cluster with a label on record",
                "clusters with a label on record",
                labelled,
            ),
            "clusters:list",
            f"{of_country}&label_state=ever",
        ),
        (partnership_count, told, "partnerships:list", f"{tie}={country.iso2}"),
        (
            upcoming_count,
            ngettext("upcoming event", "upcoming events", upcoming_count),
            "events:list",
            of_country,
        ),
    ]


def latest_about(model, country):
    records = model.objects.published().about([country])
    return records.latest_first().for_list()[:SHOWN]
