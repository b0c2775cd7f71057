"""The filters of the directory, each as an address that needs no script."""

import datetime

from django.test import TestCase

from portal.partial_dates import today
from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_label,
    make_membership,
    make_partnership,
    make_technology_field,
)

DAY = datetime.timedelta(days=1)


class FilterTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.mexico = make_country(iso2="MX", name="Mexico", slug="mexico")
        cls.cluster = make_cluster(
            country=cls.mexico,
            name="Clúster Automotriz",
            acronym="CLAUT",
            region="Nuevo León",
            city="Querétaro",
            portfolio="Transportation and mobility",
            founded=2007,
        )
        cls.cluster.former_names.create(name="Autopartes del Norte")
        section = make_industry("C")
        cls.cluster.industries.add(make_industry("C29", parent=section))
        upper = make_technology_field("B")
        cls.cluster.technology_fields.add(make_technology_field("B60", parent=upper))
        make_membership(cluster=cls.cluster)
        make_label(cluster=cls.cluster, level="silver", valid_until=today())
        other = make_cluster(country=cls.mexico, region="Nuevo Leon", founded=1999)
        make_membership(cluster=other, partnership=make_partnership(status="draft"))
        make_label(cluster=other, level="bronze", valid_until=today() - DAY)
        long_ago = datetime.date(2014, 1, 31)
        make_label(cluster=other, level="gold", valid_until=long_ago)
        make_label(cluster=make_cluster(name="Revoked"), revoked_on=today())
        make_label(cluster=make_cluster(name="Unknown"))
        make_cluster(country=cls.mexico, region="SECRET", status="draft")

    def get(self, query):
        return self.client.get(f"/clusters/?{query}")

    def names(self, query):
        response = self.get(query)
        self.assertEqual(response.context["ignored"], [])
        return [row.name for row in response.context["rows"]]

    def facet(self, name):
        """Return value, label and count of each option of a filter."""
        facet = self.get("").context["filter"].facet(name)
        counts = facet.counts
        return [
            (one.value, one.label, counts.get(one.value, 0))
            for one in facet.options.all
        ]

    def test_each_filter_finds_the_cluster_alone(self):
        for query in (
            *("q=claut", "q=queretaro", "q=autopartes+DEL+norte", "founded_min=2000"),
            *("portfolio=Transportation+and+mobility", "industry=C", "industry=c29"),
            *("technology=B", "technology=B60", "in_partnership=true"),
            *("label=silver", "label_state=held", "label=silver&label_state=ever"),
            "country=mexico&founded_min=2007&founded_max=2007",
        ):
            with self.subTest(query=query):
                self.assertEqual(self.names(query), ["Clúster Automotriz"])

    def test_states_of_labels(self):
        other = self.names("founded_max=1999")[0]
        for query, names in (
            ("label_state=renewable", [other]),
            ("label_state=renewable&label=gold", []),
            ("label_state=lapsed", [other, "Revoked"]),
            ("label_state=ever", [other, "Clúster Automotriz", "Revoked", "Unknown"]),
            ("in_partnership=false", [other, "Revoked", "Unknown"]),
        ):
            with self.subTest(query=query):
                self.assertEqual(sorted(self.names(query)), sorted(names))

    def test_a_region_is_one_option_however_it_is_spelled(self):
        self.assertEqual(self.facet("region"), [("Nuevo Leon", "Nuevo Leon", 2)])
        for spelling in ("Nuevo León", "nuevo leon", "NUEVO LEÓN"):
            with self.subTest(spelling=spelling):
                self.assertEqual(len(self.names(f"region={spelling}")), 2)

    def test_countries_have_their_names(self):
        countries = self.facet("country")
        self.assertIn(("MX", "Mexico", 2), countries)

    def test_the_menus_say_what_choosing_finds(self):
        content = self.get("").content.decode()
        for option in (
            *("Held today (1)", "Ended, can be renewed (1)", "Lapsed or revoked (2)"),
            *("On record (4)", "Yes (1)", "No (3)"),
        ):
            self.assertIn(f">{option}</option>", content)

    def test_counts_of_the_menus_are_what_the_list_shows(self):
        for query in ("", "label=gold", "country=MX&label_state=held", "q=none"):
            filterset = self.get(query).context["filter"]
            for name, counts in filterset.menu_counts().items():
                for value, number in counts.items():
                    data = filterset.data.copy()
                    data[name] = value
                    found = type(filterset)(data, filterset.queryset).qs.count()
                    with self.subTest(query=query, name=name, value=value):
                        self.assertEqual(number, found)

    def test_chips_name_the_state_without_its_count(self):
        chips = self.get("label_state=held").context["chosen"]
        self.assertEqual(
            [(key, value, str(label), str(text)) for key, value, label, text in chips],
            [("label_state", "held", "State of the label", "Held today")],
        )

    def test_what_is_not_known_is_named_and_left_out(self):
        response = self.get("label_state=nonsense&label=tin&region=Nowhere&country=ZZ")
        self.assertEqual(
            sorted(response.context["ignored"]),
            [
                *(("country", "ZZ"), ("label", "tin"), ("label_state", "nonsense")),
                ("region", "Nowhere"),
            ],
        )
        self.assertEqual(response.context["total"], 4)

    def test_a_menu_says_what_it_takes_and_a_list_of_options_is_not_repeated(self):
        content = self.get("label_state=<b>%25s&country=ZZ").content.decode()
        self.assertIn(
            "Unknown value: &lt;b&gt;%s. Known are: held, renewable, lapsed, ever.",
            content,
        )
        self.assertEqual(content.count("Known are:"), 1)
