"""Measure a list of the API beside the ORM with a serializer, and print a table.

    DATABASE_URL=… python bench/api.py 100000

Lists of 50 partnerships, each made anew for each request, by the production server. The
peer is the serializer of the portal over objects of the ORM, without any middleware
(usual.py). A 304 is the answer to who has the list already; with wrk, its rate is
measured beside that of a bare view of Django under gunicorn (bare.py).
"""

import http.client
import json
import shutil
import statistics
import time
from contextlib import ExitStack, closing
from itertools import cycle
from urllib.parse import urlencode

from dataset import WORDS
from django.db.models import Count
from servers import (
    PORT,
    ROUNDS,
    bare_server,
    in_turn,
    page,
    prepare,
    rate,
    run,
    server,
    show,
    warm_up,
)

PATH = "/api/v1/partnerships/"
TURNS = 5


def unchanged(path):
    """Return what asks for a list that has not changed."""
    client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    headers = {"X-Forwarded-Proto": "https"}
    client.request("GET", path, headers=headers)
    answer = client.getresponse()
    answer.read()
    headers["If-None-Match"] = answer.headers["ETag"]

    def ask():
        start = time.perf_counter()
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        answer.read()
        if answer.status != 304:
            raise RuntimeError(f"{path} answered {answer.status}.")
        return (time.perf_counter() - start) * 1000

    return ask


def tag_of(path):
    with closing(http.client.HTTPConnection("127.0.0.1", PORT)) as client:
        client.request("GET", path, headers={"X-Forwarded-Proto": "https"})
        return client.getresponse().headers["ETag"]


def measure_rates(path):
    """Let the 304 and the bare view answer in turn, each as often as it can."""
    headers = ["X-Forwarded-Proto: https", f"If-None-Match: {tag_of(path)}"]
    pairs = [(rate(PORT, path, *headers), rate(PORT + 2, "/")) for _ in range(TURNS)]
    unchanged_rate, bare_rate = map(statistics.median, zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    show(
        ["304 in a second", "bare view", "ratio"],
        [[f"{unchanged_rate:,.0f}", f"{bare_rate:,.0f}", f"{ratio:.1f} ×"]],
    )


def next_page(path):
    """Return the address that a list names as that of the next page."""
    with closing(http.client.HTTPConnection("127.0.0.1", PORT)) as client:
        client.request("GET", path, headers={"X-Forwarded-Proto": "https"})
        address = json.loads(client.getresponse().read())["next"]
    return address[address.index(PATH) :]


def queries():
    """Return the addresses to ask for: a filter, text, orders and fields.

    Text is another one in each round, which nobody looked for before; the last one is
    for who has it already.
    """
    from countries.models import Country
    from partnerships.models import Partnership

    # The API refuses what is no target, which a page only leaves out.
    total = Partnership.objects.count()
    targets = Country.objects.targets().annotate(number=Count("targeting_partnerships"))
    shares = {country.iso2: country.number / total for country in targets}
    code = min(shares, key=lambda code: abs(shares[code] - 0.08))
    some = [("target", code)]
    asked = {"no filter": [], f"{shares[code]:.0%} of rows": some}
    asked["few fields"] = [*some, ("fields", "acronym,name,targets")]
    asked["most SMEs first"] = [*some, ("sort", "-smes")]
    found = {name: [address(pairs)] for name, pairs in asked.items()}
    texts = [f"hydrogen {word}" for word in WORDS[: ROUNDS + 1]]
    return found | {"text": [address([("q", text)]) for text in texts]}


def address(pairs):
    return f"{PATH}?{urlencode([('per_page', 50), *pairs])}"


def measure():
    paths = queries()
    paths["the page after"] = [next_page(paths["no filter"][0])]
    rows = []
    for name, addresses in paths.items():
        mine, theirs, path = cycle(addresses), cycle(addresses), addresses[-1]
        asked = {
            "portal": lambda mine=mine: page(PORT, next(mine)),
            "304": unchanged(path),
        }
        if "fields" not in path and "cursor" not in path and "sort" not in path:
            asked["orm"] = lambda theirs=theirs: page(PORT + 1, next(theirs))
        medians = in_turn(asked)
        orm = medians.get("orm")
        ratio = f"{orm:,.0f} ms ({orm / medians['portal']:.1f} ×)" if orm else "–"
        rows.append(
            [name, f"{medians['portal']:.1f} ms", ratio, f"{medians['304']:.1f} ms"]
        )
    show(["case", "portal", "ORM and serializer", "304"], rows)


def main():
    rows = prepare(__doc__)
    from django.db import connection

    print(f"### {rows:,} partnerships on {connection.display_name}\n", flush=True)
    with ExitStack() as stack:
        stack.enter_context(server("portal.wsgi:application", PORT))
        stack.enter_context(server("usual:application", PORT + 1))
        warm_up(PORT)
        measure()
        if shutil.which("wrk"):
            stack.enter_context(run(bare_server(), PORT + 2))
            measure_rates(queries()["no filter"][0])


if __name__ == "__main__":
    main()
