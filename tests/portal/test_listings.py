"""Columns, sort orders and links of every list."""

from django.test import TestCase

from tests.factories import make_partnership


class ColumnTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_partnership(acronym="ALPHA", name="First", sme_count=7)

    def headings(self, address):
        response = self.client.get(address)
        headings = response.context["headings"]
        self.assertContains(response, 'scope="col"', count=len(headings))
        # One heads the row.
        self.assertContains(response, "data-label", count=len(headings) - 1)
        return [heading.name for heading in headings]

    def test_the_columns_asked_for_are_shown_after_the_heading_of_the_row(self):
        shown = self.headings("/partnerships/?columns=smes&columns=name")
        self.assertEqual(shown, ["acronym", "name", "smes"])

    def test_all_columns_are_shown_where_none_of_those_asked_for_is_known(self):
        address = "/partnerships/?columns=nothing"
        self.assertEqual(self.headings(address), self.headings("/partnerships/"))
        self.assertContains(
            self.client.get(address), "<code>columns=nothing</code>", html=True
        )

    def test_downloads_have_the_columns_asked_for(self):
        address = "/partnerships/?columns=smes&columns=industries&format=csv"
        lines = self.client.get(address).getvalue().decode().splitlines()
        self.assertEqual(
            lines[0],
            "Acronym,Sectoral industries (NACE codes),Sectoral industries,"
            "No. of SMEs involved,Page",
        )
        self.assertTrue(lines[1].startswith("ALPHA,,,7,http"))

    def test_links_and_forms_keep_the_columns(self):
        response = self.client.get("/partnerships/?columns=smes&q=a")
        self.assertContains(response, "/partnerships/?columns=smes&amp;q=a&amp;sort=")
        self.assertIn(("columns", "smes"), response.context["kept"])
        self.assertIn(("q", "a"), response.context["kept_by_columns"])

    def test_a_column_that_is_not_shown_can_be_sorted_by(self):
        response = self.client.get("/partnerships/?sort=-start")
        self.assertEqual(response.context["ignored"], [])
        self.assertContains(response, 'id="sort-start-down"')


class LinkTests(TestCase):
    def test_links_lack_what_was_ignored(self):
        make_partnership(acronym="ALPHA")
        response = self.client.get(
            "/partnerships/?target=XX&q=alpha&utm_source=mail&per_page=7&sort=name"
        )
        self.assertContains(
            response,
            '<link rel="canonical" '
            'href="http://testserver/partnerships/?q=alpha&amp;sort=name">',
            html=True,
        )
        self.assertEqual(response.context["kept"], [("sort", "name")])
