"""Exports of everything: their speed beside COPY, and what they do to other requests."""

import time

from export import exports_running, time_export, verify_export
from load import run_load
from measure_serve import SETTLE_SECONDS, write_page_paths
from pages import make_day_pages
from peer_copy import PLAIN, SAME_TEXT, time_copy
from settings import BenchError
from table import Row, at_least_times, at_most, at_most_times
from verify import verify_days, verify_load

MIB = 1024 * 1024
WARM_UP_SECONDS = 1
CLIENTS = 4
# Small requests at a modest rate: some 1,500 a second.
SMALL_CONNECTIONS = 16
SMALL_PAUSE_MS = 10
START_TIMEOUT = 30


def measure_export(settings, programs, dataset, say):
    """Each run asks a server that was just started, and then again when it has its cache.
    Memory counts from before each of the two, so the first's has the cache in it."""
    copies = {PLAIN: [], SAME_TEXT: []}
    seconds, growth = ([], []), ([], [])  # of the first export, of the one after it
    with programs.server("almanac") as server:
        say("export: comparing every row with the files")
        length = verify_export(server, dataset)
    for run in range(settings.runs):
        say(f"export: run {run + 1} of {settings.runs}")
        for query, samples in copies.items():
            samples.append(time_copy(settings, programs, query, dataset.days))
        with programs.server("almanac") as server:
            time.sleep(SETTLE_SECONDS)
            for turn in range(2):
                before = server.begin_peak()
                seconds[turn].append(time_export(settings, server, length))
                growth[turn].append((server.peak() - before) / MIB)
    rows = [
        Row("all days as CSV", "s", "COPY, same text", copies[SAME_TEXT], seconds[0], at_least_times(10)),
        Row("all days as CSV", "s", "COPY of integers", copies[PLAIN], seconds[0], None),
        Row("all days as CSV, again", "s", "COPY, same text", copies[SAME_TEXT], seconds[1], None),
        Row("memory growth of it", "MiB", "-", [], growth[0], at_most(8)),
        Row("memory growth of it, again", "MiB", "-", [], growth[1], at_most(8)),
    ]
    return rows, {"bytes": length}


def measure_beside(settings, programs, dataset, say):
    """p99 of small requests alone, while another server exports, and while this one does,
    in turn. What the other does to them is the machine's doing: all share its cores."""
    pages = make_day_pages(dataset)
    loads = {"alone": [], "other": [], "beside": []}
    exports = {"other": [], "beside": []}  # finished in a second
    with programs.server("almanac") as server, programs.server("almanac") as other:
        say("beside: comparing with the files")
        length = verify_export(server, dataset)
        verify_export(other, dataset)
        page_length = verify_days(server, pages, dataset)
        file = write_page_paths("beside", "almanac", pages)
        run_small(settings, server, file, WARM_UP_SECONDS, 1)
        for run in range(settings.runs):
            say(f"beside: run {run + 1} of {settings.runs}")
            loads["alone"].append(run_small(settings, server, file, settings.seconds, run))
            for name, exporter in (("other", other), ("beside", server)):
                with exports_running(settings, exporter, CLIENTS, length) as running:
                    wait_for_first(running)
                    before = running.count()
                    loads[name].append(run_small(settings, server, file, settings.seconds, run))
                    running.check_running()
                    exports[name].append((running.count() - before) / settings.seconds)
            for load in (samples[-1] for samples in loads.values()):
                verify_load(server, load, page_length)
    details = {name: [vars(load) for load in samples] for name, samples in loads.items()}
    return make_beside_rows(loads), details | {"exports_per_second": exports}


def make_beside_rows(loads):
    p99 = {name: [load.p99 for load in samples] for name, samples in loads.items()}
    what = f"p99 beside {CLIENTS} exports"
    return [
        Row(what, "s", "alone", p99["alone"], p99["beside"], at_most_times(3)),
        Row(what, "s", "other server's", p99["other"], p99["beside"], None),
    ]


def run_small(settings, server, file, seconds, seed):
    return run_load(settings.wrk, server, file, seconds, seed, SMALL_CONNECTIONS, SMALL_PAUSE_MS)


def wait_for_first(running):
    deadline = time.perf_counter() + START_TIMEOUT
    while running.count() < CLIENTS:
        running.check_running()
        if time.perf_counter() > deadline:
            raise BenchError(f"{CLIENTS} exports were not done in {START_TIMEOUT} s")
        time.sleep(0.01)
