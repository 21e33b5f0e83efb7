"""Objects of web servers: only with TLS that can be trusted, in parts where the server gives
them, as a whole where it does not."""

import contextlib
import email.utils
import itertools
import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import sample
from stationfile import text

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
        if self.command != "HEAD":
            self.wfile.write(body)
        if length is not None:
            self.close_connection = True
        if length == -1:  # an orderly end, as far as TLS is concerned
            self.connection.settimeout(1)
            with contextlib.suppress(OSError):
                self.connection.unwrap()

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
            self.send_header("ETag", self.server.tag or f'"{len(data)}-{self.server.number()}"')
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
            server.tag = None
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
    assert ("GET", None) in [(method, wanted) for method, _, wanted in server.requests]


def test_an_empty_object_is_no_data(ingest, web):
    server = web()
    server.files["USC00000001.txt"] = b""
    for number in range(2):
        code, report, stderr = ingest(f"{server.url}/USC00000001.txt")
        assert (code, report["objects"]["skipped"], report["notes"]["count"]) == (
            0, number, 1 - number
        ), stderr  # fmt: skip
    assert [method for method, _, _ in server.requests] == ["HEAD", "GET", "HEAD"]


def test_a_head_that_says_0(ingest, web):
    """As frameworks do that see no body."""
    server = web()

    def answer(handler, data):
        if handler.command == "HEAD":
            handler.send(200, {"ETag": '"1"', "Accept-Ranges": "bytes"})
        return handler.command == "HEAD"

    server.answer = answer
    code, report, stderr = ingest(f"{server.url}/{STATION}.txt")
    assert (code, report["rows"]) == (0, server.files[f"{STATION}.txt"].count(b"\n")), stderr


# -- As a whole -------------------------------------------------------------------

TEXT = b"19850101\t-22\t-128\t94\n19850102\t-11\t-111\t0\n"


def tag_of(query, database):
    ((tag,),) = query(database, "select etag from ingest_object")
    return tag


def test_the_tag_is_of_what_was_read(ingest, web, migrated, query):
    """HEAD is answered by one who has the new version already, GET by one who has not."""
    server, old, new = web(False), TEXT[:21], TEXT
    server.files["USC00000001.txt"] = new
    given = [old, new]

    def answer(handler, data):
        data = data if handler.command == "HEAD" else given.pop(0)
        handler.send(200, {"ETag": f'"{len(data)}"'}, data)
        return True

    server.answer = answer
    uri = f"{server.url}/USC00000001.txt"
    assert ingest(uri)[1]["rows"] == 1
    assert tag_of(query, migrated) == f'"{len(old)}"'
    assert ingest(uri)[1]["rows"] == 2
    assert tag_of(query, migrated) == f'"{len(new)}"'
    assert ingest(uri)[1]["objects"]["skipped"] == 1
    assert not given


def test_what_comes_without_a_tag_is_not_known_again(ingest, web, migrated, query):
    server = web(False)

    def answer(handler, data):
        handler.send(200, {"ETag": '"1"'} if handler.command == "HEAD" else {"ETag": 'W/"1"'}, data)
        return True

    server.answer = answer
    for _ in range(2):
        ingest(f"{server.url}/{STATION}.txt")
        assert tag_of(query, migrated) is None
    assert [method for method, _, _ in server.requests] == ["HEAD", "GET"] * 2


@pytest.mark.parametrize("times", [2, 100])
def test_an_answer_that_ends_with_its_connection(ingest, web, migrated, query, times):
    """It is too short at first, which only HEAD can tell."""
    server, left = web(False), [times]
    server.files["USC00000001.txt"] = TEXT

    def answer(handler, data):
        if handler.command == "HEAD":
            handler.send(200, {"ETag": '"1"'}, data)
            return True
        left[0] -= 1
        handler.send(200, {"ETag": '"1"'}, data[:21] if left[0] >= 0 else data, -1)
        return True

    server.answer = answer
    code, report, _ = ingest(f"{server.url}/USC00000001.txt")
    if times == 2:
        assert (code, report["rows"]) == (0, 2)
        assert tag_of(query, migrated) == '"1"'
    else:
        assert (code, report["rows"]) == (1, 0)
        assert "another length" in report["failures"]["first"][0]["reason"]


def test_an_end_that_nobody_vouches_for(ingest, web, migrated, query):
    """It is believed, but not for ever."""
    server = web(False)

    def answer(handler, data):
        if handler.command == "HEAD":
            handler.send(200, {"ETag": '"1"', "Transfer-Encoding": "chunked"}, b"", -1)
        else:
            handler.send(200, {"ETag": '"1"'}, data, -1)
        return True

    server.answer = answer
    code, report, stderr = ingest(f"{server.url}/{STATION}.txt")
    assert (code, report["objects"]["taken"]) == (0, 1), stderr
    assert tag_of(query, migrated) is None


def test_a_version_of_two_lengths(ingest, web):
    server = web(False)
    server.files["USC00000001.txt"] = TEXT

    def answer(handler, data):
        handler.send(200, {"ETag": '"1"'}, data if handler.command == "HEAD" else data[:21])
        return True

    server.answer = answer
    code, report, _ = ingest(f"{server.url}/USC00000001.txt")
    assert code == 1
    assert "another length" in report["failures"]["first"][0]["reason"]


class Cuts:
    """A server whose answers to GET end after `size` bytes, and that goes on if asked to. `spoil`
    changes what it answers (status, headers, data) from the second time on."""

    def __init__(self, size, validator, head=None, spoil=None):
        self.size, self.validator, self.asked = size, validator, []
        self.head = {} if head is None else head
        self.spoil = spoil

    def __call__(self, handler, data):
        if handler.command == "HEAD":
            handler.send(200, self.head, data)
            return True
        wanted, condition = handler.headers["Range"], handler.headers["If-Range"]
        self.asked.append((wanted, condition))
        status, headers = 200, {**self.validator, "Accept-Ranges": "bytes"}
        if wanted:
            first = int(wanted.removeprefix("bytes=").removesuffix("-"))
            status, headers["Content-Range"] = 206, f"bytes {first}-{len(data) - 1}/{len(data)}"
            data = data[first:]
        if self.spoil and len(self.asked) == 2:
            status, headers, data = self.spoil(status, headers, data)
        handler.send(status, headers, data[: self.size], len(data))
        return True


LONG_AGO = {"Last-Modified": "Wed, 01 Jan 2025 00:00:00 GMT"}


@pytest.mark.parametrize("validator", [{"ETag": '"x"'}, LONG_AGO], ids=lambda value: next(iter(value)))
def test_goes_on_where_it_ended(ingest, web, validator):
    """Every part of the way is gone once, in more attempts than one that makes none would have."""
    server, body = web(), sample.days(200_000).encode()
    server.files["USC00000001.txt"] = body
    server.answer = cuts = Cuts(20_000, validator)
    code, report, stderr = ingest(f"{server.url}/USC00000001.txt")
    assert (code, report["rows"]) == (0, body.count(b"\n")), stderr
    condition = next(iter(validator.values()))
    assert cuts.asked == [(None, None)] + [
        (f"bytes={first}-", condition) for first in range(20_000, len(body), 20_000)
    ]


CHANGED = [
    lambda status, headers, data: (200, {"ETag": '"y"', "Accept-Ranges": "bytes"}, TEXT),
    lambda status, headers, data: (206, {**headers, "ETag": '"y"'}, data),
    lambda status, headers, data: (206, {"Content-Range": headers["Content-Range"]}, data),
    lambda status, headers, data: (206, {**headers, "Content-Range": "bytes 29-41/42"}, data[1:]),
    lambda status, headers, data: (206, {"ETag": '"x"'}, data),
    lambda status, headers, data: (416, {}, b""),
]


@pytest.mark.parametrize("spoil", CHANGED, ids=["200", "tag", "no tag", "range", "no range", "416"])
def test_begins_anew_where_it_cannot_go_on(ingest, web, spoil, migrated, query):
    server = web()
    server.files["USC00000001.txt"] = TEXT
    server.answer = cuts = Cuts(28, {"ETag": '"x"'}, spoil=spoil)
    code, report, stderr = ingest(f"{server.url}/USC00000001.txt")
    assert (code, report["rows"], report["rejects"]["count"]) == (0, 2, 0), stderr
    assert cuts.asked[1] == ("bytes=28-", '"x"')
    assert cuts.asked[2][0] == ("bytes=28-" if spoil is CHANGED[0] else None)


@pytest.mark.parametrize("validator", [
    {}, {"ETag": 'W/"x"', **LONG_AGO}, "now",
], ids=["none", "weak", "now"])  # fmt: skip
def test_goes_on_in_one_version_only(ingest, web, validator):
    """What tells versions apart must be sure to: else all is asked for again, a few times."""
    server = web()
    server.files["USC00000001.txt"] = TEXT
    if validator == "now":
        validator = {"Last-Modified": email.utils.formatdate(usegmt=True)}
    server.answer = cuts = Cuts(28, validator)
    code, report, _ = ingest(f"{server.url}/USC00000001.txt")
    assert (code, report["rows"]) == (1, 0)
    assert cuts.asked == [(None, None)] * 5


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
    """Signed again it is the same; what it says besides is kept, since that may be the object's name."""
    server = web()
    for times, signature in enumerate(("0123456789abcdef", "fedcba9876543210")):
        code, report, stderr = ingest(
            f"{server.url}/{STATION}.txt?id=a&X-Amz-Credential=A&X-Amz-Signature={signature}",
            f"{server.url}/{STATION}.txt?id=b&X-Amz-Credential=A&X-Amz-Signature={signature}",
        )
        assert code == 0, stderr
        assert report["objects"]["skipped"] == 2 * times
        assert query(migrated, "select uri from ingest_object order by 1") == [
            (f"{server.url}/{STATION}.txt?id=a",), (f"{server.url}/{STATION}.txt?id=b",),
        ]  # fmt: skip
        assert signature not in json.dumps(report) + stderr


@pytest.mark.parametrize("name", ["sig", "token", "X-Amz-Security-Token", "api_key"])
def test_secrets_of_a_url_that_fails_are_not_shown(run, ingest, web, name):
    server = web()
    for url in (f"{server.url}/nothing.txt", f"http://{server.url[8:]}/x", "https://"):
        code, report, stderr = ingest(f"{url}?a=1&{name}=0123456789abcdef")
        assert code != 0
        assert "0123456789abcdef" not in json.dumps(report) + stderr


def test_secrets_of_urls_that_are_settings_are_not_shown(run):
    uris = "s3://bucket/key https://example.org/x?id=1&sig=0123456789abcdef"
    done = run("config", "--json", env={"ALMANAC_URIS": uris}, check=True)
    (setting,) = (s for s in json.loads(done.stdout) if s["env"] == "ALMANAC_URIS")
    assert setting["value"] == "s3://bucket/key https://example.org/x?id=1"


ODD_TAGS = ['"\xff\xfe"', '"\xd0"', '"\x7f\x01"', '"a"b"', '"ж"', "", '"', "W/x", "x" * 300, '"' + "x" * 300 + '"']


@pytest.mark.parametrize("number", range(len(ODD_TAGS)))
def test_tags_that_are_no_text(ingest, web, query, migrated, number):
    """The second run finds the same content under another tag, and has to store that: which ended it
    where the tag was no UTF-8."""
    server, name = web(), f"{STATION}.txt"
    tags = iter(['"1"', '"1"', '"1"'])

    def answer(handler, data):
        tag = next(tags, ODD_TAGS[number])
        raw = tag.encode("latin-1") if max(tag, default="") < "\u0100" else tag.encode()
        wanted, status, part = handler.headers.get("Range"), 200, data
        if wanted:
            first, last = map(int, wanted.removeprefix("bytes=").split("-"))
            status, part = 206, data[first : last + 1]
        headers = {"Accept-Ranges": "bytes", "ETag": raw.decode("latin-1")}
        if status == 206:
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        handler.send(status, headers, part)
        return True

    server.answer = answer
    code, report, stderr = ingest(f"{server.url}/{name}")
    assert (code, report["objects"]["taken"]) == (0, 1), stderr
    for _ in range(2):
        code, report, stderr = ingest(f"{server.url}/{name}")
        assert (code, report["objects"]["skipped"]) == (0, 1), (report, stderr)
    ((tag,),) = query(migrated, "select etag from ingest_object")
    assert tag is None or tag.isascii()


# -- What is kept on disk ----------------------------------------------------------------------

MEBI = 1 << 20


def endless(handler, _):
    """Says nothing of its length, and never ends."""
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    if handler.command == "GET":
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(bytes(MEBI))
                handler.server.sent += MEBI
    return True


def large(handler, _):
    handler.server.sent += handler.command == "GET"
    handler.send(200, {}, b"x", length=100 * MEBI)
    return True


def large_for_get(handler, data):
    """To HEAD it says nothing."""
    if handler.command == "HEAD":
        handler.send(200, {}, b"", length=-1)
        return True
    return large(handler, data)


@pytest.mark.parametrize(("answer", "most"), [(endless, 32 * MEBI), (large, 0), (large_for_get, 1)],
    ids=["endless", "by its length", "by the answer's length"],
)
def test_what_is_kept_has_a_limit(ingest, web, answer, most):
    """Of what is said to be longer nothing is fetched; of what is not, no more than the limit (and what
    is on its way then)."""
    server = web(ranges=False)
    server.answer, server.sent = answer, 0
    code, report, _ = ingest(f"{server.url}/{STATION}.txt", ALMANAC_MAX_SPOOL_MIB="4")
    assert code == 1
    (failure,) = report["failures"]["first"]
    assert "4 MiB" in failure["reason"] and "--max-spool-mib" in failure["hint"]
    assert server.sent <= most


def test_what_is_kept_may_reach_the_limit(ingest, web):
    server = web(ranges=False)
    line = b"19850101\t-22\t-128\t94"
    server.files[f"{STATION}.txt"] = line + b" " * (MEBI - len(line))
    code, report, _ = ingest(f"{server.url}/{STATION}.txt", ALMANAC_MAX_SPOOL_MIB="1", ALMANAC_MAX_LINE_BYTES=str(2 * MEBI))
    assert (code, report["objects"]["taken"]) == (0, 1)
    server.files["USC00110073.txt"] = server.files[f"{STATION}.txt"] + b" "
    code, report, _ = ingest(f"{server.url}/USC00110073.txt", ALMANAC_MAX_SPOOL_MIB="1", ALMANAC_MAX_LINE_BYTES=str(2 * MEBI))
    assert (code, report["objects"]["failed"]) == (1, 1)


# -- Words that are kept for the first part only -----------------------------------------------


def all_of_it(handler, data):
    handler.send(200, {"ETag": '"1"'}, data)


def another_part(handler, data):
    headers = {"ETag": '"1"', "Content-Range": f"bytes 0-99/{len(data)}"}
    handler.send(206, headers, data[:100])


def without_a_tag(handler, data):
    first, last = map(int, handler.headers["Range"].removeprefix("bytes=").split("-"))
    headers = {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
    handler.send(206, headers, data[first : last + 1])


@pytest.mark.parametrize("later", [all_of_it, another_part, without_a_tag])
@pytest.mark.parametrize("changed", [False, True], ids=["same", "changed"])
def test_later_parts_that_are_wrong(ingest, web, query, migrated, later, changed):
    """Each run failed there. What comes in one piece then has to begin with what was read."""
    server = web()
    data = text(first="1800-01-01", count=60_000).encode()
    server.files[f"{STATION}.txt"] = data

    def answer(handler, data):
        wanted = handler.headers.get("Range")
        if handler.command == "HEAD" or (wanted and wanted.startswith("bytes=0-")):
            return False
        if wanted:
            later(handler, data)
        else:
            handler.send(200, {"ETag": '"1"'}, data.replace(b"100", b"101", 1) if changed else data)
        return True

    server.answer, server.tag = answer, '"1"'
    code, report, _ = ingest(f"{server.url}/{STATION}.txt")
    if changed and code == 1:
        assert "it was changed while it was read" in report["failures"]["first"][0]["reason"]
    elif changed:
        # The wrong part came before anything was read: all of it is of the other version.
        ((tmax,),) = query(migrated, "select tmax from day order by date limit 1")
        assert float(tmax) == pytest.approx(10.1)
    else:
        assert (code, report["rejects"]["count"]) == (0, 0)
        assert query(migrated, "select count(*) from day") == [(60_000,)]
