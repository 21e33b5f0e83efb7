"""deploy/compose.yaml: true of the images and of the program."""

import json
import re

import pytest
import yaml

from conftest import ROOT

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
    assert ports == {"api": ["127.0.0.1:8080:8080"]}


def test_nobody_runs_without_verifying_the_database(services):
    for name in ("migrate", "logins", "ingest", "api"):
        assert services[name]["environment"]["PGSSLMODE"] == "verify-full"


def test_order_has_no_circle(services):
    seen = []

    def visit(name, above):
        assert name not in above, f"{name} waits for itself"
        for other in services[name].get("depends_on", {}):
            visit(other, [*above, name])
        seen.append(name)

    for name in services:
        visit(name, [])
    assert set(seen) == set(services)
