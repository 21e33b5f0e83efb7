"""Too little of what the system gives: files, threads, memory."""

import contextlib
import os
import re
import resource
import time
from pathlib import Path

import pytest
import raw

NOWHERE = "postgresql://127.0.0.1:1/none"


def limited(what, most):
    """For Popen(): the program may have so much."""
    return {"preexec_fn": lambda: resource.setrlimit(what, (most, most))}


def cpu_seconds(server):
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def open_many(stack, server, count):
    """Connections that ask for nothing and stay."""
    connections = []
    for _ in range(count):
        connection = raw.Connection(server)
        stack.callback(connection.socket.close)
        connections.append(connection)
    return connections


def is_served(connection):
    """Asks; False: it is refused, or closed without a word."""
    with contextlib.suppress(ConnectionError, AssertionError, IndexError, BrokenPipeError):
        answer = connection.ask("/livez")
        return answer is not None and answer.status == 200
    return False


# -- Files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [10, *range(17, 26), 60])
def test_start_without_files(run, files):
    done = run("serve", "--listen", "127.0.0.1:0", "--threads", "2", database=NOWHERE,
               **limited(resource.RLIMIT_NOFILE, files))  # fmt: skip
    assert done.returncode == 1
    assert re.search(rf"open only {files} files; it needs \d+", done.stderr), done.stderr
    assert "ulimit -n" in done.stderr


def test_what_it_says_it_needs_is_enough(run, server, ingested):
    done = run("serve", "--listen", "127.0.0.1:0", database=NOWHERE, **limited(resource.RLIMIT_NOFILE, 20))
    needed = int(re.search(r"it needs (\d+)", done.stderr)[1])
    running = server(ingested, "--threads", "2", **limited(resource.RLIMIT_NOFILE, needed))
    assert "fewer threads, 1 instead of 2" in running.stderr()
    with raw.Connection(running) as connection:
        answer = connection.ask("/api/weather?page_size=1")
    assert answer.status == 200


@pytest.mark.parametrize("files, threads", [(98, 2), (1024, 12)])
def test_more_clients_than_files(server, ingested, files, threads):
    """They are served, told to come back, or closed; none makes the server spin, and all is as before
    when they have gone."""
    running = server(ingested, "--threads", threads, **limited(resource.RLIMIT_NOFILE, files))
    for _ in range(10 if files < 1000 else 2):
        with contextlib.ExitStack() as stack:
            connections = open_many(stack, running, 160 if files < 1000 else 1150)
            before, begun = cpu_seconds(running), time.monotonic()
            while time.monotonic() < begun + 0.5:
                assert running.process.poll() is None
                time.sleep(0.05)
            assert cpu_seconds(running) - before < 0.4 * (time.monotonic() - begun)
            assert any(is_served(connection) for connection in connections[:20])
            assert open_files(running) < files
        running.wait("/livez", timeout=60)
    running.wait("/readyz", timeout=60)
    assert "connections have to wait" not in running.stderr()


def test_out_of_files_while_it_runs(server, ingested):
    """What the server cannot have foreseen: connections wait until there are files again."""
    running = server(ingested, "--threads", "2")
    pid = running.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_files(running) - 1, limits[1]))
    with contextlib.ExitStack() as stack:
        waiting = open_many(stack, running, 40)
        for connection in waiting:
            connection.send(raw.request("/livez"))
        running.wait_for_line("connections have to wait")
        before, begun = cpu_seconds(running), time.monotonic()
        time.sleep(1)
        assert cpu_seconds(running) - before < 0.4 * (time.monotonic() - begun)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        for connection in waiting:
            assert connection.answer().status == 200
    assert running.stderr().count("connections have to wait") <= 2  # one a thread


# -- Connections that are refused ------------------------------------------------------------


@pytest.mark.parametrize("limit", ["--max-connections", "--max-client-connections"])
def test_refused_connections_are_bounded(server, ingested, limit):
    """They take what is spared for answers, and no more, though no client ever closes."""
    running = server(ingested, limit, "4", "--idle-timeout", "600000")
    # Those of server() may linger.
    with contextlib.ExitStack() as stack:
        end = time.monotonic() + 60
        kept = []
        while len(kept) < 4:
            assert time.monotonic() < end
            connection = raw.Connection(running)
            stack.callback(connection.socket.close)
            if is_served(connection):
                kept.append(connection)
        quiet = open_files(running)
        most = 0
        for _ in range(10):
            open_many(stack, running, 100)
            most = max(most, open_files(running))
        assert most - quiet <= 64 + 4
        assert all(is_served(connection) for connection in kept)
    running.wait("/livez")


# -- Threads and memory ----------------------------------------------------------------------


@pytest.mark.release
@pytest.mark.parametrize("kib", [30000, *range(45000, 80001, 5000)])
def test_start_without_room_for_threads(run, kib):
    """libuv would end the program by SIGABRT."""
    done = run("serve", "--listen", "127.0.0.1:0", "--threads", "8", database=NOWHERE,
               **limited(resource.RLIMIT_AS, kib << 10))  # fmt: skip
    assert done.returncode == 1
    assert re.search(r"only \d+ of \d+ threads can be started", done.stderr), done.stderr


def test_workers_as_many_as_the_environment_says(server, ingested):
    running = server(ingested, env={"UV_THREADPOOL_SIZE": "7"}, ready="/livez")
    tasks = f"/proc/{running.process.pid}/task"
    assert len(os.listdir(tasks)) >= 7 + 2
