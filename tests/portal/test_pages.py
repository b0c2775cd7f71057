"""What all public pages have in common."""

import re

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver
from django.utils.timezone import localtime as local

from countries.models import Country
from portal import account_urls
from portal.api import RESOURCES
from portal.content_version import forget
from portal.data_views import DATA_SETS
from portal.exports import FORMATS

from .linked_records import link, make_linked_records

# Literal, so that a new query is noticed; see make_linked_records(). What is kept for
# as long as the content stays is not read again.
QUERIES = {
    "home": 8,
    "countries:list": 5,
    "clusters:list": 15,
    "clusters:labels": 7,
    "partnerships:list": 1,
    "partnerships:match": 1,
    "events:list": 8,
    "achievements:list": 7,
    "news:list": 5,
    "country": 2,
    "clusters:detail": 17,
    "partnerships:detail": 15,
    "events:detail": 6,
    "achievements:detail": 7,
    "news:detail": 7,
    "search": 11,
    "about": 0,
    "accessibility": 0,
    "privacy": 0,
    "api_documentation": 0,
    "api_reference": 0,
    "api_resource": 0,
    "compare": 2,
    "data": 2,
    "embeds": 2,
    "data_set": 4,
}
# Answers for machines, and the back office; they have tests of their own.
OTHER_ROUTES = {
    *("schema", "live", "ready", "robots", "sitemaps", "media", "clusters:renewals"),
    "django.contrib.sitemaps.views.sitemap",
    *("events:atom", "events:calendar", "events:event_calendar"),
    *(route.name for route in account_urls.urlpatterns),
    *("achievements:atom", "news:atom", "search_suggestions", "preview"),
    *("data_catalogue", "data_file", "oembed", "embed_partnerships"),
    *("embed_facts", "embed_partnership_map", "embed_cluster_map"),
}
STRICT = (
    "default-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "script-src 'self'",
    "style-src 'self'",
)


def addresses(records):
    """Return the address of each page by the name of its route."""
    country, cluster, _label, partnership, event, achievement, news_item = records
    return {
        "home": "/",
        "countries:list": "/countries/",
        "clusters:list": "/clusters/",
        "clusters:labels": "/clusters/labels/",
        "partnerships:list": "/partnerships/",
        "partnerships:match": "/partnerships/match/",
        "events:list": "/events/",
        "achievements:list": "/achievements/",
        "news:list": "/news/",
        "country": country.get_absolute_url(),
        "clusters:detail": cluster.get_absolute_url(),
        "partnerships:detail": partnership.get_absolute_url(),
        "events:detail": event.get_absolute_url(),
        "achievements:detail": achievement.get_absolute_url(),
        "news:detail": news_item.get_absolute_url(),
        "search": "/search/?q=country",
        "about": "/about/",
        "accessibility": "/accessibility/",
        "privacy": "/privacy/",
        "api_documentation": "/api/docs/",
        "api_reference": "/api/reference/",
        "api_resource": "/api/reference/partnerships/",
        "compare": "/countries/compare/",
        "data": "/data/",
        "embeds": "/embed/",
        "data_set": "/data/partnerships/",
    }


def route_names(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"
        elif pattern.namespace not in ("admin", "api"):
            namespace = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from route_names(pattern.url_patterns, namespace)


class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.records = make_linked_records()
        cls.addresses = addresses(cls.records)

    def test_each_route_is_among_the_pages_of_these_tests(self):
        names = set(route_names(get_resolver().url_patterns))
        self.assertEqual(names - OTHER_ROUTES, set(self.addresses))

    def test_query_count_does_not_grow_with_the_rows(self):
        first = {}
        for rows in (1, 3):
            while Country.objects.count() < rows:
                link(self.records, make_linked_records())
            for name, number in QUERIES.items():
                with self.subTest(name=name, rows=rows):
                    forget()
                    with CaptureQueriesContext(connection) as queries:
                        self.client.get(self.addresses[name])
                    self.assertEqual(len(queries), first.setdefault(name, len(queries)))
                    with self.assertNumQueries(number):
                        self.client.get(self.addresses[name])

    def test_has_one_heading_a_language_a_title_and_a_description(self):
        titles = set()
        for name, address in self.addresses.items():
            with self.subTest(name=name):
                content = self.client.get(address).content.decode()
                self.assertEqual(content.count("<h1"), 1)
                self.assertIn('<html lang="en-gb">', content)
                self.assertRegex(content, r'<meta name="description" content="[^"]{10}')
                self.assertIn(
                    f'<link rel="canonical" href="http://testserver{address}">',
                    content,
                )
                titles.add(re.search(r"<title>(.+?)</title>", content, re.S)[1])
        self.assertEqual(len(titles), len(self.addresses))

    def test_says_to_others_what_its_own_title_says(self):
        for name, address in self.addresses.items():
            if name == "api_documentation":
                continue
            with self.subTest(name=name):
                content = self.client.get(address).content.decode()
                title = re.search(r"<title>(.+?) ·", content, re.S)[1].strip()
                shared = re.search(r'"og:title" content="(.+?)"', content)[1]
                self.assertNotEqual(shared, "Cluster Portal")
                words = set(re.findall(r"\w+", title.casefold()))
                said = set(re.findall(r"\w+", shared.casefold()))
                self.assertTrue(words & said, (title, shared))
                description = re.search(r'"description" content="(.+?)">', content)[1]
                self.assertIn(f'"og:description" content="{description}">', content)
                self.assertIn(f'"og:url" content="http://testserver{address}"', content)

    def test_each_id_stands_once(self):
        for name, address in self.addresses.items():
            with self.subTest(name=name):
                content = self.client.get(address).content.decode()
                ids = re.findall(r'\sid="([^"]*)"', content)
                self.assertEqual(sorted(ids), sorted(set(ids)))

    def test_runs_nothing_that_is_not_a_file_of_its_own(self):
        for name, address in self.addresses.items():
            with self.subTest(name=name):
                response = self.client.get(address)
                policy = response["Content-Security-Policy"]
                for directive in STRICT:
                    self.assertIn(directive, policy.split("; "))
                self.assertNotIn("unsafe", policy)
                content = response.content.decode()
                self.assertNotRegex(content, r"<[^>]+\s(style|on\w+)=")
                self.assertNotRegex(
                    content,
                    r'<(style|script)(?![^>]*\ssrc=| type="application/ld\+json")[^>]*>',
                )
                self.assertNotRegex(content, r'\ssrc="(?!/)')

    def test_sets_no_cookie(self):
        for name, address in self.addresses.items():
            with self.subTest(name=name):
                response = self.client.get(address)
                self.assertEqual(response.cookies, {})
                self.assertNotIn("Cookie", response.get("Vary", ""))

    def test_may_be_kept_and_is_asked_for_again(self):
        for name, address in self.addresses.items():
            with self.subTest(name=name):
                response = self.client.get(address)
                self.assertEqual(response["Cache-Control"], "no-cache")
                again = self.client.get(
                    address, headers={"if-none-match": response["ETag"]}
                )
                self.assertEqual((again.status_code, again.content), (304, b""))

    def test_answers_no_other_method(self):
        for name, address in self.addresses.items():
            for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
                with self.subTest(name=name, method=method):
                    response = self.client.generic(method, address)
                    self.assertEqual(response.status_code, 405)
            self.assertEqual(self.client.head(address).status_code, 200)


class FileTests(TestCase):
    def test_who_writes_is_told_that_files_can_be_read_alone(self):
        # As programs do, without a token of a form.
        client = Client(enforce_csrf_checks=True)
        stories = ("events", "achievements", "news")
        lists = ("countries", "clusters", "partnerships", *stories)
        for address in (
            *(f"/{name}/?format={text}" for name in lists for text in FORMATS),
            *(f"/{name}/atom.xml" for name in stories),
            *("/events/calendar.ics", "/events/any.ics"),
            *("/clusters/labels/renewals.ics", "/countries/compare/?format=csv"),
            *("/embed/oembed", "/embed/oembed?url=/partnerships/"),
        ):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                with self.subTest(address=address, method=method):
                    response = client.generic(method, address)
                    self.assertEqual(response.status_code, 405)
                    self.assertIn("GET, HEAD", response["Allow"])


class MachineTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.records = make_linked_records()

    def test_the_sitemap_lists_every_page_of_a_record(self):
        index = self.client.get("/sitemap.xml").content.decode()
        parts = re.findall(r"<loc>http://testserver(.+?)</loc>", index)
        listed = {
            address
            for part in parts
            for address in re.findall(
                r"<loc>http://testserver(.+?)</loc>",
                self.client.get(part).content.decode(),
            )
        }
        self.assertEqual(
            listed,
            set(addresses(self.records).values()).union(
                (f"/data/{name}/" for name in DATA_SETS),
                (f"/api/reference/{name}/" for name in RESOURCES),
            )
            - {"/api/docs/", "/search/?q=country"},
        )

    def test_the_sitemap_tells_when_its_parts_last_changed(self):
        newest = {}
        for record in self.records:
            if hasattr(record, "updated_at"):
                newest[record._meta.model_name] = record.updated_at
        index = self.client.get("/sitemap.xml").content.decode()
        for name, moment in newest.items():
            self.assertIn(
                f"sitemap-{name}.xml</loc><lastmod>{local(moment).isoformat()}<", index
            )
        pages = self.client.get("/sitemap-pages.xml").content.decode()
        moment = local(newest["newsitem"]).date().isoformat()
        self.assertIn(f"http://testserver/news/</loc><lastmod>{moment}<", pages)
        self.assertNotRegex(pages, r"about/</loc><lastmod>")

    def test_robots_are_told_of_the_sitemap(self):
        response = self.client.get("/robots.txt")
        self.assertEqual(response["Content-Type"], "text/plain")
        self.assertContains(response, "Sitemap: http://testserver/sitemap.xml")
