"""What all resources of the API have in common."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

from django.core.management import call_command
from django.test import SimpleTestCase, TestCase
from drf_spectacular.validation import validate_schema

from countries.models import Country
from portal.api import RESOURCES, generate_schema

from .linked_records import make_linked_records

LISTS = [f"/api/v1/{name}/" for name in RESOURCES]
# Literal, so that a new query is noticed; see make_linked_records().
QUERIES = {
    "countries": 11,
    "clusters": 6,
    "labels": 2,
    "partnerships": 11,
    "events": 5,
    "achievements": 6,
    "news": 6,
    "industries": 1,
    "technology-fields": 1,
    "indicators": 1,
    "sources": 1,
}


class ReadingTests(TestCase):
    def test_query_count_does_not_grow_with_the_rows(self):
        for rows in (1, 3):
            while Country.objects.count() < rows:
                make_linked_records()
            for name, number in QUERIES.items():
                with self.subTest(name=name, rows=rows):
                    with self.assertNumQueries(number):
                        response = self.client.get(f"/api/v1/{name}/")
                    self.assertGreaterEqual(len(response.json()["results"]), rows)

    def test_each_listed_record_is_found_by_its_key_and_looks_the_same(self):
        make_linked_records()
        for name, viewset in RESOURCES.items():
            key = viewset.lookup_field
            for row in self.client.get(f"/api/v1/{name}/").json()["results"]:
                address = f"/api/v1/{name}/{row['id' if key == 'pk' else key]}/"
                with self.subTest(address=address):
                    self.assertEqual(self.client.get(address).json(), row)

    def test_the_root_lists_the_resources(self):
        self.assertEqual(
            self.client.get("/api/v1/").json(),
            {name: f"http://testserver/api/v1/{name}/" for name in RESOURCES},
        )

    def test_answers_carry_no_cookie_and_vary_by_none(self):
        make_linked_records()
        for address in [*LISTS, "/api/v1/countries/nowhere/", "/api/schema/"]:
            with self.subTest(address=address):
                response = self.client.get(address)
                self.assertEqual(response.cookies, {})
                self.assertNotIn("Cookie", response.headers.get("Vary", ""))

    def test_an_unchanged_answer_is_not_sent_twice(self):
        make_linked_records()
        for address in LISTS:
            with self.subTest(address=address):
                etag = self.client.get(address)["ETag"]
                response = self.client.get(address, headers={"If-None-Match": etag})
                self.assertEqual((response.status_code, response.content), (304, b""))


class SchemaTests(SimpleTestCase):
    def test_schema_is_valid_and_complete(self):
        call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())

    def test_schema_is_served_as_it_is_generated(self):
        response = self.client.get("/api/schema/")
        self.assertEqual(response["Content-Type"], "application/vnd.oai.openapi+json")
        document = json.loads(response.content)
        validate_schema(document)
        self.assertEqual(document["openapi"], "3.1.1")
        self.assertEqual(
            {path.split("/")[3] for path in document["paths"]}, set(RESOURCES)
        )

    def test_schema_names_the_parameters_that_a_list_takes(self):
        document = json.loads(self.client.get("/api/schema/").content)
        for name, viewset in RESOURCES.items():
            operation = document["paths"][f"/api/v1/{name}/"]["get"]
            filterset = getattr(viewset, "filterset_class", None)
            filters = filterset.base_filters if filterset else ()
            with self.subTest(name=name):
                self.assertEqual(
                    {parameter["name"] for parameter in operation["parameters"]},
                    {*filters, "cursor", "per_page"},
                )
                self.assertEqual(set(operation["responses"]), {"200", "400", "406"})

    def test_threads_that_ask_at_once_get_the_same_schema(self):
        generate_schema.cache_clear()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(self.client.get, ["/api/schema/"] * 16))
        self.assertEqual({answer.status_code for answer in answers}, {200})
        self.assertEqual(len({answer.content for answer in answers}), 1)

    def test_schema_and_documentation_are_read_only(self):
        for address in ("/api/schema/", "/api/docs/"):
            self.assertEqual(self.client.post(address).status_code, 405)


class DocumentationTests(SimpleTestCase):
    def test_page_names_the_schema_and_loads_only_own_files(self):
        response = self.client.get("/api/docs/")
        self.assertContains(response, 'data-schema="/api/schema/"')
        self.assertContains(response, "<h1", count=1)
        self.assertNotRegex(
            response.content.decode(), r'(src|href)="(https?:)?//(?!testserver/)'
        )
        policy = response["Content-Security-Policy"]
        self.assertIn("img-src 'self' data:", policy)
        self.assertNotIn("unsafe-inline", policy)
