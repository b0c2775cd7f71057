import json
from pathlib import Path
from typing import Any

from babel.core import get_global
from django.core.management.base import BaseCommand, CommandError

from countries.cartography import drawing
from countries.world_map import DATA

SOURCE = "Natural Earth 4.1.0"


class Command(BaseCommand):
    help = (
        "Draw countries/data/world_map.json anew from the borders of Natural Earth; "
        "docs/data.md tells where these come from. Nothing runs this but people."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "atlas", type=Path, help="The file countries-50m.json of world-atlas."
        )
        parser.add_argument("--output", type=Path, default=DATA)

    def handle(self, *args, **options):
        try:
            topology = json.loads(options["atlas"].read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['atlas']}: {error}") from error
        world = {"source": SOURCE} | drawing(topology, code_of_number)
        text = one_line_for_each_country(world)
        options["output"].write_text(text, encoding="utf-8")
        self.stdout.write(f"{options['output']}: {len(text)} bytes")


def code_of_number(number: str) -> str:
    """Return the code of two letters for a code of three digits, as CLDR has them."""
    [code] = get_global("territory_aliases")[number]
    return code


def one_line_for_each_country(world: dict[str, Any]) -> str:
    """Write JSON in which a change of one country changes one line."""
    countries = world.pop("countries")
    lines = ",\n".join(
        f"{json.dumps(code)}: {json.dumps(country, separators=(',', ':'))}"
        for code, country in countries.items()
    )
    beginning = json.dumps(world, indent=1).removesuffix("\n}")
    return f'{beginning},\n "countries": {{\n{lines}\n}}}}\n'
