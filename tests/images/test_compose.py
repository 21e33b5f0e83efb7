"""deploy/compose.yaml: true of the images and of the program, and run."""

import json
import os
import re
import sys
import time

import httpx
import pytest
import yaml

import sample
from conftest import ROOT, STATE, TIMEOUT, buildah, run

OTHERS = {"PGHOST", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT",
          "POSTGRES_PASSWORD", "POSTGRES_DB"}  # fmt: skip


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]


def test_builds_what_the_dockerfile_has(services):
    targets = set(re.findall(r"^FROM scratch AS (\w+)", (ROOT / "deploy/Dockerfile").read_text(), re.M))
    built = {s["build"]["target"] for s in services.values() if "build" in s}
    assert built == targets
    for service in services.values():
        if "build" in service:
            assert (ROOT / "deploy" / service["build"]["context"]).resolve() == ROOT
            assert (ROOT / service["build"]["dockerfile"]).is_file()
            assert service["image"] == f"almanac-{service['build']['target']}"


def test_is_as_confined_as_the_tests(services):
    for service in services.values():
        if "build" in service:
            assert service["read_only"] and service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]


def test_commands_and_settings_are_known(services, container):
    known = {s["env"] for s in json.loads(container("ingest", "config", "--json").wait()[1])}
    usage = container("ingest", "--help").wait()[1]
    for service in services.values():
        assert set(service.get("environment", {})) <= OTHERS | known
        if "build" in service and "command" in service:
            assert re.search(rf"^  {service['command'][0]} ", usage, re.M)


def test_only_the_api_is_reached_from_outside_and_only_here(services):
    ports = {name: s["ports"] for name, s in services.items() if "ports" in s}
    assert ports == {"api": ["127.0.0.1:${PORT:-8080}:8080"]}


def test_nobody_runs_without_verifying_the_database(services):
    for name in ("migrate", "logins", "ingest", "api"):
        assert services[name]["environment"]["PGSSLMODE"] == "verify-full"


def days():
    return sum(len(days) for days in sample.stations().values())


# -- Run, by podman-compose -----------------------------------------------

CONTAINERS_CONF = f"""
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "{STATE}/networks"
"""
STORAGE_CONF = f"""
[storage]
driver = "overlay"
graphroot = "{STATE}/store"
runroot = "{STATE}/run"
"""
POSTGRES = "docker.io/library/postgres:17-bookworm"


class Stack:
    """deploy/compose.yaml with a PostgreSQL image that stands for the official one."""

    def __init__(self, images, port):
        self.project, self.port = f"almanac-{os.getpid()}", port
        buildah("build", "--pull-never", "--isolation", "chroot", "--layers", "--format", "docker",
                "-v", "/etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro",
                "-t", POSTGRES, ROOT / "tests/images/postgres")  # fmt: skip
        for target, name in images.items():
            buildah("tag", name, f"localhost/almanac-{target}:latest")
        for name, text in (("containers.conf", CONTAINERS_CONF), ("storage.conf", STORAGE_CONF)):
            (STATE / name).write_text(text)

    def run(self, *command, **options):
        return run("env", f"CONTAINERS_CONF={STATE}/containers.conf", f"PORT={self.port}",
                   f"CONTAINERS_STORAGE_CONF={STATE}/storage.conf", *command, **options)  # fmt: skip

    def compose(self, *arguments):
        self.run(sys.executable, "-m", "podman_compose", "-p", self.project,
                 "-f", ROOT / "deploy/compose.yaml", "-f", ROOT / "tests/images/addresses.yaml",
                 *arguments)  # fmt: skip

    def name(self, service):
        return f"{self.project}_{service}_1"

    def up(self):
        """Until it serves; the report of the ingestion."""
        self.compose("up", "--no-build", "--detach")
        assert self.run("podman", "wait", self.name("ingest")).stdout.strip() == "0", self.logs()
        end = time.monotonic() + TIMEOUT
        while not self.ready():
            assert time.monotonic() < end, self.logs()
            time.sleep(0.1)
        return next(json.loads(line) for line in self.logs("ingest").splitlines()
                    if line.startswith('{"event":"report"'))  # fmt: skip

    def ready(self):
        try:
            return self.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path):
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=TIMEOUT)

    def logs(self, *services):
        names = services or ("database", "migrate", "logins", "ingest", "api")
        done = [self.run("podman", "logs", self.name(name), check=False) for name in names]
        return "".join(one.stdout + one.stderr for one in done)

    def query(self, statement):
        """As the owner, inside."""
        done = self.run("podman", "exec", "--env", "PGPASSWORD=owner", self.name("database"),
                        "psql", "-U", "postgres", "-Atc", statement, "almanac")  # fmt: skip
        return done.stdout.strip()


@pytest.fixture
def stack(images, port):
    stack = Stack(images, port)
    yield stack
    stack.compose("down", "--volumes", "--timeout", "0")


def test_up_and_down_and_up_again(stack):
    assert stack.up()["objects"]["taken"] == 168
    assert stack.get("/api/weather?page_size=1").json()["pagination"]["total"] == days()
    assert stack.query("select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) "
                       "where usename = 'api'") == "t"  # fmt: skip
    stack.compose("down", "--timeout", "5")
    assert not stack.ready()
    assert stack.up()["objects"] == {"taken": 0, "skipped": 168, "failed": 0, "remaining": 0}
    assert stack.get("/api/weather?page_size=1").json()["pagination"]["total"] == days()
