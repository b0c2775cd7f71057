"""What all resources of the API have in common."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client, SimpleTestCase, TestCase
from drf_spectacular.validation import validate_schema
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from countries.models import Country
from portal.api import RESOURCES, SCHEMA_FILE, generate_schema, written_schema
from portal.models import ContentVersion
from portal.resource_schema import examples
from tests.factories import (
    make_country,
    make_indicator,
    make_industry,
    make_technology_field,
)

from .linked_records import make_linked_records

LISTS = [f"/api/v1/{name}/" for name in RESOURCES]
# Literal, so that a new query is noticed; see make_linked_records().
QUERIES = {
    "countries": 12,
    "clusters": 11,
    "labels": 5,
    "partnerships": 3,
    "events": 6,
    "achievements": 7,
    "news": 7,
    "industries": 2,
    "technology-fields": 2,
    "facts": 5,
    "indicators": 2,
    "sources": 2,
}


class ReadingTests(TestCase):
    def test_query_count_does_not_grow_with_the_rows(self):
        for rows in (1, 3):
            while Country.objects.count() < rows:
                make_linked_records()
            for name, number in QUERIES.items():
                with self.subTest(name=name, rows=rows):
                    # What is kept for as long as the content stays is read first.
                    self.client.get(f"/api/v1/{name}/")
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

    def test_a_code_is_known_in_any_case_of_letters(self):
        make_country(iso2="MX")
        make_industry("C22")
        make_technology_field("B60")
        make_indicator(code="gdp-per-head")
        for name, codes in (
            ("countries", ("MX", "mx", "Mx")),
            ("industries", ("C22", "c22")),
            ("technology-fields", ("B60", "b60")),
            ("indicators", ("gdp-per-head", "GDP-per-Head")),
        ):
            answers = [self.client.get(f"/api/v1/{name}/{code}/") for code in codes]
            with self.subTest(name=name):
                self.assertEqual({answer.status_code for answer in answers}, {200})
                self.assertEqual(len({answer.content for answer in answers}), 1)
        self.assertEqual(self.client.get("/api/v1/industries/c2_/").status_code, 404)

    def test_of_codes_that_differ_by_case_alone_the_one_spelled_so_is_meant(self):
        for code in ("gdp", "GDP"):
            make_indicator(code=code)
        for code in ("gdp", "GDP"):
            row = self.client.get(f"/api/v1/indicators/{code}/").json()
            self.assertEqual(row["code"], code)
        answer = self.client.get("/api/v1/indicators/Gdp/")
        self.assertEqual(answer.status_code, 200)

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


class SchemaTests(TestCase):
    def test_schema_is_valid_and_complete(self):
        call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())

    def test_schema_is_served_as_it_is_generated(self):
        response = self.client.get("/api/schema/")
        self.assertEqual(response["Content-Type"], "application/vnd.oai.openapi+json")
        document = json.loads(response.content)
        validate_schema(document)
        validate(document)
        self.assertEqual(document["openapi"], "3.1.1")
        self.assertEqual(
            {path.split("/")[3] for path in document["paths"]}, set(RESOURCES)
        )

    def test_the_file_that_is_served_says_what_the_resources_are_now(self):
        self.assertEqual(
            SCHEMA_FILE.read_bytes(),
            generate_schema(),
            "Run manage.py write_api_schema, and look at what changes.",
        )

    def test_schema_names_the_parameters_and_errors_of_each_operation(self):
        document = json.loads(self.client.get("/api/schema/").content)
        for name, viewset in RESOURCES.items():
            filterset = getattr(viewset, "filterset_class", None)
            filters = filterset.base_filters if filterset else ()
            own = {"fields", "expand"} if viewset.expandable else {"fields"}
            key = "id" if viewset.lookup_field == "pk" else viewset.lookup_field
            paths = {
                f"/api/v1/{name}/": {*filters, *own, "cursor", "per_page"}
                | ({"sort"} if viewset.table_class else set()),
                f"/api/v1/{name}/{{{key}}}/": {*own, key},
            }
            errors = {"400", "401", "404", "406", "429", "503"}
            for path, parameters in paths.items():
                operation = document["paths"][path]["get"]
                with self.subTest(path=path):
                    self.assertEqual(
                        {parameter["name"] for parameter in operation["parameters"]},
                        parameters,
                    )
                    # A cluster may have had another name.
                    leads_on = path == "/api/v1/clusters/{slug}/"
                    self.assertEqual(
                        set(operation["responses"]),
                        {"200", "304", *errors} | ({"301"} if leads_on else set()),
                    )
                    self.assertTrue(operation["description"])
                    self.assertTrue(
                        all(p["description"] for p in operation["parameters"])
                    )

    def test_examples_are_answers_as_the_schema_describes_them(self):
        document = json.loads(self.client.get("/api/schema/").content)
        for path, operations in document["paths"].items():
            content = operations["get"]["responses"]["200"]["content"]
            answer = content["application/json"]
            schema = answer["schema"] | {"components": document["components"]}
            with self.subTest(path=path):
                OAS31Validator(schema).validate(answer["example"])

    def test_no_example_has_an_empty_text(self):
        for name, row in examples().items():
            with self.subTest(name=name):
                self.assertNotIn('""', json.dumps(row))

    def test_the_guide_names_all_that_can_be_expanded(self):
        guide = Path(settings.BASE_DIR, "docs", "api.md").read_text(encoding="utf-8")
        table = guide.partition("| Resource | `expand` |")[2].partition("\n\n")[0]
        named = {}
        for line in table.splitlines()[2:]:
            names, relations = (
                re.findall(r"`(.+?)`", cell) for cell in line.split("|")[1:3]
            )
            named |= dict.fromkeys(names, set(relations))
        expandable = {name: set(one.expandable) for name, one in RESOURCES.items()}
        self.assertEqual(named, {n: paths for n, paths in expandable.items() if paths})

    def test_threads_that_ask_at_once_get_the_same_schema(self):
        written_schema.cache_clear()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _n: written_schema(), range(16)))
        self.assertEqual(set(answers), {SCHEMA_FILE.read_bytes()})

    def test_schema_names_the_values_that_filters_know_at_present(self):
        make_linked_records()
        [code] = Country.objects.values_list("iso2", flat=True)
        document = json.loads(self.client.get("/api/schema/").content)
        operation = document["paths"]["/api/v1/partnerships/"]["get"]
        schemas = {p["name"]: p["schema"] for p in operation["parameters"]}
        self.assertEqual(schemas["target"]["items"]["enum"], [code, ""])
        self.assertEqual(
            schemas["state"]["items"]["enum"],
            ["planned", "running", "ended", "not_stated", ""],
        )

    def test_schema_is_served_while_the_database_is_away(self):
        with patch.object(
            ContentVersion.objects, "current", side_effect=OperationalError
        ):
            response = self.client.get("/api/schema/")
        self.assertEqual(response.content, SCHEMA_FILE.read_bytes())

    def test_schema_and_documentation_are_read_only(self):
        # As programs do, without a token of a form.
        client = Client(enforce_csrf_checks=True)
        self.assertEqual(client.post("/api/schema/").status_code, 405)
        self.assertEqual(self.client.post("/api/docs/").status_code, 405)


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
