"""The program knows what the templates set. ALMANAC names the program."""

import json
import subprocess

import pytest

from cfn import Stack
from checks_balancer import attributes
from checks_data import environments
from variants import variants

# Of libpq. Only what is fixed in the template is judged here; hosts and ports exist in an account.
LIBPQ = {"PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE"}


def symbols_replaced(value):
    """What an account would put for a symbol, where its form matters."""
    return value.replace("${Vpc.CidrBlock}", "10.20.0.0/16").replace("${", "arn:aws:symbol:").replace("}", "")


def settings(almanac, variables):
    environment = {k: symbols_replaced(v) for k, v in variables.items() if k.startswith("ALMANAC_")}
    done = subprocess.run([almanac, "config", "--json"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return environment, {s["env"]: s for s in json.loads(done.stdout)}


@pytest.fixture
def every_environment(template):
    return [(owner, v) for given in variants(template).values() for owner, v in environments(Stack(template, **given))]


def test_the_program_knows_every_variable_and_takes_its_value(almanac, every_environment):
    assert every_environment
    for owner, variables in every_environment:
        environment, known = settings(almanac, variables)
        for name, value in environment.items():
            assert name in known, f"{owner}: {name} is no setting"
            if not known[name]["secret"]:
                assert known[name]["value"] == value, f"{owner}: {name}"


def commands(stack):
    """owner -> what the program is called with."""
    for name, task in stack.of_type("ECS::TaskDefinition").items():
        yield name, task["ContainerDefinitions"][0]["Command"][0]
    for name, job in stack.of_type("Batch::JobDefinition").items():
        yield name, job["ContainerProperties"]["Command"][0]
    yield "IngestFunction", stack["IngestFunction"]["ImageConfig"]["Command"][0]


def test_each_variable_is_used_by_the_command_that_gets_it(almanac, template):
    """--help of a command lists the settings it uses: one that is known but unused would do nothing."""
    stack = Stack(template, BulkIngest="batch")
    variables = dict(environments(stack))
    for owner, command in commands(stack):
        done = subprocess.run([almanac, command, "--help"], env={}, capture_output=True, text=True)
        for name in variables[owner]:
            if name.startswith("ALMANAC_"):
                assert name in done.stdout.split("\n", 2)[2].replace(",", " ").split(), f"{command}: {name}"


def test_a_value_out_of_bounds_would_be_noticed(almanac):
    with pytest.raises(AssertionError):
        settings(almanac, {"ALMANAC_DRAIN_DELAY": "soon"})


def test_other_variables_are_those_of_the_database(every_environment):
    for owner, variables in every_environment:
        assert {n for n in variables if not n.startswith("ALMANAC_")} == LIBPQ, owner
        assert variables["PGDATABASE"] == "almanac" and variables["PGSSLMODE"] == "verify-full"


def test_idle_connections_are_closed_by_the_load_balancer_first(almanac, template):
    """The other way round a request may meet a connection that is just being closed: 502."""
    _, known = settings(almanac, {})
    stack = Stack(template)
    idle = int(attributes(stack["Balancer"], "LoadBalancerAttributes")["idle_timeout.timeout_seconds"])
    assert int(known["ALMANAC_IDLE_TIMEOUT"]["default"]) / 1000 > idle


@pytest.mark.parametrize("command", ["serve", "lambda", "ingest", "migrate", "health"])
def test_commands_exist(almanac, command):
    done = subprocess.run([almanac, command, "--help"], env={}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
