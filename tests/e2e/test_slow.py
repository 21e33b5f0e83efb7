"""Clients that are slow on purpose, and very many that do nothing: the others do not notice."""

import json
import resource
import socket
import threading
import time
from pathlib import Path

import pytest

from raw import Connection, request

CROWD = 10_000
PER_CONNECTION = 20 * 1024  # bytes of the server's memory, at most


def ask(served, target="/api/weather?station_id=USC00110072&page_size=3"):
    with Connection(served) as connection:
        return connection.ask(target)


@pytest.mark.release
def test_slow_headers(server, ingested):
    """Hundreds of connections that send a byte now and then: each is ended when the time for a
    request is over, and meanwhile others are answered."""
    running = server(ingested, "--header-timeout=2000")
    crowd = [Connection(running) for _ in range(400)]
    for connection in crowd:
        connection.send(b"GET /livez HTTP/1.1\r\nHost: te")
    ended = set()
    while len(ended) < len(crowd):
        for number, connection in enumerate(crowd):
            if number in ended:
                continue
            try:
                connection.socket.send(b"s")
                connection.socket.setblocking(False)
                connection.socket.recv(1, socket.MSG_PEEK)
                ended.add(number)  # an answer, or the end
            except BlockingIOError:
                pass
            except OSError:
                ended.add(number)
            connection.socket.settimeout(60)
        assert ask(running).status == 200
    for connection in crowd:
        connection.socket.close()


@pytest.mark.release
def test_slow_reader_beside_a_fast_one(served, data):
    """A byte a second of the whole data set, while another client gets all of it."""
    target = "/api/weather?format=csv"
    with Connection(served, receive_buffer=4096) as slow:
        slow.send(request(target))
        got = 0
        stop = threading.Event()

        def trickle():
            nonlocal got
            while not stop.wait(1):
                got += len(slow.socket.recv(1))

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            with Connection(served) as fast:
                answer = fast.ask(target)
            small = ask(served)
        finally:
            stop.set()
            thread.join()
        assert answer.body.count(b"\n") == 1 + 1729957
        assert small.status == 200
        assert got < 1000


def memory(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kib) * 1024


@pytest.fixture
def many_files():
    """As many open files as this process and those it starts may have."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert before[1] == resource.RLIM_INFINITY or before[1] >= CROWD + 200
    most = CROWD + 2000 if before[1] == resource.RLIM_INFINITY else min(CROWD + 2000, before[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.release
def test_ten_thousand_connections(server, ingested, many_files):
    """All are accepted, none costs much, others are answered, and each can still be used."""
    running = server(ingested)
    assert ask(running).status == 200
    before = memory(running.process)
    crowd = []
    try:
        for number in range(CROWD):
            client = socket.socket()
            client.settimeout(60)
            client.bind((f"127.0.0.{2 + number % 8}", 0))
            client.connect(("127.0.0.1", running.port))
            crowd.append(client)
            if number % 100 == 0:
                client.sendall(request("/livez"))
                assert client.recv(4096).startswith(b"HTTP/1.1 200")
        assert (memory(running.process) - before) / CROWD < PER_CONNECTION
        for _ in range(100):
            assert ask(running).status == 200
        for client in crowd[:: CROWD // 200]:
            client.sendall(request("/livez"))
            answer = client.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200")
            assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"status": "alive"}
    finally:
        for client in crowd:
            client.close()
    end = time.monotonic() + 60
    while memory(running.process) - before > CROWD * PER_CONNECTION:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert ask(running).status == 200
