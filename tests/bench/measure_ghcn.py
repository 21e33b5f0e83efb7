"""GHCN-Daily: a made-up archive of the real one's shape, in NOAA's forms, into an empty database."""

import os
import subprocess
from pathlib import Path

from database import ALMANAC, PEER, checkpoint, create_database, database_url, execute, relation_size
from proc import run_timed
from programs import LOGS
from settings import BENCH, CHECKOUT, WORK, BenchError
from table import Row, at_least_times, at_most

YEARS = range(2006, 2016)
GENERATOR = CHECKOUT / "build" / "tests" / "ghcn_archive"
PYTHON = Path(os.environ.get("BENCH_GHCN_PYTHON", WORK.parent / "venv-ghcn" / "bin" / "python"))
MB, MILLION = 1_000_000, 1_000_000
# Times faster than what. pandas takes so long that it runs once, and only on a thousandth.
PEERS = (("duckdb", "DuckDB, 2 threads", 1), ("chdb", "chdb, 2 threads", 1), ("pandas", "pandas, to_sql", 100))
ONCE, SMALL = ("pandas",), 0.001


class Archive:
    """Files of a share of the archive's stations, made unless they are there."""

    def __init__(self, share):
        self.share = share
        self.folder = WORK / f"ghcn-{share}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.dly = self.make("ghcnd_all.tar", "dly")
        self.stations = self.make("ghcnd-stations.txt", "stations")
        self.years = [self.make(f"{year}.csv", "by-year", year) for year in YEARS]
        self.packed = [self.pack(path) for path in self.years]
        self.lines = sum(count_lines(path) for path in self.years)

    def make(self, name, form, *more):
        path = self.folder / name
        if not path.exists():
            part = path.with_suffix(".part")
            with open(part, "wb") as out:
                subprocess.run([GENERATOR, form, str(self.share), *map(str, more)], stdout=out, check=True)
            part.rename(path)
        return path

    def pack(self, path):
        packed = path.with_name(path.name + ".gz")
        if not packed.exists():
            subprocess.run(["gzip", "-k", "-6", path], check=True)
        return packed


def count_lines(path):
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def measure_ghcn(settings, programs, say, shares):
    if not GENERATOR.exists():
        raise BenchError(f"no {GENERATOR}: ninja -C build tests/ghcn_archive")
    rows = []
    for share in shares:
        say(f"making {share:.1%} of an archive")
        rows += measure_share(settings, programs, say, Archive(share))
    return rows


def measure_share(settings, programs, say, archive):
    dly, packed, plain, peak, size = [], [], [], [], []
    peers = {peer: [] for peer, _, _ in PEERS if peer not in ONCE or archive.share <= SMALL}
    values = 0
    for run in range(settings.runs):
        say(f"ghcn {archive.share:.1%}, run {run + 1} of {settings.runs}")
        if settings.almanac is not None:
            seconds, values, bytes_ = ingest(settings, programs, archive, [archive.dly])[:3]
            dly.append(values / seconds / MILLION)
            size.append(bytes_ / values)
            seconds, count, _, most = ingest(settings, programs, archive, archive.packed)
            verify(count, archive.lines)
            packed.append(count / seconds / MILLION)
            peak.append(most / MB)
            plain.append(ingest(settings, programs, archive, archive.years)[0])
        for peer, samples in peers.items():
            if run == 0 or peer not in ONCE:
                samples.append(fill_peer(settings, programs, archive, peer))
    name = f"ghcn {archive.share:.1%}"
    rows = [
        Row(f"{name}: .dly, {values / MILLION:.1f} million values", "M/s", "-", [], dly, None),
        Row(f"{name}: by year, gz, {archive.lines / MILLION:.1f} million", "M/s", "-", [], packed, None),
        Row(f"{name}: peak of by year", "MB", "-", [], peak, at_most(336)),
        Row(f"{name}: blocks, bytes a value", "B", "-", [], size, at_most(2.2)),
    ]
    return rows + [
        Row(f"{name}: by year", "s", label, peers[peer], plain, at_least_times(times))
        for peer, label, times in PEERS
        if peer in peers
    ]


def verify(count, wanted):
    if count != wanted:
        raise BenchError(f"{count} values are stored of {wanted} lines")


def ingest(settings, programs, archive, files):
    """Seconds, values stored, bytes of blocks with indexes, peak of memory."""
    url = create_database(settings.admin_url, ALMANAC)
    programs.almanac_migrate()
    checkpoint(settings.admin_url)
    command = [settings.almanac, "ingest", "--workers", "2", archive.stations, *files]
    timing = run_timed(command, programs.almanac_env, LOGS / "ghcn-ingest.log")
    values = execute(url, "SELECT sum(observations)::bigint FROM ingest_object")[0][0]
    return timing.seconds, values, relation_size(url, "block"), timing.peak


def fill_peer(settings, programs, archive, peer):
    create_database(settings.admin_url, PEER)
    checkpoint(settings.admin_url)
    command = [PYTHON, BENCH / "peer_ghcn.py", peer, *archive.years]
    env = {"DATABASE_URL": database_url(settings.admin_url, PEER)}
    return run_timed(command, env, LOGS / f"ghcn-{peer}.log").seconds
