"""The page of the site search, and what is suggested while somebody types."""

from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .listing_address import ListingAddress
from .rate_limits import limited
from .search import KINDS, MOST, found_of_kind, grouped, results_of, suggested
from .search_text import Phrase

# How many results of each kind the first page shows, and a page of one kind.
SHOWN = 5
PER_PAGE = 20
SUGGESTIONS = 8


@require_safe
@limited("search")
def search(request):
    address = ListingAddress.read(request).only("q", "type", "page")
    phrase = Phrase(address.first("q"))
    ignored = []
    name = address.first("type")
    if name and name not in KINDS:
        ignored.append(("type", name))
        name = ""
    context = {"phrase": phrase, "kinds": KINDS}
    if phrase and name:
        context |= page_of_kind(phrase, name, address, ignored)
    elif phrase:
        found, groups = grouped(phrase, SHOWN)
        context |= {
            "groups": groups,
            "is_alike": found.is_alike,
            "total": sum(group.number for group in groups),
            "is_cut": any(group.is_cut for group in groups),
        }
    context["address"] = address.less(ignored).changed(q=phrase.typed)
    context["ignored"] = ignored
    return render(request, "portal/search.html", context)


def page_of_kind(phrase, name, address, ignored):
    """Return what the page shows of one kind; the last page where there are fewer."""
    found = found_of_kind(phrase, name)
    paginator = Paginator(found.hits, PER_PAGE)
    number = 1
    if asked := address.first("page"):
        number = int(asked) if asked.isdecimal() and len(asked) < 20 else 0
    if number < 1:
        ignored.append(("page", asked))
        number = 1
    page = paginator.page(min(number, paginator.num_pages))
    return {
        "kind": KINDS[name],
        "page": page,
        "pages": list(paginator.get_elided_page_range(page.number)),
        # No other size to choose.
        "page_sizes": [MOST],
        "beyond_last_page": number > paginator.num_pages,
        "results": results_of(page.object_list, found.wanted),
        "is_alike": found.is_alike,
        "total": paginator.count,
        "is_cut": any(hit.is_one_of_more for hit in found.hits),
    }


@require_safe
@limited("search")
def suggestions(request):
    """Return the best results as JSON, for somebody who is still typing."""
    phrase = Phrase(request.GET.get("q", ""))
    found = suggested(phrase, SUGGESTIONS) if phrase else []
    return JsonResponse(
        {
            "suggestions": [
                {"address": item.address, "title": item.title, "kind": item.kind}
                for item in found
            ]
        }
    )
