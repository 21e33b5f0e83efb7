"""Clients that ask for as much as they can, and hardly read it: memory stays within its bounds, everybody
else is answered, and afterwards nothing is left of it."""

import asyncio
import contextlib
import json
import os
import random
import re
import resource
import socket
import struct
import threading
import time
from pathlib import Path

import httpx
import psycopg
import pytest
import sample

from raw import Connection, request

REQUESTS = 10_000
MEMORY = 128 << 20  # bytes above what the idle server takes, at most
WORKERS = 150
CLIENTS = 24  # addresses that they come from
PIPELINE = 16
STATIONS = 100_000


def resident(process):
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Sampler:
    """The most memory that a process has while it is watched."""

    def __init__(self, process):
        self.process = process
        self.most = self.idle = resident(process)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._stop.wait(0.01):
            self.most = max(self.most, resident(self.process))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    @property
    def above(self):
        return self.most - self.idle


def figures(running):
    text = httpx.get(running.operation + "/metrics", timeout=60).text
    return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", text, re.M)}


def targets(chance):
    """One of what makes a server work: hardly ever the same twice."""
    x, y = chance.uniform(-80, 80), chance.uniform(-170, 170)
    low, year = chance.uniform(-90, 40), chance.randrange(1985, 2015)
    page = chance.randrange(1, 21)
    return chance.choice(
        [
            f"/api/weather?sort=-tmax,prcp&page={page}&page_size=1000&where=tmax>{low:.2f}",
            f"/api/weather?sort=tmin&page={page}&page_size=1000&where=tmax>{low:.2f}&fields=*",
            f"/api/weather?where=tmin<{low:.2f}&where=prcp>{abs(low):.1f}",
            f"/api/weather?where=tmax>{low:.2f}&format=csv&start_date={year}-01-01",
            f"/api/weather?format=csv&start_date={year}-0{chance.randrange(1, 10)}-01",
            f"/api/weather?page={chance.randrange(1, 1000)}&page_size=1000&start_date={year}-03-0{page % 9 + 1}",
            f"/api/weather/stats?fields=*&sort=-avg_tmax&where=avg_tmax>{low:.3f}&page_size=1000",
            "/api/weather/stats?fields=*&format=csv",
            f"/api/stations?near={x:.3f},{y:.3f}&radius={chance.randrange(1, 20000)}&page_size=1000",
            f"/api/stations?bbox={y - 9:.3f},{x - 9:.3f},{y + 9:.3f},{x + 9:.3f}&page_size=1000",
            f"/api/stations?format=geojson&near={x:.2f},{y:.2f}&radius=20000&page_size=1000",
            f"/api/weather?bbox={y - 9:.3f},{x - 9:.3f},{y + 9:.3f},{x + 9:.3f}&page_size=1000",
            f"/api/weather?station_id=USC0011{chance.randrange(9999):04}",
        ]
    )


CODINGS = [(), ("Accept-Encoding: gzip",), ("Accept-Encoding: zstd",)]
# What a client may be told: nothing is a failure of the server.
TOLD = {200, 404, 422, 429, 503}


class Crowd:
    """Sends so many requests in pipelines over many connections, and reads few of the answers."""

    def __init__(self, port, seed, requests):
        self.port = port
        self.chance = random.Random(seed)
        self.left = requests
        self.seen = {}

    async def run(self):
        await asyncio.gather(*(self._work() for _ in range(WORKERS)))

    async def _work(self):
        while self.left > 0:
            count = min(self.left, self.chance.choice([1, 4, PIPELINE, PIPELINE]))
            self.left -= count
            await self._connect(count)

    async def _connect(self, count):
        address = f"127.0.1.{self.chance.randrange(1, CLIENTS + 1)}"
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(address, 0), limit=1 << 16
        )
        headers = self.chance.choice(CODINGS)
        asked = [request(targets(self.chance), headers=headers) for _ in range(count)]
        writer.write(b"".join(asked))
        try:
            async with asyncio.timeout(self.chance.uniform(0.05, 3)):
                await self._read(reader)
        except (TimeoutError, ConnectionResetError):
            pass
        writer.transport.abort()

    async def _read(self, reader):
        if self.chance.random() < 0.5:
            await asyncio.sleep(60)  # not a byte
        while data := await reader.read(1 << 16):
            for status in re.findall(rb"HTTP/1\.1 (\d+) ", data):
                self.seen[int(status)] = self.seen.get(int(status), 0) + 1


def storm(running, seed, requests):
    """Returns what was answered, and the statuses and times of a client that asks for little
    meanwhile."""
    crowd = Crowd(running.port, seed, requests)
    thread = threading.Thread(target=lambda: asyncio.run(crowd.run()))
    statuses, times = [], []
    thread.start()
    while thread.is_alive():
        begun = time.monotonic()
        with Connection(running) as connection:
            statuses.append(connection.ask("/livez").status)
        times.append(time.monotonic() - begun)
        time.sleep(0.005)
    thread.join()
    return crowd.seen, statuses, sorted(times)


def check_storm(running, seed, requests=REQUESTS):
    with Sampler(running.process) as sampler:
        seen, statuses, times = storm(running, seed, requests)
    print(f"{sampler.above >> 20} MiB above idle, /livez p99 {times[len(times) * 99 // 100]:.4f} s, {seen}")
    assert set(seen) <= TOLD, seen
    assert seen[200] > 0, seen
    assert set(statuses) == {200}
    assert sampler.above <= MEMORY, f"{sampler.above >> 20} MiB above idle"
    until = time.monotonic() + 120
    while (now := figures(running))["almanac_query_memory_bytes"] + now["almanac_requests_waiting"]:
        assert time.monotonic() < until, "memory is not given back"
        time.sleep(0.1)
    assert now["almanac_query_rows"] == 0
    assert now["almanac_requests_in_flight"] == 1
    return now


@pytest.mark.release
def test_hostile_mix(server, ingested):
    running = server(ingested, "--threads=2")
    check_storm(running, 10)
    with Connection(running) as connection:
        answer = connection.ask("/api/weather?sort=-tmax&page_size=3")
    assert answer.status == 200
    assert json.loads(answer.body)["pagination"]["total"] == 1729957


def fill(url, stations, years):
    """Stations all over the world with whole years of one value."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into element (code, name, unit, decimals, minimum, maximum) "
            "values ('TMAX', 'x', 'degC', 1, -1000, 1000) on conflict do nothing"
        )
        connection.execute(
            "insert into station (station_id, name, latitude, longitude, country, version) "
            "select 'HX' || lpad(i::text, 9, '0'), 'Station ' || i, (i * 7 %% 18000) / 100.0 - 90,"
            " (i * 13 %% 36000) / 100.0 - 180, 'US', 1 from generate_series(1, %s) i",
            (stations,),
        )
        connection.execute(
            "insert into block (station_id, year, element, reported_days, present_days, longest_gap,"
            " month_present, month_gap, base, values)"
            " select 'HX' || lpad(i::text, 9, '0'), y, 'TMAX', days, days, 0,"
            " decode(repeat('1c', 12), 'hex'), decode(repeat('00', 12), 'hex'), i %% 400,"
            " decode('80' || repeat('aa', 92), 'hex') from generate_series(1, %s) i,"
            " (select y, case when y %% 4 = 0 then 366 else 365 end as days"
            "  from generate_series(1990, %s) y) of",
            (stations, 1989 + years),
        )
        connection.execute("update dataset_version set version = version + 1, changed_at = now()")


@pytest.fixture
def wide(migrated):
    """URL of a database of very many stations."""
    fill(migrated, STATIONS, 2)
    return migrated


@pytest.mark.release
def test_hostile_mix_over_many_stations(server, wide):
    """No piece of work is so long that others notice: adding up, filtering and sorting a hundred
    thousand stations is done in pieces."""
    running = server(wide, "--threads=2")
    now = check_storm(running, 11, REQUESTS // 3)
    longest = now["almanac_longest_piece_seconds"]  # of CPU time: some two milliseconds
    print(f"longest piece {longest} s, longest turn {now['almanac_loop_longest_turn_seconds']} s")
    assert 0 < longest < 0.05


def test_clients_take_turns(server, ingested):
    """A client with very many sorts does not keep another one's waiting."""
    running = server(ingested, "--threads=1")
    hogs = []
    for number in range(16):
        hog = socket.create_connection(("127.0.0.1", running.port), source_address=("127.0.2.1", 0))
        hog.sendall(
            b"".join(
                request(f"/api/weather?sort=-tmax&where=tmax>-{20 + number}.{n:02}")
                for n in range(PIPELINE)
            )
        )
        hogs.append(hog)
    while not figures(running)["almanac_requests_waiting"]:
        time.sleep(0.01)
    with Connection(running) as connection:
        assert connection.ask("/api/weather?sort=-tmin&where=tmax>-30").status == 200
    # Alone, the other one's turn would come after all of the first one's.
    ended = figures(running)
    assert ended["almanac_requests_waiting"] > 100
    for hog in hogs:
        hog.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        hog.close()


def test_too_many_queries_of_one_client(server, ingested):
    running = server(ingested, "--max-client-queries=4", "--threads=1")
    with Connection(running) as connection:
        connection.send(
            b"".join(request(f"/api/weather?sort=tmax&where=tmax>-{n}.5") for n in range(PIPELINE))
        )
        answers = [connection.answer() for _ in range(PIPELINE)]
        assert [a.status for a in answers].count(200) == 4
        for refused in (answer for answer in answers if answer.status != 200):
            assert refused.status == 429
            assert refused.headers["retry-after"]
            assert "wait for answers" in json.loads(refused.body)["detail"]
        assert connection.ask("/api/weather?sort=tmax&where=tmax>-40").status == 200


def test_rows_that_may_be_looked_at(server, ingested):
    """Years whose extremes cannot satisfy the condition do not count."""
    running = server(ingested, "--max-client-rows=100000")
    hottest = [values[0] for of in sample.stations().values() for values in of.values() if (values[0] or 0) >= 440]
    with Connection(running) as connection:
        for wanted in ("where=tmax>10", "where=tmax>10 or tmax<-40", "sort=-tmax"):
            refused = connection.ask("/api/weather?" + wanted.replace(" ", "%20"))
            assert refused.status == 422
            assert "100000" in refused.body.decode()
        assert connection.ask("/api/weather?where=tmax>10&station_id=USC00110072").status == 200
        for wanted in ("where=tmax>=44", "where=tmax>=44&sort=-tmax"):
            answer = connection.ask("/api/weather?" + wanted)
            assert answer.status == 200
            assert json.loads(answer.body)["pagination"]["total"] == len(hottest) > 0


def test_sorted_pages_that_need_more_memory(server, ingested):
    """The deepest page depends on how wide the rows are, and it is said what to do."""
    running = server(ingested, "--client-query-memory=1")
    with Connection(running) as connection:
        deep = "/api/weather?sort=tmax&page=20&page_size=1000"
        refused = connection.ask(deep)
        assert refused.status == 422
        assert "fewer fields" in json.loads(refused.body)["detail"]
        assert connection.ask("/api/weather?sort=tmax&page=2&page_size=1000").status == 200


def test_what_waits_too_long_is_refused(server, ingested):
    """Unread streams take all that their client may have; it is told so, others are not."""
    running = server(ingested, "--client-query-memory=2", "--query-patience=1", "--threads=1")
    with Connection(running, receive_buffer=4096) as slow, Connection(running) as same:
        slow.send(request("/api/weather?format=csv"))
        while not figures(running)["almanac_query_memory_bytes"]:
            time.sleep(0.01)
        refused = same.ask("/api/weather?format=csv&start_date=2000-01-01")
        assert refused.status == 429
        assert refused.headers["retry-after"]
        assert same.ask("/api/weather?page_size=10").status == 200
        other = socket.create_connection(
            ("127.0.0.1", running.port), source_address=("127.0.2.2", 0)
        )
        other.sendall(request("/api/weather?sort=tmax&page_size=10"))
        assert other.recv(15) == b"HTTP/1.1 200 OK"
        other.close()


HALVES = 2500  # connections
LONG = b"X-Long: " + b"a" * 60_000
HALF_SENT = {
    "headers": LONG,
    "body": b"Accept: " + LONG + b"\r\nContent-Length: 5\r\n\r\n",
    "too long": LONG * 2,
}


@pytest.mark.release
@pytest.mark.parametrize("kind", HALF_SENT)
def test_requests_that_do_not_come_whole(server, ingested, kind):
    """Each was held until its time was over, however many there were."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    running = server(ingested, "--max-header-bytes", "65536", "--header-timeout", "300000")
    begin = b"GET /api/weather?page_size=1 HTTP/1.1\r\nHost: x\r\n"
    idle, most = resident(running.process), 0
    with contextlib.ExitStack() as opened:
        for number in range(HALVES):
            client = opened.enter_context(socket.socket())
            client.bind((f"127.0.0.{number // 100 + 2}", 0))
            client.connect(("127.0.0.1", running.port))
            client.sendall(begin + HALF_SENT[kind])
            most = max(most, resident(running.process)) if number % 20 == 0 else most
        assert max(most, resident(running.process)) - idle <= MEMORY / 2
        whole = httpx.get(running.url + "/api/weather?page_size=1", headers={"X-Long": "a" * 10_000})
        assert whole.status_code == 200
        with Connection(running) as client:  # in two pieces, but short
            client.send(begin)
            client.send(b"\r\n")
            assert client.answer().status == 200
    with Connection(running) as client:
        client.send(begin + LONG + b"\r\n")
        time.sleep(0.1)  # so that it is read as two pieces
        client.send(b"\r\n")
        assert client.answer().status == 200


@pytest.mark.release
@pytest.mark.parametrize("target", ["/docs/swagger-ui-bundle.js", "/redoc/redoc.standalone.js", "/openapi.json"])
def test_documents_of_the_program_are_not_made_for_each(server, ingested, target):
    """They were unpacked or compressed, and held, for every request."""
    running = server(ingested)
    alone = httpx.get(running.url + target, headers={"Accept-Encoding": "identity"}, timeout=60)
    assert alone.status_code == 200
    with contextlib.ExitStack() as opened, Sampler(running.process) as memory:
        clients = [opened.enter_context(Connection(running, receive_buffer=2048)) for _ in range(20)]
        for client in clients:
            client.send(request(target) * PIPELINE)
        for client in clients:
            answer = client.answer()
            assert answer.status == 200
            assert answer.body == alone.content
    assert memory.above <= MEMORY / 4
    for coding in ("gzip", "zstd"):
        coded = httpx.get(running.url + target, headers={"Accept-Encoding": coding}, timeout=60)
        assert coded.content == alone.content
