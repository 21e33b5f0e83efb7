"""Plugins that crash, do not return, or end the program are named in the log, and a run that one of
them ends is no success. Through the plugin wrecks.c."""

import json
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from program import TIMEOUT

ROOT = Path(__file__).resolve().parents[2]
# Sanitizers have handlers of their own, which report and exit.
pytestmark = pytest.mark.release

CRASHES = {
    "segv": (signal.SIGSEGV, "SIGSEGV"),
    "abort": (signal.SIGABRT, "SIGABRT"),
    "fpe": (signal.SIGFPE, "SIGFPE"),
    "ill": (signal.SIGILL, "SIGILL"),
    "bus": (signal.SIGBUS, "SIGBUS"),
    "overflow": (signal.SIGSEGV, "SIGSEGV"),
}
EXITS = {
    "exit": "exit() was called in {where}",
    "quick_exit": "exit() was called in {where}",
    "thread_exit": "exit() was called by a plugin's thread or a library",
    "pthread_exit": "the thread was ended in {where}",
}


@pytest.fixture(scope="module")
def wrecks(tmp_path_factory):
    plugin = tmp_path_factory.mktemp("wrecks") / "wrecks.so"
    source = Path(__file__).with_name("plugins") / "wrecks.c"
    flags = ["-shared", "-fPIC", "-O0", "-Wall", "-Werror", "-Wno-infinite-recursion"]
    subprocess.run(["cc", *flags, "-I", ROOT / "include", "-o", plugin, source, "-pthread"], check=True)
    return plugin


@pytest.fixture
def prepared(migrated, run, wrecks):
    run("migrate", "--plugins", wrecks, database=migrated, check=True)
    return migrated


@pytest.fixture
def end(program, wrecks, tmp_path):
    """Runs a command over an object of these lines; returns exit status, output and log."""

    def end(command, lines, *arguments, database=None, log="json", signals=()):
        path = tmp_path / "wreck.txt"
        path.write_text("".join(f"{line}\n" for line in lines))
        operands = [wrecks, path] if command == "check" else ["--plugins", wrecks, *arguments, path]
        process = program.popen(
            command, *operands, database=database, env={"ALMANAC_LOG_FORMAT": log},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        )  # fmt: skip
        for after, number in signals:
            threading.Timer(after, process.send_signal, [number]).start()
        out, err = process.communicate(timeout=TIMEOUT)
        return process.returncode, out, err, path

    return end


def errors(log):
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["level"] == "error"]


@pytest.mark.parametrize("how", CRASHES)
def test_crash_in_an_ingestion(end, prepared, how):
    status, _, log, path = end("ingest", ["fine", "fine", how], database=prepared)
    number, name = CRASHES[how]
    assert status == -number, log
    (line,) = errors(log)
    assert line["plugin"] == "wrecks" and f"crash ({name}" in line["msg"]
    assert line["msg"].endswith(f"in line() of plugin wrecks, object {path}, line 3")


@pytest.mark.parametrize("how", ["segv", "abort"])
def test_crash_in_check(end, how):
    status, _, log, path = end("check", ["fine", how], log="auto")
    number, name = CRASHES[how]
    assert status == -number
    assert log.startswith(f"almanac: wrecks: crash ({name}")
    assert log.endswith(f"in line() of plugin wrecks, object {path}, line 2\n")


def test_crash_while_an_object_is_recognised(end, prepared):
    status, _, log, _ = end("ingest", ["sniff"], database=prepared)
    assert status == -signal.SIGABRT
    assert errors(log)[0]["msg"].endswith("in sniff() of plugin wrecks, object wreck.txt")


def test_crash_in_a_statistic(end, prepared, tmp_path):
    status, _, log, _ = end("ingest", ["day 10957"], database=prepared)  # 2000-01-01
    assert status == -signal.SIGABRT
    assert errors(log)[0]["msg"].endswith("in compute() of plugin wrecks, station WRECKED")


@pytest.mark.parametrize("how", EXITS)
@pytest.mark.parametrize("command", ["ingest", "check"])
def test_exit_is_no_success(end, prepared, query, command, how):
    status, _, log, path = end(command, ["fine", how], database=prepared)
    assert status == 1
    wanted = EXITS[how].format(where=f"line() of plugin wrecks, object {path}, line 2")
    assert any(wanted in line["msg"] for line in errors(log)), log


def test_call_that_does_not_return_ends_at_the_deadline(end, prepared):
    begun = time.monotonic()
    status, _, log, path = end("ingest", ["fine", "loop"], "--deadline", "4", "--slow-call", "1", database=prepared)
    assert status == 1 and time.monotonic() - begun < 60
    where = f"line() of plugin wrecks, object {path}, line 2"
    assert any(f"the time is over, and {where} does not return" in line["msg"] for line in errors(log)), log
    assert f"{where} has been running for" in log


def test_statistic_that_does_not_return_ends_at_the_deadline(end, prepared):
    status, _, log, _ = end("ingest", ["day 11323"], "--deadline", "4", database=prepared)  # 2001-01-01
    assert status == 1
    assert any("compute() of plugin wrecks, station WRECKED does not return" in line["msg"] for line in errors(log))


def test_call_that_does_not_return_ends_on_a_signal(end, prepared):
    status, _, log, _ = end("ingest", ["loop"], database=prepared, signals=[(1.0, signal.SIGTERM)])
    assert status == 1
    assert any("line 1 does not return" in line["msg"] for line in errors(log)), log


def test_call_that_takes_long_is_logged(end, prepared):
    status, _, log, _ = end("ingest", ["sleep", "day 1"], "--slow-call", "1", database=prepared)
    assert status == 0, log
    slow = [line["msg"] for line in map(json.loads, log.splitlines()) if "line() of plugin wrecks" in line["msg"]]
    assert "has been running for" in slow[0] and " took " in slow[-1]


@pytest.mark.parametrize("how", ["segv", "abort", "exit", "pthread_exit"])
def test_server(program, server, wrecks, ingested, how):
    running = server(ingested, "--plugins", str(wrecks))
    assert running.status(f"/wrecks/{how}") is None
    status = running.process.wait(TIMEOUT)
    running.judged = True
    where = "handle() of plugin wrecks, route /wrecks/{how}"
    if how in CRASHES:
        number, name = CRASHES[how]
        assert status == -number and f"crash ({name}" in running.stderr()
    else:
        assert status == 1
    assert where in running.stderr()


def test_server_logs_what_takes_long(server, wrecks, ingested):
    running = server(ingested, "--plugins", str(wrecks), "--slow-call", "1")
    assert running.status("/wrecks/sleep") == 200
    running.wait_for_line("handle() of plugin wrecks, route /wrecks/{how} took ")
