"""The images at work: ingestion in the one, answers from the other, one PostgreSQL behind TLS between
them, a load balancer in front."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest

import emulator
import sample
from conftest import ROOT, free_port, podman
from contents import digest
from fake_runtime import FakeRuntime
from stand_in import REGION, Aws

TIMEOUT = 120
PAGE = "/api/weather?station_id=USC00110072&page_size=5"


def as_owner(*command):
    """PostgreSQL does not run as root."""
    prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    return [*(prefix if os.geteuid() == 0 else []), *map(str, command)]


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_certificates(folder):
    """An authority of our own, and a server certificate of it for localhost."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority",
            "-keyout", folder / "ca.key", "-out", folder / "ca.pem")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost",
            "-keyout", folder / "server.key", "-out", folder / "server.csr")  # fmt: skip
    openssl("x509", "-req", "-in", folder / "server.csr", "-CA", folder / "ca.pem",
            "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "2", "-copy_extensions", "copy",
            "-out", folder / "server.pem")  # fmt: skip
    (folder / "server.key").chmod(0o600)
    (folder / "ca.pem").chmod(0o644)


class Database:
    """A PostgreSQL that takes nothing but TLS and passwords."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.data = folder / "data"
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
        (folder / "password").write_text("owner-password")
        make_certificates(folder)
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, pwd.getpwnam("postgres").pw_uid)
        folder.chmod(0o755)
        self.run("initdb", "-D", self.data, "-U", "owner", "-A", "scram-sha-256",
                 f"--pwfile={folder}/password")  # fmt: skip
        settings = f"ssl = on\nssl_cert_file = '{folder}/server.pem'\nssl_key_file = '{folder}/server.key'\n"
        settings += f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n"
        settings += "fsync = off\n"  # a disk that others keep busy is not waited for
        hba = "hostssl all all 127.0.0.1/32 scram-sha-256\nlocal all all scram-sha-256\n"
        for name, text, mode in (("postgresql.conf", settings, "a"), ("pg_hba.conf", hba, "w")):
            with open(self.data / name, mode) as file:
                file.write(text)
        self.run("pg_ctl", "-D", self.data, "-w", "-l", folder / "log", "start")

    def run(self, program, *arguments, check=True):
        subprocess.run(as_owner(self.bin / program, *arguments), check=check, cwd="/",
                       stdout=subprocess.DEVNULL, timeout=TIMEOUT)  # fmt: skip

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop", check=False)

    def url(self, database="postgres", user="owner", password="owner-password"):
        """As a test reaches it."""
        return (f"postgresql://{user}:{quote(password)}@localhost:{self.port}/{database}"
                f"?sslmode=verify-full&sslrootcert={self.folder}/ca.pem&hostaddr=127.0.0.1")  # fmt: skip

    def environment(self, database, user, password):
        """As a container reaches it."""
        return {"PGHOST": "localhost", "PGHOSTADDR": "127.0.0.1", "PGPORT": self.port,
                "PGDATABASE": database, "PGUSER": user, "PGPASSWORD": password,
                "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/certificates/ca.pem"}  # fmt: skip

    def execute(self, statement, database="postgres"):
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def database():
    folder = Path(tempfile.mkdtemp(prefix="almanac-images-"))
    database = None
    try:
        database = Database(folder)
        yield database
    finally:
        if database is not None:
            database.stop()
        shutil.rmtree(folder)


@pytest.fixture
def prepare(database, container):
    """prepare(name): an empty database with tables and the logins "api" and "ingest"."""

    def prepare(name):
        database.execute(f"create database {name}")
        run_to_end(container("ingest", "migrate",
                             **reach(database, name, "owner", "owner-password")))  # fmt: skip
        for user, role in (("api", "almanac_reader"), ("ingest", "almanac_writer")):
            with contextlib.suppress(psycopg.errors.DuplicateObject):
                database.execute(f"create role {user} login password '{user}-password' in role {role}")

    return prepare


def reach(database, name, user, password=None):
    return {
        "env": database.environment(name, user, password or f"{user}-password"),
        "mounts": [(database.folder / "ca.pem", "/certificates/ca.pem"), (ROOT / "data", "/data")],
    }


def run_to_end(container):
    code, out = container.wait()
    assert code == 0, out
    return out


def ingest(container, database, name):
    return container("ingest", "ingest", "/data/wx_stations.txt", "/data/wx_data.tar.xz",
                     user="993:990", **reach(database, name, "ingest"))  # fmt: skip


def serve(container, database, name, port, **more):
    options = reach(database, name, "api")
    operation = f"127.0.0.1:{free_port()}"
    options["env"] |= {"ALMANAC_LISTEN": f"0.0.0.0:{port}", "ALMANAC_OPERATION_LISTEN": operation, **more}
    return container("api", **options)


def wait_ready(port, container):
    end = time.monotonic() + TIMEOUT
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        assert container.state()["Running"], container.logs()
        assert time.monotonic() < end, container.logs()
        time.sleep(0.1)


def test_from_files_to_answers(database, prepare, container, port):
    """Tables by the owner, data by the writer, answers by the reader; nobody without the right
    certificate is spoken to."""
    prepare("whole")
    run_to_end(ingest(container, database, "whole"))
    server = serve(container, database, "whole", port)
    wait_ready(port, server)
    answer = httpx.get(f"http://127.0.0.1:{port}{PAGE}").json()
    # The first lines of the station's file.
    assert answer["data"][0] == {"station_id": "USC00110072", "date": "1985-01-01", "tmax": -2.2,
                                 "tmin": -12.8, "prcp": 9.4}  # fmt: skip
    assert answer["pagination"]["total"] == 10865
    assert httpx.get(f"http://127.0.0.1:{port}/docs").status_code == 200
    with psycopg.connect(database.url("whole")) as connection:
        sessions = connection.execute(
            "select distinct usename, ssl from pg_stat_ssl join pg_stat_activity using (pid) "
            "where application_name like 'almanac%'"
        ).fetchall()
    assert sessions == [("api", True)]
    # Its own health check, in the container.
    assert podman("exec", server.id, "/usr/bin/almanac", "health", "--listen",
                  f"0.0.0.0:{port}").returncode == 0  # fmt: skip
    server.kill("TERM")
    assert server.wait()[0] == 0


def test_another_authority_is_not_trusted(database, container):
    options = reach(database, "postgres", "owner", "owner-password")
    options["env"]["PGSSLROOTCERT"] = "/etc/ssl/certs/ca-certificates.crt"
    code, out = container("ingest", "migrate", **options).wait()
    assert code == 1
    assert "certificate" in out


DAWDLE = """
    create function dawdle() returns trigger language plpgsql as
        'begin perform pg_sleep(0.002); return null; end';
    create trigger dawdle after insert on block for each row execute function dawdle()"""


def test_killed_and_run_again(database, prepare, container):
    """SIGKILL in the middle, then once more: the same data as without."""
    prepare("calm")
    run_to_end(ingest(container, database, "calm"))
    prepare("killed")
    database.execute(DAWDLE, "killed")  # so that there is a middle
    first = ingest(container, database, "killed")
    with psycopg.connect(database.url("killed"), autocommit=True) as connection:
        end = time.monotonic() + TIMEOUT
        while connection.execute("select count(*) from ingest_object").fetchone() == (0,):
            assert time.monotonic() < end, first.logs()
        first.kill("KILL")
        assert first.wait()[0] == 128 + signal.SIGKILL
        connection.execute("drop function dawdle cascade")
        (taken,) = connection.execute("select count(*) from ingest_object").fetchone()
        assert 0 < taken < 168
    run_to_end(ingest(container, database, "killed"))
    assert digest(database.url("killed"), without=("ingest_run",)) == digest(
        database.url("calm"), without=("ingest_run",)
    )


HAPROXY = """
global
    stats socket {folder}/haproxy.sock level admin
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
frontend front
    bind 127.0.0.1:{front}
    default_backend tasks
backend tasks
    option httpchk GET /readyz
    timeout check {timeout}ms
    default-server inter {interval}ms fall {fall} rise 1
    server one 127.0.0.1:{one} check
    server two 127.0.0.1:{two} check
"""


SCALE = 5  # times as fast as on AWS


def on_aws():
    """What the template says of health checks and of stopping, in ms and as much faster."""
    path = ROOT / "deploy" / "aws" / "templates" / "production.json"
    resources = json.loads(path.read_text())["Resources"]
    targets = resources["Targets"]["Properties"]
    (task,) = resources["ApiTask"]["Properties"]["ContainerDefinitions"]
    variables = {v["Name"]: v["Value"] for v in task["Environment"]}
    return {
        "interval": targets["HealthCheckIntervalSeconds"] * 1000 // SCALE,
        "timeout": targets["HealthCheckTimeoutSeconds"] * 1000 // SCALE,
        "fall": targets["UnhealthyThresholdCount"],
        "delay": int(variables["ALMANAC_DRAIN_DELAY"]) // SCALE,
    }


@pytest.fixture
def balancer(tmp_path):
    """balancer(one, two) -> port, in front of two servers."""
    processes = []

    def start(one, two):
        front = free_port()
        (tmp_path / "haproxy.cfg").write_text(
            HAPROXY.format(folder=tmp_path, front=front, one=one, two=two, **on_aws())
        )
        haproxy = shutil.which("haproxy") or "/usr/sbin/haproxy"
        processes.append(subprocess.Popen([haproxy, "-db", "-f", tmp_path / "haproxy.cfg"]))
        return front

    yield start
    for process in processes:
        process.terminate()
        process.wait(TIMEOUT)


def test_a_task_is_replaced_under_load(database, prepare, container, balancer):
    """Two tasks behind a load balancer; one is told to stop. It turns /readyz red, goes on until
    the balancer has seen that, finishes and ends: not one request fails."""
    prepare("load")
    run_to_end(ingest(container, database, "load"))
    one, two = free_port(), free_port()
    servers = [serve(container, database, "load", port, ALMANAC_DRAIN_DELAY=on_aws()["delay"])
               for port in (one, two)]  # fmt: skip
    for port, server in zip((one, two), servers):
        wait_ready(port, server)
    front = balancer(one, two)
    statuses, stop = [], threading.Event()

    def ask():
        with httpx.Client(base_url=f"http://127.0.0.1:{front}", timeout=TIMEOUT) as client:
            while not stop.is_set():
                statuses.append(client.get(PAGE).status_code)

    end = time.monotonic() + TIMEOUT
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{front}{PAGE}").status_code == 200:
                break
        assert time.monotonic() < end
        time.sleep(0.05)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    while len(statuses) < 500:
        time.sleep(0.01)
    servers[0].kill("TERM")
    code, out = servers[0].wait()
    after = len(statuses)
    while len(statuses) < after + 500:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert code == 0, out
    assert set(statuses) == {200}


@pytest.fixture
def cloud(tmp_path):
    """S3 with the sample's files, and a Runtime API."""
    aws, runtime = Aws(tmp_path), FakeRuntime()
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="weather", CreateBucketConfiguration={"LocationConstraint": REGION})
    for name, text in sample.texts().items():
        s3.put_object(Bucket="weather", Key=f"data/{name}", Body=text)
    yield aws, runtime
    runtime.stop()
    aws.stop()


def test_the_function(database, prepare, container, cloud):
    """The image as Lambda runs it: its own command, a user of Lambda's choice, nothing to write to but
    /tmp; an event takes the files from S3 into the database."""
    aws, runtime = cloud
    prepare("function")
    options = reach(database, "function", "ingest")
    options["env"] |= {**aws.environment(), "AWS_LAMBDA_RUNTIME_API": runtime.address}
    function = container("ingest", user="993:990", **options)
    event = b'{"job":"ingest","uri":"s3://weather/data/"}'
    for outcome in ("taken", "skipped"):
        runtime.invoke(event)
        kind, _, _, body = runtime.wait()
        assert kind == "response", body
        assert json.loads(body)["objects"][outcome] == 167
    assert function.state()["Running"], function.logs()


def test_the_function_in_the_emulator(database, prepare, container, cloud, images):
    """AWS's own emulator starts the image's entry point, in the image and as confined as before."""
    aws, _ = cloud
    prepare("emulated")
    (image,) = json.loads(podman("image", "inspect", images["ingest"]).stdout)
    start = [*image["Config"]["Entrypoint"], *image["Config"]["Cmd"]]
    lambda_ = emulator.Emulator()
    options = reach(database, "emulated", "ingest")
    options["env"] |= aws.environment()
    options["mounts"].append((emulator.path(), "/emulator"))
    function = container("ingest", *lambda_.arguments, *start, user="993:990",
                         entrypoint="/emulator", **options)  # fmt: skip

    def check():
        assert function.state()["Running"], function.logs()

    lambda_.wait(check)
    for outcome in ("taken", "skipped"):
        report = lambda_.invoke({"job": "ingest", "uri": "s3://weather/data/"})
        assert report["objects"][outcome] == 167, function.logs()
    assert lambda_.invoke({"uri": "/data"})["errorType"] == "Event.Invalid"
