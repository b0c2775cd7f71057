import json
from base64 import b64encode

import pytest
from django.test import TestCase

from portal.api import RESOURCES
from tests.factories import (
    make_country,
    make_partnership,
)

from .linked_records import make_linked_records

LISTS = [f"/api/v1/{name}/" for name in RESOURCES]


def cursor(*parts):
    return b64encode(json.dumps(parts).encode()).decode().rstrip("=")


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
            errors={"target": ["Unknown value: XX. Known are: MX."]},
        )

    def test_an_unknown_value_is_answered_with_the_few_that_are_known(self):
        states = "held, renewable, lapsed, ever"
        for query, known in (
            ("partnerships/?match=", "any, all"),
            ("partnerships/?state=", "planned, running, ended, not_stated"),
            ("clusters/?label_state=", states),
            ("labels/?label_state=", states),
            ("events/?format=", "on_site, online, hybrid"),
        ):
            with self.subTest(query=query):
                problem = self.client.get(f"/api/v1/{query}<b>%25s").json()
                (errors,) = problem["errors"].values()
                self.assertEqual(errors, [f"Unknown value: <b>%s. Known are: {known}."])

    def test_of_many_known_values_it_is_told_what_they_look_like(self):
        for number in range(20):
            make_country(iso2=f"Q{chr(65 + number)}", region=f"Region {number}")
        problem = self.client.get("/api/v1/clusters/?country=xx").json()
        self.assertIn("QT", problem["errors"]["country"][0])
        make_country(iso2="ZZ", region="Another")
        for query, expected in (
            (
                "clusters/?country=xx&country=yy",
                "Unknown value: xx, yy. "
                "Expected: Slug, or ISO 3166 code of two letters.",
            ),
            ("countries/?region=xx", "Unknown value: xx."),
        ):
            with self.subTest(query=query):
                problem = self.client.get(f"/api/v1/{query}").json()
                self.assertEqual(list(problem["errors"].values()), [[expected]])

    def test_where_nothing_is_known_nothing_is_named(self):
        problem = self.client.get("/api/v1/countries/?region=xx").json()
        self.assertEqual(problem["errors"], {"region": ["Unknown value: xx."]})

    def test_an_unknown_parameter_is_refused_with_the_known_ones(self):
        response = self.client.get("/api/v1/countries/?page=2&q=mexico")
        self.assert_problem(
            response,
            400,
            title="Bad Request",
            detail="The query is not valid: page.",
            errors={
                "page": [
                    "Unknown parameter. Known are: cursor, fields, per_page, q, "
                    "region, sort, target."
                ]
            },
        )

    def test_the_root_takes_no_parameter(self):
        for headers in ({}, {"If-None-Match": "*"}):
            response = self.client.get("/api/v1/?bogus=1", headers=headers)
            self.assert_problem(
                response,
                400,
                title="Bad Request",
                detail="The query is not valid: bogus.",
                errors={"bogus": ["Unknown parameter. None is known here."]},
            )
            self.assertNotIn("Last-Modified", response.headers)

    def test_a_second_value_of_what_takes_one_is_refused_by_name(self):
        for query in (
            *("smes_min=bogus&smes_min=2", "sort=bogus&sort=name", "q=a&q=zz"),
            *("per_page=bogus&per_page=2", "per_page=2&per_page=2", "sort=name&sort="),
            *("cursor=a&cursor=", "smes_max=1&q=a&smes_max=2"),
        ):
            with self.subTest(query=query):
                name = query.partition("=")[0]
                message = "It takes one value, and is given several times."
                self.assert_problem(
                    self.client.get(f"/api/v1/partnerships/?{query}"),
                    400,
                    title="Bad Request",
                    detail=f"The query is not valid: {name}.",
                    errors={name: [message]},
                )

    def test_what_takes_several_values_may_be_repeated(self):
        make_partnership(targets=[make_country(iso2="MX"), make_country(iso2="CL")])
        for query in (
            *("target=MX&target=CL", "state=running&state=ended"),
            *("fields=slug&fields=name", "expand=targets&expand=memberships.cluster"),
        ):
            with self.subTest(query=query):
                response = self.client.get(f"/api/v1/partnerships/?{query}")
                self.assertEqual(response.status_code, 200)

    def test_a_single_record_takes_no_filter(self):
        country = make_country()
        response = self.client.get(f"/api/v1/countries/{country.slug}/?q=a")
        self.assertEqual(
            response.json()["errors"],
            {"q": ["Unknown parameter. Known are: fields."]},
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
                self.assertNotIn("matches the given query", response.json()["detail"])
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
            *(
                "====",
                "ÿ",
                "W10",
                "e30",
                "bnVsbA",
                "*" * 3600,
                cursor(),
                cursor(1, 2, 3),
            ),
            *(cursor("name", 0, ["\0", 1]), cursor("name", 0, ["\ud800", 1])),
            *(cursor("", 0, [value]) for value in (10**30, -1, 1.5, "x", [], None)),
        ]
        make_linked_records()
        broken = []
        for name, viewset in RESOURCES.items():
            for key in viewset.parameters("list"):
                for value in junk:
                    response = self.client.get(f"/api/v1/{name}/", {key: value})
                    expected = (200, 400, 404) if key == "cursor" else (200, 400)
                    if response.status_code not in expected:
                        broken.append((name, key, value[:20]))
        self.assertEqual(broken, [])

    def test_a_junk_cursor_is_refused_by_name(self):
        for address in LISTS:
            for value in ("junk!", cursor("", 2, ["a"]), "é", "W" * 3500):
                with self.subTest(address=address, value=value):
                    response = self.client.get(address, {"cursor": value})
                    self.assertEqual(
                        (response.status_code, list(response.json()["errors"])),
                        (404, ["cursor"]),
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


@pytest.mark.django_db
def test_blanks_are_no_number_and_a_page_leaves_them_out(client):
    for text in ("\t", " 5", "5\n"):
        for name, key in (("facts", "year_min"), ("partnerships", "smes_max")):
            answer = client.get(f"/api/v1/{name}/", {key: text})
            assert (answer.status_code, list(answer.json()["errors"])) == (400, [key])
    page = client.get("/partnerships/", {"smes_max": " 5 "})
    assert page.context["ignored"] == []
