"""No answer is older than what was committed before it was asked for, whether or not anybody told
the server of the change."""

import random
import threading
import time

import histories
import httpx
import psycopg
import pytest
import stationfile
from cluster import database_name
from stationfile import STATION

DAYS = "/api/weather"
YEARS = "/api/weather/stats"
LISTENER = "query like 'listen%%' or query like 'commit%%' or query like 'begin%%'"


@pytest.fixture
def ingest(run, migrated, tmp_path):
    """Takes a station file of so many days into the database."""

    def take(**how):
        path = stationfile.write(tmp_path, **how)
        run("ingest", path, database=migrated, check=True)

    return take


@pytest.fixture
def client(server, migrated):
    with httpx.Client(base_url=server(migrated).url, timeout=60) as client:
        yield client


def total(client, station=STATION):
    answer = client.get(DAYS, params={"station_id": station, "page_size": 1})
    assert answer.status_code == 200, answer.text
    return answer.json()["pagination"]["total"]


# -- After an ingestion ----------------------------------------------------------------------


def test_every_ingestion_is_seen_at_once(client, ingest):
    assert client.get(DAYS, params={"station_id": STATION}).status_code == 404
    for count in (1, 2, 40, 365, 366, 367, 800):
        ingest(first="2001-01-01", count=count)
        assert total(client) == count
        years = client.get(YEARS, params={"station_id": STATION, "fields": "*"}).json()
        assert years["pagination"]["total"] == (count + 364) // 365
        assert sum(row["tmax_days"] for row in years["data"]) == count


def test_changed_values_are_seen_at_once(client, ingest):
    for shift in range(5):
        ingest(count=60, shift=shift)
        days = client.get(DAYS, params={"station_id": STATION, "page_size": 60}).json()["data"]
        assert days[0]["tmax"] == (100 + shift) / 10
        (year,) = client.get(YEARS, params={"station_id": STATION}).json()["data"]
        assert year["avg_tmax"] == pytest.approx(sum(day["tmax"] for day in days) / 60, abs=0.006)


# -- Changes that nobody tells of ---------------------------------------------------------------


class Writer:
    """Changes data as the ingestion does, but without NOTIFY."""

    def __init__(self, url):
        self.connection = psycopg.connect(url)

    def commit(self, *statements):
        """Returns the dataset version from then on."""
        for statement, parameters in statements:
            self.connection.execute(statement, parameters)
        ((version,),) = self.connection.execute(
            "update dataset_version set version = version + 1 returning version"
        ).fetchall()
        self.connection.execute("update station set version = %s", (version,))
        self.connection.commit()
        return version

    def close(self):
        self.connection.close()


@pytest.fixture
def writer(migrated):
    writer = Writer(migrated)
    yield writer
    writer.close()


COPY_YEAR = """
    insert into block select station_id, %(to)s, element, reported_days, present_days, longest_gap,
    month_present, month_gap, reported, base, values, measurement_flags, quality_flags,
    source_flags from block where year = %(from)s"""


def test_every_commit_is_seen_at_once(client, ingest, writer):
    """Far more often than the server would look by itself."""
    ingest(first="2001-01-01", count=365)
    for number in range(1, 51):
        writer.commit((COPY_YEAR, {"from": 2001, "to": 2001 + 4 * number}))
        assert total(client) == 365 * (1 + number)


def test_new_station_is_seen_at_once(client, ingest, writer):
    ingest(count=10)
    for number in range(20):
        name = f"NEW{number:02}"
        assert client.get(DAYS, params={"station_id": name}).status_code == 404
        writer.commit(
            ("insert into station (station_id) values (%s)", (name,)),
            (
                "insert into block select %s, year, element, reported_days, present_days, "
                "longest_gap, month_present, month_gap, reported, base, values "
                "from block where station_id = %s",
                (name, STATION),
            ),
        )
        assert total(client, name) == 10
        assert client.get(f"/api/stations/{name}").status_code == 200


def test_new_element_is_seen_at_once(client, ingest, writer):
    ingest(count=10)
    query = {"station_id": STATION, "elements": "SNOW"}
    assert client.get(DAYS, params=query).status_code == 422
    writer.commit(
        ("insert into element values ('SNOW', 'snowfall', 'mm', 0, 0, 10000)", None),
        (
            "insert into block select station_id, year, 'SNOW', reported_days, present_days, "
            "longest_gap, month_present, month_gap, reported, base, values "
            "from block where element = 'PRCP'",
            None,
        ),
    )
    days = client.get(DAYS, params=query).json()
    assert days["pagination"]["total"] == 10
    assert set(days["data"][1]) == {"station_id", "date", "snow"}


def test_station_that_goes_away(client, ingest, writer):
    ingest(count=10)
    assert total(client) == 10
    writer.commit(
        ("delete from block", None),
        ("delete from stat_yearly", None),
        ("delete from station", None),
    )
    assert client.get(DAYS, params={"station_id": STATION}).status_code == 404
    assert client.get(DAYS).json()["pagination"]["total"] == 0
    assert client.get(YEARS).json()["pagination"]["total"] == 0


def test_database_that_was_put_back(client, ingest, writer):
    """As from a backup: the version goes down, and what it says holds."""
    ingest(first="2001-01-01", count=365)
    for number in range(3):
        writer.commit((COPY_YEAR, {"from": 2001, "to": 2005 + 4 * number}))
    assert total(client) == 4 * 365
    writer.connection.execute("delete from block where year > 2001")
    writer.connection.execute("update dataset_version set version = 1")
    writer.connection.execute("update station set version = 1")
    writer.connection.commit()
    assert total(client) == 365


# -- Other histories of the same version number ---------------------------------------------------


def version(url):
    with psycopg.connect(url) as connection:
        return connection.execute("select version from dataset_version").fetchone()[0]


def days_of(client, station, **headers):
    """The answer once the database is back."""
    end = time.monotonic() + 60
    while True:
        answer = client.get(DAYS, params={"station_id": station, "page_size": 1000}, headers=headers)
        if answer.status_code != 503:
            return answer
        assert time.monotonic() < end
        time.sleep(0.02)


def values(answer):
    return [day["tmax"] for day in answer.json()["data"]]


def test_failover_that_loses_a_commit(server, run, cluster, migrated, tmp_path):
    """The lost version and the one made in its place have the same number: nothing that was known of
    the first is told of the second, neither values nor 304 nor what exists."""
    station = stationfile.STATION
    run("ingest", stationfile.write(tmp_path, count=60), database=migrated, check=True)
    promoted = histories.copy(cluster, migrated)
    with httpx.Client(base_url=server(migrated, "--threads", "2").url, timeout=60) as client:
        lost = stationfile.write(tmp_path, count=90, shift=7)
        run("ingest", lost, database=migrated, check=True)
        instead = stationfile.write(tmp_path, count=80, shift=3)
        run("ingest", instead, database=cluster.url(promoted), check=True)
        assert version(migrated) == version(cluster.url(promoted))
        for _ in range(4):  # so that it is kept in memory
            before = days_of(client, station)
        assert len(values(before)) == 90
        histories.replace(cluster, migrated, promoted)
        for _ in range(8):  # by either thread
            after = days_of(client, station, **{"if-none-match": before.headers["etag"]})
            assert after.status_code == 200
            assert values(after) == [(100 + 3 + i % 50) / 10 for i in range(80)]


def test_failover_that_went_on(server, run, cluster, migrated, tmp_path):
    """Station A was changed by the lost commit alone, B by those after: the server must not take what it
    knows of A for part of what B belongs to."""
    a, b = "USC00990001", "USC00990002"
    first = [stationfile.write(tmp_path, name=f"{name}.txt", count=60) for name in (a, b)]
    run("ingest", *first, database=migrated, check=True)
    promoted = histories.copy(cluster, migrated)
    with httpx.Client(base_url=server(migrated, "--threads", "1").url, timeout=60) as client:
        path = stationfile.write(tmp_path, name=f"{a}.txt", count=200, shift=9)
        run("ingest", path, database=migrated, check=True)
        assert len(values(days_of(client, a))) == 200
        for count in (70, 80, 90):
            path = stationfile.write(tmp_path, name=f"{b}.txt", count=count, shift=2)
            run("ingest", path, database=cluster.url(promoted), check=True)
        assert version(cluster.url(promoted)) > version(migrated)
        histories.replace(cluster, migrated, promoted)
        assert len(values(days_of(client, b))) == 90
        assert values(days_of(client, a)) == [(100 + i % 50) / 10 for i in range(60)]


def test_database_made_anew(server, run, cluster, database, migrated, tmp_path):
    """As many batches into a new database under the same name."""
    run("migrate", database=database, check=True)
    run("ingest", stationfile.write(tmp_path, count=50, shift=4), database=database, check=True)
    run("ingest", stationfile.write(tmp_path, count=60), database=migrated, check=True)
    with httpx.Client(base_url=server(migrated, "--threads", "1").url, timeout=60) as client:
        for _ in range(3):
            before = days_of(client, STATION)
        elements = client.get("/api/elements").headers["etag"]
        assert version(migrated) == version(database)
        histories.replace(cluster, migrated, database_name(database))
        after = days_of(client, STATION, **{"if-none-match": before.headers["etag"]})
        assert after.status_code == 200 and len(values(after)) == 50
        assert client.get("/api/elements").headers["etag"] != elements


def test_change_that_leaves_the_number_alone(client, ingest, query, migrated):
    """By hand: whatever statement touches the version makes another identity of it."""
    ingest(count=30)
    for _ in range(3):
        before = days_of(client, STATION)
    query(migrated, "update block set base = base + 10")
    query(migrated, "update dataset_version set changed_at = clock_timestamp()")
    after = days_of(client, STATION, **{"if-none-match": before.headers["etag"]})
    assert values(after) == [value + 1 for value in values(before)]


# -- Statements of plugins ------------------------------------------------------------------------


def test_statements_of_plugins_are_of_their_tag(client, migrated, ingest, query):
    """An answer that a plugin's statement makes has the tag of the data it was made of, also if the
    server knows only of older ones: the same tag never comes with other bytes."""
    ingest(count=10)
    seen, names = {}, {}
    for number in range(40):
        query(
            migrated,
            "with n as (update element set name = %s where code = 'TMAX') "
            "update dataset_version set version = version + 1",
            (f"name {number}",),
        )
        answer = client.get("/api/elements")
        (tmax,) = [row for row in answer.json()["data"] if row["element"] == "TMAX"]
        assert tmax["name"] == f"name {number}"
        assert seen.setdefault(answer.headers["etag"], answer.content) == answer.content
        names[tmax["name"]] = answer.headers["etag"]
    assert len(set(names.values())) == 40


def test_without_the_connection_that_listens(server, migrated, ingest, query):
    """It is ended again and again while data change."""
    with httpx.Client(base_url=server(migrated).url, timeout=60) as client:
        for count in range(1, 16):
            query(
                migrated,
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
                f"current_database() and pid <> pg_backend_pid() and ({LISTENER})",
            )
            ingest(first="2001-01-01", count=count)
            answer = client.get(DAYS, params={"station_id": STATION})
            # Until it is back nobody knows what there is; nothing wrong is said meanwhile.
            while answer.status_code == 503:
                time.sleep(0.05)
                answer = client.get(DAYS, params={"station_id": STATION})
            assert answer.json()["pagination"]["total"] == count


# -- Concurrently -----------------------------------------------------------------------------


def test_readers_while_data_change(server, migrated, ingest, writer):
    """The rows of an answer are of one version, and never older than a version that was committed
    before it was asked for; each version has the same number in all values and one year more. The
    total is that version's too, but for the few answers during which the data changed so often that
    the server stopped looking again: that of an earlier one."""
    ingest(first="2001-01-01", count=365)
    with psycopg.connect(migrated) as connection:
        connection.execute("update block set quality_flags = null")
        ((length,),) = connection.execute(
            "select length(values) from block where element = 'TMAX'"
        ).fetchall()
    running = server(migrated)
    committed, stop, failures, reads, exact = [0], threading.Event(), [], [], []
    # All days have the smallest code, of no bits, which stands for the base.
    same = bytes([0, 0])
    writer.commit(("update block set base = 0, values = %s, reported_days = 365", (same,)))

    def read(seed):
        chance = random.Random(seed)
        with httpx.Client(base_url=running.url, timeout=60) as client:
            while not stop.is_set():
                least = committed[0]
                size = chance.choice((1, 10, 400, 1000))
                answer = client.get(DAYS, params={"station_id": STATION, "page_size": size})
                if answer.status_code == 503:
                    continue
                document = answer.json()
                values = {day[name] for day in document["data"] for name in ("tmax", "prcp")}
                version = round(values.pop() * 10)
                if values or version < least:
                    failures.append((values, version, least))
                years, rest = divmod(document["pagination"]["total"], 365)
                if rest or years > version + 1:
                    failures.append((version, document["pagination"]))
                reads.append(version)
                exact.append(years == version + 1)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for number in range(1, 61):
        writer.commit(
            (COPY_YEAR, {"from": 2001, "to": 2001 + 4 * number}),
            ("update block set base = %s", (number,)),
        )
        committed[0] = number
        time.sleep(random.random() * 0.05)
        # Data that change in the time of few answers: however long the machine takes for one.
        while len(reads) < 6 * number and any(thread.is_alive() for thread in threads):
            time.sleep(0.005)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[:5]
    assert length and len(reads) > 100 and len(set(reads)) > 10
    assert sum(exact) > 0.9 * len(exact)
