from django.utils.translation import ngettext_lazy

from portal.listings import ListingView

from .filters import CountryFilterSet
from .models import Country
from .tables import EXPORT_COLUMNS, CountryTable
from .world_map import Entry, ShadedMap

PARTNERSHIPS = ngettext_lazy(
    "%(shown)s partnership", "%(shown)s partnerships", "number"
)


class CountryListView(ListingView):
    model = Country
    filterset_class = CountryFilterSet
    table_class = CountryTable
    export_columns = EXPORT_COLUMNS
    # A continent is not parted by a page.
    page_sizes = (100,)

    def get_queryset(self):
        return super().get_queryset().for_list()

    def get_context_data(self, **kwargs):
        world_map = ShadedMap(self.map_entries(), PARTNERSHIPS)
        return super().get_context_data(**kwargs) | {"world_map": world_map}

    def map_entries(self):
        for country in self.filterset.qs.for_names():
            yield Entry.of(country, country.partnership_count)
