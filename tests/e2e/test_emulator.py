"""`almanac lambda` under AWS's own emulator of Lambda."""

import subprocess
import time

import pytest

from emulator import Emulator, path
from program import TIMEOUT, check_end, environment

pytestmark = pytest.mark.release


@pytest.fixture
def emulate(program, tmp_path):
    """emulate(database, timeout=300, **environment) -> Emulator of a function that has so many seconds."""
    started = []

    def start(database, timeout=300, **more):
        emulator, log = Emulator(), tmp_path / "emulator.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [path(), *emulator.arguments, program.path, "lambda"],
                env=environment(database, {"AWS_LAMBDA_FUNCTION_TIMEOUT": timeout, **more}),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        started.append((process, log))

        def check():
            assert process.poll() is None, log.read_text()

        emulator.wait(check)
        emulator.log = log
        return emulator

    yield start
    for process, log in started:
        process.terminate()
        process.wait(TIMEOUT)
        check_end(0, log.read_text())


def test_invocations(emulate, migrated, aws, bucket):
    emulator = emulate(migrated, **aws.environment())
    first = emulator.invoke({"job": "ingest", "uri": f"s3://{bucket}/wx_data/"})
    assert (first["outcome"], first["objects"]["taken"]) == ("success", 167)
    again = emulator.invoke({"job": "ingest", "uri": f"s3://{bucket}/wx_data/"})
    assert again["objects"]["skipped"] == 167
    wrong = emulator.invoke({"job": "vacuum"})
    assert wrong["errorType"] == "Event.Invalid"
    assert "vacuum" not in wrong["errorMessage"] and '"ingest"' in wrong["errorMessage"]
    assert emulator.invoke(b"[")["errorType"] == "Event.Invalid"
    # All by one process: the emulator starts another one when the first has ended.
    assert emulator.log.read_text().count("INIT START") == 1


def test_time_is_over(emulate, migrated, aws, bucket, trouble, query):
    """The run ends before the emulator would end it, and the next ones go on."""

    def slow(number, request):
        if "/wx_data/" in request.path:
            time.sleep(0.04)

    emulator = emulate(migrated, timeout=4, **aws.environment(trouble(slow).url))
    outcomes, taken = [], 0
    while not outcomes or outcomes[-1] == "partial":
        report = emulator.invoke({"job": "ingest", "uri": f"s3://{bucket}/wx_data/"})
        outcomes.append(report["outcome"])
        taken += report["objects"]["taken"]
        assert len(outcomes) < 20
    assert outcomes[0] == "partial" and outcomes[-1] == "success"
    assert taken == 167
    assert query(migrated, "select count(*) from ingest_object") == [(167,)]


def test_cannot_start(emulate, tmp_path):
    emulator = emulate(None, ALMANAC_PLUGINS=tmp_path / "nowhere")
    answer = emulator.invoke({})
    assert answer["errorType"] == "Init.Failed"
    assert "nowhere" in answer["errorMessage"]
