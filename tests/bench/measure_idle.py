"""Idle connections: what 10,000 of them cost, and what they do to others."""

import resource
import select
import socket
import time
from contextlib import contextmanager

from load import run_load
from measure_serve import SETTLE_SECONDS, write_page_paths
from pages import make_day_pages
from settings import BenchError
from table import Row, at_least_times, at_most
from verify import verify_days, verify_load

KIB = 1024
CONNECTIONS = 10_000
OTHER_FILES = 500  # the server's and ours, beside those connections
WARM_UP_SECONDS = 1
ANSWER_TIMEOUT = 10
WANTED_RATE = 0.9  # of the rate without them; less is not the noise of a shared machine


def measure_idle(settings, programs, dataset, say):
    """Each run starts a server, loads it, adds the connections, loads it again."""
    raise_file_limit(CONNECTIONS + OTHER_FILES)
    pages = make_day_pages(dataset)
    file = write_page_paths("idle", "almanac", pages)
    without, beside, kib_each = [], [], []
    for run in range(settings.runs):
        say(f"idle: run {run + 1} of {settings.runs}")
        with programs.server("almanac") as server:
            length = verify_days(server, pages, dataset)
            run_load(settings.wrk, server, file, WARM_UP_SECONDS)
            without.append(run_load(settings.wrk, server, file, settings.seconds, run))
            before = memory_at_rest(server)
            with open_connections(server, pages) as connections:
                kib_each.append((memory_at_rest(server) - before) / CONNECTIONS / KIB)
                beside.append(run_load(settings.wrk, server, file, settings.seconds, run))
                check_open(connections)
            for load in (without[-1], beside[-1]):
                verify_load(server, load, length)
    rates = [[load.rate for load in loads] for loads in (without, beside)]
    what = f"page beside {CONNECTIONS:,} idle connections"
    rows = [
        Row("memory of an idle connection", "KiB", "-", [], kib_each, at_most(20)),
        Row(what, "/s", "without them", *rates, at_least_times(WANTED_RATE)),
    ]
    loads = {"without": [vars(load) for load in without], "beside": [vars(load) for load in beside]}
    return rows, loads


def memory_at_rest(server):
    time.sleep(SETTLE_SECONDS)
    return server.memory()


def raise_file_limit(wanted):
    """As far as allowed; the server, which we start, does it for itself."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise BenchError(f"only {hard} files may be open here (ulimit -Hn), {wanted} are needed")
    soft = hard if hard != resource.RLIM_INFINITY else wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def open_connections(server, pages):
    """Connections that have asked for a page each, got it, and stay."""
    connections = []
    try:
        for number in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", server.port), ANSWER_TIMEOUT)
            connections.append(connection)
            ask(connection, pages[number % len(pages)].almanac)
        yield connections
    finally:
        for connection in connections:
            connection.close()


def ask(connection, path):
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    answer = bytearray()
    while (end := answer.find(b"\r\n\r\n")) < 0:
        receive(connection, answer)
    head = answer[:end].decode("latin-1").lower()
    if not head.startswith("http/1.1 200 "):
        raise BenchError(f"an idle connection's request was answered {head.splitlines()[0]!r}")
    length = int(head.split("content-length: ")[1].split("\r\n")[0])
    while len(answer) < end + 4 + length:
        receive(connection, answer)


def receive(connection, answer):
    part = connection.recv(65536)
    if not part:
        raise BenchError("the server closed a connection that was to idle")
    answer += part


def check_open(connections):
    """None was closed meanwhile: there is nothing to read, not even the end."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    closed = len(poll.poll(0))
    if closed:
        raise BenchError(f"{closed} of {len(connections)} idle connections did not stay open")
