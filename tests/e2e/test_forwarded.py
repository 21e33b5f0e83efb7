"""Whom proxies ask for: real ones, and clients that would like to be somebody else. A client is at
127.0.0.2, proxies at 127.0.0.1, which alone is trusted."""

import contextlib

import fronts
import pytest
import raw
from test_operation import wait_for_lines

CLIENT = "127.0.0.2"
DAYS = "/api/weather?page_size=1"
EVERYTHING = "/api/weather?format=csv"
TRUST = ("--access-log", "on", "--trusted-proxies", "127.0.0.1")
# What could push the proxy's own line out of those that are kept.
FORGED = ["X-Forwarded-For: 203.0.113.9"]
PUSHING = {
    "one": FORGED,
    "16 of the same": FORGED * 16,
    "16 of another": ["Accept: application/json"] * 16 + FORGED,
    "a list": ["X-Forwarded-For: " + ", ".join(["203.0.113.9"] * 500)],
    "no address": ["X-Forwarded-For: unknown", "X-Forwarded-For:"],
}
FRONTS = {"haproxy": (fronts.haproxy,), "nginx": (fronts.nginx,),
          "haproxy before nginx": (fronts.nginx, fronts.haproxy),
          "nginx before haproxy": (fronts.haproxy, fronts.nginx)}  # fmt: skip


@contextlib.contextmanager
def behind(server, chain, folder):
    """The first of the chain is next to the server."""
    with contextlib.ExitStack() as ends:
        front = server
        for start in chain:
            front = ends.enter_context(start(front, folder))
        yield front


@pytest.mark.parametrize("pushing", PUSHING)
@pytest.mark.parametrize("chain", FRONTS)
def test_client_behind_real_proxies(server, ingested, tmp_path, chain, pushing):
    running = server(ingested, *TRUST)
    with behind(running, FRONTS[chain], tmp_path) as front:
        with raw.Connection(front, source=CLIENT) as connection:
            assert connection.ask(DAYS, headers=PUSHING[pushing]).status == 200
        (line,) = wait_for_lines(running, 1)
    assert line["client"] == CLIENT


@pytest.mark.parametrize("lines", [40, 200])
def test_too_many_lines_are_refused(server, ingested, tmp_path, lines):
    """Not shortened: whoever is dropped could be the proxy."""
    running = server(ingested, *TRUST)
    with behind(running, FRONTS["haproxy"], tmp_path) as front:
        with raw.Connection(front, source=CLIENT) as connection:
            assert connection.ask(DAYS, headers=["X-Forwarded-For: 203.0.113.9"] * lines).status in (
                400,  # HAProxy's own, beyond 100 headers
                431,
            )
        with raw.Connection(front, source=CLIENT) as connection:
            assert connection.ask(DAYS).status == 200
        for line in wait_for_lines(running, 1):
            assert line["client"] in (CLIENT, "127.0.0.1")


def test_forged_addresses_share_a_limit(server, ingested, tmp_path):
    """Another address in each request does not make another client."""
    running = server(ingested, *TRUST, "--max-client-streams", "2")
    with behind(running, FRONTS["haproxy"], tmp_path) as front, contextlib.ExitStack() as ends:
        statuses = []
        for i in range(3):
            connection = ends.enter_context(raw.Connection(running, receive_buffer=4096))
            headers = [f"X-Forwarded-For: 198.51.100.{i}"] * 16 + ["X-Forwarded-For: 192.0.2.7"]
            connection.send(raw.request(EVERYTHING, headers=headers))
            statuses.append(connection.socket.recv(12))
        assert statuses == [b"HTTP/1.1 200"] * 2 + [b"HTTP/1.1 429"]
        # Who asks for less is let through, and is known by the proxy's word.
        with raw.Connection(front, source=CLIENT) as connection:
            assert connection.ask(DAYS, headers=FORGED * 16).status == 200
        running.wait_for_line(f'"client":"{CLIENT}"')


@pytest.mark.parametrize(
    "value, client",
    [
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ('"[2001:db8::7]:4711"', "2001:db8::7"),
        ("203.0.113.9, unknown", "127.0.0.1"),
        ("203.0.113.9, _hidden", "127.0.0.1"),
    ],
)
def test_forms_of_an_address(server, ingested, value, client):
    running = server(ingested, *TRUST)
    with raw.Connection(running) as connection:
        assert connection.ask(DAYS, headers=[f"X-Forwarded-For: {value}"]).status == 200
    assert wait_for_lines(running, 1)[0]["client"] == client


def test_headers_after_many_others_count(served):
    """Of those whose meaning is known none is lost, wherever it stands."""
    with raw.Connection(served) as connection:
        tag = connection.ask(DAYS).headers["etag"]
    many = ["Accept-Encoding: identity"] * 16
    with raw.Connection(served) as connection:
        assert connection.ask(DAYS, headers=[*many, f"If-None-Match: {tag}"]).status == 304
        answer = connection.ask(DAYS, headers=[*many, "Accept: text/csv"])
        assert answer.headers["content-type"].startswith("text/csv")
        answer = connection.ask(DAYS, headers=["Accept: text/csv"] * 33)
        assert answer.status == 431 and answer.closes
