"""`almanac lambda` while the database, S3 or the time let it down: it answers in time, says why, and
the next run goes on."""

import json
import signal
import socket
import threading
import time

import psycopg
import pytest

from contents import digest
from function import job, longer
from program import TIMEOUT, free_port
from proxy import proxied

STATION = "USC00110072"
TOLD_IN_TIME = 60  # s after the deadline, on a busy machine


def failure(runtime, since, seconds):
    """The message of the error that is told by the deadline, `seconds` after `since`."""
    kind, _, _, body = runtime.told.get(timeout=seconds + TOLD_IN_TIME)
    assert kind == "error", body
    assert time.monotonic() - since < seconds + TOLD_IN_TIME
    return json.loads(body)["errorMessage"]


def out_of_time(runtime, event, *texts, seconds=5, met=lambda: True):
    """The run cannot end by itself: it is told that its time was over, with these texts. It is given more
    time where a slow machine did not come as far as to what they tell, or has not `met` what holds it."""
    while True:
        since = time.monotonic()
        runtime.invoke(event, seconds=seconds)
        message = failure(runtime, since, seconds)
        assert "time was over" in message
        if met() and all(text in message for text in texts):
            return
        seconds = longer(seconds, message)


def end_sessions(query, url):
    query(url, "select pg_terminate_backend(pid) from pg_stat_activity "
               "where datname = current_database() and application_name = 'almanac lambda'")  # fmt: skip


def wait_for(query, url, statement):
    end = time.monotonic() + TIMEOUT
    while not query(url, statement)[0][0]:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_database_ends_in_a_run(function, runtime, bucket, trouble, migrated, query):
    """That is a failure, which schedules try again, though some objects are stored."""
    objects, go_on = [], threading.Event()

    def spoil(_, request):
        if request.command == "GET" and "/wx_data/" in request.path:
            objects.append(request.path)
            if len(objects) > 8:
                go_on.wait(TIMEOUT)

    started = function(AWS_ENDPOINT_URL=trouble(spoil).url, ALMANAC_WORKERS="1")
    runtime.invoke(job(f"s3://{bucket}/wx_data/USC0013"))
    wait_for(query, migrated, "select count(*) > 4 from ingest_object")
    end_sessions(query, migrated)
    go_on.set()
    kind, _, _, body = runtime.wait()
    assert kind == "error"
    message = json.loads(body)["errorMessage"]
    assert "connection" in message
    assert message.split(";")[0] in started.stderr().replace('\\"', '"')
    runtime.invoke(job(f"s3://{bucket}/wx_data/USC0013"))
    report = json.loads(runtime.wait()[3])
    assert report["outcome"] == "success" and report["objects"]["skipped"] >= 4


def test_somebody_holds_a_lock(function, runtime, bucket, migrated, query):
    """Another ingestion that stands still, or a person: the run is not waited for beyond its time."""
    function()
    runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt"))
    assert runtime.wait()[0] == "response"
    query(migrated, "delete from ingest_object returning 1")
    with psycopg.connect(migrated) as holder:
        holder.execute("select from station for update")
        out_of_time(runtime, job(f"s3://{bucket}/wx_data/USC0011"), "timeout", seconds=6)
        # The server has given up as well.
        wait_for(query, migrated, "select count(*) = 0 from pg_stat_activity "
                                  "where datname = current_database() and application_name = 'almanac lambda'")  # fmt: skip
    runtime.invoke(job(f"s3://{bucket}/wx_data/USC0011"))
    assert json.loads(runtime.wait()[3])["objects"]["taken"] == 36


def test_the_database_stands_still(function, runtime, bucket, trouble, migrated, query):
    """A network that has lost everything, and says nothing, in the middle of a run."""
    with proxied(migrated) as proxy:
        lost = threading.Event()

        def spoil(_, request):
            if request.command == "GET" and "/wx_data/USC0013" in request.path:
                proxy.stall()
                lost.set()

        proxy.open()
        function(ALMANAC_DATABASE_URL=proxy.url, AWS_ENDPOINT_URL=trouble(spoil).url, ALMANAC_WORKERS="1")
        runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt"))
        assert runtime.wait()[0] == "response"
        out_of_time(runtime, job(f"s3://{bucket}/wx_data/USC0013"), seconds=6, met=lost.is_set)


def test_no_database(function, runtime, bucket):
    """It is waited for, but not beyond the time."""
    function(ALMANAC_DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/x",
             ALMANAC_DATABASE_WAIT="200")  # fmt: skip
    out_of_time(runtime, job(f"s3://{bucket}/wx_data/"), "Connection refused")


@pytest.mark.parametrize("what", ["HEAD", "list"])
def test_a_bucket_that_is_silent(function, runtime, bucket, trouble, what):
    silence = threading.Event()

    def slow(_, request):
        if ("list-type" in request.path) if what == "list" else request.command == "HEAD":
            silence.wait(TIMEOUT)

    function(AWS_ENDPOINT_URL=trouble(slow).url)
    try:
        out_of_time(runtime, job(f"s3://{bucket}/wx_data/USC0011"), "wx_data/USC0011")
    finally:
        silence.set()


def test_an_object_that_takes_too_long(function, runtime, bucket, trouble, migrated):
    """What is known already is no progress: nobody would notice that the same object is always next."""
    silence = threading.Event()
    slow = f"/wx_data/{STATION}.txt"

    def spoil(_, request):
        if request.command == "GET" and slow in request.path:
            silence.wait(TIMEOUT)

    function(AWS_ENDPOINT_URL=trouble(spoil).url)
    runtime.invoke(job(f"s3://{bucket}/wx_data/USC00110187.txt"))
    assert runtime.wait()[0] == "response"
    event = job(f"s3://{bucket}/wx_data/USC00110187.txt", f"s3://{bucket}{slow}")
    try:
        out_of_time(runtime, event, f"s3://{bucket}{slow}", seconds=6)
    finally:
        silence.set()


def test_sigterm_in_a_run(function, runtime, bucket, trouble):
    begun, silence = threading.Event(), threading.Event()

    def spoil(_, request):
        if request.command == "GET":
            begun.set()
            silence.wait(TIMEOUT)

    started = function(AWS_ENDPOINT_URL=trouble(spoil).url)
    runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt"))
    assert begun.wait(TIMEOUT)
    started.process.send_signal(signal.SIGTERM)
    try:
        kind, _, _, body = runtime.wait()
        assert kind == "error" and "signal" in json.loads(body)["errorMessage"]
        assert started.wait() == 0
    finally:
        silence.set()


@pytest.mark.release
def test_statistics_go_on_where_they_were(function, runtime, bucket, ingested_copy, ingested, query):
    """Computing all anew takes more than a run has: several runs do it, then one takes in what came."""

    def dawdle(owner, seconds):
        """A row takes the longer, the longer a run may."""
        owner.execute("create or replace function dawdle() returns trigger language plpgsql as "
                      f"'begin perform pg_sleep({0.0009 * seconds / 8}); return null; end'")  # fmt: skip

    query(ingested_copy, "delete from stat_yearly returning 1")
    query(ingested_copy, "update calculator set computed_definition = null returning 1")
    with psycopg.connect(ingested_copy, autocommit=True) as owner:
        dawdle(owner, 8)
        owner.execute("create trigger dawdle after insert on stat_yearly "
                      "for each row execute function dawdle()")  # fmt: skip
    function(ALMANAC_DATABASE_URL=ingested_copy)
    event, seen, seconds = job(f"s3://{bucket}/wx_data/"), [], 8
    while not seen or seen[-1][0] == "partial":
        runtime.invoke(event, seconds=seconds)
        kind, _, _, body = runtime.wait()
        report = json.loads(body)
        if kind == "error":
            seconds = longer(seconds, report["errorMessage"])
            with psycopg.connect(ingested_copy, autocommit=True) as owner:
                dawdle(owner, seconds)
            continue
        seen.append((report["outcome"], query(ingested_copy, "select count(*) from stat_yearly")[0][0]))
        assert len(seen) < 20
    counts = [count for outcome, count in seen if outcome == "partial"]
    assert len(counts) > 1 and counts == sorted(set(counts)), seen
    without = ("ingest_run", "ingest_object", "origin", "block_part", "station_part")
    assert digest(ingested_copy, without=without) == digest(ingested, without=without)


def test_a_runtime_api_that_is_late(program, bucket, migrated, aws, runtime):
    """The program may be the first of the two to be there."""
    port = free_port()
    process = program.popen("lambda", database=migrated,
                            env={**aws.environment(), "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"})  # fmt: skip
    time.sleep(0.3)
    try:
        with socket.create_server(("127.0.0.1", port)) as server:
            server.settimeout(TIMEOUT)
            asked, _ = server.accept()
            with asked:
                assert asked.recv(100).startswith(b"GET /2018-06-01/runtime/invocation/next ")
    finally:
        process.kill()
        process.wait(TIMEOUT)
