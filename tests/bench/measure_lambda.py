"""The function: from its start to its first question for an event, and one invocation that takes all
files from S3 into an empty database. The Runtime API is the one of the tests, S3 is moto."""

import json
import queue
import re
import sys
import time

from database import ALMANAC, PEER, create_database, create_peer_database, database_url
from proc import PeakSampler, end_session, spawn
from settings import BENCH, CHECKOUT, WORK, BenchError
from table import Row, at_least_times

sys.path.insert(0, str(CHECKOUT / "tests" / "e2e"))

from fake_runtime import FakeRuntime  # noqa: E402
from stand_in import Aws  # noqa: E402

BUCKET = "weather"
MIB = 1024 * 1024
TIMEOUT = 300  # s
LOGS = WORK / "logs"
# For a function of little memory: docs/operation.md.
SMALL = {"ALMANAC_WORKERS": "2", "ALMANAC_INGEST_MEMORY": "4"}


def measure_lambda(settings, programs, dataset, say):
    """Rows, and nothing for the details."""
    WORK.mkdir(parents=True, exist_ok=True)
    # Checking signatures would take most of the time.
    aws = Aws(WORK, checked=False, server=[BENCH / "moto_server.py"])
    try:
        put_files(aws, settings.data)
        samples = {"peer": [], "almanac": []}
        for run in range(settings.runs):
            say(f"function, run {run + 1} of {settings.runs}")
            if run < settings.slow_runs:
                samples["peer"].append(invoke_peer(settings, aws))
            if settings.almanac is not None:
                samples["almanac"].append(invoke_almanac(settings, programs, aws))
    finally:
        aws.stop()
    return make_rows(samples), None


def put_files(aws, directory):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for path in sorted(directory.glob("*.txt")):
        s3.put_object(Bucket=BUCKET, Key=f"data/{path.name}", Body=path.read_bytes())


def invoke_peer(settings, aws):
    create_peer_database(settings.admin_url)
    env = {"DATABASE_URL": database_url(settings.admin_url, PEER), "PYTHONPATH": str(BENCH),
           "AWS_LAMBDA_FUNCTION_NAME": "peer", "AWS_LAMBDA_FUNCTION_VERSION": "1",
           "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"}  # fmt: skip
    command = [sys.executable, "-m", "awslambdaric", "peer_lambda.handler"]
    return invoke(command, env, aws, "peer-lambda.log")


def invoke_almanac(settings, programs, aws):
    create_database(settings.admin_url, ALMANAC)
    programs.almanac_migrate()
    env = programs.almanac_env | image_environment() | SMALL
    return invoke([settings.almanac, "lambda"], env, aws, "almanac-lambda.log")


def image_environment():
    """What the image "ingest" sets for its program."""
    stage = (CHECKOUT / "deploy" / "Dockerfile").read_text().split("\nFROM scratch AS ingest\n")[1]
    lines = re.findall(r"^ENV (.+)$", stage, re.MULTILINE)
    return dict(setting.split("=", 1) for line in lines for setting in line.split())


def invoke(command, env, aws, log):
    """(seconds to the first question, seconds of the invocation, bytes at most)."""
    runtime = FakeRuntime()
    env = {**env, **aws.environment(), "AWS_LAMBDA_RUNTIME_API": runtime.address}
    began = time.perf_counter()
    process = spawn(command, env, LOGS / log)
    try:
        sampler = PeakSampler(process.pid)
        init = runtime.asked(began, TIMEOUT)
        began = time.perf_counter()
        runtime.invoke(json.dumps(event()).encode(), seconds=TIMEOUT)
        kind, _, _, body = runtime.told.get(timeout=TIMEOUT)
        seconds = time.perf_counter() - began
    except queue.Empty:
        raise BenchError(f"{command[0]} did not answer; see {LOGS / log}") from None
    finally:
        end_session(process)
        runtime.stop()
    if kind != "response":
        raise BenchError(f"{command[0]} failed: {body[:500]}; see {LOGS / log}")
    return init, seconds, sampler.finish()


def event():
    return {"job": "ingest", "uri": f"s3://{BUCKET}/data/"}


def make_rows(samples):
    def column(name, index, scale=1):
        return [sample[index] / scale for sample in samples[name]]

    return [
        Row("function, exec to first next", "s", "awslambdaric", column("peer", 0),
            column("almanac", 0), at_least_times(5)),
        Row("function, all files from S3", "s", "awslambdaric", column("peer", 1),
            column("almanac", 1), at_least_times(50)),
        Row("function, peak memory", "MiB", "awslambdaric", column("peer", 2, MIB),
            column("almanac", 2, MIB), at_least_times(4)),
    ]  # fmt: skip
