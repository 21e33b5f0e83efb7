"""Ingestion: all files into an empty migrated database, then the same again."""

import threading
from contextlib import ExitStack

from database import (
    ALMANAC,
    checkpoint,
    create_database,
    create_peer_database,
    database_size,
    vacuum,
)
from load import run_load, write_paths
from table import Row, at_least_times, at_most, at_most_times

MIB = 1024 * 1024


class Fill:
    """Fills the two databases; `empty_size` is Almanac's after its migration."""

    def __init__(self, settings, programs):
        self.settings = settings
        self.programs = programs
        self.empty_size = None

    def create_peer(self):
        create_peer_database(self.settings.admin_url)
        checkpoint(self.settings.admin_url)

    def create_almanac(self):
        url = create_database(self.settings.admin_url, ALMANAC)
        self.programs.almanac_migrate()
        self.empty_size = database_size(url)
        checkpoint(self.settings.admin_url)

    def fill_once(self):
        """Both databases filled, untimed: for measurements that only read."""
        self.create_peer()
        self.programs.peer_ingest()
        if self.settings.almanac is not None:
            self.create_almanac()
            self.programs.almanac_ingest()

    def tidy(self):
        """What autovacuum would do some time later, now for both alike."""
        vacuum(self.programs.peer_env["DATABASE_URL"])
        if self.settings.almanac is not None:
            vacuum(self.programs.almanac_env["ALMANAC_DATABASE_URL"])


def measure_ingest(fill, say):
    """Fills the databases as often as runs are wanted, peer and Almanac in turn;
    the last run's databases stay."""
    settings, programs = fill.settings, fill.programs
    first, again = ([], []), ([], [])  # of the peer, of Almanac
    for run in range(settings.runs):
        say(f"ingestion, run {run + 1} of {settings.runs}")
        with_peer = run < settings.slow_runs
        with_almanac = settings.almanac is not None
        if with_peer:
            fill.create_peer()
            first[0].append(programs.peer_ingest())
        if with_almanac:
            fill.create_almanac()
            first[1].append(programs.almanac_ingest())
        if with_peer:
            checkpoint(settings.admin_url)
            again[0].append(programs.peer_ingest())
        if with_almanac:
            checkpoint(settings.admin_url)
            again[1].append(programs.almanac_ingest())
    return make_rows(first, again)


SERVERS = 2
READ_SECONDS = 3  # of load, which begins before the ingestion and ends after it
PAUSE_MS = 10
READ = ["/api/weather?page_size=10", "/api/weather/stats?page_size=10", "/api/stations?page_size=10"]


def measure_ingest_beside(settings, programs, _, say):
    """All files into an empty database, alone and beside two servers of it that are asked some thousand
    times a second."""
    fill = Fill(settings, programs)
    alone, beside = [], []
    for run in range(settings.runs):
        say(f"ingestion beside servers, run {run + 1} of {settings.runs}")
        fill.create_almanac()
        alone.append(programs.almanac_ingest().seconds)
        fill.create_almanac()
        beside.append(ingest_beside(settings, programs))
    row = Row(
        f"ingest beside {SERVERS} servers", "s", "alone", alone, beside, at_most_times(1.2)
    )
    return [row], {}


def ingest_beside(settings, programs):
    file = write_paths("ingest-beside", READ)
    with ExitStack() as stack:
        servers = [stack.enter_context(programs.server("almanac")) for _ in range(SERVERS)]
        readers = [
            threading.Thread(
                target=run_load,
                args=(settings.wrk, server, file, READ_SECONDS),
                kwargs={"connections": 16, "pause": PAUSE_MS},
            )
            for server in servers
        ]
        for reader in readers:
            reader.start()
        seconds = programs.almanac_ingest().seconds
        for reader in readers:
            reader.join()
    return seconds


def make_rows(first, again):
    return [
        Row("ingest all files", "s", "script", *seconds(first), at_least_times(150)),
        Row("ingest again, unchanged", "s", "script", *seconds(again), at_least_times(250)),
        Row("peak memory of ingestion", "MiB", "script", *peaks(first), at_most(64)),
    ]


def seconds(timings):
    return [[timing.seconds for timing in side] for side in timings]


def peaks(timings):
    return [[timing.peak / MIB for timing in side] for side in timings]
