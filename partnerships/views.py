from django.views.generic import DetailView

from portal.listings import ListingView
from portal.partial_dates import today

from .filters import PartnershipFilterSet
from .models import Partnership
from .tables import EXPORT_COLUMNS, FORMER_COLUMNS, PartnershipTable


class PartnershipListView(ListingView):
    model = Partnership
    filterset_class = PartnershipFilterSet
    table_class = PartnershipTable
    former_columns = FORMER_COLUMNS
    export_columns = EXPORT_COLUMNS

    def get_queryset(self):
        return super().get_queryset().for_table(today())


class PartnershipDetailView(DetailView):
    def get_queryset(self):
        return Partnership.objects.published().for_page(today())
