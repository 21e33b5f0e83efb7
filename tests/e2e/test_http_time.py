"""Clients that are slow, silent or gone, and the server's own end."""

import json
import signal
import time

import pytest

from locks import locked
from raw import Connection, exchange, request

BIG = "/api/weather?page_size=1000"


# -- Slow and silent clients ---------------------------------------------------------


def test_request_in_single_bytes(served):
    with Connection(served) as connection:
        for byte in request("/livez"):
            connection.send(bytes([byte]))
        assert connection.answer().status == 200


@pytest.mark.parametrize("part", [b"G", b"GET /livez HTTP/1.1\r\nHost: a\r\n"])
def test_request_must_come_to_its_end(server, migrated, part):
    running = server(migrated, "--header-timeout", "300")
    with Connection(running) as connection:
        assert connection.ask("/livez").status == 200
        connection.send(part)
        answer = connection.answer()
        assert answer.status == 408 and answer.closes
        assert json.loads(answer.body)["type"].endswith("/problems/request-timeout")
        assert connection.is_closed()


def test_trickle_does_not_extend_the_time(server, migrated):
    running = server(migrated, "--header-timeout", "500")
    begun = time.monotonic()
    with Connection(running) as connection:
        connection.send(b"GET /livez HTTP/1.1\r\n")
        connection.socket.settimeout(0.1)
        answer = None
        while answer is None:
            assert time.monotonic() - begun < 30
            try:
                connection.send(b"X: y\r\n")
                answer = connection.answer()
            except TimeoutError:
                pass
    assert answer.status == 408


def test_body_must_come_to_its_end(server, migrated):
    running = server(migrated, "--header-timeout", "300")
    with Connection(running) as connection:
        connection.send(request(headers=["Content-Length: 10"]) + b"hello")
        assert connection.answer().status == 408


def test_idle_connection_is_closed(server, migrated):
    running = server(migrated, "--idle-timeout", "300")
    with Connection(running) as silent, Connection(running) as connection:
        assert connection.ask("/livez").status == 200
        assert connection.is_closed()
        assert silent.is_closed()


def test_keep_alive_waits(server, migrated):
    running = server(migrated, "--idle-timeout", "60000")
    with Connection(running) as connection:
        assert connection.ask("/livez").status == 200
        time.sleep(2.5)
        assert connection.ask("/livez").status == 200


def test_reader_that_does_not_read(server, ingested):
    running = server(ingested, "--write-timeout", "500")
    with Connection(running, receive_buffer=4096) as connection:
        connection.socket.settimeout(0.5)
        with pytest.raises((TimeoutError, ConnectionError)):
            while True:  # until the server reads no more of what it cannot answer
                connection.send(request(BIG) * 100)
        time.sleep(2.5)
        connection.socket.settimeout(60)
        with pytest.raises((AssertionError, ConnectionError)):
            while connection.answer() is not None:
                pass
    assert exchange(running, request("/livez"))[0].status == 200


def test_reader_that_reads_slowly(served):
    with Connection(served, receive_buffer=4096) as connection:
        connection.send(request(BIG) * 20)
        for _ in range(20):
            time.sleep(0.01)
            assert len(json.loads(connection.answer().body)["data"]) == 1000


# -- Clients that go -------------------------------------------------------------------


def test_half_closed(served):
    with Connection(served) as connection:
        connection.send(request("/api/stations") + request("/readyz"))
        connection.half_close()
        assert connection.answer().status == 200
        assert connection.answer().status == 200
        assert connection.answer() is None


def test_half_closed_amid_a_request(served):
    with Connection(served) as connection:
        connection.send(request("/livez") + b"GET /readyz HTT")
        connection.half_close()
        assert connection.answer().status == 200
        assert connection.answer() is None


@pytest.mark.threads
def test_aborted(server, ingested_copy):
    running = server(ingested_copy)
    for data in (b"", b"GET /li", request(BIG) * 10, request("/api/stations")):
        for _ in range(5):
            connection = Connection(running)
            connection.send(data)
            connection.abort()
    with locked(ingested_copy, "block"):
        for target in ("/api/weather", BIG):
            with Connection(running) as connection:
                connection.send(request(target))
                time.sleep(0.1)
                connection.abort()
        assert exchange(running, request("/livez"))[0].status == 200
    assert exchange(running, request("/api/stations"))[0].status == 200
    assert exchange(running, request(BIG))[0].status == 200


# -- The server's end --------------------------------------------------------------------


@pytest.mark.threads
def test_drain_finishes_what_is_under_way(server, ingested_copy):
    running = server(ingested_copy)
    with Connection(running) as busy, Connection(running) as idle:
        assert idle.ask("/livez").status == 200
        with locked(ingested_copy, "block"):
            busy.send(request("/api/weather?page_size=7"))
            time.sleep(0.2)
            running.process.send_signal(signal.SIGTERM)
            assert idle.is_closed()
            with pytest.raises(ConnectionError):
                while True:  # every thread has a listener of its own to close
                    with Connection(running) as late:
                        assert late.is_closed()
            assert running.process.poll() is None
        answer = busy.answer()
        assert answer.status == 200 and answer.closes
        assert len(json.loads(answer.body)["data"]) == 7
    assert running.process.wait(60) == 0


def test_drain_delay(server, migrated):
    running = server(migrated, "--drain-delay", "5000")
    with Connection(running) as connection:
        assert connection.ask("/readyz").status == 200
        running.process.send_signal(signal.SIGTERM)
        while (status := running.status("/readyz")) == 200:
            time.sleep(0.01)
        assert status == 503
        answer = connection.ask("/livez")
        assert answer.status == 200 and answer.closes
        assert connection.is_closed()
    (answer,) = exchange(running, request("/readyz"))
    assert answer.status == 503 and answer.closes
    assert "stopping" in json.loads(answer.body)["detail"]
    assert running.process.wait(60) == 0


def test_drain_timeout(server, ingested_copy):
    options = ["--drain-timeout", "300", "--query-timeout", "60000"]
    running = server(ingested_copy, *options)
    with locked(ingested_copy, "block"), Connection(running) as busy:
        busy.send(request("/api/weather"))
        time.sleep(0.2)
        assert running.stop() == 0
        assert busy.is_closed()
    assert "were not finished in time" in running.stderr()


def test_second_signal_ends_at_once(server, ingested_copy):
    running = server(ingested_copy)
    with locked(ingested_copy, "block"), Connection(running) as busy:
        busy.send(request("/api/weather"))
        time.sleep(0.2)
        running.process.send_signal(signal.SIGINT)
        running.wait_for_line("stopping")
        assert running.stop(signal.SIGINT) == -signal.SIGINT
    assert "SIGINT again: stopping at once" in running.stderr()


# -- Its beginning -------------------------------------------------------------------------


def test_address_in_use(program, migrated, served):
    address = f"127.0.0.1:{served.port}"
    done = program.run("serve", "--listen", address, database=migrated)
    assert done.returncode == 1
    assert f"cannot listen on {address}: Address already in use" in done.stderr
    assert "--listen" in done.stderr


@pytest.mark.parametrize("address", ["8080", "127.0.0.1", "127.0.0.1:x", "a:70000", "a b:80"])
def test_address_that_is_none(program, migrated, address):
    done = program.run("serve", "--listen", address, database=migrated)
    assert done.returncode == 1
    assert f"cannot listen on '{address}'" in done.stderr or address in done.stderr


def test_free_port_is_told(program, migrated, tmp_path):
    log = tmp_path / "log"
    with open(log, "wb") as out:
        process = program.popen(
            "serve", "--listen", "127.0.0.1:0", "--log-format", "json",
            database=migrated, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        while "listening on" not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.02)
        lines = [json.loads(line)["msg"] for line in log.read_text().splitlines()]
        message = next(line for line in lines if "listening on" in line)
        port = int(message.split("http://127.0.0.1:")[1].split()[0])
        assert port > 0
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_database_absent_at_start(server):
    running = server("postgresql://127.0.0.1:1/none", ready="/livez")
    (answer,) = exchange(running, request("/readyz"))
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "not ready" in json.loads(answer.body)["detail"]
    (answer,) = exchange(running, request("/api/weather"))
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0


def test_ready_once_the_database_is(server, cluster, run, tmp_path):
    name = cluster.create()
    try:
        running = server(cluster.url(name), ready="/livez")
        assert running.status("/readyz") == 503
        run("migrate", database=cluster.url(name), check=True)
        running.wait("/readyz", timeout=60)
        running.stop()
    finally:
        cluster.drop(name)
