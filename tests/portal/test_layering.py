"""Who may import whom, as docs/architecture.md draws it."""

import ast
from pathlib import Path

from django.conf import settings

# An app may import those before it.
APPS = ["countries", "clusters", "partnerships", "events"]
# The modules of the project that bring the apps together.
SITE = [
    *("portal.api", "portal.sitemaps", "portal.urls", "portal.views"),
    *("portal.comparison_views", "portal.country_views", "portal.data_views"),
    "portal.embed_views",
]
COMMANDS = "portal.management.commands."


def modules(package):
    """Yield name and path of the modules of ``package``, migrations aside."""
    root = Path(settings.BASE_DIR)
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if "migrations" not in parts:
            yield ".".join(parts).removesuffix(".__init__"), path


def absolute_imports(path):
    """Yield the names of what a module imports from anywhere but its own package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_part_of(name, packages):
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def test_apps_import_only_the_apps_before_them():
    wrong = [
        (module, imported)
        for position, app in enumerate(APPS)
        for module, path in modules(app)
        for imported in absolute_imports(path)
        if is_part_of(imported, APPS[position:])
    ]
    # An app itself is in the list too: inside an app imports are relative.
    assert wrong == []


def test_apps_leave_the_modules_of_the_whole_site_alone():
    wrong = [
        (module, imported)
        for app in APPS
        for module, path in modules(app)
        for imported in absolute_imports(path)
        if is_part_of(imported, [*SITE, "portal.management"])
    ]
    assert wrong == []


def test_only_the_site_and_its_commands_import_apps():
    wrong = [
        (module, imported)
        for module, path in modules("portal")
        if module not in SITE and not module.startswith(COMMANDS)
        for imported in absolute_imports(path)
        if is_part_of(imported, APPS)
    ]
    assert wrong == []
