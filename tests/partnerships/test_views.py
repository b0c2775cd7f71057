from datetime import timedelta
from unittest import mock

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from partnerships.filters import PartnershipFilterSet
from partnerships.models import Membership, Partnership
from portal.content_version import forget
from portal.partial_dates import today
from tests.factories import (
    make_cluster,
    make_country,
    make_industry,
    make_membership,
    make_partnership,
    make_technology_field,
)

COLUMNS = [
    *("name", "generation", "state", "technology_fields", "industries"),
    *("targets", "smes", "partners"),
]


class TableTests(TestCase):
    """The table, alone and on the page of a country."""

    rows_loaded = r"'\d+,\d+,\d+,\d+'"

    @classmethod
    def setUpTestData(cls):
        cls.mexico = make_country(iso2="MX", iso3="MEX", name="Mexico", slug="mexico")
        cls.chile = make_country(iso2="CL", iso3="CHL", name="Chile", slug="chile")
        manufacturing = make_industry("C", title="Manufacturing")
        wood = make_industry("C16", title="Wood", parent=manufacturing)
        field = make_technology_field("B27", title="Working wood")
        both = [cls.mexico, cls.chile]
        make_partnership(
            both,
            industries=[wood],
            acronym="BETA",
            name="ålpha woods",
            generation=1,
            sme_count=1000,
            partner_count=8,
            start=today() - timedelta(days=10),
            end=today() + timedelta(days=10),
            joining=Partnership.Joining.OPEN,
        )
        make_partnership(
            [cls.mexico],
            technology_fields=[field],
            acronym="ALPHA",
            name="Zebra",
            sme_count=1000,
            partner_count=9,
        )
        make_partnership(
            [cls.mexico], acronym="gamma", name="Beech", generation=2, sme_count=1232
        )
        blank = make_partnership(both, acronym="DELTA", name="Alder", partner_count=5)
        spain = make_country(iso2="ES", iso3="ESP", name="España", is_target=False)
        make_membership(
            partnership=blank,
            cluster=make_cluster(name="Clúster de Ñandú", country=spain),
            role=Membership.Role.LEAD,
        )

    def acronyms(self, query, path="/partnerships/"):
        response = self.client.get(f"{path}?{query}")
        self.assertEqual(response.status_code, 200)
        return [row.acronym for row in response.context["rows"]]

    def test_has_the_columns_in_their_order(self):
        columns = self.client.get("/partnerships/").context["table"].columns
        self.assertEqual(
            [column.header for column in columns],
            [
                *("Acronym", "Name", "Generation", "State", "Technology fields"),
                *("Sectoral industries", "Targeted third countries"),
                *("No. of SMEs involved", "No. of partners"),
            ],
        )

    def test_sorts_both_tables_ties_by_acronym_and_blanks_last(self):
        by_smes = {
            "": ["gamma", "ALPHA", "BETA", "DELTA"],
            "sort=-smes": ["gamma", "ALPHA", "BETA", "DELTA"],
            "sort=smes": ["ALPHA", "BETA", "gamma", "DELTA"],
        }
        orders = {
            "sort=name": ["DELTA", "BETA", "gamma", "ALPHA"],
            "sort=-name": ["ALPHA", "gamma", "BETA", "DELTA"],
            "sort=acronym": ["ALPHA", "BETA", "DELTA", "gamma"],
            "sort=-partners": ["ALPHA", "BETA", "DELTA", "gamma"],
            "sort=partners": ["DELTA", "BETA", "ALPHA", "gamma"],
            "sort=generation": ["BETA", "gamma", "ALPHA", "DELTA"],
            "sort=-generation": ["gamma", "BETA", "ALPHA", "DELTA"],
            "sort=start": ["BETA", "ALPHA", "DELTA", "gamma"],
        }
        for path, added in (("/partnerships/", by_smes), ("/countries/mexico/", {})):
            for query, expected in (orders | added).items():
                with self.subTest(path=path, query=query):
                    self.assertEqual(self.acronyms(query, path), expected)

    def test_ties_on_a_country_page_stand_in_the_order_of_entry(self):
        path = "/countries/mexico/"
        for query, expected in {
            "": ["gamma", "BETA", "ALPHA", "DELTA"],
            "sort=-smes": ["gamma", "BETA", "ALPHA", "DELTA"],
            "sort=smes": ["BETA", "ALPHA", "gamma", "DELTA"],
        }.items():
            with self.subTest(query=query):
                self.assertEqual(self.acronyms(query, path), expected)

    def test_filters_both_tables(self):
        chosen = {
            "target=CL": ["BETA", "DELTA"],
            "target=cl": ["BETA", "DELTA"],
            "target=CL&target=MX": ["gamma", "ALPHA", "BETA", "DELTA"],
            "target=CL&target=MX&match=all": ["BETA", "DELTA"],
            "q=alpha": ["ALPHA", "BETA"],
            "q=NANDU": ["DELTA"],
            "industry=C": ["BETA"],
            "industry=C16": ["BETA"],
            "technology=B27": ["ALPHA"],
            "technology=B27&industry=C16": [],
            "partner_country=ES": ["DELTA"],
            "generation=2": ["gamma"],
            "generation=1&generation=2": ["gamma", "BETA"],
            "state=running": ["BETA"],
            "state=not_stated": ["gamma", "ALPHA", "DELTA"],
            "generation=not_stated": ["ALPHA", "DELTA"],
            "joining=open": ["BETA"],
            "joining=not_stated": ["gamma", "ALPHA", "DELTA"],
            "joining=not_stated&joining=open": ["gamma", "ALPHA", "BETA", "DELTA"],
            "smes_min=1001": ["gamma"],
            "smes_max=1000": ["ALPHA", "BETA"],
            "smes_min=1001&smes_max=1000": [],
        }
        for path in ("/partnerships/", "/countries/mexico/"):
            for query, expected in chosen.items():
                with self.subTest(path=path, query=query):
                    self.assertCountEqual(self.acronyms(query, path), expected)

    def test_a_country_page_shows_only_what_targets_it(self):
        path = "/countries/chile/"
        self.assertEqual(self.acronyms("", path), ["BETA", "DELTA"])
        self.assertEqual(self.acronyms("target=MX", path), ["BETA", "DELTA"])
        self.assertEqual(self.acronyms("q=gamma", path), [])

    def test_addresses_of_the_former_platform_lead_to_the_present_ones(self):
        former = "?target=MX&order=field_escp_sme&sort="
        for path in ("/partnerships/", "/countries/mexico/"):
            for direction, key in (("desc", "-smes"), ("asc", "smes"), ("", "smes")):
                self.assertRedirects(
                    self.client.get(f"{path}{former}{direction}"),
                    f"{path}?sort={key}&target=MX",
                    status_code=301,
                )
        response = self.client.get("/partnerships/?order=unknown&sort=desc")
        self.assertEqual(
            response.context["ignored"], [("order", "unknown"), ("sort", "desc")]
        )

    def test_marks_the_sorted_column_and_no_other(self):
        response = self.client.get("/partnerships/?sort=-partners")
        self.assertContains(response, "aria-sort", count=1)
        self.assertContains(response, 'aria-sort="descending"')

    def test_says_not_stated_and_never_zero(self):
        response = self.client.get("/partnerships/?q=gamma")
        self.assertContains(response, "1,232")
        self.assertContains(response, 'class="not-stated">Not stated<')

    def test_names_what_it_ignores(self):
        asked = (
            "target=XX&state=dreaming&industry=Q999&smes_min=-1&smes_max=1e9"
            "&sort=password&page=minus&per_page=7&match=some&generation=%00"
        )
        for path in ("/partnerships/", "/countries/mexico/"):
            response = self.client.get(f"{path}?{asked}")
            with self.subTest(path=path):
                self.assertEqual(response.status_code, 200)
                self.assertEqual(len(response.context["ignored"]), 10)
                self.assertContains(response, "<code>target=XX</code>")
                self.assertEqual(len(response.context["rows"]), 4)

    def test_names_keys_that_it_does_not_know_but_not_where_a_visitor_came_from(self):
        response = self.client.get("/partnerships/?targets=MX&utm_source=mail&self=1")
        self.assertEqual(
            response.context["ignored"], [("self", "1"), ("targets", "MX")]
        )

    def test_a_long_list_of_what_it_ignores_is_cut_short(self):
        asked = "&".join(f"target=X{number}" for number in range(40))
        response = self.client.get(f"/partnerships/?{asked}")
        self.assertContains(response, "<code>target=", count=12)
        self.assertContains(response, "and 28 more")

    def test_a_page_beyond_the_last_shows_the_last(self):
        for path in ("/partnerships/", "/countries/mexico/"):
            for number in ("2", "9" * 18):
                response = self.client.get(f"{path}?page={number}")
                self.assertContains(response, "this is the last one, page 1")

    def test_nothing_found_offers_a_way_back(self):
        response = self.client.get("/partnerships/?q=zzz")
        self.assertContains(response, "Nothing matches these filters.")
        self.assertContains(response, "Clear all filters")

    def test_nothing_found_says_which_filter_to_remove_and_what_that_gives(self):
        response = self.client.get("/partnerships/?q=gamma&target=CL&state=planned")
        self.assertNotContains(response, "there is")
        self.assertContains(response, "No single filter is to blame")
        response = self.client.get("/partnerships/?q=gamma&target=CL")
        self.assertContains(response, "Without “Search: gamma” there are 2")
        self.assertContains(response, "Without “Targeted country: Chile” there is 1")
        self.assertContains(response, 'href="/partnerships/?q=gamma"')
        self.assertNotContains(response, "No single filter is to blame")

    def test_what_is_typed_and_not_found_may_be_elsewhere(self):
        response = self.client.get("/partnerships/?q=caf%C3%A9+%26+zz")
        self.assertContains(response, 'href="/search/?q=caf%C3%A9%20%26%20zz"')
        self.assertContains(response, "Search the whole portal for what you typed")
        self.assertNotContains(response, "No single filter is to blame")
        response = self.client.get("/partnerships/?q=zzz&target=CL&state=planned")
        self.assertContains(response, 'href="/search/?q=zzz"')

    def test_chips_remove_one_filter_each(self):
        response = self.client.get("/partnerships/?target=CL&target=MX&q=a&page=1")
        for rest in ("?q=a&amp;target=MX", "?q=a&amp;target=CL"):
            self.assertContains(response, f'href="/partnerships/{rest}"')
        self.assertContains(
            response, 'href="/partnerships/?target=CL&amp;target=MX"', count=1
        )

    def test_a_view_has_one_address_however_it_is_asked_for(self):
        for query, canonical in {
            "target=mx&target=MX&target=cl": "?target=CL&amp;target=MX",
            "target=cl&target=mx&smes_max=050": "?smes_max=50&amp;target=CL&amp;target=MX",
            "technology=b27&per_page=25&q=++": "?technology=B27",
            "state=ENDED&match=all": "?state=ended",
            "smes_min=+5+&match=any": "?smes_min=5",
            "sort=name&sort=-name&per_page=50": "?per_page=50&amp;sort=-name",
            "q=+a+&page=1": "?q=a",
            "sort=-smes": "",
            "per_page=050": "?per_page=50",
            "per_page=2_5&q=a": "?q=a",
            "per_page=100&per_page=50": "?per_page=50",
            "columns=smes&columns=name&columns=acronym": "?columns=name&amp;columns=smes",
            f"columns={'&columns='.join(COLUMNS)}": "",
            "target=XX&match=all": "",
        }.items():
            with self.subTest(query=query):
                response = self.client.get(f"/partnerships/?{query}")
                link = f'<link rel="canonical" href="http://testserver/partnerships/{canonical}">'
                self.assertContains(response, link)

    def test_the_order_is_told_where_it_was_asked_for_or_its_column_is_not_shown(self):
        for path in ("/partnerships/", "/countries/mexico/"):
            response = self.client.get(f"{path}?sort=-start")
            self.assertContains(response, "Sorted by Start, descending", count=1)
            self.assertContains(response, "Sorted by", count=1)
            self.assertNotContains(self.client.get(path), "Sorted by")
            for query in ("columns=name", "sort=-smes"):
                response = self.client.get(f"{path}?{query}")
                words = "Sorted by No. of SMEs involved, descending"
                self.assertContains(response, words, count=1)

    def test_the_title_tells_one_view_from_another(self):
        for number in range(30):
            make_partnership([self.mexico], acronym=f"P{number:02}")
        response = self.client.get("/partnerships/?target=mx&page=2")
        title = "Partnerships · Targeted country: Mexico · Page 2 · Cluster Portal"
        self.assertContains(response, f"<title>{title}</title>")

    def test_a_country_can_be_chosen_once_a_partnership_targets_it(self):
        croatia = make_country(
            iso2="HR", iso3="HRV", name="Croatia", slug="croatia", is_target=False
        )
        page = "/countries/croatia/"
        self.assertNotContains(self.client.get(page), "?target=HR")
        response = self.client.get("/partnerships/?target=HR")
        self.assertEqual(response.context["ignored"], [("target", "HR")])
        make_partnership([croatia], acronym="ADRIA")
        self.assertContains(self.client.get(page), "/partnerships/?target=HR")
        self.assertEqual(self.acronyms("target=HR"), ["ADRIA"])

    def test_texts_of_any_direction_stand_by_themselves(self):
        make_partnership(acronym="شراكة 4i (X)", name="الشراكة (ESCP) 2018!")
        response = self.client.get("/partnerships/?q=2018")
        self.assertContains(response, '<th scope="row" dir="auto">')
        self.assertContains(response, "<bdi>الشراكة (ESCP) 2018!</bdi>")

    def test_of_several_numbers_the_last_counts_and_the_others_are_named(self):
        response = self.client.get(
            "/partnerships/?page=2&page=1&per_page=9&per_page=50"
        )
        self.assertEqual(
            response.context["ignored"], [("per_page", "9"), ("page", "2")]
        )
        self.assertEqual(response.context["page"].paginator.per_page, 50)

    def test_values_that_add_to_each_other_are_removed_together(self):
        response = self.client.get("/partnerships/?q=gamma&state=planned&state=ended")
        self.assertContains(response, "Without “State: Planned, Ended” there is 1")
        self.assertContains(response, 'href="/partnerships/?q=gamma"')

    def test_what_is_wrong_is_named_beside_its_field_and_in_the_title(self):
        response = self.client.get("/partnerships/?smes_min=abc")
        self.assertContains(response, "<title>Error: Partnerships")
        self.assertContains(response, 'aria-describedby="id_smes_min_error"')
        self.assertContains(response, 'id="id_smes_min_error"')
        self.assertContains(response, 'value="abc"')
        self.assertRegex(response.text, r'<details class="facets-fold [^>]* open>')
        right = self.client.get("/partnerships/?smes_min=007").text
        self.assertNotRegex(right, r'<details class="facets-fold [^>]* open>')
        self.assertIn('value="7"', right)

    def test_a_chip_removes_a_filter_however_it_was_spelled(self):
        for query, rest in (("q=+gamma+", ""), ("smes_min=007&q=a", "?q=a")):
            response = self.client.get(f"/partnerships/?{query}")
            self.assertContains(response, f'class="chip" href="/partnerships/{rest}"')
        response = self.client.get("/partnerships/?q=+zzz+&target=CL")
        self.assertContains(response, 'href="/partnerships/?target=CL">Without')
        response = self.client.get("/partnerships/?target=mx&state=Running")
        self.assertContains(response, 'href="/partnerships/?state=running"')
        self.assertContains(response, 'href="/partnerships/?target=MX"')
        response = self.client.get("/partnerships/?target=cl&q=gamma")
        self.assertContains(response, 'href="/partnerships/?q=gamma">Without')

    def test_clear_all_keeps_what_is_no_filter(self):
        for path, fragment in (
            ("/partnerships/", ""),
            ("/countries/mexico/", "#partnerships"),
        ):
            asked = "columns=name&match=all&q=a&sort=name&target=CL"
            response = self.client.get(f"{path}?{asked}")
            rest = f'href="{path}?columns=name&amp;sort=name{fragment}"'
            self.assertContains(response, f"<a {rest}>Clear all</a>")

    def test_a_range_that_is_the_wrong_way_round_is_told(self):
        response = self.client.get("/partnerships/?smes_min=9&smes_max=5")
        self.assertContains(response, "“SMEs from” is above “SMEs to”")
        response = self.client.get("/partnerships/?smes_min=8&smes_max=9")
        self.assertNotContains(response, "is above")

    def test_what_no_page_can_hold_is_shown_in_another_form(self):
        response = self.client.get("/partnerships/?q=a%00b&target=%00&%00=1")
        self.assertNotContains(response, "\0")
        self.assertContains(response, 'value="a\ufffdb"')
        self.assertContains(response, "<code>target=\ufffd</code>")

    def test_a_file_is_given_of_what_is_known_alone(self):
        for file_format in ("csv", "xlsx", "json"):
            for query in ("target=XX", "smes_min=few", "colour=red", "sort=password"):
                asked = f"{query}&format={file_format}"
                response = self.client.get(f"/partnerships/?{asked}")
                self.assertRedirects(response, f"/partnerships/?{query}")
            known = f"target=MX&utm_source=mail&format={file_format}"
            response = self.client.get(f"/partnerships/?{known}")
            self.assertEqual(response.status_code, 200)
            # Read to its end, it is closed as well.
            self.assertTrue(b"".join(response.streaming_content))

    def test_a_country_leads_to_the_same_view_of_the_list_of_all(self):
        for query, expected in {
            "": "?target=MX",
            "state=running&sort=name": "?sort=name&state=running&target=MX",
            "target=CL": "?match=all&target=MX&target=CL",
            "target=CL&target=MX&match=all": "?match=all&target=MX&target=CL",
            # Mexico and one of the others is no view of that list.
            "target=CL&target=MX&generation=1": "?generation=1&target=MX",
        }.items():
            with self.subTest(query=query):
                response = self.client.get(f"/countries/mexico/?{query}")
                found = response.context["in_list"]
                self.assertEqual(str(found), f"/partnerships/{expected}")
                is_same = "generation" not in query
                text = "See and download these" if is_same else "See and download all"
                self.assertContains(response, text, count=1)

    def test_pages_hold_as_many_rows_as_asked_and_never_overlap(self):
        for number in range(50):
            make_partnership(acronym=f"P{number:02}", sme_count=7)
        seen = []
        for page in (1, 2, 3):
            seen += self.acronyms(f"page={page}")
        self.assertEqual(len(seen), len(set(seen)), 54)
        self.assertEqual(len(self.acronyms("per_page=50")), 50)

    def test_loads_no_row_that_is_not_shown(self):
        # A table without filters is kept on the page of a country.
        for path in ("/partnerships/", "/countries/mexico/?sort=-smes"):
            forget()
            # After this, an index is there, which has no row at hand.
            self.client.get(f"{path.partition('?')[0]}?q=nothing")
            with CaptureQueriesContext(connection) as queries:
                self.client.get(path)
            rows = [q["sql"] for q in queries if '"partner_count"' in q["sql"]]
            self.assertEqual(len(rows), 1)
            self.assertRegex(rows[0], self.rows_loaded)


class DatabaseTableTests(TableTests):
    """The same, answered by the database alone."""

    # All four are counted first, so the last page may hold no more.
    rows_loaded = r"LIMIT 4$"

    def setUp(self):
        self.enterContext(mock.patch.object(PartnershipFilterSet, "live_index", None))


class PartnershipPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.chile = make_country(iso2="CL", iso3="CHL", name="Chile")

    def page(self, **values):
        partnership = make_partnership([self.chile], **values)
        return self.client.get(partnership.get_absolute_url())

    def test_without_anybody_to_ask_it_leads_on(self):
        response = self.page()
        self.assertContains(response, "We have no contact either.")
        self.assertContains(response, 'href="/partnerships/match/?target=CL"')
        self.assertNotContains(response, 'href="#partners"')

    def test_it_wishes_for_nothing_where_nothing_says_what(self):
        for values in ({}, {"end": today() - timedelta(days=1)}):
            page = make_partnership(**values).get_absolute_url()
            self.assertNotContains(self.client.get(page), "/partnerships/match/?")

    def test_partners_and_suggested_codes_are_called_what_they_are(self):
        partnership = make_partnership()
        page = partnership.get_absolute_url()
        self.assertContains(self.client.get(page), "<dd>None on record</dd>")
        make_membership(partnership=partnership)
        partnership.suggested_industries.add(make_industry("C", title="Manufacturing"))
        partnership.suggested_technology_fields.add(make_technology_field("B27"))
        response = self.client.get(page)
        self.assertContains(response, "Partners by name; no lead is on record")
        self.assertContains(response, "<h4>Technology fields (IPC)</h4>")
        self.assertContains(response, "<h4>Sectoral industries (NACE)</h4>")
        make_membership(partnership=partnership, role=Membership.Role.LEAD)
        self.assertContains(self.client.get(page), "Partners, the lead first")

    def test_a_later_generation_is_named_where_the_public_may_see_it(self):
        make_partnership(acronym="Äcro", generation=2, name="Second", slug="second")
        make_partnership(acronym="ACRO", generation=3, name="Third", status="draft")
        response = self.page(acronym="Acro", generation=1)
        self.assertContains(response, "It goes on in generation 2:")
        self.assertContains(
            response, '<a href="/partnerships/second/"><bdi>Äcro, Second</bdi></a>'
        )
        self.assertNotContains(response, "Third")
        second = self.client.get("/partnerships/second/")
        self.assertNotContains(second, "It goes on in generation")

    def test_one_that_has_ended_leads_to_others_and_not_to_its_partners(self):
        response = self.page(
            end=today() - timedelta(days=1), website="https://a.eu", joining="open"
        )
        self.assertContains(response, "This partnership has ended")
        self.assertNotContains(response, "Open to new partners")
        self.assertContains(response, 'href="/partnerships/match/?target=CL"')
        self.assertNotContains(response, "Ask on the partnership")
        partnership = Partnership.objects.get()
        partnership.targets.clear()
        response = self.client.get(partnership.get_absolute_url())
        self.assertContains(response, 'href="/partnerships/match/">Find one that')

    def test_where_nobody_says_how_to_join_the_lead_partner_is_asked(self):
        partnership = make_partnership(website="https://a.eu")
        page = partnership.get_absolute_url()
        self.assertNotContains(self.client.get(page), "ask the lead partner")
        make_membership(partnership=partnership, partner_name="Firm <b>", role="lead")
        response = self.client.get(page)
        self.assertContains(response, "Ask on the partnership")
        self.assertContains(response, "or ask the lead partner:")
        self.assertContains(response, "<bdi>Firm &lt;b&gt;</bdi>", count=2)
        partnership.website = ""
        partnership.save()
        cluster = make_cluster(name="Lead cluster")
        partnership.memberships.update(cluster=cluster, partner_name="")
        response = self.client.get(page)
        self.assertContains(response, "Ask the lead partner:")
        link = f'<a href="{cluster.get_absolute_url()}" dir="auto">Lead cluster</a>'
        self.assertContains(response, link, count=2)
