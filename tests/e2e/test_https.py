"""Objects of web servers: only with TLS that can be trusted, in parts where the server gives
them, as a whole where it does not."""

import contextlib
import itertools
import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import sample
from contents import digest

STATION = "USC00110072"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(certificate, key) of localhost, its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


class Files(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        files = self.server.files
        self.server.requests.append((self.command, self.path, self.headers.get("Range")))
        name = self.path.split("?")[0].lstrip("/")
        if self.path in self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if name not in files:
            self.send_error(404)
            return
        if self.command == "GET" and self.server.failures:
            self.fail(self.server.failures.pop())
            return
        if self.server.answer and self.server.answer(self, files[name]):
            return
        if self.command == "HEAD" and self.server.head != 200:
            self.fail(self.server.head)
            return
        self.send_file(files[name])

    do_HEAD = do_GET

    def fail(self, status):
        """With a status; None: the connection ends."""
        self.close_connection = True
        if status is not None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def send(self, status, headers, body=b"", length=None):
        """`length` is what is said to come; -1: nothing is said, the end of the connection is it."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length != -1:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.close_connection = True

    def send_file(self, data):
        wanted = self.headers.get("Range")
        status, part = 200, data
        if wanted and self.server.ranges and not self.server.forgetful:
            first, last = map(int, wanted.removeprefix("bytes=").split("-"))
            status, part = 206, data[first : last + 1]
        self.send_response(status)
        if self.server.ranges:
            self.send_header("Accept-Ranges", "bytes")
        if self.server.ranges and self.server.tags:
            self.send_header("ETag", f'"{len(data)}-{self.server.number()}"')
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(part)


@pytest.fixture
def web(certificate):
    """web(ranges=True) -> server with files, url, requests, moved, failures, tags, head, number,
    forgetful, answer (of a handler and what it would send; whether it has answered itself)."""
    with contextlib.ExitStack() as ends:

        def start(ranges=True):
            server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
            server.daemon_threads = True
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.ranges, server.files, server.requests = ranges, dict(sample.texts()), []
            server.moved, server.failures, server.tags, server.head = {}, [], True, 200
            server.number, server.forgetful, server.answer = lambda: 1, False, None
            server.url = f"https://localhost:{server.server_address[1]}"
            threading.Thread(target=server.serve_forever, daemon=True).start()
            ends.callback(server.server_close)
            ends.callback(server.shutdown)
            return server

        yield start


@pytest.fixture
def ingest(run, migrated, certificate):
    def ingest(*uris, **env):
        env = {"AWS_CA_BUNDLE": certificate[0], **env}
        done = run("ingest", *uris, database=migrated, env=env)
        return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr

    return ingest


def days(query, database):
    return query(database, "select count(*), sum(tmax), sum(tmin), sum(prcp) from day")


@pytest.mark.parametrize("ranges", [True, False], ids=["parts", "whole"])
def test_is_what_the_file_is(ingest, web, run, data, cluster, migrated_template, migrated, query, ranges):
    server = web(ranges)
    server.files["wx_data.tar.xz"] = (data / "wx_data.tar.xz").read_bytes()
    code, report, stderr = ingest(f"{server.url}/wx_data.tar.xz", f"{server.url}/{STATION}.txt")
    assert code == 0, stderr
    assert report["objects"]["taken"] == 168
    assert query(migrated, "select count(*) from day") == [(1729957,)]
    assert any(wanted for _, _, wanted in server.requests) == ranges


def test_unchanged_is_not_fetched_again(ingest, web):
    server = web()
    ingest(f"{server.url}/{STATION}.txt")
    server.requests.clear()
    code, report, _ = ingest(f"{server.url}/{STATION}.txt")
    assert (code, report["objects"]["skipped"]) == (0, 1)
    assert [method for method, _, _ in server.requests] == ["HEAD"]


@pytest.mark.parametrize("ranges", [True, False], ids=["parts", "whole"])
def test_connections_that_end(ingest, web, ranges):
    server = web(ranges)
    server.failures = [None, 503]
    code, report, stderr = ingest(f"{server.url}/{STATION}.txt")
    assert (code, report["objects"]["taken"]) == (0, 1), stderr


@pytest.mark.parametrize("status", [403, 405, 501])
def test_what_answers_to_get_alone(ingest, web, status):
    """URLs are signed for one method, and some servers have no HEAD."""
    server = web()
    server.head = status
    code, report, stderr = ingest(f"{server.url}/{STATION}.txt")
    assert (code, report["objects"]["taken"]) == (0, 1), stderr


def test_what_may_not_be_had(ingest, web):
    server = web()
    server.head, server.failures = 403, [403] * 5
    code, report, _ = ingest(f"{server.url}/{STATION}.txt")
    assert code == 1
    assert "status 403" in report["failures"]["first"][0]["reason"]
    assert [method for method, _, _ in server.requests] == ["HEAD", "GET"]


def test_servers_that_disagree(ingest, web):
    """Several may share a name, each with tags of its own: then it is taken in one piece."""
    server = web()
    server.number = itertools.count().__next__
    code, report, stderr = ingest(f"{server.url}/{STATION}.txt")
    assert (code, report["objects"]["taken"]) == (0, 1), stderr


def test_a_server_that_gives_all_for_a_part(ingest, web, data, migrated, query):
    server = web()
    server.forgetful = True
    server.files["wx_data.tar.xz"] = (data / "wx_data.tar.xz").read_bytes()
    code, _, stderr = ingest(f"{server.url}/wx_data.tar.xz")
    assert code == 0, stderr
    assert query(migrated, "select count(*) from day") == [(1729957,)]


def test_parts_need_a_tag(ingest, web):
    """Else they might be of two versions, which nothing would tell."""
    server = web()
    server.tags = False
    code, report, stderr = ingest(f"{server.url}/{STATION}.txt")
    assert (code, report["objects"]["taken"]) == (0, 1), stderr
    assert [wanted for _, _, wanted in server.requests] == [None, None]


PARTS = [
    ("bytes {other}-{last}/{size}", True),
    ("bytes {first}-{last}/1{size}", True),
    ("bytes", True),
    ("", True),
    ("bytes {first}-{last}/{size}", False),
]


@pytest.mark.parametrize("said, tagged", PARTS)
def test_parts_that_are_others(ingest, web, said, tagged):
    """What they are is said by the server, and not assumed: else it is read as a whole."""
    server, body = web(), sample.days(1024 * 1024 + 500).encode()
    server.files["USC00000001.txt"] = body

    def answer(handler, data):
        if "Range" not in handler.headers:
            return False
        first, last = map(int, handler.headers["Range"].removeprefix("bytes=").split("-"))
        headers = {"ETag": f'"{len(data)}-1"'} if tagged else {}
        if said:
            other = first + 1
            headers["Content-Range"] = said.format(
                first=first, last=last, other=other, size=len(data)
            )
        handler.send(206, headers, data[first : last + 1])
        return True

    server.answer = answer
    code, report, stderr = ingest(f"{server.url}/USC00000001.txt")
    assert (code, report["rows"]) == (0, body.count(b"\n")), stderr
    assert server.requests[-1][2] is None


def test_follows_to_where_it_is(ingest, web):
    server = web()
    server.moved["/latest/USC00110072.txt"] = f"{server.url}/{STATION}.txt"
    code, report, stderr = ingest(f"{server.url}/latest/{STATION}.txt")
    assert (code, report["objects"]["taken"]) == (0, 1), stderr


def test_does_not_follow_out_of_tls(ingest, web):
    server = web()
    server.moved["/x.txt"] = "http://127.0.0.1:1/x.txt"
    code, report, _ = ingest(f"{server.url}/x.txt")
    assert (code, report["objects"]["failed"]) == (1, 1)
    assert "http" in report["failures"]["first"][0]["reason"]


def test_whom_nobody_vouches_for(ingest, web):
    server = web()
    code, report, _ = ingest(f"{server.url}/{STATION}.txt", AWS_CA_BUNDLE=None)
    assert code == 1
    assert "certificate" in report["failures"]["first"][0]["reason"]
    assert server.requests == []


def test_a_certificate_of_somebody_else(ingest, web):
    server = web()
    url = server.url.replace("localhost", "127.0.0.1")
    code, report, _ = ingest(f"{url}/{STATION}.txt")
    assert code == 1
    assert server.requests == []


def test_not_there(ingest, web):
    server = web()
    code, report, _ = ingest(f"{server.url}/nothing.txt", f"{server.url}/{STATION}.txt")
    assert (code, report["objects"]["taken"], report["objects"]["failed"]) == (3, 1, 1)
    assert "404" in report["failures"]["first"][0]["reason"]


def test_a_signed_url_is_not_shown(ingest, web, migrated, query):
    server = web()
    code, report, stderr = ingest(
        f"{server.url}/{STATION}.txt?X-Amz-Credential=A&X-Amz-Signature=0123456789abcdef"
    )
    assert code == 0, stderr
    (stored,) = query(migrated, "select uri from ingest_object")
    assert stored == (f"{server.url}/{STATION}.txt",)
    assert "0123456789abcdef" not in json.dumps(report) + stderr
