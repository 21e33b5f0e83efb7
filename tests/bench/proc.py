"""Processes: run one to its end and time it, or keep one serving.

Every process gets a session of its own, so that ending it ends its workers and
nothing else.
"""

import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from client import Client
from settings import BenchError

KIB = 1024
SAMPLE_INTERVAL = 0.005  # seconds between two looks at a process's memory
POLL_INTERVAL = 0.0005  # seconds between two attempts to reach a starting server
READY_TIMEOUT = 60
STOP_TIMEOUT = 15
LOG_TAIL = 2000  # characters of a log that an error quotes


@dataclass(frozen=True)
class Timing:
    seconds: float
    peak: int  # bytes


def spawn(command, env, log_path):
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with open(log_path, "wb") as log:
        return subprocess.Popen(
            [str(part) for part in command],
            env={**base_environment(), **env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def base_environment():
    """Ours without what would configure the programs behind our back."""
    ours = ("ALMANAC", "PG", "DATABASE_URL", "UVICORN", "WEB_CONCURRENCY")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def run_timed(command, env, log_path):
    """Seconds from start to exit, and the peak of resident memory.

    The peak is sampled: what the kernel reports at exit begins with the memory
    of the process that forked, which is this Python.
    """
    started = time.perf_counter()
    process = spawn(command, env, log_path)
    try:
        sampler = PeakSampler(process.pid)
        status = process.wait()
        seconds = time.perf_counter() - started
    except BaseException:
        end_session(process)
        raise
    if status != 0:
        raise BenchError(f"{command_line(command)} ended with {status}: {read_tail(log_path)}")
    return Timing(seconds, sampler.finish())


def command_line(command):
    return " ".join(str(part) for part in command)


def read_tail(log_path):
    return log_path.read_text(errors="replace")[-LOG_TAIL:].strip()


class PeakSampler:
    """Follows the high-water mark of a process on a thread until it is gone."""

    def __init__(self, pid):
        self.pid = pid
        self.peak = 0
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self):
        while (kib := read_status(self.pid, "VmHWM")) is not None:
            self.peak = kib * KIB
            time.sleep(SAMPLE_INTERVAL)

    def finish(self):
        self.thread.join()
        return self.peak


def read_status(pid, field):
    """A field of /proc/PID/status in KiB; None once the process has ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
    except OSError:
        pass
    return None


def read_proportional(pid):
    """Memory in KiB with shared pages divided among those who share them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise BenchError(f"/proc/{pid}/smaps_rollup has no Pss line")


def list_tree(pid):
    """A process and all below it."""
    pids = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            pids += list_tree(int(child))
    return pids


def end_session(process):
    """Ends what spawn() started, with all its children. A process that was
    waited for is left alone: its id may be another's by now."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A serving process; use it in a with statement. `command` has {port} where
    the port goes; `configure`, if any, is called with it before the start."""

    def __init__(self, name, command, env, log_path, configure=None):
        self.name = name
        self.command = command
        self.env = env
        self.log_path = log_path
        self.configure = configure
        self.process = None
        self.port = None
        self.seconds_to_ready = None

    def __enter__(self):
        self.port = find_port()
        command = [str(part).format(port=self.port) for part in self.command]
        if self.configure is not None:
            self.configure(self.port)
        started = time.perf_counter()
        self.process = spawn(command, self.env, self.log_path)
        try:
            self.wait_ready(started + READY_TIMEOUT)
        except BaseException:
            end_session(self.process)
            raise
        self.seconds_to_ready = time.perf_counter() - started
        return self

    def __exit__(self, *exception):
        end_session(self.process)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def wait_ready(self, deadline):
        while time.perf_counter() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(POLL_INTERVAL)
        raise BenchError(f"{self.name} did not get ready: {read_tail(self.log_path)}")

    def get(self, path):
        """Status and body of one request on a connection of its own."""
        with self.client() as client:
            answer = client.ask(path)
        return answer.status, answer.body

    def client(self):
        return Client(self.port)

    def memory(self):
        """Bytes: resident for one process; for several the proportional share,
        which counts what they share once."""
        pids = list_tree(self.process.pid)
        if len(pids) == 1:
            return read_status(pids[0], "VmRSS") * KIB
        return sum(read_proportional(pid) for pid in pids) * KIB

    def begin_peak(self):
        """Resident bytes now, from which the kernel's high-water mark starts anew."""
        try:
            Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        except PermissionError:
            raise BenchError("root alone may measure the memory of a server of Almanac") from None
        return read_status(self.process.pid, "VmRSS") * KIB

    def peak(self):
        """Most resident bytes since begin_peak(); of one process."""
        return read_status(self.process.pid, "VmHWM") * KIB
