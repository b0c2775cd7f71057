"""The counts beside the options of every list, on the project's own data."""

from io import StringIO

from django.core.management import call_command
from django.http import QueryDict
from django.test import TestCase

from clusters.filters import ClusterFilterSet
from countries.filters import CountryFilterSet
from events.filters import AchievementFilterSet, EventFilterSet, NewsItemFilterSet
from partnerships.filters import PartnershipFilterSet
from portal import facets
from portal.facets import Facet, Option, Options, options_of

QUERIES = {
    ClusterFilterSet: [
        *("", "label=gold", "label_state=lapsed", "label=bronze&label_state=ever"),
        *("country=MX&region=Nuevo León", "in_partnership=true&industry=C"),
    ],
    CountryFilterSet: ["", "target=true", "region=Americas&q=i"],
    PartnershipFilterSet: ["", "target=MX&target=CL&match=all", "q=o&generation=1"],
    EventFilterSet: ["", "country=mexico", "format=on_site&from=2017-01-01"],
    AchievementFilterSet: ["", "country=mexico&q=gold"],
    NewsItemFilterSet: ["", "country=MX&to=2020-01-01"],
}


class FacetTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("load_portal_data", stdout=StringIO())

    def test_each_count_is_what_the_list_shows_for_the_option(self):
        for filterset_class, queries in QUERIES.items():
            records = filterset_class._meta.model.objects.published()
            for query in queries:
                filterset = filterset_class(QueryDict(query), records)
                for field, facet in filterset.facets():
                    if facet is None:
                        continue
                    with self.subTest(query=query, field=field.name):
                        self.assert_counts(filterset, field.name, facet)

    def assert_counts(self, filterset, name, facet):
        # The first options of a long list are as good as all.
        for option in facet.options.all[:12]:
            data = filterset.data.copy()
            own = (
                data.getlist(name)
                if filterset.narrows(name, filterset.cleaned())
                else []
            )
            data.setlist(name, sorted({*own, option.value}))
            found = type(filterset)(data, filterset.queryset).qs.count()
            count = facet.counts.get(option.value, 0)
            self.assertEqual((option.value, count), (option.value, found))


def test_a_kept_text_has_the_counts_and_the_choice_of_its_facet(monkeypatch):
    options = options_of([("MX", "Mexico"), ("CL", "Chile")])

    def html(counts, chosen=(), name="target", label="Targets"):
        return Facet(name, label, options, counts, chosen).html

    first = html({"MX": 1234, "CL": 5})
    assert "1,234" in first
    assert html({"CL": 5, "MX": 1234}) is first
    others = {
        first,
        html({"MX": 1235, "CL": 5}),
        html({"MX": 1234}),
        html({"MX": 1234, "CL": 5}, ["CL"]),
        html({"MX": 1234, "CL": 5}, name="partner_country"),
        html({"MX": 1234, "CL": 5}, label="Partners"),
    }
    assert len(others) == 6
    monkeypatch.setattr(facets, "get_language", lambda: "de")
    assert html({"MX": 1234, "CL": 5}) is not first


def test_a_part_that_is_chosen_opens_what_it_is_a_part_of():
    parts = [Option("C10", "Food"), Option("C11", "Beverages")]
    options = Options([Option("C", "Manufacturing", parts=parts), Option("A", "Farms")])
    counts = {"C": 3, "C10": 2, "C11": 1}
    closed = Facet("industry", "Industry", options, counts, []).html
    opened = Facet("industry", "Industry", options, counts, ["C11"]).html
    assert " open" not in closed
    assert opened.count(" open") == opened.count(" checked") == 1
    assert closed.count("facets__option--none") == 1
