"""Parts of the portal for the pages of other sites, in frames without cookie or script.

Only these answers may be framed; see the decorator ``framed``.
"""

from dataclasses import replace
from functools import wraps
from http import HTTPStatus

from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from clusters.filters import ClusterFilterSet
from clusters.models import Cluster
from clusters.views import CLUSTERS
from countries.filters import CountryFilterSet
from countries.models import Country, Fact
from countries.views import PARTNERSHIPS
from countries.world_map import Entry, ShadedMap
from partnerships.filters import PartnershipFilterSet, targets
from partnerships.models import Partnership
from partnerships.tables import PartnershipTable

from .embeds import (
    COUNTRY,
    HEIGHTS,
    LISTS,
    THEMES,
    TITLES,
    WIDTH,
    Embed,
    list_asked_for,
)
from .listing_address import ListingAddress
from .listings import KEYS, Listing

MAPS = {
    "embed_partnership_map": (CountryFilterSet, Country),
    "embed_cluster_map": (ClusterFilterSet, Cluster),
}
ROWS = (10, 25, 50, 100)
SHORTEST, TALLEST = 200, 2000


def framed(view):
    """Let every site show an answer in a frame, which can do nothing but link."""

    @wraps(view)
    def framed_view(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        # The page that it is a part of is the one to be found.
        response["X-Robots-Tag"] = "noindex"
        return response

    policy = {"frame-ancestors": ["*"]}
    policy |= dict.fromkeys(("connect-src", "form-action", "script-src"), [NONE])
    return require_safe(xframe_options_exempt(csp_replace(policy)(framed_view)))


def shown(request, template, embed, *, status=HTTPStatus.OK, **context):
    theme = request.GET.get("theme", "")
    context |= {"embed": embed, "theme": theme if theme in THEMES else ""}
    return render(request, f"embed/{template}.html", context, status=status)


@framed
def partnerships(request):
    """Show the first rows of a view of the table."""
    context = partnership_listing(request).context()
    # The table sorts on its own page.
    context["headings"] = [
        replace(heading, address=None) for heading in context["headings"]
    ]
    values = context["address"].changed(per_page=None).values
    embed = Embed.of_list("partnerships:list", values)
    return shown(request, "partnerships", embed, **context)


def partnership_listing(request):
    filterset = PartnershipFilterSet(request.GET, Partnership.objects.published())
    return Listing(
        request, filterset, PartnershipTable, page_sizes=ROWS, own_keys=("theme",)
    )


@framed
def facts(request, slug):
    country = Country.objects.published().filter(slug=slug).first()
    if country is None:
        page = ListingAddress.read(request).only()
        missing = Embed(
            "", page, ListingAddress("/", {}), _("Nothing to show"), SHORTEST
        )
        return shown(request, "missing", missing, status=HTTPStatus.NOT_FOUND)
    found = Fact.objects.published().filter(country=country).for_country_page()
    return shown(
        request,
        "facts",
        Embed.of_country(country.slug, country.name),
        country=country,
        facts=[fact for fact in found if fact.indicator.is_key_fact],
    )


@framed
def partnership_map(request):
    countries = Country.objects.published().for_list()
    filterset = CountryFilterSet(request.GET, countries)
    entries = [
        Entry.of(country, country.partnership_count)
        for country in filterset.qs.for_names()
    ]
    embed = map_asked_for(request, "countries:list", filterset)
    return map_of(request, embed, filterset, entries, PARTNERSHIPS)


@framed
def cluster_map(request):
    filterset = ClusterFilterSet(request.GET, Cluster.objects.published())
    embed = map_asked_for(request, "clusters:list", filterset)
    entries = [
        Entry(iso2, name, str(embed.page.leading_to(country=iso2)), number)
        for iso2, name, number in filterset.qs.count_by_country()
    ]
    return map_of(request, embed, filterset, entries, CLUSTERS)


def map_asked_for(request, route, filterset):
    """Return the embed of a map with the filters that are known alone."""
    address = ListingAddress.read(request).only(*filterset.filters)
    return Embed.of_list(route, address.less(filterset.ignored()).values)


def map_of(request, embed, filterset, entries, unit):
    return shown(
        request,
        "map",
        embed,
        map=ShadedMap(entries, unit),
        ignored=filterset.ignored(),
        heading=str(unit % {"number": 2, "shown": ""}).strip().capitalize(),
    )


class SnippetForm(forms.Form):
    """What another site wants to show; without script it is asked for by GET."""

    what = forms.ChoiceField(
        label=gettext_lazy("What to show"), choices=TITLES, required=False
    )
    country = forms.CharField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Needed for key facts."),
        required=False,
    )
    address = forms.CharField(
        label=gettext_lazy("Or the address of a page"),
        help_text=gettext_lazy(
            "A view of the partnerships, clusters or countries as you filtered it, or "
            "the page of a country."
        ),
        required=False,
        max_length=2000,
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Colours"), choices=THEMES, required=False
    )
    height = forms.IntegerField(
        label=gettext_lazy("Height in pixels"),
        help_text=gettext_lazy("From 200 to 2000; empty for what suits."),
        required=False,
        min_value=SHORTEST,
        max_value=TALLEST,
    )

    def __init__(self, data, host, countries):
        super().__init__(data)
        self.host = host
        self.names = {country.slug: country.name for country in countries}
        self.fields["country"].widget = forms.Select(
            choices=[("", gettext_lazy("None")), *self.names.items()]
        )
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"

    def clean(self):
        super().clean()
        if self.errors:
            return
        field = "address" if self.cleaned_data["address"] else "country"
        try:
            self.embed = self.embed_asked_for()
        except forms.ValidationError as error:
            self.add_error(field, error)
            return
        theme = self.cleaned_data["theme"]
        self.embed = replace(
            self.embed, address=self.embed.address.changed(theme=theme)
        )

    def embed_asked_for(self):
        what, slug = self.cleaned_data["what"], self.cleaned_data["country"]
        address = self.cleaned_data["address"]
        if address:
            return embed_at(address, self.host, self.names)
        if slug and slug not in self.names:
            message = _("“%(name)s” is no country of this portal; choose one.")
            raise forms.ValidationError(message, params={"name": slug[:60]})
        if what == "embed_facts":
            if not slug:
                raise forms.ValidationError(_("Choose the country of the key facts."))
            return Embed.of_country(slug, self.names[slug])
        route = next(page for page, embed in LISTS.items() if embed == (what or embed))
        return Embed.of_list(route, self.filters_for(route, slug))

    def filters_for(self, route, slug):
        if not slug:
            return {}
        if route == "countries:list":
            message = _("This map shows all countries; choose none.")
            raise forms.ValidationError(message)
        iso2 = Country.objects.published().get(slug=slug).iso2
        if route == "clusters:list":
            key = "country"
            clusters = Cluster.objects.published().filter(country__iso2=iso2)
            is_shown = clusters.exists()
            message = _("No cluster of %(name)s is on record; choose another country.")
        else:
            key, is_shown = "target", targets().value(iso2) is not None
            message = _("Partnerships do not target %(name)s; choose another country.")
        if not is_shown:
            raise forms.ValidationError(message, params={"name": self.names[slug]})
        return {key: [iso2]}


def embed_at(address, host, names):
    """Return the embed of the page at an address, with all that it asks for.

    ``names`` are those of the public countries by slug. Raises ValidationError where
    there is nothing to embed, and where the frame would have to leave something out.
    """
    asked = list_asked_for(address, host)
    if asked is not None and asked[0] != COUNTRY:
        embed = Embed.of_list(*asked)
        refuse_left_out(embed)
        return embed
    slug = asked[1]["slug"] if asked else None
    if slug in names:
        return Embed.of_country(slug, names[slug])
    message = _(
        "Nothing can be embedded from “%(address)s”. Copy the address of the "
        "partnerships, the clusters, the countries or of one country on this portal."
    )
    raise forms.ValidationError(message, params={"address": address[:200]})


def refuse_left_out(embed):
    pairs = left_out(embed)
    if pairs:
        message = _(
            "The page does not know “%(unknown)s”: correct it, or leave it out."
        )
        unknown = ", ".join(f"{key}={text}" for key, text in pairs)
        raise forms.ValidationError(message, params={"unknown": unknown[:200]})


def left_out(embed):
    """Return what the frame of a list would leave out, as pairs of key and value."""
    asked = HttpRequest()
    asked.path, asked.GET = embed.address.path, QueryDict(mutable=True)
    for key, texts in embed.address.values.items():
        asked.GET.setlist(key, texts)
    if embed.route not in MAPS:
        return partnership_listing(asked).ignored
    filterset_class, model = MAPS[embed.route]
    filterset = filterset_class(asked.GET, model.objects.published())
    # How a list is sorted and paged makes no difference to a map.
    unknown = embed.address.unknown(*filterset.filters, *KEYS)
    return [*unknown, *filterset.ignored()]


# The preview is a frame of the portal itself.
@csp_update({"frame-src": [SELF]})
@require_safe
def builder(request):
    """Make the snippet for another site, with a preview."""
    countries = Country.objects.published().for_names()
    form = SnippetForm(request.GET or None, request.get_host(), countries)
    context = {"form": form}
    if form.is_valid():
        embed, height = form.embed, form.cleaned_data["height"]
        site = request.build_absolute_uri("/").removesuffix("/")
        context |= {
            "embed": embed,
            "height": height or embed.height,
            "snippet": embed.snippet(site, height),
        }
    return render(request, "embed/builder.html", context)


@csrf_exempt
@require_safe
def oembed(request):
    """Answer https://oembed.com/ for the pages that can be embedded."""
    if request.GET.get("format", "json") != "json":
        return HttpResponse(
            _("Only format=json is answered."),
            status=HTTPStatus.NOT_IMPLEMENTED,
            content_type="text/plain; charset=utf-8",
        )
    url = request.GET.get("url", "").strip()
    if not url:
        return no_embed(_("Write the address of a page that can be embedded as url=."))
    names = dict(Country.objects.published().values_list("slug", "name"))
    try:
        embed = embed_at(url, request.get_host(), names)
    except forms.ValidationError as error:
        return no_embed(*error.messages)
    site = request.build_absolute_uri("/").removesuffix("/")
    height = within(request.GET.get("maxheight"), HEIGHTS[embed.route])
    width = within(request.GET.get("maxwidth"), WIDTH)
    return JsonResponse(
        {
            "version": "1.0",
            "type": "rich",
            "title": embed.title,
            "provider_name": _("Cluster Portal"),
            "provider_url": f"{site}/",
            "html": embed.snippet(site, height, width),
            "width": width,
            "height": height,
        }
    )


def no_embed(message):
    return JsonResponse({"error": message}, status=HTTPStatus.NOT_FOUND)


def within(text, usual):
    """Return a usual length, or the limit asked for where that is shorter.

    Zero is no limit, because nothing could be shown.
    """
    is_limit = bool(text) and text.isascii() and text.isdigit() and len(text) < 6
    return min(int(text) or usual, usual) if is_limit else usual
