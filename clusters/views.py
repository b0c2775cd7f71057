from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.generic import DetailView

from portal.listings import ListingView
from portal.partial_dates import today

from .filters import ClusterFilterSet
from .forms import LabelDayForm
from .models import Cluster, EscaLabel
from .tables import EXPORT_COLUMNS, ClusterTable


class ClusterListView(ListingView):
    model = Cluster
    filterset_class = ClusterFilterSet
    table_class = ClusterTable
    export_columns = EXPORT_COLUMNS

    def get_queryset(self):
        return super().get_queryset().for_directory()


class ClusterDetailView(DetailView):
    def get_queryset(self):
        return Cluster.objects.published().for_page(today())


@require_safe
def labels(request):
    """Explain the labels, and count those in force on a day (``?on=``)."""
    form = LabelDayForm(request.GET or None)
    day = form.cleaned_data["on"] if form.is_valid() else None
    day = day or today()
    published = EscaLabel.objects.published()
    counts = list(published.count_by_country(day))
    return render(
        request,
        "clusters/labels.html",
        {
            "form": form,
            "day": day,
            "levels": EscaLabel.Level.choices,
            "counts": counts,
            "held": sum(row["held"] for row in counts),
            "calendar": published.ending_within_a_year(day),
        },
    )
