"""No answer is older than what was committed before it was asked for, whether or not anybody told
the server of the change."""

import random
import threading
import time

import httpx
import psycopg
import pytest
import stationfile
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
    seconds = time.monotonic()
    for number in range(1, 51):
        writer.commit((COPY_YEAR, {"from": 2001, "to": 2001 + 4 * number}))
        assert total(client) == 365 * (1 + number)
    assert time.monotonic() - seconds < 120  # 250 if each commit waited for a lease to be over


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
    # All days have the code 2, which stands for the base: 365 codes of two bits.
    same = bytes([0b10101010] * 91 + [0b10000000])
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
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[:5]
    assert length and len(reads) > 100 and len(set(reads)) > 10
    assert sum(exact) > 0.9 * len(exact)
