"""The documentation keeps up with what it describes."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("locale/*.md")]
)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def settings_from_the_environment():
    """Return the names that portal/settings.py reads with ``env.…("NAME")``."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(read("portal/settings.py")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.func.attr != "read_env"
    }


def test_every_setting_is_documented_and_no_other():
    documented = re.findall(r"^\| `([A-Z0-9_]+)` \|", read("docs/settings.md"), re.M)
    assert sorted(documented) == sorted(settings_from_the_environment())


def test_the_example_file_names_only_settings():
    named = re.findall(r"^#?([A-Z0-9_]+)=", read(".env.example"), re.M)
    compose = set(re.findall(r"\$\{([A-Z0-9_]+)", read("docker-compose.yml")))
    assert set(named) <= settings_from_the_environment() | compose
    assert compose <= set(named)


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_readme_shows(command):
    assert command in read("README.md")


def test_make_lists_every_task():
    makefile = read("Makefile")
    tasks = re.search(r"^\.PHONY: (.+)$", makefile, re.M).group(1).split()
    targets = re.findall(r"^([a-z]+):", makefile, re.M)
    listed = re.findall(r"^([a-z]+):.*## \S", makefile, re.M)
    assert sorted(targets) == sorted(listed) == sorted(tasks)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(path):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    missing = [
        link
        for link in links
        if not re.match(r"https?:|mailto:", link) and not (path.parent / link).exists()
    ]
    assert missing == []
