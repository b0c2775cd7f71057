from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.translation import ngettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.generic import DetailView

from countries.world_map import Entry, ShadedMap
from portal.listings import ListingView
from portal.partial_dates import today

from . import label_figures, renewals
from .filters import ClusterFilterSet
from .forms import LabelDayForm
from .models import Cluster, EscaLabel, FormerAddress
from .structured_data import organisation
from .tables import EXPORT_COLUMNS, ClusterTable
from .timelines import timeline

CLUSTERS = ngettext_lazy("%(shown)s cluster", "%(shown)s clusters", "number")


class ClusterListView(ListingView):
    model = Cluster
    filterset_class = ClusterFilterSet
    table_class = ClusterTable
    export_columns = EXPORT_COLUMNS

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        entries = self.map_entries(context["address"])
        return context | {"world_map": ShadedMap(entries, CLUSTERS)}

    def map_entries(self, address):
        """Yield the countries of this view, each leading to its part of the view."""
        for iso2, name, number in self.filterset.qs.count_by_country():
            yield Entry(iso2, name, str(address.leading_to(country=iso2)), number)


class ClusterDetailView(DetailView):
    def get(self, request, *args, **kwargs):
        """Lead from a former address to the present one."""
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            former = FormerAddress.objects.leading_from(kwargs["slug"])
            if former is None:
                raise
            return HttpResponsePermanentRedirect(former.cluster.get_absolute_url())

    def get_queryset(self):
        return Cluster.objects.published().for_page(today())

    def get_context_data(self, **kwargs):
        cluster = self.object
        page = self.request.build_absolute_uri(cluster.get_absolute_url())
        return super().get_context_data(
            organisation=organisation(cluster, page),
            timeline=timeline(cluster.labels.all(), today()),
            events=cluster.events(),
            **kwargs,
        )


def day_asked_for(request):
    """Return the form with the day (``?on=``), and the day; today where it is none."""
    form = LabelDayForm(request.GET or None)
    day = form.cleaned_data["on"] if form.is_valid() else None
    return form, day or today()


@require_safe
def labels(request):
    """Explain the labels, count them on a day, and say what is due after it."""
    form, day = day_asked_for(request)
    counts = label_figures.counts_by_country(day)
    years, in_no_year = label_figures.counts_by_year(today())
    due = EscaLabel.objects.published().due_within_a_year(day)
    return render(
        request,
        "clusters/labels.html",
        {
            "form": form,
            "day": day,
            "levels": EscaLabel.Level.choices,
            "counts": counts,
            "held": sum(count.held for count in counts),
            "unknown": sum(count.unknown for count in counts),
            "years": years,
            "in_no_year": in_no_year,
            "chart": label_figures.chart_by_year(years),
            "deadlines": renewals.deadlines(due, day),
        },
    )


@csrf_exempt
@require_safe
def renewal_calendar(request):
    """Answer with what is due in the twelve months from a day (``?on=``) on."""
    _form, day = day_asked_for(request)
    due = EscaLabel.objects.published().due_within_a_year(day)
    content = renewals.calendar(
        renewals.deadlines(due, day),
        lambda label: request.build_absolute_uri(label.cluster.get_absolute_url()),
    )
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="label-renewals.ics"'},
    )
