"""`almanac lambda` on a Runtime API that does what it may do."""

import json
import re
import signal
import time

import pytest

import sample
from contents import digest
from function import job, longer
from program import TIMEOUT

STATION = "USC00110072"


@pytest.mark.quick
def test_a_schedule(function, runtime, bucket, migrated, ingested):
    function()
    name = runtime.invoke(job(f"s3://{bucket}/wx_stations.txt", f"s3://{bucket}/wx_data/"))
    kind, told, _, body = runtime.wait()
    assert (kind, told) == ("response", name)
    report = json.loads(body)
    assert (report["outcome"], report["objects"]["taken"]) == ("success", 168)
    without = ("ingest_run", "ingest_object", "origin")
    assert digest(migrated, without=without) == digest(ingested, without=without)


def notification(bucket, *keys, event="ObjectCreated:Put"):
    return json.dumps({"Records": [
        {"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-central-1",
         "eventName": event, "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}
        for key in keys
    ]}).encode()  # fmt: skip


def bridge(bucket, key):
    return json.dumps({
        "version": "0", "detail-type": "Object Created", "source": "aws.s3",
        "detail": {"version": "0", "bucket": {"name": bucket},
                   "object": {"key": key, "size": 5, "etag": "x"}, "reason": "PutObject"},
    }).encode()  # fmt: skip


def test_news_of_s3(function, runtime, aws, bucket):
    """Keys are encoded as in forms when S3 tells itself, and as they are by EventBridge."""
    body = sample.texts()[f"{STATION}.txt"]
    for key in (f"news/a b+c%20/{STATION}.txt", f"news/ü/{STATION}.txt"):
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    function()
    for event, outcome in (
        (notification(bucket, f"news/a+b%2Bc%2520/{STATION}.txt"), "taken"),
        (bridge(bucket, f"news/a b+c%20/{STATION}.txt"), "skipped"),
        (notification(bucket, f"news/%C3%BC/{STATION}.txt"), "taken"),
    ):
        runtime.invoke(event)
        kind, _, _, answer = runtime.wait()
        assert kind == "response", answer
        assert json.loads(answer)["objects"][outcome] == 1


def test_a_key_is_no_prefix(function, runtime, aws, bucket):
    """An object that is gone by now is not replaced by those whose keys begin like its own."""
    aws.client("s3").put_object(Bucket=bucket, Key="gone/USC00110072.txt.1", Body=b"x")
    function()
    runtime.invoke(notification(bucket, "gone/USC00110072.txt"))
    kind, _, error, answer = runtime.wait()
    assert (kind, error) == ("error", "Ingest.Failed")
    assert "there is no such object" in json.loads(answer)["errorMessage"]


@pytest.mark.parametrize("event", [
    notification("weather", "x/y.txt", event="ObjectRemoved:Delete"),
    notification("weather", "folder/"),
    b'{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-01T00:00:00Z",'
    b'"Bucket":"weather","RequestId":"1","HostId":"2"}',
    b'{"source":"aws.s3","detail-type":"Object Deleted","detail":{"bucket":{"name":"weather"},'
    b'"object":{"key":"x.txt"},"reason":"DeleteObject"}}',
], ids=["removed", "folder", "test", "deleted"])  # fmt: skip
def test_nothing_to_do(function, runtime, event):
    function()
    runtime.invoke(event)
    kind, _, _, answer = runtime.wait()
    assert kind == "response"
    assert json.loads(answer)["outcome"] == "success"


# What a rule of EventBridge sends if it is told nothing else; of Scheduler it is much the same.
SCHEDULED = (b'{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event",'
             b'"source":"aws.events","account":"123456789012","time":"2026-01-01T06:15:00Z",'
             b'"region":"eu-central-1","resources":["arn:aws:events:eu-central-1:1:rule/x"],"detail":{}}')  # fmt: skip


@pytest.mark.parametrize("event", [b"{}", SCHEDULED], ids=["empty", "scheduled"])
def test_an_event_that_names_nothing(function, runtime, bucket, event):
    function(ALMANAC_URIS=f"s3://{bucket}/wx_stations.txt  s3://{bucket}/wx_data/USC0011007")
    runtime.invoke(event)
    assert json.loads(runtime.wait()[3])["objects"]["taken"] == 2


WRONG = [
    (b"", "is no JSON object"),
    (b"[]", "is no JSON object"),
    (b'"x"', "is no JSON object"),
    (b'{"job":', "is no JSON object"),
    (b"{}", "names no uri"),
    (b'{"job":"vacuum","uri":"s3://weather/x"}', 'is not "ingest"'),
    (b'{"uri":"/etc/passwd"}', "begins neither with s3:// nor with https://"),
    (b'{"uri":"-"}', "begins neither with s3:// nor with https://"),
    (b'{"uri":7}', "begins neither with s3:// nor with https://"),
    (b'{"uris":"s3://weather/x"}', "are no list"),
    (b'{"url":"s3://weather/x"}', "member 'url' that means nothing"),
    (b'{"uri":"s3://weather/x","shard":"4/4"}', "is no part of a whole"),
    (b'{"uri":"s3://weather/x","shard":0}', "is no text like"),
    (b'{"Records":[]}', "are none"),
    (b'{"Records":[{"eventSource":"aws:sqs"}]}', "are not of S3"),
    (b'{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{}}]}',
     "no bucket.name"),
    (b'{"source":"aws.s3","detail-type":"AWS API Call via CloudTrail"}', 'is not "Object Created"'),
    (b'{"uri":"s3://weather/x\\u0000y"}', "holds a NUL"),
    (b'{"uri":"s3://weather/x"} and more', "goes on after its end"),
]  # fmt: skip


def test_events_that_are_wrong(function, runtime):
    """Each is refused with a reason, and the next one is taken."""
    running = function()
    for event, said in WRONG:
        name = runtime.invoke(event)
        kind, told, error, answer = runtime.wait()
        assert (kind, told, error) == ("error", name, "Event.Invalid"), event
        answer = json.loads(answer)
        assert said in answer["errorMessage"], event
        assert answer["errorType"] == "Event.Invalid"
        assert answer["stackTrace"] == []
    assert running.process.poll() is None


@pytest.mark.release
def test_a_big_event(function, runtime, bucket):
    """6 MB, which is all that Lambda allows."""
    function()
    event = job(f"s3://{bucket}/wx_data/{STATION}.txt")
    runtime.invoke(event[:-1] + b" " * (6 * 1024 * 1024 - len(event)) + b"}")
    kind, _, _, answer = runtime.wait()
    assert (kind, json.loads(answer)["outcome"]) == ("response", "success")


def test_a_failure_is_told(function, runtime, bucket):
    function()
    runtime.invoke(job(f"s3://{bucket}/no/such/prefix"))
    kind, _, error, answer = runtime.wait()
    assert (kind, error) == ("error", "Ingest.Failed")
    assert "no object has this key" in json.loads(answer)["errorMessage"]


def test_a_failure_tells_no_secrets(function, runtime):
    running = function()
    runtime.invoke(job(f"https://127.0.0.1:1/x.txt?id=7&token=0123456789abcdef"))
    kind, _, _, answer = runtime.wait()
    assert kind == "error"
    assert f"https://127.0.0.1:1/x.txt?id=7" in json.loads(answer)["errorMessage"]
    assert "0123456789abcdef" not in answer.decode() + running.stderr()


@pytest.mark.parametrize("status", [400, 403, 413])
def test_answers_that_are_refused(function, runtime, bucket, status):
    """The invocation has ended then; the next one comes."""
    runtime.answers["response"] = [status]
    running = function()
    for _ in range(2):
        name = runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt"))
        assert runtime.wait()[:2] == ("response", name)
    assert f"status {status}" in running.stderr()


@pytest.mark.parametrize("kind", ["response", "error"])
def test_a_broken_environment_ends_the_program(function, runtime, bucket, kind):
    runtime.answers[kind] = [500]
    running = function()
    runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt") if kind == "response" else b"[]")
    assert running.wait() == 1
    assert "status 500" in running.stderr()


def test_a_broken_wait_ends_the_program(function, runtime):
    runtime.answers["next"] = [500]
    assert function().wait() == 1


def test_connections_that_end(function, runtime, bucket):
    """While waiting, and while telling: done once more."""
    runtime.answers.update(next=["reset", "reset"], response=["reset"])
    function()
    name = runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt"))
    assert [runtime.wait()[:2] for _ in range(2)] == [("response", name)] * 2


def test_a_long_wait(function, runtime):
    """The wait has no end of its own, and leaves out what a proxy of the environment would do."""
    runtime.answers["next"] = [3.0]
    began = time.perf_counter()
    running = function(http_proxy="http://127.0.0.1:1", HTTP_PROXY="http://127.0.0.1:1")
    runtime.asked(began)
    time.sleep(1)
    assert len(runtime.headers) == 1
    runtime.invoke(b"[]")
    assert runtime.wait()[0] == "error"
    assert running.process.poll() is None


def test_frozen_and_thawed(function, runtime, bucket, migrated, query):
    """As between invocations; sessions of the database may have died meanwhile."""
    running = function()
    runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt"))
    assert runtime.wait()[0] == "response"
    running.process.send_signal(signal.SIGSTOP)
    query(
        migrated, "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()",
    )  # fmt: skip
    runtime.invoke(job(f"s3://{bucket}/wx_data/USC00110187.txt"))
    running.process.send_signal(signal.SIGCONT)
    kind, _, _, answer = runtime.wait()
    assert (kind, json.loads(answer)["objects"]["taken"]) == ("response", 1)


def test_no_session_is_left_open(function, runtime, bucket, migrated, query):
    """Nothing comes for hours after a scheduled run."""
    function()
    runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt"))
    runtime.wait()
    sessions = (
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and application_name = 'almanac lambda'"
    )
    end = time.monotonic() + TIMEOUT
    while query(migrated, sessions) != [(0,)]:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_deadline_in_the_past(function, runtime, bucket, migrated, query):
    """Nothing is begun, which is told; the next run does it."""
    function()
    runtime.invoke(job(f"s3://{bucket}/wx_data/USC0013"), seconds=-5)
    kind, _, _, answer = runtime.wait()
    assert kind == "error"
    assert "time was over" in json.loads(answer)["errorMessage"]
    assert query(migrated, "select count(*) from block") == [(0,)]
    runtime.invoke(job(f"s3://{bucket}/wx_data/USC0013"))
    assert json.loads(runtime.wait()[3])["objects"]["taken"] == 23


@pytest.mark.release
def test_runs_out_of_time_and_goes_on(function, runtime, bucket, trouble, migrated, ingested):
    """Each invocation has too little time for all; together they store what one would."""

    def slow(_, request):
        if request.command == "GET" and "/wx_data/" in request.path:
            time.sleep(0.15)

    proxy = trouble(slow)
    function(AWS_ENDPOINT_URL=proxy.url, ALMANAC_WORKERS="2")
    taken, runs, seconds = 0, 0, 8
    event = job(f"s3://{bucket}/wx_stations.txt", f"s3://{bucket}/wx_data/")
    while taken < 168:
        runtime.invoke(event, seconds=seconds)
        kind, _, _, answer = runtime.wait()
        report = json.loads(answer)
        if kind == "error":  # the machine is too slow for that
            seconds = longer(seconds, report["errorMessage"])
            continue
        runs += 1
        taken += report["objects"]["taken"]
        assert report["outcome"] == ("success" if taken == 168 else "partial")
        assert report["remaining"]["count"] == report["objects"]["remaining"]
        assert runs < 60
    assert runs > 1
    without = ("ingest_run", "ingest_object", "origin")
    assert digest(migrated, without=without) == digest(ingested, without=without)


@pytest.mark.release
def test_delivered_twice_and_at_once(function, runtime, bucket, migrated, ingested, query):
    """As schedules may: the same event again, and two functions with it at the same time."""
    function()
    function()
    event = job(f"s3://{bucket}/wx_stations.txt", f"s3://{bucket}/wx_data/")
    for _ in range(2):
        runtime.invoke(event)
    reports = [json.loads(runtime.wait()[3]) for _ in range(2)]
    assert [report["outcome"] for report in reports] == ["success"] * 2
    without = ("ingest_run", "ingest_object", "origin")
    assert digest(migrated, without=without) == digest(ingested, without=without)
    runtime.invoke(event)
    assert json.loads(runtime.wait()[3])["version"] is None


def test_cannot_start(function, runtime):
    """Lambda is told why, and the program ends."""
    running = function(ALMANAC_PLUGINS="/nowhere")
    kind, _, error, answer = runtime.wait()
    assert (kind, error) == ("init", "Init.Failed")
    assert "/nowhere" in json.loads(answer)["errorMessage"]
    assert running.wait() == 1


def test_settings_that_are_wrong(function, runtime):
    running = function(ALMANAC_WORKERS="many")
    kind, _, _, answer = runtime.wait()
    assert kind == "init"
    assert "ALMANAC_WORKERS" in json.loads(answer)["errorMessage"]
    assert running.wait() == 2


def test_elsewhere(run):
    done = run("lambda")
    assert done.returncode == 2
    assert "AWS_LAMBDA_RUNTIME_API is not set" in done.stderr
    assert "almanac ingest" in done.stderr


def lines_of(running):
    return [json.loads(line) for line in running.stderr().splitlines()]


ROOT = "1-5e1b4151-5ac6c58f5b5daa1c6d6a1c2b"
TRACE = f"Root={ROOT};Parent=0123456789abcdef;Sampled=1"


def test_logs_as_lambda_does(function, runtime):
    running = function()
    name = runtime.invoke(b"[]", trace=TRACE)
    runtime.wait()
    (line,) = lines_of(running)
    assert line["level"] == "ERROR"
    assert (line["requestId"], line["traceId"]) == (name, ROOT)
    assert "no JSON object" in line["message"]
    assert line["timestamp"].endswith("Z")


def test_log_without_a_trace(function, runtime):
    running = function()
    for trace in ("", "Root=;Parent=1", 'Root=1-"x";Parent=1'):
        runtime.invoke(b"[]", trace=trace)
        runtime.wait()
    assert [line.get("traceId") for line in lines_of(running)] == [None] * 3


@pytest.mark.parametrize("env", [
    {"AWS_LAMBDA_LOG_FORMAT": "Text"},
    {"AWS_LAMBDA_LOG_FORMAT": "JSON", "ALMANAC_LOG_FORMAT": "text"},
])  # fmt: skip
def test_log_as_text(function, runtime, env):
    text = function(**env)
    name = runtime.invoke(b"[]", trace=TRACE)
    runtime.wait()
    (line,) = text.stderr().splitlines()
    assert re.fullmatch(
        rf"\S+Z error RequestId: {name} TraceId: {ROOT} .*no JSON object.*", line
    )


def test_log_as_the_server_does(function, runtime):
    running = function(ALMANAC_LOG_FORMAT="json", AWS_LAMBDA_LOG_FORMAT="Text")
    name = runtime.invoke(b"[]", trace=TRACE)
    runtime.wait()
    (line,) = lines_of(running)
    assert (line["level"], line["request_id"], line["trace_id"]) == ("error", name, ROOT)


AWAY = {"ALMANAC_DATABASE_URL": "postgresql://postgres@127.0.0.1:1/x", "ALMANAC_DATABASE_WAIT": "1"}


@pytest.mark.parametrize("level, least", [
    ("TRACE", "INFO"), ("debug", "INFO"), ("INFO", "INFO"), ("WARN", "ERROR"),
    ("Error", "ERROR"), ("FATAL", "ERROR"), ("nonsense", "INFO"), ("", "INFO"),
])  # fmt: skip
@pytest.mark.release
def test_log_levels_of_lambda(function, runtime, level, least):
    """Two lines are to be had: that the database is waited for, and that it does not come."""
    running = function(AWS_LAMBDA_LOG_LEVEL=level, **AWAY)
    runtime.invoke(job("s3://weather/x"))
    runtime.wait()
    levels = [line["level"] for line in lines_of(running)]
    assert levels == ["INFO", "ERROR"][["INFO", "ERROR"].index(least):]


@pytest.mark.parametrize("arguments, env, least", [
    (["--log-level=error"], {"AWS_LAMBDA_LOG_LEVEL": "DEBUG"}, "ERROR"),
    (["--log-level=info"], {"AWS_LAMBDA_LOG_LEVEL": "ERROR"}, "INFO"),  # as by default, but said
    (["--log-level=info"], {"ALMANAC_LOG_LEVEL": "error"}, "INFO"),
    ([], {"ALMANAC_LOG_LEVEL": "info", "AWS_LAMBDA_LOG_LEVEL": "ERROR"}, "INFO"),
    ([], {"ALMANAC_LOG_LEVEL": "error", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}, "ERROR"),
    ([], {"ALMANAC_LOG_LEVEL": "", "AWS_LAMBDA_LOG_LEVEL": "ERROR"}, "ERROR"),
])  # fmt: skip
@pytest.mark.release
def test_whose_level_holds(function, runtime, arguments, env, least):
    running = function(*arguments, **env, **AWAY)
    runtime.invoke(job("s3://weather/x"))
    runtime.wait()
    assert lines_of(running)[0]["level"] == least


@pytest.mark.parametrize("arguments, env, code", [
    ([], {"ALMANAC_WORKERS": "many"}, 2),
    ([], {"ALMANAC_LOG_LEVEL": "loud"}, 2),
    ([], {"ALMANAC_LOG_FORMAT": "xml"}, 2),
    (["--nonsense"], {}, 2),
    (["operand"], {}, 2),
    ([], {"ALMANAC_PLUGINS": "/nowhere"}, 1),
])  # fmt: skip
def test_logs_as_lambda_does_from_the_start(function, runtime, arguments, env, code):
    running = function(*arguments, AWS_LAMBDA_LOG_FORMAT="JSON", **env)
    told = json.loads(runtime.wait()[3])["errorMessage"]
    assert running.wait() == code
    (line,) = lines_of(running)
    assert line["level"] == "ERROR" and line["message"] == told


@pytest.mark.parametrize("form", ["JSON", "Text"])
def test_the_report_is_found_by_its_request(function, runtime, bucket, tmp_path, form):
    """On standard output it is the answer, behind what log lines begin with."""
    function(AWS_LAMBDA_LOG_FORMAT=form)
    for trace in (TRACE, ""):
        name = runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt"), trace=trace)
        answer = json.loads(runtime.wait()[3])
        assert "level" not in answer
        line = json.loads((tmp_path / "lambda-0.out").read_text().splitlines()[-1])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
        assert line == {"level": "INFO", "requestId": name, **answer,
                        **({"traceId": ROOT} if trace else {})}  # fmt: skip


def test_figures_for_cloudwatch(function, runtime, bucket, tmp_path):
    function(ALMANAC_EMF_NAMESPACE="Almanac")
    runtime.invoke(job(f"s3://{bucket}/wx_data/{STATION}.txt"))
    runtime.wait()
    runtime.invoke(job(f"s3://{bucket}/none/"))
    runtime.wait()
    lines = [json.loads(line) for line in (tmp_path / "lambda-0.out").read_text().splitlines()]
    figures = [line for line in lines if "_aws" in line]
    assert [line["IngestSuccess"] for line in figures] == [1, 0]
    assert figures[0]["ObjectsTaken"] == 1
    (directive,) = figures[0]["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Almanac", [["Service"]])
    assert figures[0]["Service"] == "ingest"
    assert abs(figures[0]["_aws"]["Timestamp"] / 1000 - time.time()) < 600
    assert {metric["Name"] for metric in directive["Metrics"]} <= set(figures[0])
