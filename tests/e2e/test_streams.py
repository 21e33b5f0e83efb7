"""Answers of any length: all of it, in constant memory, and never cut off unnoticed."""

import contextlib
import gzip
import hashlib
import os
import socket
import time
from pathlib import Path

import httpx
import psycopg
import pytest
import raw
import sample

EVERYTHING = "/api/weather?format=csv"
ROWS = 1_729_957
GROWTH = 8 << 20  # of memory, bytes
# What was freed is memory too where a sanitizer keeps it from being used again.
NO_QUARANTINE = {
    "ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=1"]))
}


def text_of(value):
    return "" if value is None else f"{value / 10:.1f}"


@pytest.fixture(scope="module")
def expected():
    """(length, hash) of the body, made from the files."""
    lines = ["station_id,date,tmax,tmin,prcp"]
    for station, days in sample.stations().items():
        for date, values in days.items():
            lines.append(",".join((station, date, *map(text_of, values))))
    body = ("\r\n".join(lines) + "\r\n").encode()
    return len(body), hashlib.sha256(body).hexdigest()


def download(url, target=EVERYTHING):
    """(length, hash) of a body, read to its end."""
    length, digest = 0, hashlib.sha256()
    plain = {"accept-encoding": "identity"}
    with httpx.stream("GET", url + target, headers=plain, timeout=120) as answer:
        assert answer.status_code == 200
        assert answer.headers["transfer-encoding"] == "chunked"
        for piece in answer.iter_raw():
            length += len(piece)
            digest.update(piece)
    return length, digest.hexdigest()


@pytest.mark.threads
def test_whole_data_set(served, expected):
    assert download(served.url) == expected


def test_without_memory_for_blocks(server, ingested, expected):
    assert download(server(ingested, "--cache-memory", "0").url) == expected


def resident(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) << 10


def test_memory_stays(server, ingested):
    """Measured after a first one, which fills what is kept in memory anyway."""
    running = server(ingested, env=NO_QUARANTINE)
    download(running.url)
    before, most = resident(running.process.pid), 0
    with httpx.stream("GET", running.url + EVERYTHING, timeout=120) as answer:
        for _ in answer.iter_raw(1 << 20):
            most = max(most, resident(running.process.pid))
    assert most - before < GROWTH


def open_stream(server, target=EVERYTHING):
    connection = raw.Connection(server, receive_buffer=4096)
    connection.send(raw.request(target))
    return connection


def test_slow_client_holds_up_nobody(served):
    """Who reads nothing costs nothing: others are answered meanwhile."""
    connections = [open_stream(served) for _ in range(4)]
    with httpx.Client(base_url=served.url, timeout=30) as client:
        for _ in range(200):
            assert client.get("/api/weather?page_size=10").status_code == 200
    for connection in connections:
        connection.socket.close()


def read_until_end(connection):
    body = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.socket.recv(1 << 16):
            body += piece
    return body


def change(url):
    """What another ingestion would do to one station's version."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            "with v as (update dataset_version set version = version + 1, changed_at = now() "
            "returning version) update station set version = v.version from v "
            "where station_id = 'USC00339312'"
        )


def test_change_of_data_cuts_the_stream(server, ingested_copy):
    """What has left is of one version, and the rest would be of another: there is no end."""
    running = server(ingested_copy, "--cache-memory", "0")
    connection = open_stream(running)
    assert connection.socket.recv(100)
    change(ingested_copy)
    body = read_until_end(connection)
    assert not body.endswith(b"\r\n0\r\n\r\n")
    with pytest.raises(httpx.HTTPError):
        # the same for a client that knows HTTP
        with httpx.stream("GET", running.url + EVERYTHING, timeout=60) as answer:
            for i, _ in enumerate(answer.iter_raw(4096)):
                if i == 0:
                    change(ingested_copy)
                time.sleep(0.001 if i < 500 else 0)


def test_whole_again_after_the_change(server, ingested_copy, expected):
    running = server(ingested_copy)
    download(running.url)
    change(ingested_copy)
    assert download(running.url) == expected


def test_client_that_leaves(served):
    for _ in range(20):
        connection = open_stream(served)
        assert connection.socket.recv(1000).startswith(b"HTTP/1.1 200")
        connection.socket.close()
    assert httpx.get(served.url + "/api/weather?page_size=1").status_code == 200


def read_old(connection):
    """(head, body) of an answer that ends with the connection; a reset raises."""
    data = b"".join(iter(lambda: connection.socket.recv(1 << 16), b""))
    head, _, body = data.partition(b"\r\n\r\n")
    return raw.parse_head(head), body


OLD = raw.request(EVERYTHING, version="HTTP/1.0", host=None)


def test_old_clients_read_until_the_end(served, expected):
    """RFC 9112, 6.3: without chunks and length, the end of the connection is that of the body."""
    with raw.Connection(served) as connection:
        connection.send(OLD)
        (status, headers), body = read_old(connection)
    assert status == 200 and headers["connection"] == "close"
    assert not {"transfer-encoding", "content-length"} & set(headers)
    assert (len(body), hashlib.sha256(body).hexdigest()) == expected


@pytest.mark.release
def test_old_clients_in_gzip(served, expected):
    gzipped = raw.request(EVERYTHING, version="HTTP/1.0", headers=["Accept-Encoding: gzip"])
    with raw.Connection(served) as connection:
        connection.send(gzipped)
        (_, headers), body = read_old(connection)
    assert headers["content-encoding"] == "gzip"
    body = gzip.decompress(body)
    assert (len(body), hashlib.sha256(body).hexdigest()) == expected


def test_nothing_follows_an_answer_without_chunks(served, expected):
    """Whatever else was sent on the connection, and though it was to be kept."""
    keep = ["Connection: keep-alive"]
    livez = raw.request("/livez", version="HTTP/1.0", headers=keep)
    everything = raw.request(EVERYTHING, version="HTTP/1.0", headers=keep)
    with raw.Connection(served) as connection:
        connection.send(livez + livez + everything + livez)
        for _ in range(2):
            assert connection.answer().headers["connection"] == "keep-alive"
        body = connection._buffer + b"".join(iter(lambda: connection.socket.recv(1 << 16), b""))
    head, _, body = body.partition(b"\r\n\r\n")
    assert raw.parse_head(head)[1]["connection"] == "close"
    assert (len(body), hashlib.sha256(body).hexdigest()) == expected


def test_head_for_old_clients(served):
    with raw.Connection(served) as connection:
        connection.send(raw.request(EVERYTHING, version="HTTP/1.0", method="HEAD"))
        (status, headers), body = read_old(connection)
    assert status == 200 and body == b"" and headers["content-type"].startswith("text/csv")


def test_old_clients_notice_a_cut(server, ingested_copy):
    """A clean end would look like the end of the answer: it is a reset."""
    running = server(ingested_copy, "--cache-memory", "0")
    with raw.Connection(running, receive_buffer=4096) as connection:
        connection.send(OLD)
        assert connection.socket.recv(100).startswith(b"HTTP/1.1 200")
        change(ingested_copy)
        with pytest.raises(ConnectionResetError):
            read_old(connection)
    running.wait_for_line("is cut off")


def test_old_clients_notice_that_the_server_ends(server, ingested):
    running = server(ingested, "--drain-timeout", "500")
    with raw.Connection(running, receive_buffer=4096) as connection:
        connection.send(OLD)
        assert connection.socket.recv(100).startswith(b"HTTP/1.1 200")
        running.stop()
        with pytest.raises(ConnectionResetError):
            read_old(connection)


def test_head_of_a_stream(served):
    with raw.Connection(served) as connection:
        connection.send(raw.request(EVERYTHING, method="HEAD"))
        answer = connection.answer(method="HEAD")
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/csv")
        connection.send(raw.request("/livez"))
        assert connection.answer().status == 200


def test_requests_behind_a_stream(served):
    with raw.Connection(served) as connection:
        target = "/api/weather?format=csv&start_date=2013-01-01"
        connection.send(raw.request(target) + raw.request("/livez"))
        first, second = connection.answer(), connection.answer()
        rows = sum(d >= "2013" for days in sample.stations().values() for d in days)
        assert first.body.count(b"\r\n") == rows + 1
        assert second.status == 200 and b"data" not in second.body


def test_ends_with_the_server(server, ingested):
    """A stream that nobody reads does not keep the server from stopping."""
    running = server(ingested, "--drain-timeout", "500")
    connection = open_stream(running)
    assert connection.socket.recv(100)
    running.stop()
    connection.socket.close()


def test_closed_before_the_answer(served):
    for _ in range(20):
        sock = socket.create_connection(("127.0.0.1", served.port))
        sock.sendall(raw.request(EVERYTHING))
        sock.close()
    assert httpx.get(served.url + "/livez").status_code == 200
