import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from portal.listings import NOT_STATED, CountColumn, SortedColumn

from .models import Cluster


class ClusterTable(tables.Table):
    name = SortedColumn(
        _("Name"), sort="name_key", linkify=True, attrs={"row_header": True}
    )
    country = SortedColumn(_("Country"), sort="country__name_key", linkify=True)
    region = SortedColumn(_("Region"), sort="region_key", default=NOT_STATED)
    portfolio = SortedColumn(_("Portfolio"), sort="portfolio", default=NOT_STATED)
    labels = tables.TemplateColumn(
        template_name="clusters/_label_badges.html",
        verbose_name=_("ESCA labels on record"),
        orderable=False,
    )
    founded = SortedColumn(
        _("Founded"), sort="founded", default=NOT_STATED, attrs={"number": True}
    )
    members = CountColumn(_("Members"), count="member_count")

    class Meta:
        model = Cluster
        fields = [
            *("name", "country", "region", "portfolio", "labels", "founded"),
            "members",
        ]
        order_by = "name"
        caption = _("Cluster organisations")
