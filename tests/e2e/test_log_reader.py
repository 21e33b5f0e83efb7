"""Whoever reads the log has stopped: the server must not."""

import contextlib
import json
import os
import signal
import time

import httpx
import pytest
from program import TIMEOUT, Server, check_end

DAYS = "/api/weather?station_id=USC00110072&page_size=1"
LONG = DAYS + "&fields=" + "x" * 4000  # refused, and logged as it is
HELD = 4 << 20  # bytes of access log that are held
MORE = 1 << 18  # of other lines; lines of requests come in batches that are smaller


class Pipe:
    """A stream of the server that nobody reads until read() does."""

    def __init__(self):
        self.end, self.write_end = os.pipe()

    def fill(self):
        """Through a descriptor of our own: that it does not wait must not be the server's."""
        own = os.open(f"/proc/self/fd/{self.write_end}", os.O_WRONLY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(own, b"filler\n")
        os.close(own)

    def read(self):
        """Lines until the end, as bytes, without those of fill()."""
        os.close(self.write_end)
        self.write_end = None
        with open(self.end, "rb", closefd=False) as stream:
            return [line for line in stream.read().splitlines(keepends=True) if line != b"filler\n"]

    def close(self):
        for end in (self.end, self.write_end):
            if end is not None:
                os.close(end)


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    pipe.close()


@pytest.fixture
def listening(program, ingested, tmp_path):
    """listening(*arguments, stdout=, stderr=, **env) -> a Server with these streams, ready."""
    with contextlib.ExitStack() as stack:

        def start(*arguments, env=None, **streams):
            log = tmp_path / "server.log"
            log.touch()
            server = Server(program, log, *arguments, database=ingested, env=env, **streams)
            stack.callback(server.process.wait)
            stack.callback(server.process.kill)
            server.wait()
            return server

        yield start


def end(server, sent=None):
    """It has been told to stop. Returns its exit code."""
    code = server.process.wait(TIMEOUT)
    server.judged = True
    check_end(code, server.stderr(), sent)
    return code


@pytest.mark.threads
def test_stderr_that_nobody_reads(listening, pipe):
    server = listening("--access-log", "on", "--drain-delay", "2000", stderr=pipe.write_end)
    pipe.fill()
    with httpx.Client(base_url=server.url, timeout=TIMEOUT) as client:
        for _ in range(100):
            assert client.get(DAYS).status_code == 200
        server.process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        while client.get("/readyz").status_code == 200:
            assert time.monotonic() < told + TIMEOUT
        assert client.get(DAYS).status_code == 200
    assert end(server) == 0


def test_stopped_at_once_all_the_same(listening, pipe):
    server = listening("--drain-delay", "60000", stderr=pipe.write_end)
    pipe.fill()
    server.process.send_signal(signal.SIGTERM)
    server.wait("/readyz", status=503)
    server.process.send_signal(signal.SIGTERM)
    assert end(server, signal.SIGTERM) == -signal.SIGTERM


def test_stdout_that_nobody_reads(listening, pipe):
    """The last figures are due when the server stops."""
    server = listening(stdout=pipe.write_end, env={"ALMANAC_EMF_NAMESPACE": "Almanac"})
    pipe.fill()
    assert httpx.get(server.url + DAYS).status_code == 200
    server.process.send_signal(signal.SIGTERM)
    assert end(server) == 0


@pytest.mark.release
@pytest.mark.threads
def test_a_reader_that_comes_back(listening, pipe):
    """Finds every line whole, or how many there would have been."""
    server = listening("--access-log", "on", stderr=pipe.write_end)
    pipe.fill()
    count = 1500
    with httpx.Client(base_url=server.url, timeout=TIMEOUT) as client:
        for _ in range(count):
            assert client.get(LONG).status_code == 422
    server.process.send_signal(signal.SIGTERM)
    text = pipe.read()
    assert end(server) == 0
    lines = [json.loads(line) for line in text]
    requests = [line for line in lines if line.get("target") == LONG]
    told = [line["msg"] for line in lines if "dropped" in line["msg"]]
    dropped = sum(int(message.split()[0]) for message in told)
    assert dropped > 0
    # What does not fit any more is dropped.
    assert HELD - MORE <= sum(len(line) for line in text) <= HELD + 2 * MORE
    assert len(requests) + dropped == count
    assert "stopped" in [line["msg"] for line in lines]


def test_a_reader_that_is_gone(listening, pipe):
    server = listening("--access-log", "on", stderr=pipe.write_end)
    os.close(pipe.write_end)
    pipe.write_end = None
    os.close(pipe.end)
    pipe.end = None
    for _ in range(10):
        assert httpx.get(server.url + DAYS).status_code == 200
    server.process.send_signal(signal.SIGTERM)
    assert end(server) == 0
