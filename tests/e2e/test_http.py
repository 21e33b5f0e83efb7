"""The protocol: what is sound is answered in order, what is not is refused, and nobody can
keep the server from its work."""

import json
import threading

import pytest

from locks import locked
from raw import Connection, exchange, request

HOST = "Host: test\r\n"


def problem(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body = json.loads(answer.body)
    assert body["status"] == answer.status
    assert body["type"].startswith("/problems/")
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
            assert problem(connection.answer())["instance"] == target
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
    assert problem(answer)["type"] == "/problems/method-not-allowed"


def test_unknown_method(served):
    (answer,) = exchange(served, request(method="FROBNICATE"))
    assert answer.status == 501


def test_refused_body_is_not_waited_for(served):
    with Connection(served) as connection:
        connection.send(request(method="POST", headers=["Content-Length: 1000000000"]))
        answer = connection.answer()
        assert answer.status == 405 and answer.closes


# -- What cannot be read --------------------------------------------------------------

MALFORMED = {
    "no request": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no version": b"GET /livez\r\n\r\n",
    "other protocol": b"GET /livez FTP/1.1\r\nHost: a\r\n\r\n",
    "version 2": b"GET /livez HTTP/2.0\r\nHost: a\r\n\r\n",
    "version 1.9": b"GET /livez HTTP/1.9\r\nHost: a\r\n\r\n",
    "space in target": b"GET /li vez HTTP/1.1\r\nHost: a\r\n\r\n",
    "control in target": b"GET /\x02 HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes in target": b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL in target": b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL encoded": request("/livez%00"),
    "bad encoding": request("/liv%zz"),
    "no UTF-8": request("/%ff%fe"),
    "fragment": request("/livez#a"),
    "no path": request("livez"),
    "star": request("*"),
    "no host": request(host=None),
    "two hosts": request(headers=["Host: other"]),
    "host with space": request(host="a b"),
    "host with user": request(host="user@a"),
    "header without colon": request(headers=["Nothing"]),
    "header without name": request(headers=[": x"]),
    "space before colon": request(headers=["Name : x"]),
    "control in value": request(headers=["Name: a\x07b"]),
    "NUL in value": request(headers=["Name: a\x00b"]),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(served, name):
    (answer,) = exchange(served, MALFORMED[name] + request("/must-not-be-seen"))[:1]
    assert answer.status == (505 if "version" in name else 400)
    problem(answer)


# Requests in which another reader might see something else: nothing after them is read.
CHUNKED = "Transfer-Encoding: chunked"
SMUGGLING = {
    "length and chunks": request(headers=["Content-Length: 4", CHUNKED]) + b"0\r\n\r\n",
    "chunks and length": request(headers=[CHUNKED, "Content-Length: 4"]) + b"0\r\n\r\n",
    "two lengths": request(headers=["Content-Length: 4", "Content-Length: 5"]) + b"abcde",
    "length twice": request(headers=["Content-Length: 4", "Content-Length: 4"]) + b"abcd",
    "length list": request(headers=["Content-Length: 4, 4"]) + b"abcd",
    "length plus": request(headers=["Content-Length: +4"]) + b"abcd",
    "length hex": request(headers=["Content-Length: 0x4"]) + b"abcd",
    "length too long": request(headers=["Content-Length: 18446744073709551620"]) + b"abcd",
    "length in spaces": request(headers=["Content-Length: 4 4"]) + b"abcd",
    "other coding": request(headers=["Transfer-Encoding: gzip"]),
    "more codings": request(headers=["Transfer-Encoding: gzip, chunked"]) + b"0\r\n\r\n",
    "coding twice": request(headers=[CHUNKED, CHUNKED]) + b"0\r\n\r\n",
    "coding identity": request(headers=["Transfer-Encoding: identity"]),
    "coding misspelt": request(headers=["Transfer-Encoding: xchunked"]) + b"0\r\n\r\n",
    "coding in quotes": request(headers=['Transfer-Encoding: "chunked"']) + b"0\r\n\r\n",
    "coding and space": request(headers=["Transfer-Encoding : chunked"]) + b"0\r\n\r\n",
    "coding folded": request(headers=["Transfer-Encoding:", " chunked"]) + b"0\r\n\r\n",
    "old and chunks": request(headers=[CHUNKED], version="HTTP/1.0") + b"0\r\n\r\n",
    "bare LF": b"GET /livez HTTP/1.1\nHost: a\n\n",
    "LF in headers": f"GET /livez HTTP/1.1\r\n{HOST}X: y\nZ: a\r\n\r\n".encode(),
    "LF at the end": f"GET /livez HTTP/1.1\r\n{HOST}\n".encode(),
    "CR in headers": f"GET /livez HTTP/1.1\r\n{HOST}X: y\rZ: a\r\n\r\n".encode(),
    "CR CR LF": f"GET /livez HTTP/1.1\r\n{HOST}X: y\r\r\n\r\n".encode(),
    "folded header": request(headers=["X: a", " b"]),
    "folded first": b"GET /livez HTTP/1.1\r\n Host: a\r\n\r\n",
    "chunk without size": request(headers=[CHUNKED]) + b"\r\nabc\r\n0\r\n\r\n",
    "chunk size letters": request(headers=[CHUNKED]) + b"xyz\r\nabc\r\n0\r\n\r\n",
    "chunk size minus": request(headers=[CHUNKED]) + b"-3\r\nabc\r\n0\r\n\r\n",
    "chunk size 0x": request(headers=[CHUNKED]) + b"0x3\r\nabc\r\n0\r\n\r\n",
    "chunk size huge": request(headers=[CHUNKED]) + b"fffffffffffffffff\r\n",
    "chunk with LF": request(headers=[CHUNKED]) + b"3\nabc\r\n0\r\n\r\n",
    "chunk too long": request(headers=[CHUNKED]) + b"3\r\nabcd\r\n0\r\n\r\n",
    "chunk too short": request(headers=[CHUNKED]) + b"3\r\nab\r\n0\r\n\r\n",
    "trailer": request(headers=[CHUNKED]) + b"0\r\nX: y\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_smuggling(served, name):
    with Connection(served) as connection:
        connection.send(SMUGGLING[name] + request("/must-not-be-seen"))
        answer = connection.answer()
        assert answer.status in (400, 501)
        problem(answer)
        assert answer.closes
        assert connection.is_closed()


def test_refusal_comes_after_earlier_answers(served):
    answers = exchange(served, request("/readyz") + request("/livez") + b"rubbish\r\n\r\n")
    assert [answer.status for answer in answers] == [200, 200, 400]
    assert [answer.closes for answer in answers] == [False, False, True]


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
        assert problem(answer)["type"] == "/problems/content-too-large"
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
        assert problem(answer)["type"] == "/problems/uri-too-long"


def test_url_without_end(served):
    with Connection(served) as connection:
        connection.send(b"GET /" + b"x" * 9000)
        assert connection.answer().status == 414


def test_header_limit(served):
    with Connection(served) as connection:
        assert connection.ask("/livez", headers=["X: " + "x" * 15000]).status == 200
        answer = connection.ask("/livez", headers=["X: " + "x" * 16384])
        assert answer.status == 431 and answer.closes
        assert problem(answer)["type"] == "/problems/headers-too-large"


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
