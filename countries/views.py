from portal.listings import ListingView

from .filters import CountryFilterSet
from .models import Country
from .tables import CountryTable


class CountryListView(ListingView):
    model = Country
    filterset_class = CountryFilterSet
    table_class = CountryTable
    # A continent is not parted by a page.
    page_sizes = (100,)

    def get_queryset(self):
        return super().get_queryset().for_list()
