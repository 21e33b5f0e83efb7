"""What is for operators alone, at an address of its own, and what everybody is told instead."""

import contextlib
import re
import socket
import time

import httpx
import pytest
import raw
from cluster import with_user
from program import TIMEOUT, free_port
from proxy import proxied

DAYS = "/api/weather?page_size=1"
LOST = "postgresql://operator@127.0.0.1:1/almanac_prod"
SECRETS = ("operator", "127.0.0.1", "almanac_prod", "refused", "PostgreSQL")


def get(url, path, **options):
    return httpx.get(url + path, timeout=TIMEOUT, **options)


class Operators:
    """What raw.Connection() wants of a server."""

    def __init__(self, server):
        self.port = int(server.operation.rpartition(":")[2])


@pytest.mark.parametrize("operation", [..., None])
def test_strangers_are_not_told_why(server, operation):
    """Neither with an address for operators nor without one, and whoever asks: a proxy on the same machine
    can look like a person on it."""
    running = server(LOST, ready="/livez", operation=operation)
    running.wait_for_line("the stored data is not available")
    headers = [{}, {"x-forwarded-for": "203.0.113.9"}, {"host": "localhost"}, {"forwarded": "for=127.0.0.1"}]
    for header in headers:
        answer = get(running.url, "/readyz", headers=header)
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
        assert not any(secret in answer.text for secret in SECRETS), answer.text
        assert get(running.url, "/livez", headers=header).json() == {"status": "alive"}
        assert get(running.url, "/metrics", headers=header).status_code == 404
    assert "127.0.0.1" in running.stderr() and "refused" in running.stderr()  # the log says it


def test_operators_are_told_why(server):
    running = server(LOST, ready="/livez")
    end = time.monotonic() + TIMEOUT
    while "refused" not in (answer := get(running.operation, "/readyz")).text:
        assert time.monotonic() < end, answer.text
        time.sleep(0.02)
    assert answer.status_code == 503 and "almanac_prod" in answer.json()["detail"]


def test_what_is_where(server, ingested):
    running = server(ingested)
    for path in ("/livez", "/readyz"):
        ours, theirs = get(running.url, path), get(running.operation, path)
        assert (ours.status_code, ours.text) == (theirs.status_code, theirs.text) == (200, theirs.text)
    assert get(running.operation, "/metrics").status_code == 200
    missing = get(running.url, "/metrics")
    assert missing.status_code == 404 and "/metrics" not in missing.json()["allowed"]
    assert get(running.url, "/%6Detrics").status_code == 404
    for path in ("/", "/docs", "/openapi.json", "/api/stations", DAYS, "/problems"):
        for _ in range(3):  # also when the answer is in memory
            assert get(running.url, path).status_code == 200
        answer = get(running.operation, path)
        assert answer.status_code == 404
        assert answer.json()["allowed"] == ["/livez", "/metrics", "/readyz"]
    paths = get(running.url, "/openapi.json").json()["paths"]
    assert "/metrics" not in paths and "/readyz" in paths


def test_pages_of_others_may_not_read_it(server, ingested):
    running = server(ingested)
    origin = {"origin": "https://a.example"}
    assert "access-control-allow-origin" in get(running.url, "/readyz", headers=origin).headers
    for path in ("/livez", "/readyz", "/metrics", "/nothing"):
        answer = get(running.operation, path, headers=origin)
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_without_an_address(server, ingested):
    running = server(ingested, operation=None)
    assert "for operators" not in running.stderr()
    assert get(running.url, "/readyz").json() == {"status": "ready"}


def test_the_address_is_logged(server, ingested):
    running = server(ingested, operation="127.0.0.1:0")
    port = re.search(r"for operators: http://127\.0\.0\.1:(\d+)/metrics", running.stderr())[1]
    assert get(f"http://127.0.0.1:{port}", "/metrics").status_code == 200


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:99999", "192.0.2.1:80"])
def test_addresses_that_are_none(run, ingested, address):
    done = run("serve", "--listen", "127.0.0.1:0", "--operation-listen", address, database=ingested)
    assert done.returncode == 1 and "cannot listen on" in done.stderr and address in done.stderr


def test_an_address_that_is_taken(run, ingested):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for flag, other in (("--listen", "--operation-listen"), ("--operation-listen", "--listen")):
            done = run("serve", flag, address, other, "127.0.0.1:0", database=ingested)
            assert done.returncode == 1 and address in done.stderr
            assert f"port with {flag} (" in done.stderr


def test_the_same_address_twice(run, ingested):
    address = f"127.0.0.1:{free_port()}"
    done = run("serve", "--listen", address, "--operation-listen", address, database=ingested)
    assert done.returncode == 1 and "--operation-listen" in done.stderr


def test_the_log_has_every_reason(server, ingested, query):
    """Also where the data are known and a thread has no connection: nobody else may be told. Of three
    connections that are wanted two may be made."""
    role = f"few_{time.monotonic_ns()}"
    query(ingested, f"create role {role} login password 'few' in role almanac_reader connection limit 2")
    try:
        running = server(with_user(ingested, role, "few"), "--threads", "2", "--db-connections", "1",
                         ready="/livez")  # fmt: skip
        running.wait_for_line("too many connections for role")
        assert running.status("/readyz") == 503
        query(ingested, f"alter role {role} connection limit 10")
        running.wait("/readyz")
        running.stop()
    finally:
        query(ingested, f"drop role {role}")


# -- When it matters most --------------------------------------------------------------------


def samples(server):
    return dict(
        line.rsplit(" ", 1) for line in get(server.operation, "/metrics").text.splitlines()
        if not line.startswith("#")
    )  # fmt: skip


def wait_for_sample(server, name, value):
    end = time.monotonic() + TIMEOUT
    while samples(server).get(name) != value:
        assert time.monotonic() < end, samples(server)
        time.sleep(0.05)


def test_figures_while_the_database_hangs(server, ingested):
    """They wait for no query: those of the last ingestion are the last that were known."""
    with proxied(ingested) as proxy:
        proxy.open()
        running = server(proxy.url, "--query-timeout", "600000", "--drain-timeout", "0")
        end = time.monotonic() + TIMEOUT
        while (finished := samples(running).get("almanac_ingestion_finished_seconds")) is None:
            assert time.monotonic() < end
            time.sleep(0.02)
        proxy.stall()
        for _ in range(5):
            found = samples(running)
            assert found["almanac_ingestion_finished_seconds"] == finished
            assert int(found["process_open_fds"]) > 10
        proxy.cut()


def test_a_new_ingestion_is_seen(server, ingested_copy, run, tmp_path):
    running = server(ingested_copy)
    success = 'almanac_ingestion_outcome{outcome="success"}'
    wait_for_sample(running, success, "1")
    broken = tmp_path / "USC00110072.txt.gz"
    broken.write_bytes(b"\x1f\x8b no more of it")
    assert run("ingest", broken, database=ingested_copy).returncode != 0
    wait_for_sample(running, success, "0")


def test_no_room_for_clients(server, ingested, run):
    """Operators, and the health check, are answered all the same; they do not count as clients."""
    running = server(ingested, "--max-connections", "4")
    with contextlib.ExitStack() as stack:
        taken, end = 0, time.monotonic() + TIMEOUT
        while taken < 4:
            assert time.monotonic() < end
            connection = raw.Connection(running)
            if (answer := connection.ask("/livez")) and answer.status == 200:
                stack.callback(connection.socket.close)
                taken += 1
        with raw.Connection(running) as connection:
            assert connection.answer().status == 503
        assert get(running.operation, "/readyz").status_code == 200
        assert samples(running)["almanac_connections"] == "4"
        address = running.operation.removeprefix("http://")
        listen = f"127.0.0.1:{running.port}"
        assert run("health", "--listen", listen, "--operation-listen", address).returncode == 0
        assert run("health", "--listen", listen).returncode == 1
    running.wait("/livez")


def test_operators_are_bounded_too(server, ingested):
    running = server(ingested)
    with contextlib.ExitStack() as stack:
        answered = 0
        for _ in range(100):
            connection = raw.Connection(Operators(running))
            stack.callback(connection.socket.close)
            with contextlib.suppress(ConnectionError):
                answer = connection.ask("/livez")
                answered += answer is not None and answer.status == 200
        assert 8 <= answered <= 32
        assert get(running.url, DAYS).status_code == 200
    end = time.monotonic() + TIMEOUT
    while running.status("/readyz", running.operation) != 200:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("listen", ["0.0.0.0:{}", "*:{}", ":{}"])
def test_health_of_all_addresses(server, ingested, run, listen):
    running = server(ingested)
    assert run("health", "--listen", listen.format(running.port)).returncode == 0
