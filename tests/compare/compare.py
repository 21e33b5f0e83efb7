#!/usr/bin/env python3
"""compare.py OLD_PROGRAM NEW_PROGRAM [REQUESTS]: what two programs answer to the same requests about the
same data, byte for byte.

OLD_PROGRAM migrates a database and takes in the sample; NEW_PROGRAM migrates a copy of that if its tables
are others. The requests are those of requests.txt, which says how it is written; all are sent twice, so
that answers from memory are compared too. `./dev compare` sets ALMANAC_TEST_ADMIN_URL, as for the
end-to-end tests. Exit status: 0 all is the same, 1 there are differences, which are printed."""

import contextlib
import difflib
import gzip
import os
import re
import sys
import tempfile
import types
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import brotli  # noqa: E402
import cluster as clusters  # noqa: E402
import program as programs  # noqa: E402
import raw  # noqa: E402
import zstandard  # noqa: E402

DATA = [ROOT / "data/wx_stations.txt", ROOT / "data/wx_data.tar.xz"]
RUNS = 2
DIFFERENCE_LINES = 40  # of a difference that are shown
LINE_LENGTH = 400
BLANKED = re.compile(rb"^(Date|Retry-After): .*\r\n", re.M | re.I)  # what the clock decides
NEXT_LINK = re.compile(rb'^Link: .*<([^>]*)>; rel="next"', re.M | re.I)
ENTITY_TAG = re.compile(rb"^ETag: (.*)\r$", re.M | re.I)
LAST_MODIFIED = re.compile(rb"^Last-Modified: (.*)\r$", re.M | re.I)
CODING = re.compile(rb"^Content-Encoding: (\w+)", re.M | re.I)
DECODERS = {
    b"gzip": gzip.decompress,
    b"zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    b"br": brotli.decompress,
}
TIMESTAMP = re.compile(r'"ts":"[^"]*"|"pid":\d+')  # of log lines
METRICS_LEFT_OUT = re.compile(rb"^(Content-Length|# HELP ).*\n", re.M | re.I)
SAMPLE = re.compile(rb"^([a-z_]+(?:\{.*\})?) [^ ]+$", re.M)


@dataclass
class Request:
    """One of requests.txt: `line` is its first, `kind` what is done with it."""

    number: int
    line: str
    kind: str
    headers: list = field(default_factory=list)


def read_requests(path):
    requests = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("  "):
            requests[-1].headers.append(line.strip())
        else:
            kind = {"$": "command", "|": "raw", "@": "operators"}.get(line[0], "request")
            requests.append(Request(number, line, kind))
    return requests


class Side:
    """One of the programs, its server, and what it said last."""

    def __init__(self, path, database, folder):
        self.program = programs.Program(path)
        self.database = database
        self.last = b""
        self.tags = {}
        self.server = programs.Server(self.program, folder / "serve.log", database=database)
        self.operators = int(self.server.operation.rpartition(":")[2])

    def answer(self, request):
        answer = {
            "command": self.run,
            "raw": self.send_raw,
            "operators": self.ask_operators,
            "request": self.ask,
        }[request.kind](request)
        return ENTITY_TAG.sub(lambda found: self.named(found[1], request), answer)

    def named(self, tag, request):
        """The program is part of a tag, so tags differ; which answers have the same one must not."""
        name = self.tags.setdefault(tag, b"that of line %d" % request.number)
        return b"ETag: " + name + b"\r"

    def run(self, request):
        done = self.program.run(*request.line[1:].split(), database=self.database)
        text = f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
        return TIMESTAMP.sub("", text.replace(str(self.program.path.parent), "BUILD")).encode()

    def send_raw(self, request):
        data = b"\r\n".join(unescape(line) for line in [request.line[1:], *request.headers])
        return BLANKED.sub(b"", receive(self.server.port, data + b"\r\n\r\n", whole=True))

    def ask(self, request):
        target, method, version = words_of(request.line)
        if target == "NEXT":
            target = self.next_target()
        headers = [self.filled(header) for header in request.headers]
        host = None if any(header.lower().startswith("host:") for header in headers) else "example.org"
        data = raw.request(target, method, headers, version, host)
        self.last = receive(self.server.port, data, method=method)
        self.target = target
        return without_clock(self.last)

    def ask_operators(self, request):
        data = raw.request(request.line[1:], headers=request.headers)
        answer = without_clock(receive(self.operators, data))
        if request.line == "@/metrics":
            head, _, body = answer.partition(b"\r\n\r\n")
            return METRICS_LEFT_OUT.sub(b"", head + b"\r\n\r\n" + SAMPLE.sub(rb"\1", body))
        return answer

    def next_target(self):
        link = NEXT_LINK.search(self.last)
        return urljoin(self.target, link[1].decode()) if link else "/there-is-no-next-page"

    def filled(self, header):
        """Placeholders stand for headers of the answer before."""
        for name, pattern in (("{etag}", ENTITY_TAG), ("{last-modified}", LAST_MODIFIED)):
            if name in header:
                found = pattern.search(self.last)
                header = header.replace(name, found[1].decode() if found else "NONE")
        return header


def words_of(line):
    """Target, method and version: `[METHOD] TARGET [VERSION]`."""
    words = line.split()
    version = words.pop() if words[-1].startswith("HTTP/") else "HTTP/1.1"
    method = words.pop(0) if len(words) > 1 else "GET"
    return words[0], method, version


def unescape(text):
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def receive(port, data, method="GET", whole=False):
    """The bytes of an answer; `whole`: of all until the server closes."""

    with raw.Connection(types.SimpleNamespace(port=port)) as connection:
        connection.send(data)
        if whole:
            connection.half_close()
            return b"".join(iter(lambda: connection.socket.recv(1 << 16), b""))
        return receive_one(connection.socket, method)


def receive_one(socket, method):
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = socket.recv(1 << 16)
        if not more:
            return answer
        answer += more
    head = answer.partition(b"\r\n\r\n")[0].lower()
    length = re.search(rb"^content-length: (\d+)", head, re.M)
    bodiless = method == "HEAD" or re.match(rb"http/1.1 (204|304)", head)
    if bodiless:
        wanted = len(head) + 4
    elif length:
        wanted = len(head) + 4 + int(length[1])
    else:
        wanted = None
    while len(answer) < wanted if wanted else not answer.endswith(b"\r\n0\r\n\r\n"):
        more = socket.recv(1 << 16)
        if not more:
            break
        answer += more
    return answer


def without_clock(answer):
    head, separator, body = answer.partition(b"\r\n\r\n")
    head = BLANKED.sub(b"", head + b"\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = without_chunks(body)
    return head + separator[2:] + body


def without_chunks(body):
    """Where chunks end is no promise."""
    content = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        content += body[:length]
        body = body[length + 2 :]
    return content


def readable(answer):
    """Lines of an answer, its content decoded, for a person."""
    head, _, body = answer.partition(b"\r\n\r\n")
    coding = CODING.search(head)
    if coding and body:
        body = DECODERS[coding[1]](body)
    text = (head + b"\n\n" + body).decode("utf-8", "backslashreplace").replace("\r", "")
    return re.sub(r"([,{[])(?=[\"{[])", r"\1\n", text).splitlines()


def show(request, old, new):
    print(f"\nrequests.txt:{request.number}: {request.line}")
    for header in request.headers:
        print(f"  {header}")
    lines = list(difflib.unified_diff(readable(old), readable(new), "old", "new", n=1, lineterm=""))
    if not lines:
        lines = ["the content is the same, its bytes are others"]
    for line in lines[:DIFFERENCE_LINES]:
        print(f"    {line[:LINE_LENGTH]}")
    if len(lines) > DIFFERENCE_LINES:
        print(f"    ... {len(lines) - DIFFERENCE_LINES} lines more")


@contextlib.contextmanager
def sides(old_path, new_path):
    """Both servers, each with a database of its own, of the same content."""
    cluster = clusters.Cluster(os.environ["ALMANAC_TEST_ADMIN_URL"])
    with contextlib.ExitStack() as ends:

        def database(template="template0"):
            name = cluster.create(template=template)
            ends.callback(cluster.drop, name)
            return name

        first = database()
        old, new = programs.Program(old_path), programs.Program(new_path)
        old.run("migrate", database=cluster.url(first), check=True)
        old.run("ingest", *DATA, database=cluster.url(first), check=True)
        second = database(first)
        new.run("migrate", database=cluster.url(second), check=True)
        servers = []
        for path, name in ((old_path, first), (new_path, second)):
            folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
            side = Side(path, cluster.url(name), folder)
            ends.callback(side.server.stop)
            side.server.wait()
            servers.append(side)
        yield servers


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    old_path, new_path = (Path(path).resolve() for path in sys.argv[1:3])
    requests = read_requests(Path(sys.argv[3] if len(sys.argv) > 3 else Path(__file__).with_name("requests.txt")))
    different = set()
    with sides(old_path, new_path) as (old, new):
        for _ in range(RUNS):
            for request in requests:
                before, after = old.answer(request), new.answer(request)
                if before != after and request.number not in different:
                    different.add(request.number)
                    show(request, before, after)
    print(f"\n{len(requests)} requests, {len(different)} answered differently")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
