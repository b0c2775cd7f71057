"""Measure the page of a country after a publication, in a process alone.

    DATABASE_URL=… python bench/country.py 100000

Writes a record of some kind, asks for the page as somebody with a cookie does, to whom no
page is given that is ready, and tells how long the processor worked in this process and
how many queries it took.
"""

import io
import statistics
import sys
import time

from servers import ROUNDS, prepare, show

PAGE = "/countries/mexico/"


def ask(application):
    """Ask for the page; raises RuntimeError where there is none."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": PAGE,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_COOKIE": "made=anew",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    told = []
    answer = application(environ, lambda status, headers, *error: told.append(status))
    for _part in answer:
        pass
    answer.close()
    if not told[0].startswith("200"):
        raise RuntimeError(f"{PAGE} answered {told[0]}.")


def writers():
    """Return for each kind what changes one of its records."""
    from django.utils import timezone

    from clusters.models import Cluster
    from countries.models import Country, CountrySection
    from events.models import Achievement, Event, NewsItem
    from partnerships.models import Partnership

    records = {
        "news": NewsItem.objects.filter(countries__slug="mexico"),
        "an achievement": Achievement.objects.all(),
        "an event": Event.objects.all(),
        "a section": CountrySection.objects.filter(country__slug="mexico"),
        "a cluster": Cluster.objects.filter(country__slug="mexico"),
        "a partnership": Partnership.objects.filter(targets__slug="mexico"),
        "the country": Country.objects.filter(slug="mexico"),
    }

    def write(found):
        one = found.model.objects.filter(pk=found.values_list("pk", flat=True)[0])
        one.update(updated_at=timezone.now())

    return {name: lambda found=found: write(found) for name, found in records.items()}


def measure(application, write):
    """Return the median of milliseconds of the processor, and the queries."""
    from django.db import connection

    taken, queries = [], []

    def count(execute, *asked):
        queries.append(asked[0])
        return execute(*asked)

    for _round in range(ROUNDS):
        write()
        queries.clear()
        with connection.execute_wrapper(count):
            start = time.process_time()
            ask(application)
            taken.append((time.process_time() - start) * 1000)
    return statistics.median(taken), len(queries)


def main():
    rows = prepare(__doc__)
    from django.db import connection

    from partnerships.index import live_partnerships
    from portal.wsgi import application

    print(f"### {PAGE} beside {rows:,} partnerships on {connection.display_name}\n")
    while live_partnerships.current() is None:
        time.sleep(0.1)
    ask(application)
    cells = []
    for name, write in {"nothing": lambda: None, **writers()}.items():
        milliseconds, queries = measure(application, write)
        cells.append([name, f"{milliseconds:.1f} ms", str(queries)])
    show(["written before", "processor", "queries"], cells)


if __name__ == "__main__":
    main()
