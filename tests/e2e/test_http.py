"""The protocol: what is sound is answered in order, what is not is refused, and nobody can
keep the server from its work."""

import json
import threading

import pytest

from locks import locked
from raw import Connection, exchange, request
from links import lead

CHUNKED = "Transfer-Encoding: chunked"


def problem(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body = json.loads(answer.body)
    assert body["status"] == answer.status
    assert body["type"].removeprefix("/").lstrip("./").startswith("problems/")
    assert body["title"] and body["detail"]
    return body


# -- Sound requests ---------------------------------------------------------------


def test_answer_has_what_it_needs(served):
    (answer,) = exchange(served, request("/livez"))
    assert answer.status == 200
    assert json.loads(answer.body) == {"status": "alive"}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["date"].endswith(" GMT")
    assert "connection" not in answer.headers


def test_head_is_get_without_body(served):
    target = "/api/weather?station_id=USC00110072&page_size=3"
    with Connection(served) as connection:
        get = connection.ask(target)
        head = connection.ask(target, method="HEAD")
        assert head.status == 200 and head.body == b""
        assert int(head.headers["content-length"]) == len(get.body)
        del get.headers["date"], head.headers["date"]
        assert get.headers == head.headers
        assert connection.ask("/nothing", method="HEAD").status == 404
        assert connection.ask("/livez").status == 200


@pytest.mark.parametrize("target", ["/livez", "/api/weather", "*"])
def test_options(served, target):
    (answer,) = exchange(served, request(target, method="OPTIONS"))
    assert answer.status == 204
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.body == b""


def test_absolute_target(served):
    (answer,) = exchange(served, request("http://elsewhere/livez"))
    assert answer.status == 200


def test_old_version_closes_unless_asked(served):
    with Connection(served) as connection:
        answer = connection.ask(
            "/livez", version="HTTP/1.0", host=None, headers=["Connection: keep-alive"]
        )
        assert answer.headers["connection"] == "keep-alive"
        assert connection.ask("/livez", version="HTTP/1.0", host=None).closes
        assert connection.is_closed()


def test_close_is_obeyed(served):
    with Connection(served) as connection:
        connection.send(request(headers=["Connection: close"]) + request())
        assert connection.answer().closes
        assert connection.is_closed()


def test_upgrade_is_ignored(served):
    upgrade = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: x"]
    with Connection(served) as connection:
        assert connection.ask("/livez", headers=upgrade).status == 200
        assert connection.ask("/livez").status == 200


# -- Order ------------------------------------------------------------------------


@pytest.mark.threads
def test_pipeline_is_answered_in_order(served):
    targets = [f"/nothing/{number}" for number in range(500)]
    with Connection(served) as connection:
        sender = threading.Thread(
            target=connection.send, args=(b"".join(map(request, targets)),)
        )
        sender.start()
        for target in targets:
            assert lead(target, problem(connection.answer())["instance"]) == target
        sender.join()


def test_pipeline_over_routes(served):
    targets = ["/api/stations", "/livez", "/api/weather?page_size=2", "/nothing", "/readyz"]
    answers = exchange(served, b"".join(map(request, targets)))
    assert [answer.status for answer in answers] == [200, 200, 200, 404, 200]
    assert json.loads(answers[1].body) == {"status": "alive"}
    assert len(json.loads(answers[2].body)["data"]) == 2


def test_slow_answer_holds_back_later_ones(server, ingested_copy):
    running = server(ingested_copy)
    with Connection(running) as connection:
        with locked(ingested_copy, "block"):
            connection.send(request("/api/weather?page_size=1") + request("/livez"))
            with Connection(running) as other:
                assert other.ask("/livez").status == 200
            connection.socket.settimeout(0.3)
            with pytest.raises(TimeoutError):
                connection.socket.recv(1)
            connection.socket.settimeout(60)
        assert "data" in json.loads(connection.answer().body)
        assert json.loads(connection.answer().body) == {"status": "alive"}


# -- Wrong paths and methods --------------------------------------------------------


def test_unknown_path(served):
    (answer,) = exchange(served, request("/api/wether"))
    assert answer.status == 404
    body = problem(answer)
    assert "did you mean /api/weather?" in body["detail"]
    assert "/api/weather" in body["allowed"]


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "CONNECT"]
)
def test_wrong_method(served, method):
    (answer,) = exchange(served, request("/livez", method=method))
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert problem(answer)["type"] == "./problems/method-not-allowed"


def test_unknown_method(served):
    (answer,) = exchange(served, request(method="FROBNICATE"))
    assert answer.status == 501


def test_refused_body_is_not_waited_for(served):
    with Connection(served) as connection:
        connection.send(request(method="POST", headers=["Content-Length: 1000000000"]))
        answer = connection.answer()
        assert answer.status == 405 and answer.closes


# -- What cannot be read; test_smuggling.py has more ------------------------------------

MALFORMED = {
    "version 1.9": request(version="HTTP/1.9"),
    "NUL encoded": request("/livez%00"),
    "no UTF-8": request("/%ff%fe"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(served, name):
    (answer,) = exchange(served, MALFORMED[name] + request("/must-not-be-seen"))[:1]
    assert answer.status == (505 if "version" in name else 400)
    problem(answer)


# -- Bodies -------------------------------------------------------------------------


def test_body_of_get_is_drained(served):
    with Connection(served) as connection:
        body = request("/not-a-request")
        headers = [f"Content-Length: {len(body)}"]
        connection.send(request("/livez", headers=headers) + body + request("/readyz"))
        assert json.loads(connection.answer().body) == {"status": "alive"}
        assert json.loads(connection.answer().body) == {"status": "ready"}
        assert connection.ask("/livez").status == 200


def test_chunked_body_of_get_is_the_last(served):
    chunks = b"5\r\nhello\r\n3;name=value\r\nabc\r\n0\r\n\r\n"
    with Connection(served) as connection:
        connection.send(request(headers=[CHUNKED]) + chunks + request("/must-not-be-seen"))
        answer = connection.answer()
        assert answer.status == 200 and answer.closes
        assert connection.is_closed()


@pytest.mark.parametrize("headers", [["Content-Length: 65537"], [CHUNKED]])
def test_too_large_body(served, headers):
    body = b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n1\r\nx\r\n"
    with Connection(served) as connection:
        connection.send(request(headers=headers) + body)
        answer = connection.answer()
        assert answer.status == 413 and answer.closes
        assert problem(answer)["type"] == "./problems/content-too-large"
        assert connection.is_closed()


def test_expectation_is_answered_without_the_body(served):
    headers = ["Expect: 100-continue", "Content-Length: 5"]
    with Connection(served) as connection:
        answer = connection.ask("/livez", headers=headers)
        assert answer.status == 200 and answer.closes
        assert connection.is_closed()


# -- Limits -------------------------------------------------------------------------


def test_url_limit(served):
    with Connection(served) as connection:
        assert connection.ask("/" + "x" * 8191).status == 404
        answer = connection.ask("/" + "x" * 8192)
        assert answer.status == 414 and answer.closes
        assert problem(answer)["type"] == "./problems/uri-too-long"


def test_url_without_end(served):
    with Connection(served) as connection:
        connection.send(b"GET /" + b"x" * 9000)
        assert connection.answer().status == 414


def test_header_limit(served):
    with Connection(served) as connection:
        assert connection.ask("/livez", headers=["X: " + "x" * 15000]).status == 200
        answer = connection.ask("/livez", headers=["X: " + "x" * 16384])
        assert answer.status == 431 and answer.closes
        assert problem(answer)["type"] == "./problems/headers-too-large"


def test_many_headers(served):
    (answer,) = exchange(served, request(headers=[f"X{i}: y" for i in range(5000)]))
    assert answer.status == 431


def test_limits_are_settings(server, migrated):
    limits = ["--max-url-bytes", "64", "--max-header-bytes", "256"]
    running = server(migrated, *limits)
    (answer,) = exchange(running, request("/" + "x" * 64))
    assert answer.status == 414
    (answer,) = exchange(running, request(headers=["X: " + "x" * 256]))
    assert answer.status == 431


def test_connection_limit(server, migrated):
    running = server(migrated, "--max-connections", "4")
    taken = []
    try:
        # The connection that waited for the server may take a moment to be gone.
        while len(taken) < 4:
            taken.append(Connection(running))
            if taken[-1].ask("/livez").status == 503:
                taken.pop().socket.close()
        with Connection(running) as connection:
            answer = connection.answer()
            assert answer.status == 503 and answer.closes
            assert int(answer.headers["retry-after"]) > 0
            problem(answer)
        assert taken[0].ask("/livez").status == 200
    finally:
        for connection in taken:
            connection.socket.close()
    running.wait("/livez")


# -- Words --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        ("GET /api/weather?x=é HTTP/1.1", 400, "percent-encoded"),
        ("GET /api/weather?name=a b HTTP/1.1", 400, "%20"),
        ("GET /api/weather?date=2000#x HTTP/1.1", 400, "'#'"),
        ("GET api/weather HTTP/1.1", 400, "must begin with"),
        ("GET /api/weather?x=" + "1" * 9000, 414, "8192 bytes"),
        ("GET /api/weather HTTP/2.0", 505, "HTTP/1.1"),
    ],
)
def test_what_is_wrong_is_said(served, data, status, says):
    """Not in words of the parser, and with a type that leads to its page from where the request was."""
    raw = data.encode() + b"\r\nHost: test\r\n\r\n"
    with Connection(served) as connection:
        connection.send(raw)
        answer = connection.answer()
    assert answer.status == status
    body = problem(answer)
    assert says in body["detail"]
    if data.startswith("GET /"):
        kind = lead("/api/weather", body["type"])
        (page,) = exchange(served, request(kind))
        assert page.status == 200 and json.loads(page.body)["status"] == status


def test_size_of_headers_is_said(served):
    (answer,) = exchange(served, request("/a/b/c", headers=["X: " + "x" * 16384]))
    body = problem(answer)
    assert "16384 bytes" in body["detail"]
    assert body["type"] == "../../problems/headers-too-large"


# -- Paths --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/api/we%61ther?page_size=1", 200),  # RFC 3986, 6.2.2.2
        ("/%61pi/stations/USC0011007%32", 200),
        ("/api/weather%2Fstats", 404),  # and 2.2
        ("/api%2fweather", 404),
        ("/%2Flivez", 404),
        ("/livez%2F", 404),
        ("/docs%2Fstart.js", 404),
        ("/api/stations/USC00110072%2Finventory", 422),
        ("/api/stations/USC00110072%252Finventory", 422),
        ("/api/stations/%2E%2E", 404),
        ("/api/stations/..%2f..%2fetc", 422),
        ("/api/%2E%2E/livez", 404),
        ("/api/../livez", 404),
        ("/api/weather%00", 400),
        ("/api/stations/%00", 400),
        ("/api/we%2561ther", 404),
        ("/problems/not-found%2F", 404),
        ("/api/weather%", 400),
        ("/api/weather%2", 400),
        ("/api/weather%zz", 400),
    ],
)
def test_encoded_paths(served, target, status):
    (answer,) = exchange(served, request(target))
    assert answer.status == status
    if status != 200 and "/../" not in target:
        body = problem(answer)
        (page,) = exchange(served, request(lead(target, body["type"])))
        assert json.loads(page.body)["status"] == status


@pytest.mark.parametrize(
    ("target", "detail"),
    [
        ("/api/weather%2Fstats", "there is nothing at /api/weather%2Fstats; did you mean /api/weather/stats?"),
        ("/api%2fwea%74her%20x", "there is nothing at /api%2fwea%74her%20x"),  # as it was sent
        ("/api/weather%252Fstats", "there is nothing at /api/weather%2Fstats"),
    ],
)
def test_encoded_slashes_are_told(served, target, detail):
    (answer,) = exchange(served, request(target))
    assert problem(answer)["detail"].startswith(detail)


def test_a_slash_is_not_an_encoded_one(served):
    """What is known of the one says nothing of the other."""
    (there,) = exchange(served, request("/api/stations/USC00110072/inventory"))
    known = [f"If-None-Match: {there.headers['etag']}"]
    answers = exchange(
        served,
        request("/api/stations/USC00110072/inventory", headers=known)
        + request("/api/stations/USC00110072%2Finventory", headers=known),
    )
    assert [answer.status for answer in answers] == [304, 422]
