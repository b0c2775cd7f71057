import datetime

from django.test import TestCase

from portal.api import RESOURCES
from tests.factories import (
    make_achievement,
    make_country,
    make_event,
    make_indicator,
    make_industry,
    make_label,
    make_news_item,
    make_partnership,
    make_source,
    make_technology_field,
    short_number,
)

LISTS = [f"/api/v1/{name}/" for name in RESOURCES]


class PagingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        # Of one day and of none, so that only the key tells them apart.
        for day in [datetime.date(2017, 3, 21)] * 4 + [None] * 3:
            make_news_item(date=day)
            make_achievement(date=day)
            make_event()
            partnership = make_partnership()
            partnership.targets.add(make_country())
            source = make_source()
            label = make_label()
            label.sources.add(source)
            make_industry(f"C{short_number()}")
            make_technology_field(f"D{short_number()}")
            make_indicator()

    def walk(self, address, link):
        pages = []
        while address:
            page = self.client.get(address).json()
            pages.append(page["results"])
            address = page[link]
            self.assertLess(len(pages), 20)
        return pages, page

    def test_pages_cover_all_rows_once_in_both_directions(self):
        for address in LISTS:
            for per_page in (2, 3):
                with self.subTest(address=address, per_page=per_page):
                    rows = self.client.get(address, {"per_page": 100}).json()["results"]
                    start = f"{address}?per_page={per_page}"
                    forth, _last = self.walk(start, "next")
                    self.assertEqual([row for page in forth for row in page], rows)
                    self.assert_leads_back(start, rows, per_page)

    def assert_leads_back(self, address, rows, per_page):
        last = address
        while link := self.client.get(last).json()["next"]:
            last = link
        back, _first = self.walk(last, "previous")
        self.assertEqual([row for page in reversed(back) for row in page], rows)

    def test_filters_hold_on_the_next_page(self):
        page = self.client.get("/api/v1/news/?from=2017-01-01&per_page=3").json()
        page = self.client.get(page["next"]).json()
        self.assertEqual([row["date"] for row in page["results"]], ["2017-03-21"])

    def test_the_latest_news_come_first_and_the_undated_last(self):
        new = make_news_item(date=datetime.date(2020, 1, 1))
        rows = self.client.get("/api/v1/news/").json()["results"]
        self.assertEqual(rows[0]["slug"], new.slug)
        self.assertEqual([row["date"] for row in rows[-3:]], [None] * 3)

    def test_what_is_added_meanwhile_moves_no_row(self):
        page = self.client.get("/api/v1/partnerships/?per_page=3").json()
        make_partnership(acronym="A first one")
        seen = page["results"]
        while page["next"]:
            page = self.client.get(page["next"]).json()
            seen += page["results"]
        slugs = [row["slug"] for row in seen]
        self.assertEqual((len(slugs), len(set(slugs))), (7, 7))
