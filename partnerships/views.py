from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import DetailView

from countries.world_map import Entry, Map
from portal.listing_address import ListingAddress
from portal.listings import ListingView
from portal.partial_dates import today

from . import matching
from .filters import MatchFilterSet, PartnershipFilterSet
from .models import Partnership
from .tables import EXPORT_COLUMNS, FORMER_COLUMNS, PartnershipTable

MATCHES_SHOWN = 25
RELATED_SHOWN = 5


class PartnershipListView(ListingView):
    model = Partnership
    filterset_class = PartnershipFilterSet
    table_class = PartnershipTable
    former_columns = FORMER_COLUMNS
    export_columns = EXPORT_COLUMNS


class PartnershipDetailView(DetailView):
    def get_queryset(self):
        return Partnership.objects.published().for_page(today())

    def get_context_data(self, **kwargs):
        similar = ListingAddress(reverse("partnerships:match"), {}).changed(
            target=[country.iso2 for country in self.object.targets.all()],
            industry=[term.code for term in self.object.industries.all()],
            technology=[term.code for term in self.object.technology_fields.all()],
        )
        if not similar.values:
            similar = None
        memberships = self.object.memberships.all()
        lead = next((one for one in memberships if one.role == one.Role.LEAD), None)
        related = matching.related_to(self.object, today(), RELATED_SHOWN)
        targets = Map(map(Entry.of, self.object.targets.all()))
        return super().get_context_data(
            lead=lead, related=related, similar=similar, map=targets, **kwargs
        )


@require_safe
def match(request):
    """Rank the partnerships by what somebody looks for, and say why."""
    filterset = MatchFilterSet(request.GET, Partnership.objects.published())
    asked, chosen = ListingAddress.read(request), filterset.chosen()
    ignored = [*asked.unknown(*filterset.filters), *filterset.ignored()]
    wishes = [matching.Wish(key, code, text) for key, code, _label, text in chosen]
    counted = wishes[: matching.MOST_WISHES]
    matches = matching.best_matches(counted, today(), MATCHES_SHOWN)
    number = len(matches)
    unclassified, number_in_all = matching.count_unclassified(today())
    if number == MATCHES_SHOWN:
        number = matching.count_matches(counted, today())
    return render(
        request,
        "partnerships/match.html",
        {
            "address": filterset.canonical(asked.only(*filterset.filters)).less(
                ignored
            ),
            "filter": filterset,
            "heading": _("What you look for"),
            "action": _("Find partnerships"),
            # On a small screen, nothing else is to be done yet.
            "is_unfolded": not chosen,
            "chosen": chosen,
            "ignored": ignored,
            "most_wishes": matching.MOST_WISHES,
            "has_too_many": len(wishes) > len(counted),
            "highest_score": matching.highest_score(counted),
            "matches": matches,
            "match_count": number,
            "unclassified": unclassified,
            "number_in_all": number_in_all,
            "points": matching.POINTS,
            "points_if_open": matching.POINTS_IF_OPEN,
        },
    )
