"""A database that is not there, goes away, hangs, or is locked: the server says so at once,
never lies, and recovers without a restart."""

import concurrent.futures
import contextlib
import os
import signal
import threading
import time

import httpx
import psycopg
import pytest
from locks import locked
from proxy import proxied

DAYS = "/api/weather?station_id=USC00110072&page_size=5"
YEARS = "/api/weather/stats?page_size=5"
STATIONS = "/api/stations?page_size=5"
EVERYTHING = (DAYS, YEARS, STATIONS)
QUERY_TIMEOUT = 1.0  # s
SOON = {"ALMANAC_QUERY_TIMEOUT": str(int(QUERY_TIMEOUT * 1000))}
NEVER = {"ALMANAC_QUERY_TIMEOUT": "600000"}  # longer than `get` and `stop` wait
LONG = {"ALMANAC_QUERY_TIMEOUT": "60000"}
SILENCE = 1.0  # s after which a connection is looked into
ASKING = ("--cache-memory=0", "--answer-memory=0")  # nothing is answered from memory
PATIENCE = 30  # s: much longer than any back-off


@pytest.fixture
def proxy(ingested):
    with proxied(ingested) as proxy:
        yield proxy


def get(server, target):
    return httpx.get(server.url + target, timeout=60)


def eventually(check, what):
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.05)


def answers(server):
    return all(get(server, target).status_code == 200 for target in EVERYTHING)


def check_unavailable(answer, statuses=(503,)):
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    for secret in ("password", "postgresql://", "/tmp"):
        assert secret not in answer.text


def reason(server):
    return httpx.get(server.operation + "/readyz", timeout=60).text


def test_absent_at_start(server, proxy):
    running = server(proxy.url, ready="/livez")
    answer = httpx.get(running.operation + "/readyz", timeout=60)
    assert answer.status_code == 503
    assert "refused" in answer.text
    check_unavailable(get(running, "/readyz"))
    for target in EVERYTHING:
        check_unavailable(get(running, target))
    proxy.open()
    running.wait("/readyz")
    assert answers(running)


def test_gone_while_serving(server, proxy):
    proxy.open()
    running = server(proxy.url, env=NEVER)  # nobody waits for a query's time to be over
    before = [get(running, target).json() for target in EVERYTHING]
    for _ in range(3):
        proxy.cut()
        eventually(lambda: running.status("/readyz") == 503, "not ready")
        assert running.status("/livez") == 200
        for target in EVERYTHING:
            check_unavailable(get(running, target))
        proxy.open()
        running.wait("/readyz")
        eventually(lambda: answers(running), "answers again")
        assert [get(running, target).json() for target in EVERYTHING] == before


def test_cut_under_load(server, proxy):
    """Each answer is the right one or says 503; none is lost."""
    proxy.open()
    running = server(proxy.url)
    expected = {target: get(running, target).json() for target in EVERYTHING}
    seen, stop = [], threading.Event()

    def ask(target):
        with httpx.Client(base_url=running.url, timeout=60) as client:
            while not stop.is_set():
                answer = client.get(target)
                seen.append(answer.status_code)
                if answer.status_code == 200:
                    assert answer.json() == expected[target]
                else:
                    check_unavailable(answer)

    errors = []

    def guarded(target):
        try:
            ask(target)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(t,)) for t in EVERYTHING * 3]
    for thread in threads:
        thread.start()
    for _ in range(5):
        time.sleep(0.2)
        proxy.cut()
        time.sleep(0.1)
        proxy.open()
    running.wait("/readyz")
    eventually(lambda: answers(running), "answers again")
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors, errors[0]
    assert 200 in seen and set(seen) <= {200, 503}


def test_connections_killed_by_the_administrator(server, ingested_copy, query):
    running = server(ingested_copy)
    for _ in range(3):
        query(
            ingested_copy,
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()",
        )
        for target in EVERYTHING:
            answer = get(running, target)
            if answer.status_code != 200:
                check_unavailable(answer)
        running.wait("/readyz")
        eventually(lambda: answers(running), "answers again")


def test_database_that_hangs(server, proxy):
    """Nothing comes back, and no connection ends."""
    proxy.open()
    running = server(proxy.url, env=SOON)
    proxy.stall()
    for target in (DAYS, YEARS):
        check_unavailable(get(running, target), (503, 504))
    # What is in memory may have changed.
    check_unavailable(get(running, STATIONS), (503, 504))
    assert running.status("/livez") == 200
    proxy.open()
    eventually(lambda: answers(running), "answers again")


def watchers(url):
    """Process ids of the sessions that watch for new data."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select pid from pg_stat_activity where datname = current_database() "
            "and pid <> pg_backend_pid() and query in ('listen almanac', 'commit')"
        ).fetchall()
    return [pid for (pid,) in rows]


@contextlib.contextmanager
def frozen(pids):
    """They neither answer nor end; the kernel keeps answering for their connections."""
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_silent_connection_of_the_watcher(server, run, ingested_copy, tmp_path):
    """It is given up and made anew, so that requests that have met newer data get an answer."""
    running = server(ingested_copy, env=NEVER)
    path = tmp_path / "USC00110072.txt"
    with frozen(watchers(ingested_copy)):
        for tmax in (311, 322):
            path.write_text(f"19850101\t{tmax}\t-128\t94\n")
            run("ingest", path, database=ingested_copy, check=True)
            answer = get(running, DAYS)
            assert answer.status_code == 200, answer.text
            assert answer.json()["data"][0]["tmax"] == tmax / 10


@pytest.mark.parametrize("pause", [0, 0.3], ids=["at-once", "after-a-while"])
def test_connections_that_went_silent(server, proxy, pause):
    """A middlebox that has forgotten them, but keeps them up: others answer within the query's
    time, and nobody hears of it."""
    proxy.open()
    running = server(proxy.url, *ASKING, env=LONG)
    for _ in range(3):
        expected = [get(running, target).json() for target in EVERYTHING]
        proxy.freeze()
        time.sleep(pause)
        with concurrent.futures.ThreadPoolExecutor(9) as clients:
            seen = list(clients.map(lambda target: get(running, target), EVERYTHING * 3))
        assert [answer.status_code for answer in seen] == [200] * 9, running.stderr()
        assert [answer.json() for answer in seen] == expected * 3
        running.wait("/readyz")


def connects(server):
    """How often the server's pools have connected."""
    text = httpx.get(server.operation + "/metrics", timeout=60).text
    return sum(
        float(line.split()[-1]) for line in text.splitlines()
        if line.startswith("almanac_database_connects_total")
    )  # fmt: skip


def test_idle_connections_that_went_silent(server, proxy):
    """They are found, and replaced, before anybody asks."""
    proxy.open()
    running = server(proxy.url, "--threads=1", "--db-connections=1", env=LONG)
    before = connects(running)
    proxy.freeze()
    eventually(lambda: connects(running) > before, "another connection")
    assert answers(running)


def test_readiness_follows_what_requests_get(server, proxy):
    """All are silent, and new ones too."""
    proxy.open()
    running = server(proxy.url, *ASKING, "--connect-timeout=2", env=SOON)
    proxy.stall()
    eventually(lambda: running.status("/readyz") == 503, "not ready")
    check_unavailable(get(running, DAYS), (503, 504))
    proxy.open()
    running.wait("/readyz")
    assert get(running, DAYS).status_code == 200


def test_slow_query_is_not_asked_again(server, ingested_copy, query):
    """It is told from one whose connection is dead."""
    running = server(ingested_copy, *ASKING, env=LONG)
    with concurrent.futures.ThreadPoolExecutor() as clients, locked(ingested_copy, "block"):
        waiting = clients.submit(get, running, DAYS)
        began = time.monotonic()
        find = "select pid, query_start from pg_stat_activity where wait_event_type = 'Lock'"
        seen = []
        eventually(lambda: seen.append(query(ingested_copy, find)) or seen[-1], "it waits")
        while time.monotonic() - began < 4 * SILENCE:
            assert query(ingested_copy, find) == seen[-1]
            time.sleep(0.1)
    assert waiting.result().status_code == 200


def test_slow_statement_is_ended(server, ingested_copy):
    running = server(ingested_copy, env=SOON)
    with locked(ingested_copy, "block", "stat_yearly"):
        for target in (DAYS, YEARS):
            began = time.monotonic()
            check_unavailable(get(running, target), (504,))
            assert time.monotonic() - began > QUERY_TIMEOUT * 0.9
    eventually(lambda: answers(running), "answers again")


def test_slow_statements_do_not_stop_others(server, ingested_copy):
    running = server(ingested_copy, env=SOON)
    url = running.url
    with locked(ingested_copy, "stat_yearly"), httpx.Client(base_url=url, timeout=60) as client:
        waiting = threading.Thread(target=get, args=(running, YEARS))
        waiting.start()
        assert client.get("/livez").status_code == 200
        assert client.get(DAYS).status_code == 200
        assert client.get(STATIONS).status_code == 200
        assert waiting.is_alive()
        waiting.join()


def test_client_that_goes_away_meanwhile(server, ingested_copy):
    running = server(ingested_copy, env=SOON)
    with locked(ingested_copy, "block"):
        for _ in range(20):
            with contextlib.suppress(httpx.TimeoutException):
                httpx.get(running.url + DAYS, timeout=0.05)
    eventually(lambda: answers(running), "answers again")


def test_tables_that_are_not_there(server, database):
    running = server(database, ready="/livez")
    eventually(lambda: "migrate" in reason(running), "says what to do")
    check_unavailable(get(running, DAYS))


def test_migrated_while_the_server_waits(server, database, run):
    running = server(database, ready="/livez")
    assert running.status("/readyz") == 503
    run("migrate", database=database, check=True)
    running.wait("/readyz")
    assert get(running, "/api/weather").json()["data"] == []
    assert get(running, YEARS).json()["data"] == []


def test_stop_while_the_database_is_away(server, proxy):
    """Ctrl-C does not wait for what will not come."""
    running = server(proxy.url, "--drain-timeout=600000", ready="/livez")
    assert running.stop() == 0


def test_stop_while_the_database_hangs(server, proxy):
    proxy.open()
    running = server(proxy.url, "--drain-timeout=600000", env=SOON)
    proxy.stall()

    def ask():
        with contextlib.suppress(httpx.HTTPError):
            get(running, DAYS)

    waiting = threading.Thread(target=ask)
    waiting.start()
    time.sleep(0.1)
    assert running.stop() == 0
    waiting.join()


def test_stop_while_the_database_hangs_and_nobody_waits(server, proxy):
    """The last query is over when its client is gone: that ends the loop, from within the pool."""
    proxy.open()
    running = server(proxy.url, *ASKING, "--threads=1", "--db-connections=1", env=SOON)
    proxy.stall()
    for _ in range(10):
        for target in EVERYTHING:
            with contextlib.suppress(httpx.TimeoutException):
                httpx.get(running.url + target, timeout=0.02)
    assert running.stop() == 0


def test_tables_that_change_under_load(server, ingested_copy, query):
    """Prepared statements whose results would be of other types now are prepared anew."""
    query(ingested_copy, "drop view observation, day cascade")  # they would be in the way
    running = server(ingested_copy, *ASKING, "--threads=1")
    expected = get(running, DAYS).json()
    stop, seen = threading.Event(), []

    def ask():
        with httpx.Client(base_url=running.url, timeout=60) as client:
            while not stop.is_set():
                answer = client.get(DAYS)
                seen.append((answer.status_code, answer.json() == expected))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    try:
        for kind in ("text", "bytea") * 5:
            query(ingested_copy, f"alter table block alter column quality_flags type {kind} using null")
            before = len(seen)
            eventually(lambda before=before: len(seen) > before + 50, "answers")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert running.process.poll() is None, running.stderr()
    assert set(seen) == {(200, True)}


def test_password_is_never_shown(server, ingested, query):
    """Neither in the log nor in an answer."""
    secret = "correct-horse-battery"
    parameters = psycopg.conninfo.conninfo_to_dict(ingested)
    url = psycopg.conninfo.make_conninfo(
        **parameters | {"user": "nobody_of_that_name", "password": secret}
    )
    running = server(url, ready="/livez")
    eventually(lambda: "not connected to the database yet" not in reason(running), "x")
    assert secret not in reason(running)
    assert secret not in running.stderr()
