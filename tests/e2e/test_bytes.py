"""Routes that answer with bytes, read headers, and compute on worker threads. Through the plugin
bytes.c."""

import socket
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest
from conftest import servers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    plugin = tmp_path_factory.mktemp("plugin") / "bytes.so"
    source = Path(__file__).with_name("plugins") / "bytes.c"
    command = ["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include"]
    subprocess.run([*command, "-o", plugin, source], check=True)
    return plugin


@pytest.fixture(scope="module")
def running(program, almanac, ingested, plugin, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bytes")
    routes = sorted((almanac.parent / "plugins" / "routes").glob("*.so"))
    plugins = [*(route for route in routes if route.stem != "explorer"), plugin]  # its page is at "/", too
    with servers(program, folder) as start:
        yield start(ingested, env={"ALMANAC_PLUGINS": ":".join(map(str, plugins))})


@pytest.fixture(scope="module")
def client(running):
    with httpx.Client(base_url=running.url, timeout=60) as client:
        yield client


def test_a_page(client):
    answer = client.get("/b/page")
    assert answer.status_code == 200 and answer.text == "<!doctype html><title>Page</title>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    tag = answer.headers["etag"]
    again = client.get("/b/page", headers={"If-None-Match": tag})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == tag
    assert client.get("/b/page", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_picture(client):
    answer = client.get("/b/picture", headers={"Accept-Encoding": "gzip"})
    assert answer.content == bytes([0x89, *b"PNG", 0, 1, 2, 255])
    assert answer.headers["content-type"] == "image/png"
    assert "content-encoding" not in answer.headers and "content-security-policy" not in answer.headers
    head = client.head("/b/picture")
    assert head.content == b"" and head.headers["content-length"] == "8"
    assert client.get("/b/picture", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_status_and_headers(client):
    answer = client.get("/b/created")
    assert (answer.status_code, answer.reason_phrase, answer.text) == (201, "Created", "made\n")
    assert answer.headers["location"] == "/b/page"
    assert answer.headers.get_list("cache-control") == ["no-store"]
    empty = client.get("/b/nothing")
    assert (empty.status_code, empty.content) == (204, b"") and "content-length" not in empty.headers


@pytest.mark.parametrize("length", [0, 1, 1000, 1000000])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_text_is_compressed(client, length, coding):
    answer = client.get(f"/b/text?length={length}", headers={"Accept-Encoding": coding})
    assert answer.status_code == 200 and answer.text == "x" * length
    assert ("content-encoding" in answer.headers) == (coding == "gzip" and length > 10000)


def test_parameters_are_checked(client):
    assert client.get("/b/text?length=-1").json()["parameter"] == "length"
    assert client.get("/b/text?length=1&format=csv").status_code == 422
    assert client.get("/b/page", headers={"Accept": "application/xml"}).status_code == 200


def test_headers_of_the_request(running, client):
    assert client.get("/b/header").text == "none"
    assert client.get("/b/header", headers={"X-Shade": "dark red"}).text == "dark red"
    assert client.get("/b/header", headers=[("X-Shade", "a"), ("x-shade", "b")]).text == "a, b"
    assert client.get("/b/header", headers={"X-Shade2": "a", "X": "x-shade: b"}).text == "none"
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as raw:
        raw.sendall(b"GET /b/header HTTP/1.1\r\nHost: x\r\nX-SHADE:  a \t\r\nConnection: close\r\n\r\n")
        assert raw.makefile("rb").read().endswith(b"\r\n\r\na")


@pytest.mark.parametrize(
    ("which", "logged"),
    [
        (0, "bytes() got NULL; begin it with ALM_SIZED(alm_bytes"),
        (1, "bytes() got a struct without its size"),
        (2, "bytes() has status 101"),
        (3, "bytes() has status 304"),
        (4, "bytes() has unknown flags"),
        (5, "bytes() has 1 bytes, and NULL for them"),
        (6, "bytes() has no media type, or ''"),
        (7, "bytes() has no media type, or 'text/plain"),
        (8, "a header 'X-A' whose value is NULL or has control characters"),
        (9, "a header 'content-length', which is the host's to say"),
        (10, "a header 'X A', which is no name of a header"),
        (11, "a header 'X-A' whose value is NULL"),
        (12, "a status that has none"),
        (14, "row() is not for what the route declares as its answer"),
        (15, "work() got NULL for a function"),
        (16, "bytes() has the media type 'text/plains', and the route declares 'text/plain'"),
    ],
)
def test_mistakes(client, running, which, logged):
    answer = client.get(f"/b/wrong?which={which}")
    assert answer.status_code == 500 and "x-b" not in answer.headers
    running.wait_for_line(logged)


def test_twice(client, running):
    assert client.get("/b/wrong?which=13").text == "x"
    running.wait_for_line("a second answer to /b/wrong?which=13, by bytes(), is dropped")


def test_work(client):
    """Each request has two pieces of work, one after the other; many wait for each other."""
    wanted = 1000000 * 1000001 // 2
    answers = []

    def ask():
        answers.append(client.get("/b/work?length=1000000").json()["data"])

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{"sum": wanted, "steps": 2}] * 30


def test_work_for_a_client_that_leaves(running, client):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", running.port), timeout=60) as raw:
            raw.sendall(b"GET /b/work?length=1000000 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.get("/b/work?length=3").json()["data"] == {"sum": 6, "steps": 2}


def test_work_that_leads_to_nothing(client, running):
    assert client.get("/b/silent").status_code == 500
    running.wait_for_line("returned without an answer to /b/silent")


def test_documented(client):
    paths = client.get("/openapi.json").json()["paths"]
    content = {path: paths[path]["get"]["responses"]["200"]["content"] for path in paths if "get" in paths[path]}
    assert content["/b/page"] == {"text/html": {"schema": {"type": "string"}}}
    binary = {"schema": {"type": "string", "format": "binary"}}
    assert content["/b/picture"] == {"image/png": binary}
    assert content["/b/created"] == {"application/geo+json": {"schema": {}}}
    assert content["/b/nothing"] == {"application/octet-stream": binary}
    assert [p["name"] for p in paths["/b/text"]["get"]["parameters"]] == ["length"]
    assert client.get("/").status_code == 200


# -- Methods and bodies -------------------------------------------------------------------------


@pytest.mark.parametrize("method, bit", [("POST", "4"), ("PUT", "8")])
@pytest.mark.parametrize("length", [0, 1, 5000, 65536])
def test_bodies(client, method, bit, length):
    body = bytes(i % 251 for i in range(length))
    for _ in range(2):  # the connection goes on
        answer = client.request(method, "/b/echo", content=body)
        assert (answer.status_code, answer.content, answer.headers["x-method"]) == (200, body, bit)
        assert "etag" not in answer.headers
    assert client.get("/b/echo").headers["x-method"] == "1"
    assert client.head("/b/echo").headers["x-method"] == "2"
    assert client.post("/b/post/a", content=b"x").content == b"x"


def exchange(running, *parts):
    """The bytes of all answers, on one connection to which the parts are sent one by one."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            raw.sendall(part)
            time.sleep(0.05)
        return raw.makefile("rb").read()


LAST = b"GET /b/page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /b/echo HTTP/1.1\r\nHost: x\r\n"


def test_bodies_in_pieces(running):
    got = exchange(running, POST + b"Content-Length: 6\r\n\r\nab", b"cd", b"ef" + LAST)
    assert got.count(b"HTTP/1.1 200 OK") == 2 and b"\r\n\r\nabcdef" in got
    got = exchange(running, POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n")
    assert got.count(b"HTTP/1.1 200 OK") == 1 and got.endswith(b"\r\n\r\nabcde")
    got = exchange(running, POST + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n", b"abc" + LAST)
    assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n") and b"\r\n\r\nabc" in got
    got = exchange(running, (POST + b"Content-Length: 2\r\n\r\nxy") * 10 + LAST)
    assert got.count(b"HTTP/1.1 200 OK") == 11


def test_bodies_that_are_too_large(running, client):
    got = exchange(running, POST + b"Content-Length: 65537\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 413 ") and b"at the most it may have 65536 bytes" in got
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    got = exchange(running, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk, chunk, chunk)
    assert got.startswith(b"HTTP/1.1 413 ")
    assert client.get("/livez").status_code == 200


def test_a_larger_body_by_setting(program, ingested, plugin, tmp_path):
    with servers(program, tmp_path) as start:
        other = start(ingested, env={"ALMANAC_PLUGINS": str(plugin), "ALMANAC_MAX_BODY_BYTES": "200000"})
        assert len(httpx.post(f"{other.url}/b/echo", content=b"x" * 200000).content) == 200000
        assert httpx.post(f"{other.url}/b/echo", content=b"x" * 200001).status_code == 413


def test_methods_that_are_not_possible(client):
    answer = client.delete("/b/echo")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD, POST, PUT, OPTIONS"
    assert answer.json()["detail"] == "DELETE is not possible here, only GET, HEAD, POST, PUT, OPTIONS"
    answer = client.get("/b/post/a")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST, OPTIONS"
    for path in ("/b/page", "/livez", "/nowhere", "/api/stations"):
        answer = client.post(path, content=b"abc")
        assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert answer.headers["connection"] == "close"
        assert answer.json()["detail"].startswith("nothing here can be changed")


def test_options(client):
    assert client.options("/b/echo").headers["allow"] == "GET, HEAD, POST, PUT, OPTIONS"
    assert client.options("/b/page").headers["allow"] == "GET, HEAD, OPTIONS"
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    answer = client.options("/b/post/a", headers=headers)
    assert answer.status_code == 204 and answer.headers["access-control-allow-methods"] == "POST, OPTIONS"


def test_methods_are_documented(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths["/b/echo"]) == {"get", "post", "put"} and set(paths["/b/post/{name}"]) == {"post"}
    assert list(paths["/b/echo"]["post"]["requestBody"]["content"]) == ["application/octet-stream"]
    assert "requestBody" not in paths["/b/echo"]["get"]
    ids = [operation["operationId"] for operation in paths["/b/echo"].values()]
    assert ids == ["get_b_echo", "post_b_echo", "put_b_echo"]


# -- Files of plugins ------------------------------------------------------------------------------


def test_the_first_page_may_be_a_plugins(client):
    answer = client.get("/")
    assert answer.text.startswith("<!doctype html><title>Map</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert answer.headers["x-frame-options"] == "DENY" and answer.headers["cache-control"] == "no-cache"
    own = client.get("/routes").json()
    shown = {way["path"]: way["summary"] for way in own["paths"]}
    assert shown["/"] == "The stations on a map" and "/api/weather" in shown and "/map/map.js" not in shown
    assert not {"/", "/routes", "/map/map.js"} & set(client.get("/openapi.json").json()["paths"])


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_files_are_compressed_and_kept(client, coding):
    answer = client.get("/map/map.js", headers={"Accept-Encoding": coding})
    assert answer.text == "let map = document;\n" * 100
    assert answer.headers.get("content-encoding", "identity") == coding
    assert "content-security-policy" not in answer.headers
    tag = answer.headers["etag"]
    known = client.get("/map/map.js", headers={"Accept-Encoding": coding, "If-None-Match": tag})
    assert known.status_code == 304 and known.content == b"" and known.headers["etag"] == tag
    head = client.head("/map/map.js", headers={"Accept-Encoding": coding})
    assert head.headers["content-length"] == answer.headers["content-length"] and head.content == b""
    assert client.post("/map/map.js").status_code == 405


def test_files_of_other_types(client):
    answer = client.get("/map/dot.png", headers={"Accept-Encoding": "gzip"})
    assert answer.content == b"\x89PNG" and "content-encoding" not in answer.headers
    assert answer.headers["content-security-policy"] == "sandbox"


def test_files_are_listed(run, plugin):
    said = run("plugins", "--plugins", plugin, check=True).stdout
    assert "  file /map/dot.png, image/png, 4 bytes\n" in said
    assert "  file /, text/html; charset=utf-8, " in said and ": The stations on a map\n" in said
