"""What operators rely on: access log, metrics, cross-origin rules, limits of a client."""

import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import time

import httpx
import pytest
import raw
from cluster import over_tcp
from prometheus_client.parser import text_string_to_metric_families
from proxy import proxied

DAYS = "/api/weather"
EVERYTHING = f"{DAYS}?format=csv"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


# -- Access log ------------------------------------------------------------------------------


def lines(server):
    """Without the probes that failed while the server was starting."""
    found = [json.loads(line) for line in server.stderr().splitlines() if line.startswith("{")]
    return [
        line for line in found
        if line["msg"] == "request" and (line.get("route"), line["status"]) != ("/readyz", 503)
    ]


def wait_for_lines(server, count):
    end = time.monotonic() + 30
    while len(lines(server)) < count:
        assert time.monotonic() < end, server.stderr()
        time.sleep(0.02)
    return lines(server)


@pytest.mark.threads
def test_line_of_a_request(server, ingested):
    running = server(ingested, "--access-log", "on")
    headers = {"x-request-id": "mine-1", "traceparent": PARENT, "user-agent": 'odd "agent"'}
    answer = httpx.get(f"{running.url}{DAYS}?page_size=3", headers=headers)
    assert answer.headers["x-request-id"] == "mine-1"
    (line,) = wait_for_lines(running, 1)
    assert line["request_id"] == "mine-1" and line["trace_id"] == TRACE
    assert line["client"] == "127.0.0.1" and line["method"] == "GET"
    assert line["route"] == DAYS and line["target"] == f"{DAYS}?page_size=3"
    assert line["status"] == 200 and line["rows"] == 3 and line["user_agent"] == 'odd "agent"'
    assert len(answer.content) < line["bytes"] < len(answer.content) + 1000
    assert 0 < line["duration_ms"] < 60_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["ts"])


def test_route_is_not_the_url(server, ingested):
    running = server(ingested, "--access-log", "on")
    httpx.get(running.url + "/api/stations/USC00110072")
    httpx.get(running.url + "/nothing/here")
    first, second = wait_for_lines(running, 2)
    assert first["route"] == "/api/stations/{station_id}"
    assert second["status"] == 404 and "route" not in second


def test_ids_that_are_none(server, ingested):
    running = server(ingested, "--access-log", "on")
    answer = httpx.get(
        f"{running.url}{DAYS}?page_size=1",
        headers={"x-request-id": "not one", "traceparent": PARENT.replace(TRACE, "0" * 32)},
    )
    assert "x-request-id" not in answer.headers
    (line,) = wait_for_lines(running, 1)
    assert re.fullmatch("[0-9a-f]{16}", line["request_id"]) and "trace_id" not in line


def test_trace_of_a_load_balancer(server, ingested):
    running = server(ingested, "--access-log", "on")
    root = "1-67891233-abcdef012345678912345678"
    httpx.get(
        f"{running.url}{DAYS}?page_size=1",
        headers={"x-amzn-trace-id": f"Self=1-67891234-12456789abcdef0;Root={root}"},
    )
    assert wait_for_lines(running, 1)[0]["trace_id"] == root


def test_probes_are_quiet(server, ingested):
    running = server(ingested, "--access-log", "on")
    for path in ("/livez", "/readyz", "/metrics"):
        assert httpx.get(running.operation + path).status_code == 200
    for path in ("/livez", "/readyz"):
        assert httpx.get(running.url + path).status_code == 200
    httpx.get(running.url + DAYS)
    assert [line["route"] for line in wait_for_lines(running, 1)] == [DAYS]


def test_default_logs_failures_alone(server):
    running = server("postgresql://127.0.0.1:1/none", ready="/livez")
    httpx.get(running.url + "/nothing")
    assert httpx.get(running.url + DAYS).status_code == 503
    assert [line["status"] for line in wait_for_lines(running, 1)] == [503]


def test_stream_that_is_left(server, ingested):
    running = server(ingested, "--access-log", "on")
    with raw.Connection(running, receive_buffer=4096) as connection:
        connection.send(raw.request(EVERYTHING))
        assert connection.socket.recv(100)
        connection.abort()
    (line,) = wait_for_lines(running, 1)
    assert line["cut"] is True


# -- Metrics ---------------------------------------------------------------------------------


def metrics(server):
    answer = httpx.get(server.operation + "/metrics", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation and family.type != "unknown", family.name
        for sample in family.samples:
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in samples
            samples[key] = sample.value
    return samples


def metrics_of(server, requests):
    """Once so many requests are counted: clients may have their answers a moment before."""
    end = time.monotonic() + 30
    while True:
        found = metrics(server)
        routes = (("route", DAYS), ("route", "none"))
        counted = [value for (name, *labels), value in found.items()
                   if name == "almanac_requests_total" and labels[0] in routes]  # fmt: skip
        if sum(counted) >= requests:
            return found
        assert time.monotonic() < end, counted
        time.sleep(0.02)


@pytest.mark.threads
def test_requests_are_counted(server, ingested):
    running = server(ingested)
    with httpx.Client(base_url=running.url) as client:
        for _ in range(7):
            assert client.get(f"{DAYS}?page_size=2").status_code == 200
        assert client.get(f"{DAYS}?page=0").status_code == 422
        assert client.get("/nothing").status_code == 404
    found = metrics_of(running, 9)
    route = ("route", DAYS)
    assert found["almanac_requests_total", route, ("status", "2xx")] == 7
    assert found["almanac_requests_total", route, ("status", "4xx")] == 1
    assert found["almanac_requests_total", ("route", "none"), ("status", "4xx")] == 1
    assert found["almanac_rows_total", route] == 14
    assert found["almanac_request_duration_seconds_count", route] == 8
    assert found["almanac_request_duration_seconds_bucket", ("le", "+Inf"), route] == 8
    assert 0 < found["almanac_request_duration_seconds_sum", route] < 60
    assert found["almanac_requests_in_flight",] >= 1


def test_buckets_grow(server, ingested):
    running = server(ingested)
    httpx.get(running.url + DAYS)
    found = metrics_of(running, 1)
    buckets = [
        (float(key[1][1]), value)
        for key, value in found.items()
        if key[0] == "almanac_request_duration_seconds_bucket" and ("route", DAYS) in key
    ]
    assert len(buckets) == 13
    values = [value for _, value in sorted(buckets)]
    assert values == sorted(values) and values[-1] == 1


def test_cache_and_database(server, ingested):
    running = server(ingested)
    target = f"{running.url}{DAYS}?station_id=USC00110072&page_size=2"
    httpx.get(target)
    before = metrics(running)
    httpx.get(target)
    after = metrics(running)
    assert after["almanac_cache_hits_total",] == before["almanac_cache_hits_total",] + 3
    assert after["almanac_cache_entries",] == 3 and after["almanac_cache_bytes",] > 0
    assert after["almanac_cache_limit_bytes",] == 16 << 20
    assert after["almanac_queries_total",] > 0 and after["almanac_database_up",] == 1
    assert after["almanac_database_connects_total",] >= 2
    assert after["almanac_stations",] == 167


def test_last_ingestion(server, ingested, query):
    running = server(ingested)
    end = time.monotonic() + 60
    while ("almanac_ingestion_outcome", ("outcome", "success")) not in (found := metrics(running)):
        assert time.monotonic() < end
        time.sleep(0.02)
    finished = query(
        ingested, "select extract(epoch from max(finished_at))::bigint from ingest_run"
    )[0][0]
    assert found["almanac_ingestion_outcome", ("outcome", "success")] == 1
    assert found["almanac_ingestion_outcome", ("outcome", "failure")] == 0
    assert abs(found["almanac_ingestion_finished_seconds",] - finished) <= 1


def test_process(server, ingested):
    running = server(ingested)
    found = metrics(running)
    assert found["process_resident_memory_bytes",] > 1 << 20
    assert 10 < found["process_open_fds",] < 200
    assert abs(found["process_start_time_seconds",] - time.time()) < 120


def test_without_database(server):
    running = server("postgresql://127.0.0.1:1/none", ready="/livez")
    found = metrics(running)
    assert found["almanac_database_up",] == 0
    assert ("almanac_stations",) not in found


# -- Cross-origin ----------------------------------------------------------------------------


def test_any_origin_by_default(served):
    answer = httpx.get(f"{served.url}{DAYS}?page_size=1", headers={"origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    problem = httpx.get(f"{served.url}{DAYS}?page=0", headers={"origin": "https://a.example"})
    assert problem.headers["access-control-allow-origin"] == "*"


def test_some_origins(server, ingested):
    running = server(ingested, "--cors-origins", "https://a.example,https://b.example")

    def allowed(origin):
        answer = httpx.get(f"{running.url}/livez", headers={"origin": origin})
        assert "Origin" in answer.headers["vary"]
        return answer.headers.get("access-control-allow-origin")

    assert allowed("https://b.example") == "https://b.example"
    assert allowed("https://c.example") is None
    assert allowed("https://a.example.evil") is None


def test_no_origin(server, ingested):
    running = server(ingested, "--cors-origins", "")
    answer = httpx.get(f"{running.url}/livez", headers={"origin": "https://a.example"})
    assert "access-control-allow-origin" not in answer.headers


def preflight(server, names, origin="https://a.example"):
    headers = {"origin": origin, "access-control-request-method": "GET"}
    if names is not None:
        headers["access-control-request-headers"] = names
    answer = httpx.options(server.url + DAYS, headers=headers)
    assert answer.status_code == 204
    return answer.headers


@pytest.mark.parametrize(
    "names",
    ["if-none-match", "content-type", "authorization,content-type,x-requested-with",
     "cache-control, pragma", "x-anything~1"],
)  # fmt: skip
def test_preflight(served, names):
    """Whatever front ends send; RFC 9110, 5.6.2 says what a name is."""
    headers = preflight(served, names)
    assert "GET" in headers["access-control-allow-methods"]
    assert headers["access-control-allow-headers"] == names
    assert "Access-Control-Request-Headers" in headers["vary"]
    assert int(headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    "names", [None, "", ",", "a,,b", "a b", "a:b", 'a"', "a;b", "(", "x, *y@", "x-" + "y" * 3000]
)
def test_preflight_for_no_names(served, names):
    allowed = preflight(served, names)["access-control-allow-headers"].lower()
    assert allowed.split(", ") == ["accept", "if-none-match", "traceparent", "x-request-id"]


def test_preflight_of_other_origins(server, ingested):
    running = server(ingested, "--cors-origins", "https://a.example")
    headers = preflight(running, "authorization")
    assert headers["access-control-allow-headers"] == "authorization"
    assert {"Origin", "Access-Control-Request-Headers"} <= set(headers["vary"].split(", "))
    headers = preflight(running, "authorization", "https://b.example")
    assert "access-control-allow-headers" not in headers
    assert "access-control-allow-origin" not in headers


# -- Limits of a client ----------------------------------------------------------------------


def test_connections_of_a_client(server, ingested):
    running = server(ingested, "--max-client-connections", "3", ready=None)
    running.wait("/readyz")
    with contextlib.ExitStack() as stack:
        taken = 0
        while taken < 3:
            connection = raw.Connection(running)
            if connection.ask("/livez").status == 200:
                stack.callback(connection.socket.close)
                taken += 1
        with raw.Connection(running) as connection:
            answer = connection.answer()
            assert answer.status == 429 and answer.closes
            assert int(answer.headers["retry-after"]) > 0
    running.wait("/livez")


def open_streams(server, count, headers=()):
    streams = []
    for _ in range(count):
        connection = raw.Connection(server, receive_buffer=4096)
        connection.send(raw.request(EVERYTHING, headers=headers))
        assert connection.socket.recv(12) == b"HTTP/1.1 200"
        streams.append(connection)
    return streams


def test_streams_of_a_client(server, ingested):
    running = server(ingested, "--max-client-streams", "2")
    streams = open_streams(running, 2)
    with raw.Connection(running) as connection:
        answer = connection.ask(EVERYTHING)
        assert answer.status == 429 and int(answer.headers["retry-after"]) > 0
        assert connection.ask(f"{DAYS}?page_size=1").status == 200
    streams.pop().abort()
    end = time.monotonic() + 30
    while httpx.head(running.url + EVERYTHING).status_code == 429:
        assert time.monotonic() < end
    for connection in streams:
        connection.abort()


def test_forwarded_clients_have_streams_of_their_own(server, ingested):
    running = server(
        ingested, "--max-client-streams", "1", "--trusted-proxies", "127.0.0.0/8,10.0.0.0/8"
    )

    def by(client):
        return [f"X-Forwarded-For: 203.0.113.9, {client}, 10.1.2.3"]

    streams = open_streams(running, 1, by("198.51.100.1"))
    streams += open_streams(running, 1, by("198.51.100.2"))
    with raw.Connection(running) as connection:
        assert connection.ask(EVERYTHING, headers=by("198.51.100.2")).status == 429
    for connection in streams:
        connection.abort()


def test_forwarded_is_not_believed_from_anybody(server, ingested):
    running = server(ingested, "--access-log", "on")
    httpx.get(running.url + DAYS, headers={"x-forwarded-for": "203.0.113.9"})
    assert wait_for_lines(running, 1)[0]["client"] == "127.0.0.1"


def test_forwarded_of_a_proxy(server, ingested):
    running = server(ingested, "--access-log", "on", "--trusted-proxies", "127.0.0.1")
    for value in ("203.0.113.9", "1.2.3.4, 203.0.113.9", "unknown, 203.0.113.9", "2001:db8::7"):
        httpx.get(running.url + DAYS, headers={"x-forwarded-for": value})
    clients = [line["client"] for line in wait_for_lines(running, 4)]
    assert clients == ["203.0.113.9"] * 3 + ["2001:db8::7"]


@pytest.mark.parametrize("networks", ["nonsense", "10.0.0.0/33", "10.0.0.0/8,,", "::1/129"])
def test_proxies_that_are_none(run, ingested, networks):
    done = run("serve", "--trusted-proxies", networks, "--listen", "127.0.0.1:0", database=ingested)
    assert done.returncode == 1 and "trusted proxies" in done.stderr


def test_figures_for_cloudwatch(server, ingested):
    """A line of the embedded metric format at the end, of what the last minute had."""
    running = server(ingested, env={"ALMANAC_EMF_NAMESPACE": "Almanac"})
    for target, times in (("/api/elements", 3), ("/nothing", 2)):
        for _ in range(times):
            httpx.get(running.url + target)
    running.stop()
    (line,) = [json.loads(line) for line in running.stderr().splitlines() if "_aws" in line]
    assert (line["Service"], line["RequestsRefused"]) == ("api", 2)
    # Those that waited for the start have failed, but for the last.
    assert line["Requests"] - line["RequestsFailed"] == 3 + 2 + 1
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Almanac"


def test_grace_while_the_database_is_away(server, ingested):
    """Within it the load balancer sees a good server; without it, a bad one."""
    with proxied(ingested) as proxy:
        proxy.open()
        patient = server(proxy.url, "--ready-grace=3600")
        impatient = server(proxy.url)
        proxy.cut()
        impatient.wait("/readyz", status=503)
        assert patient.status("/readyz") == 200
        assert patient.stop() == 0  # SIGTERM ends it, grace or not


def test_no_core_dump(server, ingested):
    """It would hold the login. Handlers of dumps are given none either: see the next test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        started = server(ingested)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    pid = started.process.pid
    assert resource.prlimit(pid, resource.RLIMIT_CORE)[0] == (1 if hard != 0 else 0)
    os.kill(pid, signal.SIGABRT)  # not SIGQUIT, which a shell makes its background ignore
    _, status = os.waitpid(pid, 0)
    started.process.returncode = os.waitstatus_to_exitcode(status)
    started.judged = True
    assert os.WIFSIGNALED(status) and not os.WCOREDUMP(status)


# Root may look into everything, so where the tests are run by root the server is another's.
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}


def test_nobody_looks_into_the_server(server, ingested):
    """It is not dumpable: root owns what its user could otherwise read, and no handler of core dumps is
    given one. The limit does not matter. The server itself may look: it counts its files."""
    started = server(over_tcp(ingested), cwd="/", **NOBODY)
    pid = started.process.pid
    assert os.stat(f"/proc/{pid}/environ").st_uid == os.stat(f"/proc/{pid}/mem").st_uid == 0
    for file in ("environ", "mem", "maps"):
        read = subprocess.run(
            ["head", "-c", "1", f"/proc/{pid}/{file}"], check=False, capture_output=True, **NOBODY
        )
        assert (read.returncode, read.stdout) == (1, b"")
        assert b"Permission denied" in read.stderr
    text = httpx.get(started.operation + "/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    (files,) = families["process_open_fds"].samples
    assert files.value > 10
    assert families["process_resident_memory_bytes"].samples[0].value > 1e6
