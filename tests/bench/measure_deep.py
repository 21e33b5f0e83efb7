"""Deep pages: the 1st, the 100th and the 10,000th page of the same queries, cache off.

A query is all stations from a day of the data's first year on. There are many of
them, so that it evens out which pages happen to lie across the end of a year or of a
station and therefore need more blocks.
"""

import json
from contextlib import ExitStack
from datetime import date, timedelta

from dataset import PAGE_SIZE
from load import run_load, write_paths
from programs import NO_DATA
from settings import BenchError
from table import Row, at_most_times
from verify import compare_days

NUMBERS = (1, 100, 10_000)
QUERIES = 365
VERIFIED = 8
WARM_UP_SECONDS = 1
MOST = 1.1


def measure_deep(settings, programs, dataset, say):
    """Median seconds of a page on one connection; the three take turns."""
    starts = make_starts(dataset)
    loads = {number: [] for number in NUMBERS}
    with ExitStack() as stack:
        server = stack.enter_context(programs.server("almanac", without=NO_DATA))
        say("deep: comparing pages with the files")
        files = {}
        for number in NUMBERS:
            verify_page(server, dataset, starts[:: QUERIES // VERIFIED], number)
            paths = [page_path(start, number) for start in starts]
            files[number] = write_paths(f"deep-{number}", paths)
            run_load(settings.wrk, server, files[number], WARM_UP_SECONDS, connections=1)
        for run in range(settings.runs):
            say(f"deep: run {run + 1} of {settings.runs}")
            for number in NUMBERS[run % 3 :] + NUMBERS[: run % 3]:
                load = run_load(
                    settings.wrk, server, files[number], settings.seconds, run, connections=1
                )
                loads[number].append(load)
    times = {number: [load.p50 for load in loads[number]] for number in NUMBERS}
    rows = [make_row(number, times) for number in NUMBERS[1:]]
    return rows, {str(number): [vars(load) for load in runs] for number, runs in loads.items()}


def make_row(number, times):
    what = f"page {number:,}, cache off"
    return Row(what, "s", "page 1", times[1], times[number], at_most_times(MOST))


def make_starts(dataset):
    first = min(station.lines[0][:8] for station in dataset.stations.values()).decode()
    day = date(int(first[:4]), int(first[4:6]), int(first[6:]))
    return [(day + timedelta(days=number)).isoformat() for number in range(QUERIES)]


def page_path(start, number):
    return f"/api/weather?start_date={start}&page={number}&page_size={PAGE_SIZE}"


def verify_page(server, dataset, starts, number):
    for start in starts:
        path = page_path(start, number)
        status, body = server.get(path)
        if status != 200:
            raise BenchError(f"{server.name} answered {status} to {path}: {body[:500]!r}")
        wanted = dataset.day_rows_of_all(start, (number - 1) * PAGE_SIZE)
        difference = compare_days(json.loads(body)["data"], wanted)
        if difference:
            raise BenchError(f"{server.name} answers {path} wrongly: {difference}")
