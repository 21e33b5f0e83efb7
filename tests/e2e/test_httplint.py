"""Answers of every kind before httplint, the judge that REDbot uses: nothing bad, nothing doubtful
that is not explained here."""

import time

import pytest
from httplint import HttpRequestLinter, HttpResponseLinter
from httplint.note import levels

from raw import Connection, request

pytestmark = pytest.mark.release

DAYS = "/api/weather?station_id=USC00110072&page_size=100"

# name | target | method | headers | status
CASES = [
    ("days", DAYS, "GET", [], 200),
    ("head", DAYS, "HEAD", [], 200),
    ("gzip", DAYS, "GET", ["Accept-Encoding: gzip"], 200),
    ("zstd", DAYS, "GET", ["Accept-Encoding: zstd"], 200),
    ("stream", "/api/weather/stats?format=csv", "GET", [], 200),
    ("packed stream", "/api/weather/stats?format=ndjson", "GET", ["Accept-Encoding: gzip"], 200),
    ("geojson", "/api/stations?format=geojson&page_size=3", "GET", [], 200),
    ("part", DAYS, "GET", ["Range: bytes=10-99"], 206),
    ("columnar", DAYS + "&format=columnar", "GET", [], 200),
    ("one", "/api/stations/USC00110072", "GET", [], 200),
    ("cross origin", DAYS, "GET", ["Origin: https://example.org"], 200),
    ("options", DAYS, "OPTIONS", [], 204),
    ("preflight", DAYS, "OPTIONS",
     ["Origin: https://example.org", "Access-Control-Request-Method: GET"], 204),
    ("malformed", "/api/weather?station_id=%zz", "GET", [], 400),
    ("unknown path", "/nothing", "GET", [], 404),
    ("unknown station", "/api/stations/USC00110073", "GET", [], 404),
    ("wrong method", DAYS, "POST", ["Content-Length: 0"], 405),
    ("not acceptable", DAYS, "GET", ["Accept: image/png"], 406),
    ("wrong parameter", "/api/weather?page_size=0", "GET", [], 422),
    ("long url", "/" + "a" * 10000, "GET", [], 414),
    ("no such method", DAYS, "BREW", [], 501),
    ("livez", "/livez", "GET", [], 200),
    ("readyz", "/readyz", "GET", [], 200),
    ("metrics", "/metrics", "GET", [], 404),
    ("openapi", "/openapi.json", "GET", [], 200),
    ("landing", "/", "GET", ["Accept: text/html"], 200),
    ("docs", "/docs", "GET", ["Accept-Encoding: gzip"], 200),
    ("script", "/docs/start.js", "GET", [], 200),
    ("style", "/docs/swagger-ui.css", "GET", ["Accept-Encoding: gzip"], 200),
    ("problem page", "/problems/not-found", "GET", ["Accept: text/html"], 200),
]  # fmt: skip

# What httplint doubts, and why it is right here.
EXPLAINED = {
    "STATUS_BAD_REQUEST": "it was made to be one",
    "STATUS_URI_TOO_LONG": "likewise",
}


def read_all(connection):
    """Everything up to the end of the connection."""
    data = b""
    while True:
        more = connection.socket.recv(1 << 16)
        if not more:
            return data
        data += more


def chunks(body):
    """The content of a chunked body."""
    content = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            assert body == b"\r\n"
            return content
        content, body = content + body[:length], body[length + 2 :]


def lint(served, target, method, headers):
    """(status, notes) of an answer."""
    with Connection(served) as connection:
        connection.send(request(target, method, [*headers, "Connection: close"]))
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    top, *lines = head.split(b"\r\n")
    version, status, *phrase = top.split(b" ", 2)
    fields = [tuple(part.strip() for part in line.split(b":", 1)) for line in lines]
    if (b"Transfer-Encoding", b"chunked") in fields:
        body = chunks(body)
    asked = HttpRequestLinter()
    asked.process_request_topline(
        method.encode(), f"http://test{target}".encode(), b"HTTP/1.1"
    )
    asked.process_headers([tuple(h.encode().split(b": ", 1)) for h in ["Host: test", *headers]])
    asked.finish_content(True)
    linter = HttpResponseLinter(start_time=time.time(), no_content=method == "HEAD")
    linter.request = asked
    linter.process_response_topline(version, status, phrase[0] if phrase else b"")
    linter.process_headers(fields)
    linter.feed_content(body)
    linter.finish_content(True)
    return int(status), linter.notes


def doubts(notes):
    return {
        type(note).__name__: str(note.summary)
        for note in notes
        if note.level in (levels.BAD, levels.WARN)
    }


@pytest.mark.parametrize(
    "target, method, headers, status", [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_answers(served, target, method, headers, status):
    got, notes = lint(served, target, method, headers)
    assert got == status
    found = doubts(notes)
    assert {name: text for name, text in found.items() if name not in EXPLAINED} == {}


def test_explanations_are_needed(served):
    found = set()
    for _, target, method, headers, _ in CASES:
        found |= set(doubts(lint(served, target, method, headers)[1]))
    assert found == set(EXPLAINED)


def test_an_answer_that_is_known(served):
    """304, with the headers that the 200 has (RFC 9110, 15.4.5)."""
    with Connection(served) as connection:
        etag = connection.ask(DAYS).headers["etag"]
    status, notes = lint(served, DAYS, "GET", [f"If-None-Match: {etag}"])
    assert status == 304
    assert set(doubts(notes)) <= set(EXPLAINED)
