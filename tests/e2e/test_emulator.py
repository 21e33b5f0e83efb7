"""`almanac lambda` with somebody else's Runtime API: the emulator of cargo-lambda. AWS's own has to
be built from a Go module that the module proxy does not offer."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from program import TIMEOUT, check_end, free_port

pytestmark = pytest.mark.release

# The emulator wants to know the package that it would build, from a program `cargo`.
PACKAGE = {
    "name": "almanac", "version": "0.1.0", "id": "almanac 0.1.0", "dependencies": [],
    "targets": [{"kind": ["bin"], "crate_types": ["bin"], "name": "almanac",
                 "src_path": "/main.rs", "edition": "2021"}],
    "features": {}, "manifest_path": "/Cargo.toml", "authors": [], "categories": [],
    "keywords": [], "edition": "2021",
}  # fmt: skip
METADATA = {
    "packages": [PACKAGE], "workspace_members": [PACKAGE["id"]],
    "workspace_default_members": [PACKAGE["id"]], "resolve": None, "version": 1,
    "target_directory": "/target", "workspace_root": "/", "metadata": None,
}  # fmt: skip


@pytest.fixture
def emulator(tmp_path):
    """Port of an emulator."""
    cargo = tmp_path / "cargo"
    cargo.write_text(f"#!/bin/sh\necho '{json.dumps(METADATA)}'\n")
    cargo.chmod(0o755)
    port = free_port()
    with open(tmp_path / "emulator.log", "wb") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("cargo-lambda"), "lambda", "watch",
             "--only-lambda-apis", "-A", "127.0.0.1", "-P", str(port)],
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            cwd=tmp_path, stdout=log, stderr=log,
        )  # fmt: skip
    end = time.monotonic() + TIMEOUT
    while not answers(port):
        assert process.poll() is None, (tmp_path / "emulator.log").read_text()
        assert time.monotonic() < end
        time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(TIMEOUT)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT).close()
        return True
    except OSError:
        return False


def invoke(port, event):
    """The answer, or what it says of an error."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/2015-03-31/functions/_/invocations",
        data=json.dumps(event).encode(),
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def test_invocations(emulator, program, migrated, aws, bucket, tmp_path):
    log = tmp_path / "lambda.log"
    with open(log, "wb") as out:
        process = program.popen(
            "lambda", database=migrated, stdout=out, stderr=out,
            env={**aws.environment(),
                 "AWS_LAMBDA_RUNTIME_API": f"http://127.0.0.1:{emulator}/.rt"},
        )  # fmt: skip
    try:
        first = invoke(emulator, {"job": "ingest", "uri": f"s3://{bucket}/wx_data/"})
        assert (first["outcome"], first["objects"]["taken"]) == ("success", 167)
        again = invoke(emulator, {"job": "ingest", "uri": f"s3://{bucket}/wx_data/"})
        assert again["objects"]["skipped"] == 167
        wrong = invoke(emulator, {"job": "vacuum"})
        assert wrong["errorType"] == "Event.Invalid"
        assert process.poll() is None
    finally:
        process.terminate()
        check_end(process.wait(TIMEOUT), log.read_text())
