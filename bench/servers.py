"""Servers that are measured, and what is asked of them."""

import argparse
import functools
import http.client
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PORT = 8790
ROUNDS = 15
# Of load, in seconds.
SECONDS = 3
# What the production settings need to run here.
ENVIRONMENT = {
    "DEBUG": "false",
    "API_RATE_LIMIT": "0",
    "EXPORT_RATE_LIMIT": "0",
    "LOCAL": "false",
    "ALLOWED_HOSTS": "127.0.0.1",
    "SECRET_KEY": "only-for-measuring-0123456789-abcdefghijklmnopqrstuvwxyz",
    "STATIC_ROOT": str(Path(tempfile.gettempdir()) / "portal-bench-static"),
}


# To somebody with a cookie no page is given that is ready: each is made anew.
HEADERS = {"X-Forwarded-Proto": "https", "Cookie": "made=anew"}


@contextmanager
def server(application, port):
    """Run an application as production does: granian, two workers of four threads."""
    command = [
        *(str(BIN / "granian"), "--interface", "wsgi", "--no-ws", "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "4", "--log-level", "error"),
        application,
    ]
    with run(command, port) as process:
        yield process


@contextmanager
def run(command, port):
    process = subprocess.Popen(  # noqa: S603 -- our own command
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'bench'}"},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for(port):
    for _attempt in range(300):
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port)) as client:
                client.request("GET", "/health/live")
                client.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"Nothing answers on port {port}.")


@functools.cache
def client_of(port):
    """Return the connection to a server; it is kept, as browsers keep theirs."""
    return http.client.HTTPConnection("127.0.0.1", port, timeout=300)


def fetch(port, path):
    """Return status, milliseconds to the first byte and to the last, and bytes."""
    client = client_of(port)
    start = time.perf_counter()
    try:
        client.request("GET", path, headers=HEADERS)
        response = client.getresponse()
    except ConnectionError:
        # The server closed a connection that was idle for long.
        client.close()
        start = time.perf_counter()
        client.request("GET", path, headers=HEADERS)
        response = client.getresponse()
    size = len(response.read1(1 << 16))
    first = time.perf_counter()
    while part := response.read1(1 << 20):
        size += len(part)
    last = time.perf_counter()
    response.close()
    if response.will_close:
        client.close()
    return response.status, (first - start) * 1000, (last - start) * 1000, size


def warm_up(port):
    """Ask until every worker answers from its index."""
    quick = 0
    for _attempt in range(600):
        # Another connection may be another worker's.
        client_of.cache_clear()
        quick = quick + 1 if fetch(port, "/partnerships/")[2] < 150 else 0
        if quick == 12:
            return
        time.sleep(0.1)
    raise TimeoutError("The index was not built in time.")


def in_turn(asked, rounds=ROUNDS):
    """Ask each of several things in turn; return the median milliseconds of each."""
    times = {name: [] for name in asked}
    for _round in range(rounds):
        for name, ask in asked.items():
            # The slow ones are asked less often.
            if len(times[name]) < 3 or statistics.median(times[name]) < 1000:
                times[name].append(ask())
    return {name: statistics.median(taken) for name, taken in times.items()}


def page(port, path):
    status, _first, last, _size = fetch(port, path)
    if status != 200:
        raise RuntimeError(f"{path} on port {port} answered {status}.")
    return last


def memory(process):
    """Return the MiB that the processes of a server hold."""
    children = subprocess.run(  # noqa: S603
        ["/usr/bin/pgrep", "-P", str(process.pid)], capture_output=True, text=True
    ).stdout.split()
    total = 0
    for pid in [str(process.pid), *children]:
        status = Path(f"/proc/{pid}/status").read_text()
        total += int(status.split("VmRSS:")[1].split()[0])
    return total / 1024


def show(headings, rows):
    print(f"| {' | '.join(headings)} |")
    print(f"|{' --- |' * len(headings)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def rate(port, path, *headers):
    """Return the requests that a server answers in a second to 16 connections."""
    command = [shutil.which("wrk"), "-t1", "-c16", f"-d{SECONDS}s"]
    command += [word for text in headers for word in ("-H", text)]
    answer = subprocess.run(  # noqa: S603
        [*command, f"http://127.0.0.1:{port}{path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", answer)[1])


def gunicorn(application, port):
    options = ("--workers", "2", "--worker-class", "gthread", "--threads", "4")
    bound = ("--bind", f"127.0.0.1:{port}", "--log-level", "error")
    return [str(BIN / "gunicorn"), *options, *bound, application]


def bare_server():
    return gunicorn("bare:application", PORT + 2)


def prepare(description):
    """Set Django up with a database of as many partnerships as the first argument says.

    ``description`` is shown with --help. Returns how many they are.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("rows", type=int)
    rows = parser.parse_args().rows
    sys.path[:0] = [str(ROOT), str(ROOT / "bench")]
    os.environ.update(ENVIRONMENT | {"DJANGO_SETTINGS_MODULE": "portal.settings"})
    django.setup()
    from dataset import FIRST_PK, fill
    from django.core.management import call_command

    from partnerships.models import Partnership

    call_command("migrate", verbosity=0)
    call_command("load_portal_data", stdout=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    if Partnership.objects.filter(pk__gte=FIRST_PK).count() != rows:
        fill(rows)
    call_command("collectstatic", verbosity=0, interactive=False)
    return rows
