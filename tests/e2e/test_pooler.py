"""Behind PgBouncer: in transaction mode each transaction may get another session, and what is set
for a session is set for whoever comes next."""

import concurrent.futures
import os
import signal
import subprocess
import time

import httpx
import psycopg
import pytest

import program as programs
from contents import digest
from pooler import pooled
from sample import FOLDER

INPUT = (FOLDER / "wx_stations.txt", FOLDER / "wx_data.tar.xz")
STATION = "USC00110072"
DAYS = f"/api/weather?station_id={STATION}&page_size=5"
TARGETS = (DAYS, "/api/weather/stats?page_size=5", "/api/stations?page_size=5", "/api/elements",
    "/api/stats", f"/api/weather?station_id={STATION}&where=tmax>=35&page_size=5")  # fmt: skip
# Answers from memory would not ask the database.
ASKING = ("--cache-memory", "0", "--answer-memory", "0")


@pytest.fixture(params=["transaction", pytest.param("session", marks=pytest.mark.release)])
def mode(request):
    return request.param


@pytest.fixture
def pool(mode, database):
    """URL of an empty database behind a pooler: few sessions in transaction mode, so that they are
    shared."""
    size = 2 if mode == "transaction" else 20
    with pooled(database, pool_mode=mode, default_pool_size=size) as url:
        yield url


def states(url, sessions=6):
    """What as many clients as that, at the same time, find set in their sessions."""
    names = ("default_transaction_read_only", "jit", "statement_timeout", "lock_timeout", "datestyle",
        "extra_float_digits", "role", "plan_cache_mode", "tcp_user_timeout", "search_path")  # fmt: skip
    query = "select " + ", ".join(f"current_setting('{name}')" for name in names)

    def ask(_):
        with psycopg.connect(url, prepare_threshold=None) as connection:
            return connection.execute(query + ", count(*) from pg_prepared_statements").fetchone()

    with concurrent.futures.ThreadPoolExecutor(sessions) as clients:
        return set(clients.map(ask, range(sessions)))


def locks(query, database):
    """Advisory locks that are held in the database."""
    return query(
        database,
        "select * from pg_locks where locktype = 'advisory' and database = "
        "(select oid from pg_database where datname = current_database())",
    )


def asked(client, count):
    for _ in range(count):
        for target in TARGETS:
            answer = client.get(target)
            assert answer.status_code == 200, (target, answer.text)


def test_everything(run, server, query, database, pool, mode):
    before = states(pool)
    run("migrate", database=pool, check=True)
    assert locks(query, database) == []
    run("ingest", *INPUT, database=pool, check=True)
    running = server(pool, *ASKING)
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        def work(_):
            with httpx.Client(base_url=running.url, timeout=60) as client:
                asked(client, 5)

        list(clients.map(work, range(8)))
    assert "may not" not in running.stderr() and "already exists" not in running.stderr()
    if mode == "transaction":
        assert states(pool) == before
    # Others can write meanwhile, and be migrated again.
    run("ingest", "--source", "wx_data", "-", "--stdin-name", f"{STATION}.txt", database=pool,
        input="20200101\t10\t5\t0\n", check=True)  # fmt: skip
    assert httpx.get(running.url + DAYS, timeout=60).status_code == 200
    assert run("migrate", database=pool, check=True).stdout == "up to date\n"
    assert running.stop() == 0
    assert locks(query, database) == []


def test_answers_are_the_newest(run, server, pool):
    run("migrate", database=pool, check=True)
    running = server(pool)
    target = f"/api/weather?station_id={STATION}&start_date=2020-01-01"
    for day in range(1, 16):
        run("ingest", "--source", "wx_data", "-", "--stdin-name", f"{STATION}.txt", database=pool,
            input="".join(f"202001{i:02}\t{i}\t5\t0\n" for i in range(1, day + 1)), check=True)  # fmt: skip
        answer = httpx.get(running.url + target, timeout=60)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["data"]) == day


@pytest.mark.release
def test_two_at_once(program, run, pool, migrated):
    run("ingest", *INPUT, database=migrated, check=True)
    run("migrate", database=pool, check=True)
    started = [
        program.popen("ingest", *INPUT, "--ingest-memory", "4", database=pool,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]  # fmt: skip
    for process in started:
        _, said = process.communicate(timeout=programs.TIMEOUT)
        assert process.returncode == 0, said
    without = ("ingest_run", "dataset_version", "dataset_history", "schema_migration")
    assert digest(pool, without=without) == digest(migrated, without=without)


@pytest.mark.release
def test_killed(program, run, query, pool, database):
    run("migrate", database=pool, check=True)
    process = program.popen("ingest", *INPUT, "--ingest-memory", "4", database=pool,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    end = time.monotonic() + programs.TIMEOUT
    while query(database, "select count(*) from ingest_object") == [(0,)]:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    run("ingest", *INPUT, database=pool, check=True)
    assert run("migrate", database=pool, check=True).stdout == "up to date\n"
    assert locks(query, database) == []


def test_statements_take_no_longer_than_they_may(server, run, query, database, pool):
    run("migrate", database=pool, check=True)
    run("ingest", *INPUT, database=pool, check=True)
    running = server(pool, *ASKING, env={"ALMANAC_QUERY_TIMEOUT": "1000"})
    with psycopg.connect(database) as connection:
        connection.execute("lock table block")
        assert httpx.get(running.url + DAYS, timeout=60).status_code == 504
        deadline = time.monotonic() + programs.TIMEOUT
        while query(database, "select from pg_locks where not granted"):
            assert time.monotonic() < deadline, "the database is still at work"
            time.sleep(0.05)
    running.wait(DAYS)

