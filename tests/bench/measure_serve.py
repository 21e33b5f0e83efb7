"""Serving: pages under load, time to get ready, memory at rest."""

import time
from contextlib import ExitStack

from load import run_load, write_paths
from pages import make_day_pages, make_year_pages
from programs import NO_ANSWERS
from table import Row, at_least_times, at_most
from verify import verify_days, verify_load, verify_years

MIB = 1024 * 1024
WARM_UP_SECONDS = 1
SETTLE_SECONDS = 1
REST_SECONDS = 8  # answers that nobody asks for again are given back after five
PEERS = ("typical", "tuned")
RELYING = "almanac-1s"


def measure_days(settings, programs, dataset, say):
    pages = make_day_pages(dataset)
    rates, details = measure_pages(settings, programs, dataset, "days", pages, verify_days, say)
    wanted = {"typical": 150, "tuned": 18}
    return make_rows("page of 100 days", rates, wanted), details


def measure_years(settings, programs, dataset, say):
    pages = make_year_pages(dataset)
    rates, details = measure_pages(settings, programs, dataset, "years", pages, verify_years, say)
    wanted = {"typical": 120, "tuned": 9}
    return make_rows("page of 100 yearly statistics", rates, wanted), details


def make_rows(what, rates, wanted):
    """Beside the peers, and beside itself where a look is relied on for a second: what it costs to ask
    for the version of the data each turn."""
    almanac = rates.get("almanac", [])
    wanted = wanted | ({RELYING: 0.9} if RELYING in rates else {})
    return [
        Row(what, "/s", peer, rates[peer], almanac, at_least_times(wanted[peer])) for peer in wanted
    ]


def measure_pages(settings, programs, dataset, kind, pages, verify, say):
    """Requests a second of each server, in turn, and every run's details. Almanac keeps no
    answers here."""
    names = programs.server_names(*PEERS)
    names += [RELYING] if "almanac" in names else []
    loads = {name: [] for name in names}
    with ExitStack() as stack:
        servers = [stack.enter_context(programs.server(name, without=NO_ANSWERS)) for name in names]
        files, lengths = {}, {}
        for server in servers:
            say(f"{kind}: comparing {server.name} with the files")
            lengths[server.name] = verify(server, pages, dataset)
            files[server.name] = write_page_paths(kind, server.name, pages)
            run_load(settings.wrk, server, files[server.name], WARM_UP_SECONDS)
        for run in range(settings.runs):
            say(f"{kind}: load, run {run + 1} of {settings.runs}")
            for server in servers:
                load = run_load(settings.wrk, server, files[server.name], settings.seconds, run)
                verify_load(server, load, lengths[server.name])
                loads[server.name].append(load)
    rates = {name: [load.rate for load in runs] for name, runs in loads.items()}
    return rates, {name: [vars(load) for load in runs] for name, runs in loads.items()}


def write_page_paths(kind, server_name, pages):
    return write_paths(f"{kind}-{server_name}", [page.path(server_name) for page in pages])


def measure_start(settings, programs, dataset, say):
    """Starts the typical peer and Almanac in turn: seconds from exec to ready,
    memory at rest before and after a load of both kinds of pages."""
    names = programs.server_names("typical")
    pages = {"days": make_day_pages(dataset), "years": make_year_pages(dataset)}
    files = {name: [write_page_paths(kind, name, pages[kind]) for kind in pages] for name in names}
    warm_up(programs, names)
    ready, idle, loaded = ({"typical": [], "almanac": []} for _ in range(3))
    for run in range(settings.runs):
        say(f"start and memory, run {run + 1} of {settings.runs}")
        for name in names:
            with programs.server(name) as server:
                ready[name].append(server.seconds_to_ready)
                idle[name].append(memory_at_rest(server))
                for file in files[name]:
                    run_load(settings.wrk, server, file, WARM_UP_SECONDS, run)
                loaded[name].append(memory_at_rest(server))
    rows = [
        start_row("exec to ready", "s", ready, at_least_times(20)),
        start_row("idle memory after start", "MiB", idle, at_most(32)),
        start_row("idle memory after load", "MiB", loaded, at_most(32)),
    ]
    return rows, {}


def warm_up(programs, names):
    """One start that does not count: Python compiles its modules, the loader
    reads libraries from disk."""
    for name in names:
        with programs.server(name):
            pass


def memory_at_rest(server):
    time.sleep(REST_SECONDS)
    return server.memory() / MIB


def start_row(what, unit, samples, want):
    return Row(what, unit, "typical", samples["typical"], samples["almanac"], want)
