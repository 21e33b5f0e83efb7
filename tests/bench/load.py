"""Load: wrk with random paths, unless told otherwise on 64 connections."""

import json
import subprocess
from dataclasses import dataclass

from settings import BENCH, WORK, BenchError

CONNECTIONS = 64
TIMEOUT_SECONDS = 10  # of one request; the slowest peer answers within two
MARGIN_SECONDS = 60


@dataclass(frozen=True)
class Load:
    rate: float  # requests a second
    p50: float  # seconds
    p99: float
    bytes_each: float  # of an answer, with its headers


def write_paths(name, paths, tags=None):
    """A file for pages.lua. With `tags`, a path's request has its tag as If-None-Match."""
    file = WORK / f"paths-{name}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = paths if tags is None else map("\t".join, zip(paths, tags, strict=True))
    file.write_text("".join(line + "\n" for line in lines))
    return file


def run_load(wrk, server, paths_file, seconds, seed=1, connections=CONNECTIONS, pause=0):
    """With a pause each connection waits before a request, so many ms on average."""
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={TIMEOUT_SECONDS}s"]
    command += ["-s", str(BENCH / "pages.lua"), server.url, "--", str(paths_file), str(seed)]
    command += [str(pause)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + MARGIN_SECONDS, check=False
    )
    if done.returncode != 0:
        raise BenchError(f"wrk against {server.name} failed: {done.stderr or done.stdout}")
    report = json.loads(done.stdout.splitlines()[-1])
    if report["errors"] or not report["requests"]:
        raise BenchError(f"wrk against {server.name} saw errors: {done.stdout}")
    return Load(
        rate=report["requests"] / report["microseconds"] * 1e6,
        p50=report["p50"] / 1e6,
        p99=report["p99"] / 1e6,
        bytes_each=report["bytes"] / report["requests"],
    )
