"""Measures Almanac beside its peers and prints one table. README.md says how."""

import argparse
import json
import os
import platform
import signal
import sys
import time
from datetime import UTC, datetime

import settings as config
from settings import WORK, BenchError

NAMES = ("ingest", "ingest-beside", "storage", "days", "years", "cached", "304", "deep")
NAMES += ("export", "beside", "idle", "start", "lambda")
ASKED = ("ghcn",)  # not measured unless named
WITHOUT_ALMANAC = ("ingest", "storage", "days", "years", "start")  # what --peers-only measures
RESULTS = WORK / "results.json"


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES + ASKED)}; all but {', '.join(ASKED)}")
    parser.add_argument("--share", type=float, action="append", help="of GHCN-Daily's stations (0.001)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each measurement (5)")
    parser.add_argument("--quick", action="store_true", help="shorter loads, slow peer 3 times")
    parser.add_argument("--peers-only", action="store_true", help="measure without Almanac")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES + ASKED)
    if unknown:
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(NAMES + ASKED)}")
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    return arguments


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def measure(names, settings, shares):
    """Rows of the table, and details that only the JSON has."""
    # After load_settings(), which tells a person which modules are missing.
    from dataset import Dataset
    from measure_ingest import Fill, measure_ingest
    from measure_storage import measure_storage
    from programs import Programs

    programs = Programs(settings)
    rows, details = [], {}
    if "ghcn" in names:
        from measure_ghcn import measure_ghcn

        rows += measure_ghcn(settings, programs, say, shares)
    if set(names) <= set(ASKED):
        return rows, details
    dataset = Dataset(settings.data)
    fill = Fill(settings, programs)
    say(f"{len(dataset.stations)} stations, {dataset.days:,} days, {dataset.values:,} values")
    if "ingest" in names:
        rows += measure_ingest(fill, say)
    else:
        say("filling the databases")
        fill.fill_once()
    fill.tidy()
    if "storage" in names:
        rows += measure_storage(fill, dataset, say)
    for name, function in list_serving():
        if name in names:
            more, details[name] = function(settings, programs, dataset, say)
            rows += more
    return rows, details


def list_serving():
    from measure_cached import measure_cached, measure_not_modified
    from measure_deep import measure_deep
    from measure_export import measure_beside, measure_export
    from measure_idle import measure_idle
    from measure_ingest import measure_ingest_beside
    from measure_lambda import measure_lambda
    from measure_serve import measure_days, measure_start, measure_years

    return (
        ("days", measure_days),
        ("years", measure_years),
        ("cached", measure_cached),
        ("304", measure_not_modified),
        ("deep", measure_deep),
        ("export", measure_export),
        ("beside", measure_beside),
        ("idle", measure_idle),
        ("start", measure_start),
        ("lambda", measure_lambda),
        ("ingest-beside", measure_ingest_beside),
    )


def choose_names(arguments):
    """What needs Almanac itself as its own yardstick is left out without it."""
    names = arguments.names or NAMES
    if not arguments.peers_only:
        return names
    left = [name for name in names if name in WITHOUT_ALMANAC]
    if not left:
        raise BenchError(f"without Almanac there is no measuring {', '.join(names)}")
    return left


def describe_machine(server_settings):
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": read_cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": server_settings,
    }


def read_cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def run(arguments):
    names = choose_names(arguments)
    settings = config.load_settings(
        arguments.runs, arguments.quick, arguments.peers_only, not set(names) <= set(ASKED)
    )
    from database import ALMANAC, PEER, drop_database, read_server_settings

    machine = describe_machine(read_server_settings(settings.admin_url))
    try:
        rows, details = measure(names, settings, arguments.share or (0.001,))
    finally:
        drop_database(settings.admin_url, PEER)
        drop_database(settings.admin_url, ALMANAC)
    report(machine, settings, rows, details)


def report(machine, settings, rows, details):
    from table import format_table

    results = {"machine": machine, "runs": settings.runs, "seconds": settings.seconds}
    results |= {"rows": [row.as_json() for row in rows], "loads": details}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    judged = [row.reached() for row in rows if row.reached() is not None]
    print(f"{machine['cores']} x {machine['cpu']}, PostgreSQL", end=" ")
    print(f"{machine['postgresql']['server_version']}, fsync {machine['postgresql']['fsync']}")
    print(f"Medians of {settings.runs} runs (least-greatest).\n")
    print(format_table(rows))
    print(f"\n{sum(judged)} of {len(judged)} reached. Every sample: {RESULTS}")


def main():
    # So that a killed benchmark still ends its servers and drops its databases.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        run(parse_arguments())
    except BenchError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted")


if __name__ == "__main__":
    main()
