"""Countries side by side: their figures, and what the portal counts of each."""

from operator import attrgetter

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from clusters.label_figures import beside_unknown
from clusters.models import Cluster, EscaLabel
from countries.comparison import Cell, Group, Row, basics, figures
from countries.models import Country, Organisation
from events.models import Event
from partnerships.filters import PartnershipFilterSet
from partnerships.models import Partnership

from .exports import csv_lines, parted
from .licence import terms_of_use
from .listing_address import ListingAddress
from .partial_dates import today
from .plain_values import cells, encode, plain
from .rate_limits import refusal
from .revalidation import revalidated

FEWEST, MOST = 2, 4
KEYS = ("country", "format")
COLUMNS = (
    *("group", "row", "country", "country_name", "value", "unit", "currency"),
    *("price_basis", "year", "source", "source_licence", "address"),
)


@csrf_exempt
@require_safe
def compare(request):
    """Show two to four countries side by side, or ask which."""
    address = ListingAddress.read(request)
    options = list(Country.objects.published().for_names())
    found, ignored = countries_asked_for(address.values.get("country", ()), options)
    shown, left_out = found[:MOST], found[MOST:]
    ignored += address.pairs(*KEYS)
    canonical = ListingAddress(request.path, {}).changed(
        country=[country.slug for country in shown]
    )
    formats = address.values.get("format", ())
    ignored += [("format", text) for text in formats if text not in DOWNLOADS]
    if any(text in DOWNLOADS for text in formats):
        if len(formats) > 1 or ignored or left_out or len(shown) < FEWEST:
            # A file has no place to say what is not in it; the page does.
            return HttpResponseRedirect(str(address.changed(format=None)))
        return revalidated(
            request,
            formats[0],
            lambda: (
                refusal(request, "export")
                or download(request, formats[0], shown, canonical)
            ),
        )
    countries = Country.objects.for_comparison(shown)
    return render(
        request,
        "countries/comparison.html",
        {
            "canonical": canonical,
            "countries": countries,
            "groups": groups_of(countries) if len(countries) >= FEWEST else [],
            "ignored": ignored,
            "left_out": left_out,
            "most": MOST,
            "places": [
                shown[number] if number < len(shown) else None for number in range(MOST)
            ],
            "options": options,
            "downloads": [(name, canonical.changed(format=name)) for name in DOWNLOADS],
        },
    )


def groups_of(countries):
    return [basics(countries), figures(countries), counters(countries)]


def countries_asked_for(texts, options):
    """Return the countries of these codes and slugs, and what is none of them."""
    by_name = {country.slug: country for country in options}
    by_name |= {country.iso2.casefold(): country for country in options}
    found, ignored = {}, []
    for text in texts:
        country = by_name.get(text.casefold())
        if country is None:
            ignored.append(("country", text))
        else:
            found[country.pk] = country
    return list(found.values()), ignored


def counters(countries):
    """Return what the portal counts of each country, with the list that shows it."""
    clusters = Cluster.objects.published().filter(country__in=countries)
    labels = EscaLabel.objects.published().filter(cluster__country__in=countries)
    labels = labels.count_by_country(today())
    organisations = Organisation.objects.published().filter(country__in=countries)
    organisations = organisations.counted_by("country__iso2")
    # For the database alone; an index counts the partnerships of all countries at once.
    partnerships = Partnership.objects.published().targeting_any(
        country.iso2 for country in countries
    )
    partnerships = PartnershipFilterSet(None, partnerships)
    events = Event.objects.published().upcoming(timezone.now())
    events = events.about(countries).counted_by_country()

    def labels_of(level, name):
        return {row["iso2"]: row[name] for row in labels if row["level"] == level}

    def anywhere(_country):
        return True

    def row(key, title, counts, route, query, *, unknown=None, is_choice=anywhere):
        """Return a row of counts; what is no choice of the list leads nowhere."""
        return Row(
            key,
            title,
            [
                counted(
                    country,
                    counts.get(country.iso2, 0),
                    f"{reverse(route)}?{query.format(country)}"
                    if counts.get(country.iso2) or is_choice(country)
                    else "",
                    (unknown or {}).get(country.iso2, 0),
                )
                for country in countries
            ],
        )

    return Group(
        "counters",
        _("On this portal"),
        [
            row(
                "clusters",
                _("Clusters listed"),
                clusters.counted_by("country__iso2"),
                "clusters:list",
                "country={0.iso2}",
            ),
            *(
                row(
                    f"labels_{level}",
                    _("%(level)s labels in force") % {"level": level.label},
                    labels_of(level, "held"),
                    "clusters:list",
                    f"country={{0.iso2}}&label={level}&label_state=held",
                    unknown=labels_of(level, "unknown"),
                )
                for level in EscaLabel.Level
            ),
            row(
                "partnerships",
                _("Partnerships that target it"),
                partnerships.found.counts("target"),
                "partnerships:list",
                "target={0.iso2}",
                is_choice=attrgetter("is_target"),
            ),
            row(
                "events",
                _("Upcoming events"),
                {country.iso2: events.get(country.slug, 0) for country in countries},
                "events:list",
                "country={0.slug}",
            ),
            Row(
                "organisations",
                _("Key organisations and networks"),
                [
                    counted(
                        country,
                        organisations.get(country.iso2, 0),
                        f"{country.get_absolute_url()}#organisations",
                    )
                    for country in countries
                ],
            ),
        ],
    )


def counted(country, number, address, unknown=0):
    text = number_format(number, force_grouping=True)
    return Cell(country, number, beside_unknown(text, unknown), address)


def lines(groups, request):
    """Yield the cells of a comparison one by one, with all that is known of each."""
    for group in groups:
        for row in group.rows:
            for one in row.cells:
                values = [
                    *(group.key, row.title, one.country.iso2, one.country.name),
                    plain(one.value),
                    *details(one),
                    one.address and request.build_absolute_uri(one.address),
                ]
                yield dict(zip(COLUMNS, map(plain, values), strict=True))


def details(cell):
    if cell.fact is None:
        citations = parted(source.citation for source in cell.sources)
        licences = [source.licence for source in cell.sources if source.licence]
        return [cell.unit, None, None, None, citations, parted(licences)]
    fact, indicator = cell.fact, cell.fact.indicator
    return [
        *(indicator.unit, indicator.currency_code, indicator.price_basis, fact.year),
        *(fact.source.citation, fact.source.licence),
    ]


def download(request, file_format, countries, address):
    media_type, content_of = DOWNLOADS[file_format]
    groups = groups_of(Country.objects.for_comparison(countries))
    whole = request.build_absolute_uri(str(address))
    name = content_disposition_header(True, f"countries-compared.{file_format}")
    return HttpResponse(
        content_of(list(lines(groups, request)), whole),
        content_type=f"{media_type}; charset=utf-8",
        headers={"Content-Disposition": name},
    )


def as_csv(rows, address):
    written = [cells(row.values()) for row in rows]
    return csv_lines(list(zip(COLUMNS, *written, strict=True)))


def as_json(rows, address):
    return encode({"address": address, **terms_of_use(), "results": rows})


DOWNLOADS = {"csv": ("text/csv", as_csv), "json": ("application/json", as_json)}
