"""Validators and memory: right at once, whatever becomes of the notification channel."""

import contextlib
import threading
import time

import httpx
import psycopg
import pytest
from proxy import proxied

DAYS, YEARS = "/api/weather", "/api/weather/stats"
STATION = "USC00110072"
PAGE = f"{DAYS}?station_id={STATION}&page_size=5"


def etag_of(client, target=PAGE, **headers):
    answer = client.get(target, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.headers["etag"]


@contextlib.contextmanager
def client_of(server):
    with httpx.Client(base_url=server.url, timeout=60) as client:
        client.operation = server.operation
        yield client


@pytest.fixture
def client(server, ingested_copy):
    with client_of(server(ingested_copy)) as client:
        yield client


@pytest.fixture
def proxy(ingested_copy):
    with proxied(ingested_copy) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def reader(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


# -- Validators ------------------------------------------------------------------------------


def test_not_modified(reader):
    first = reader.get(PAGE)
    again = reader.get(PAGE, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert "content-length" not in again.headers
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '{}, "other"', "*"])
def test_forms_of_if_none_match(reader, form):
    tag = form.format(etag_of(reader))
    assert reader.get(PAGE, headers={"if-none-match": tag}).status_code == 304


def test_another_tag(reader):
    tag = etag_of(reader)
    other = tag[:-2] + ("0" if tag[-2] != "0" else "1") + '"'
    assert reader.get(PAGE, headers={"if-none-match": other}).status_code == 200


def test_tags_tell_representations_apart(reader):
    targets = [
        PAGE,
        PAGE + "&page=2",
        PAGE.replace("page_size=5", "page_size=6"),
        PAGE + "&format=csv",
        PAGE + "&units=imperial",
        PAGE + "&fields=date",
        PAGE + "&count=none",
        f"{DAYS}?station_id={STATION}&cursor=*&page_size=5",
        f"{YEARS}?station_id={STATION}&page_size=5",
    ]
    assert len({etag_of(reader, target) for target in targets}) == len(targets)


def test_same_question_same_tag(reader):
    assert etag_of(reader) == etag_of(reader, f"{DAYS}?page_size=5&station_id={STATION}")


def test_same_tag_from_another_server(server, ingested):
    tags = set()
    for _ in range(2):
        with httpx.Client(base_url=server(ingested).url) as client:
            tags.add(etag_of(client))
    assert len(tags) == 1


def test_head_has_the_tag(reader):
    assert reader.head(PAGE).headers["etag"] == etag_of(reader)


def test_cache_control(server, ingested, reader):
    assert reader.get(PAGE).headers["cache-control"] == "max-age=0, must-revalidate"
    with httpx.Client(base_url=server(ingested, "--max-age", "60").url) as client:
        assert client.get(PAGE).headers["cache-control"] == "max-age=60, must-revalidate"


def test_problems_are_not_stored(reader):
    answer = reader.get(DAYS + "?page=0")
    assert answer.status_code == 422 and "etag" not in answer.headers


# -- The version check -----------------------------------------------------------------------

CHECKS = "query = 'select identity from dataset_version'"


def checked_while(url, work):
    """Whether a server asked for the version meanwhile."""
    sql = (
        "select max(query_start) from pg_stat_activity where datname = current_database() "
        f"and pid <> pg_backend_pid() and {CHECKS}"
    )
    with psycopg.connect(url, autocommit=True) as conn:
        before = conn.execute(sql).fetchone()[0]
        work()
        return conn.execute(sql).fetchone()[0] != before


def ask_for_known_answers(client):
    """A page from memory and a 304, twenty times each."""
    tag = etag_of(client)
    for _ in range(3):
        client.get(PAGE)

    def work():
        for _ in range(20):
            assert client.get(PAGE, headers={"if-none-match": tag}).status_code == 304
            assert client.get(PAGE).status_code == 200

    return work


def test_known_answers_ask_for_the_version(client, ingested_copy):
    assert checked_while(ingested_copy, ask_for_known_answers(client))


def test_known_answers_within_max_staleness_ask_for_nothing(server, ingested_copy):
    running = server(ingested_copy, "--max-staleness", "3600", "--threads", "1")
    with httpx.Client(base_url=running.url, timeout=60) as client:
        assert not checked_while(ingested_copy, ask_for_known_answers(client))


def test_max_staleness_ends(server, ingested_copy):
    """Without a notification, without a connection that watches: the last look is relied on for a
    second, and no longer."""
    running = server(ingested_copy, "--max-staleness", "1", "--threads", "1")
    with httpx.Client(base_url=running.url, timeout=60) as client:
        for value in range(1, 4):
            first_value(client)
            with psycopg.connect(ingested_copy, autocommit=True) as conn:
                change(conn, value)
            time.sleep(1.5)
            assert first_value(client) == value


def test_notifications_shorten_max_staleness(server, ingested_copy):
    running = server(ingested_copy, "--max-staleness", "3600")
    with httpx.Client(base_url=running.url, timeout=60) as client:
        first_value(client)
        with psycopg.connect(ingested_copy, autocommit=True) as conn:
            change(conn, 5)
            conn.execute("notify almanac")
        end = time.monotonic() + 60
        while first_value(client) != 5:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_nothing_waits_for_servers(client, run, ingested_copy, tmp_path):
    """An ingestion takes no lock that a server holds: one that is stopped, or whose host is gone, holds
    up no commit."""
    first_value(client)
    with psycopg.connect(ingested_copy, autocommit=True) as conn:
        held = conn.execute(
            "select query from pg_locks join pg_stat_activity using (pid) "
            "where locktype = 'advisory' and pid <> pg_backend_pid()"
        ).fetchall()
        assert held == []
    path = tmp_path / f"{STATION}.txt"
    path.write_text("19850101\t311\t-128\t94\n")
    run("ingest", path, database=ingested_copy, check=True)
    assert client.get(f"{DAYS}?station_id={STATION}&page_size=1").json()["data"][0]["tmax"] == 31.1


# -- Freshness -------------------------------------------------------------------------------


def change(conn, value):
    """Another value of the first row, as an ingestion would store it; seen when this returns."""
    with conn.transaction():
        conn.execute(
            "update stat_yearly set avg_tmax = %s where station_id = %s and year = 1985",
            (value, STATION),
        )
        conn.execute(
            "with v as (update dataset_version set version = version + 1, changed_at = now() "
            "returning version) update station set version = v.version from v "
            "where station_id = %s",
            (STATION,),
        )


def first_value(client):
    answer = client.get(f"{YEARS}?station_id={STATION}&page_size=1")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"][0]["avg_tmax"]


@pytest.mark.threads
def test_never_stale_without_notification(client, ingested_copy):
    """Nobody is told of the change."""
    with psycopg.connect(ingested_copy, autocommit=True) as conn:
        first_value(client)
        for value in range(1, 8):
            change(conn, value)
            assert first_value(client) == value


def cut_feed(conn):
    """Ends the connection that watches for new data: the last statement of each is one of its own."""
    conn.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
        "and datname = current_database() and query in ('listen almanac', 'commit')"
    )


def test_never_stale_when_the_channel_is_cut(client, ingested_copy):
    with psycopg.connect(ingested_copy, autocommit=True) as conn:
        for value in range(1, 6):
            first_value(client)
            cut_feed(conn)
            change(conn, value)
            assert first_value(client) == value


@pytest.mark.release  # it waits for timeouts
def test_never_stale_when_the_channel_is_dead(server, proxy, ingested_copy):
    """The connections neither work nor end: nothing is said of which it is not certain that it
    holds."""
    proxy.open()
    running = server(proxy.url)
    with httpx.Client(base_url=running.url, timeout=60) as client:
        first_value(client)
        proxy.stall()
        with psycopg.connect(ingested_copy, autocommit=True) as conn:
            change(conn, 77)
        try:
            answer = client.get(f"{YEARS}?station_id={STATION}&page_size=1")
            assert answer.status_code in (503, 504)
        finally:
            proxy.open()


@pytest.mark.threads
def test_never_stale_under_load(client, ingested_copy):
    """Readers on other connections see no value older than one that was committed before they
    asked."""
    committed, wrong, stop = [0], [], threading.Event()

    def read():
        with httpx.Client(base_url=client.base_url, timeout=60) as own:
            while not stop.is_set():
                least = committed[0]
                got = first_value(own)
                if least > 0 and got < least:
                    wrong.append((least, got))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    with psycopg.connect(ingested_copy, autocommit=True) as conn:
        for value in range(100, 112):
            change(conn, value)
            committed[0] = value
            time.sleep(0.3 if value % 4 == 0 else 0)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


# -- Whole answers in memory -----------------------------------------------------------------


def figure(client, name):
    for line in httpx.get(client.operation + "/metrics", timeout=60).text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(name)


def test_repeated_answers_are_the_same(client, ingested_copy):
    first = client.get(PAGE)
    for _ in range(5):
        again = client.get(PAGE)
        assert again.content == first.content
        for name in ("etag", "content-type", "vary", "link", "cache-control"):
            assert again.headers[name] == first.headers[name]
    assert figure(client, "almanac_answers_hits_total") >= 3
    head = client.head(PAGE)
    assert head.content == b"" and head.headers["content-length"] == first.headers["content-length"]
    assert client.get(PAGE, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert client.get(PAGE, headers={"if-none-match": '"x"'}).content == first.content


def test_kept_answers_are_told_apart(client, ingested_copy):
    kinds = ("application/json", "text/csv", "application/x-ndjson")
    for _ in range(4):
        for kind in kinds:
            answer = client.get(PAGE, headers={"accept": kind})
            assert answer.headers["content-type"].startswith(kind)
        for coding in ("gzip", "identity"):
            answer = client.get(PAGE, headers={"accept-encoding": coding})
            assert answer.json()["data"][0]["station_id"] == STATION
    assert figure(client, "almanac_answers_entries") >= len(kinds)


def test_what_belongs_to_a_request_is_not_kept(client, ingested_copy):
    for number in range(5):
        answer = client.get(PAGE, headers={"x-request-id": f"id-{number}"})
        assert answer.headers["x-request-id"] == f"id-{number}"
    assert "x-request-id" not in client.get(PAGE).headers


def test_problems_are_not_kept(client, ingested_copy):
    for _ in range(4):
        assert client.get(DAYS + "?page=0").status_code == 422
    assert figure(client, "almanac_answers_entries") == 0


@pytest.mark.release  # memory of sanitizers is another
def test_memory_is_given_back(client, ingested_copy):
    """Answers that nobody asks for any more do not stay."""
    for _ in range(4):
        client.get(PAGE)
    assert figure(client, "almanac_answers_entries") == 1
    end = time.monotonic() + 60
    while figure(client, "almanac_answers_entries") > 0:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize("memory", ["0", "1"])
def test_limit_of_memory(server, ingested, memory):
    with client_of(server(ingested, "--answer-memory", memory)) as client:
        for _ in range(3):
            for number in range(1, 400):
                target = f"{DAYS}?page_size=100&page={number}"
                assert client.get(target).status_code == 200
        assert figure(client, "almanac_answers_bytes") <= int(memory) << 20
