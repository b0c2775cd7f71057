"""The examples of docs/open-data.md, run as they stand there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from partnerships.models import Partnership
from tests.factories import make_country, make_event, make_fact, make_partnership

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = (Path(settings.BASE_DIR) / "docs" / "open-data.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"
# What an answer holds, by a part of its command; each command is in one of them.
EXPECTED = {
    "countries.csv": "\nMX,MEX,mexico,Mexico,",
    "partnerships.jsonl": '"acronym":"ALPHA"',
    "facts.json": '"country_name":"Mexico"',
    "--etag-save": "",
    "--etag-compare": "304\n",
    "/partnerships/?target=MX&format=csv": "ALPHA",
    "/api/v1/partnerships/?target=MX": '"acronym":"ALPHA"',
    "/api/v1/facts/?country=MX": '"year":',
    "/countries/compare/": '"row":"Population"',
    "catalog.jsonld": "dcat:Catalog",
    "oembed": "<iframe src=",
}


def blocks(language):
    return re.findall(rf"^```{language}\n(.+?)^```", TEXT, re.M | re.S)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if line]


@pytest.fixture(autouse=True)
def records():
    mexico = make_country(iso2="MX", iso3="MEX", slug="mexico", name="Mexico")
    make_country(iso2="CL", iso3="CHL", slug="chile", name="Chile")
    make_fact(country=mexico).indicator.__class__.objects.update(name="Population")
    make_event(country=mexico)
    make_partnership([mexico], acronym="ALPHA")
    for _number in range(101):
        make_partnership()


def run(command, folder):
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=True
    ).stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="No curl on PATH.")
def test_each_command_answers_what_it_promises(live_server, tmp_path):
    met = set()
    for command in COMMANDS:
        assert command.startswith("curl --fail "), command
        answer = run(["sh", "-c", command.replace(ADDRESS, live_server.url)], tmp_path)
        (part,) = [part for part in EXPECTED if part in command]
        assert EXPECTED[part] in answer, command
        met.add(part)
    assert met == EXPECTED.keys()
    assert (tmp_path / "events.csv").read_text().startswith("uid,slug,title")


def test_the_python_example_reads_all_partnerships_in_ten_lines(live_server, tmp_path):
    (example,) = blocks("python")
    body = [line for line in example.splitlines() if line.strip()]
    assert len(body) <= 10
    answer = run(
        [sys.executable, "-I", "-c", example.replace(ADDRESS, live_server.url)],
        tmp_path,
    )
    assert answer == f"{Partnership.objects.count()} partnerships\n"
