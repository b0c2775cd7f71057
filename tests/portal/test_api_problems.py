from base64 import b64encode
from urllib.parse import urlencode

from django.test import TestCase

from portal.api import RESOURCES
from tests.factories import (
    make_country,
    make_partnership,
)

from .linked_records import make_linked_records

LISTS = [f"/api/v1/{name}/" for name in RESOURCES]


def cursor(**tokens):
    return b64encode(urlencode(tokens).encode()).decode()


class ProblemTests(TestCase):
    maxDiff = None

    def assert_problem(self, response, status, **problem):
        self.assertEqual(response["Content-Type"], "application/problem+json")
        self.assertEqual(response.status_code, status)
        expected = {"type": "about:blank", "status": status} | problem
        self.assertEqual(response.json(), expected)

    def test_an_unknown_value_is_refused_by_name(self):
        make_partnership(targets=[make_country(iso2="MX")])
        response = self.client.get("/api/v1/partnerships/?target=mx&target=XX")
        self.assert_problem(
            response,
            400,
            title="Bad Request",
            detail="The query is not valid: target.",
            errors={"target": ["Unknown value: XX."]},
        )

    def test_an_unknown_parameter_is_refused_with_the_known_ones(self):
        response = self.client.get("/api/v1/countries/?page=2&q=mexico")
        self.assert_problem(
            response,
            400,
            title="Bad Request",
            detail="The query is not valid: page.",
            errors={
                "page": [
                    "Unknown parameter. Known are: cursor, per_page, q, region, target."
                ]
            },
        )

    def test_a_single_record_takes_no_parameter(self):
        country = make_country()
        response = self.client.get(f"/api/v1/countries/{country.slug}/?q=a")
        self.assertEqual(
            response.json()["errors"],
            {"q": ["Unknown parameter. This address takes none."]},
        )

    def test_what_is_not_there_is_a_problem_too(self):
        for address in (
            *("countries/nowhere/", "countries/XX/", "sources/1/", "nothing/"),
            *("sources/999999999999999999/", "sources/" + "9" * 5000 + "/"),
            *("countries/a%00b/", "countries/%0A/", "labels/-1/", "industries/C!/"),
        ):
            with self.subTest(address=address[:30]):
                response = self.client.get(f"/api/v1/{address}")
                self.assertEqual(response.status_code, 404)
                self.assertEqual(response["Content-Type"], "application/problem+json")
                self.assertEqual(
                    list(response.json()), ["type", "title", "status", "detail"]
                )

    def test_only_safe_methods_are_allowed(self):
        country = make_country()
        for address in (*LISTS, f"/api/v1/countries/{country.slug}/", "/api/v1/"):
            for method in ("post", "put", "patch", "delete", "trace"):
                with self.subTest(address=address, method=method):
                    response = getattr(self.client, method)(address)
                    self.assert_problem(
                        response,
                        405,
                        title="Method Not Allowed",
                        detail=f'Method "{method.upper()}" not allowed.',
                    )
                    self.assertEqual(response["Allow"], "GET, HEAD, OPTIONS")

    def test_other_formats_are_refused(self):
        response = self.client.get("/api/v1/news/", headers={"Accept": "text/csv"})
        self.assert_problem(
            response,
            406,
            title="Not Acceptable",
            detail="Could not satisfy the request Accept header.",
        )

    def test_junk_is_refused_and_breaks_nothing(self):
        junk = [
            *("\0", "a\0b", "-1", "0", "101", "1e400", "-1E+9999999", "NaN"),
            *("9" * 30, "9" * 5000, "é", "%", "[]", "2016-13-01", "x" * 60_000),
            *(cursor(p="\0"), cursor(p="a"), cursor(o="-1"), cursor(o="9" * 30)),
            *(cursor(r="x"), cursor(r="9" * 5000), cursor(p="9" * 30), "====", "ÿ"),
        ]
        make_linked_records()
        broken = []
        for name, viewset in RESOURCES.items():
            filterset = getattr(viewset, "filterset_class", None)
            filters = filterset.base_filters if filterset else ()
            for key in [*filters, "cursor", "per_page"]:
                for value in junk:
                    response = self.client.get(f"/api/v1/{name}/", {key: value})
                    if response.status_code not in (200, 400):
                        broken.append((name, key, value[:20]))
        self.assertEqual(broken, [])

    def test_a_junk_cursor_is_refused_by_name(self):
        for address in LISTS:
            for value in ("junk!", cursor(p="\0"), cursor(o="-1"), "é"):
                with self.subTest(address=address, value=value):
                    response = self.client.get(address, {"cursor": value})
                    self.assertEqual(
                        (response.status_code, list(response.json()["errors"])),
                        (400, ["cursor"]),
                    )

    def test_page_sizes_beyond_the_largest_are_refused(self):
        for text in ("0", "101", "-1", "ten", "1.5", "9" * 900, "٣"):
            with self.subTest(text=text[:10]):
                response = self.client.get("/api/v1/news/", {"per_page": text})
                self.assertEqual(
                    (response.status_code, response.json().get("errors")),
                    (400, {"per_page": ["Write a whole number from 1 to 100."]}),
                )

    def test_a_thousand_parameters_are_a_bad_request(self):
        response = self.client.get("/api/v1/news/?" + "q=a&" * 2000)
        self.assertEqual(response.status_code, 400)

    def test_empty_values_are_as_good_as_none(self):
        for address in ("partnerships/?target=&smes_min=&q=", "news/?from=&per_page="):
            with self.subTest(address=address):
                response = self.client.get(f"/api/v1/{address}")
                self.assertEqual(response.status_code, 200)
