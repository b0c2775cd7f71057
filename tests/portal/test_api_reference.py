"""The plain pages of the API say what its schema says."""

import html
import json
import re

import pytest

from portal.api import RESOURCES, SCHEMA_FILE

pytestmark = pytest.mark.django_db
DOCUMENT = json.loads(SCHEMA_FILE.read_bytes())


def rows(content, part):
    """Return the cells of each row of the table under a heading."""
    section = content.partition(f'aria-labelledby="{part}"')[2].partition("</section>")
    return [
        [
            " ".join(html.unescape(re.sub("<[^>]+>", "", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for row in re.findall(
            r"<tr>(.*?)</tr>", section[0].partition("<tbody>")[2], re.S
        )
    ]


@pytest.mark.parametrize("name", RESOURCES)
def test_a_page_names_all_parameters_and_fields_of_a_resource(client, name):
    content = client.get(f"/api/reference/{name}/").content.decode()
    listed = DOCUMENT["paths"][f"/api/v1/{name}/"]["get"]
    parameters = [parameter["name"] for parameter in listed["parameters"]]
    assert [row[0] for row in rows(content, "list")] == parameters
    fields = [row[0] for row in rows(content, "fields")]
    known = RESOURCES[name].serializer_class.Meta.fields
    assert [field for field in fields if "." not in field] == list(known)
    assert "<script src" not in content.partition("<main")[2]


def test_types_values_nulls_and_parts_are_told(client):
    content = client.get("/api/reference/partnerships/").content.decode()
    fields = {row[0]: row[1:] for row in rows(content, "fields")}
    assert fields["strand"] == [
        "Strand of the call; null where not stated.",
        "text, or null",
        "1, 2, voluntary, dual use",
    ]
    assert fields["targets"][1] == "several: object"
    assert fields["memberships.role"][2] == "lead, partner"
    assert fields["memberships.cluster"][1] == "object, or null"
    # A reference, as where nothing is expanded.
    assert "memberships.cluster.slug" in fields
    assert "memberships.cluster.summary" not in fields


def test_the_first_page_leads_to_all_others_and_names_every_error(client):
    content = client.get("/api/reference/").content.decode()
    for name in RESOURCES:
        assert f'href="/api/reference/{name}/"' in content
    assert [row[0] for row in rows(content, "rules")] == [
        *("400", "401", "404", "406", "429", "503"),
    ]
    assert client.get("/api/reference/nothing/").status_code == 404


def test_who_has_no_script_is_led_there(client):
    content = client.get("/api/docs/").content.decode()
    before = content.partition("<main")[0]
    assert 'href="/api/reference/"' in before


@pytest.mark.parametrize("address", ["/api/reference/news/", "/data/news/"])
def test_the_navigation_takes_it_for_no_list(client, address):
    navigation = client.get(address).content.decode().partition("<nav")[2]
    assert "aria-current" not in navigation.partition("</nav>")[0]
