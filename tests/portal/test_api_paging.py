import datetime

from django.test import TestCase

from clusters.models import Cluster
from partnerships.models import Partnership
from portal.api import RESOURCES
from portal.cursors import Cursor
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

    def assert_page(self, address, names, **links):
        page = self.client.get(address).json()
        self.assertEqual([row["slug"] for row in page["results"]], names)
        for name in ("next", "previous"):
            self.assertEqual(page[name] is not None, name in links, name)
        return page

    def test_a_page_whose_rows_all_went_leads_back_to_those_that_stand(self):
        for name, model in (("partnerships", Partnership), ("clusters", Cluster)):
            with self.subTest(name=name):
                self.assert_leads_back_when_emptied(f"/api/v1/{name}/", model)

    def assert_leads_back_when_emptied(self, resource, model):
        address = f"{resource}?sort=name&per_page=3"
        first = self.client.get(address).json()
        names = [row["slug"] for row in first["results"]]
        second = self.client.get(first["next"]).json()
        others = [row["slug"] for row in second["results"]]
        third = self.client.get(second["next"]).json()
        others += [row["slug"] for row in third["results"]]

        model.objects.filter(slug__in=names).archive()
        empty = self.assert_page(second["previous"], [], next=True)
        beginning = self.assert_page(empty["next"], others[:3], next=True)
        rest = self.assert_page(beginning["next"], others[3:], previous=True)
        self.assert_page(rest["previous"], others[:3], next=True)

        model.objects.filter(slug__in=others[3:]).archive()
        empty = self.assert_page(beginning["next"], [], previous=True)
        self.assert_page(empty["previous"], others[:3])
        model.objects.filter(slug__in=others).archive()
        self.assert_page(empty["previous"], [])

    def test_a_cursor_of_the_last_page_leads_on_to_the_pages_before_it(self):
        text = Cursor("name", backwards=True)
        address = f"/api/v1/partnerships/?sort=name&per_page=3&cursor={text}"
        back, _first = self.walk(address, "previous")
        rows = self.client.get("/api/v1/partnerships/?sort=name").json()["results"]
        self.assertEqual([row for page in reversed(back) for row in page], rows)
        self.assertIsNone(self.client.get(address).json()["next"])

    def test_what_is_added_meanwhile_moves_no_row(self):
        page = self.client.get("/api/v1/partnerships/?per_page=3").json()
        make_partnership(acronym="A first one")
        seen = page["results"]
        while page["next"]:
            page = self.client.get(page["next"]).json()
            seen += page["results"]
        slugs = [row["slug"] for row in seen]
        self.assertEqual((len(slugs), len(set(slugs))), (7, 7))
