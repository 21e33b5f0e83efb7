"""Ingestion, killed ingestion, migration and failover under load, against a checker that knows every
version that was ever committed: each answer is one that was true at some moment between its request and
itself, and the same tag never comes with other bytes."""

import random
import threading
import time
from dataclasses import dataclass, field

import histories
import httpx
import pytest
import stationfile

STATIONS = ("USC00990001", "USC00990002", "USC00990003")
DAYS = 60
ROUNDS = 30
READERS = 6


@dataclass
class Version:
    """When a version of the data could be seen first, surely could be seen, and surely no longer."""

    number: int
    begun: float
    done: float | None = None
    over: float | None = None


@dataclass
class Log:
    """What was committed. Written by the main thread alone while readers read."""

    versions: list = field(default_factory=list)

    def begin(self, number):
        self.versions.append(Version(number, time.monotonic()))
        return self.versions[-1]

    def end(self, version):
        """All before it are over."""
        version.done = time.monotonic()
        for other in self.versions:
            if other is not version and other.over is None and other.begun <= version.begun:
                other.over = version.done

    def allows(self, number, asked, answered):
        return any(
            version.number == number
            and version.begun <= answered
            and (version.over is None or version.over >= asked)
            for version in self.versions
        )


def write(folder, number):
    """Station files in which every day says the number."""
    folder.mkdir(exist_ok=True)
    days = stationfile.days("2001-01-01", DAYS)
    text = "".join(stationfile.line(day, 100 + number, -50 - number, 0) for day in days)
    return [stationfile.write(folder, f"{name}.txt", text) for name in STATIONS]


def number_of_days(document):
    assert len(document["data"]) == document["pagination"]["total"] == DAYS
    (number,) = {(round(day["tmax"] * 10) - 100, -50 - round(day["tmin"] * 10)) for day in document["data"]}
    assert number[0] == number[1]
    return number[0]


def number_of_years(document):
    (year,) = document["data"]
    number = round(year["avg_tmax"] * 10) - 100
    assert round(year["avg_tmin"] * 10) == -50 - number and year["total_prcp"] == 0
    return number


ROUTES = (
    (f"/api/weather?station_id={{}}&page_size={DAYS}", number_of_days),
    ("/api/weather/stats?station_id={}", number_of_years),
)


class Reader(threading.Thread):
    def __init__(self, server, log, tags, seed):
        super().__init__()
        self.client = httpx.Client(base_url=server.url, timeout=60)
        self.log, self.tags, self.chance = log, tags, random.Random(seed)
        self.stop, self.reads, self.wrong = threading.Event(), [], []
        self.known = {}  # tag by path, and number by tag

    def run(self):
        try:
            while not self.stop.is_set():
                self.ask()
        except Exception as error:
            self.wrong.append(error)
        self.client.close()

    def ask(self):
        path, read = self.chance.choice(ROUTES)
        path = path.format(self.chance.choice(STATIONS))
        tag = self.known.get(path) if self.chance.random() < 0.5 else None
        asked = time.monotonic()
        answer = self.client.get(path, headers={"if-none-match": tag} if tag else {})
        answered = time.monotonic()
        if answer.status_code == 503:
            time.sleep(0.01)
            return
        if answer.status_code == 304:
            number = self.known[tag]
        else:
            assert answer.status_code == 200, answer.text
            number = read(answer.json())
            self.note(path, answer, number)
        self.reads.append((number, asked, answered, answer.status_code, path))

    def note(self, path, answer, number):
        tag = answer.headers.get("etag")
        if tag is None:
            assert answer.headers["cache-control"] == "no-store"
            return
        assert self.tags.setdefault(tag, answer.content) == answer.content, (path, tag)
        self.known[path] = tag
        self.known[tag] = number


class Writer:
    """Ingests number after number."""

    def __init__(self, program, log, folder):
        self.program, self.log, self.folder = program, log, folder
        self.number = 0

    def ingest(self, url, log=True):
        self.number += 1
        files = write(self.folder, self.number)
        version = self.log.begin(self.number)
        self.program.run("ingest", *files, database=url, check=True)
        if log:
            self.log.end(version)
        return version

    def kill(self, url):
        """One that may have ended, or not have begun, when it is killed."""
        self.number += 1
        files = write(self.folder, self.number)
        self.log.begin(self.number)
        process = self.program.popen("ingest", *files, database=url)
        time.sleep(random.random() * 0.1)
        process.kill()
        process.wait()


def fail_over(cluster, url, writer):
    """Two commits are lost; as many others, or one more, are made instead."""
    promoted = histories.copy(cluster, url)
    lost = [writer.ingest(url) for _ in range(2)]
    elsewhere = cluster.url(promoted)
    instead = [writer.ingest(elsewhere, log=False) for _ in range(random.choice((2, 3)))]
    histories.replace(cluster, url, promoted)
    writer.log.end(instead[-1])
    return lost, instead


@pytest.mark.threads
def test_every_answer_was_true(program, server, cluster, migrated, tmp_path):
    log, tags = Log(), {}
    writer = Writer(program, log, tmp_path / "files")
    writer.ingest(migrated)
    running = (server(migrated, "--threads", "2"), server(migrated, env={"ALMANAC_CACHE_MEMORY": "0"}))
    readers = [Reader(running[seed % 2], log, tags, seed) for seed in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for number in range(ROUNDS):
            if number % 10 == 7:
                fail_over(cluster, migrated, writer)
            elif number % 10 == 4:
                program.run("migrate", database=migrated, check=True)
            elif number % 5 == 3:
                writer.kill(migrated)
            writer.ingest(migrated)
    finally:
        for reader in readers:
            reader.stop.set()
        for reader in readers:
            reader.join()
    reads = [read for reader in readers for read in reader.reads]
    wrong = [reader.wrong for reader in readers if reader.wrong]
    assert not wrong, wrong
    untrue = [read for read in reads if not log.allows(*read[:3])]
    assert not untrue, untrue[:5]
    numbers = {read[0] for read in reads}
    assert len(numbers) > ROUNDS / 2 and {200, 304} <= {read[3] for read in reads}
