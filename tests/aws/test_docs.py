"""docs/aws.md names what exists: outputs, parameters, alarms, files, and commands of the AWS CLI with their
options, by the service models that botocore brings."""

import json
import re
import subprocess

import botocore.session
import jmespath
import pytest
from botocore import xform_name

import cfn
from conftest import APP, PROFILES, ROOT

TEXT = (ROOT / "docs" / "aws.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", TEXT, flags=re.S | re.M)
SHELL = "\n".join(BLOCKS).replace("\\\n", " ")
TEMPLATES = {name: cfn.load(APP / "templates" / f"{name}.json") for name in ("registry", *PROFILES)}

COMMON_OPTIONS = {"query", "output", "no-cli-pager", "cli-read-timeout", "cli-binary-format", "max-items"}
CLI_ONLY = {  # not of a service's model
    ("cloudformation", "deploy"): {"stack-name", "template-file", "s3-bucket", "capabilities", "tags",
                                   "parameter-overrides"},
    ("ecr", "get-login-password"): set(),
    ("logs", "tail"): {"since", "follow"},
    ("s3", "cp"): {"recursive", "exclude", "include"},
    ("s3", "rm"): {"recursive"},
}


def aws_commands():
    """(service, command, options) of every call, in blocks and in the text."""
    inline = "\n".join(re.findall(r"`(aws [^`]+)`", TEXT))
    for line in (SHELL + "\n" + inline).splitlines():
        for part in re.split(r"(?=\baws [a-z])", line):
            if found := re.match(r"aws ([a-z0-9-]+) ([a-z0-9-]+)(.*)", part):
                rest = found[3].split(" | ")[0]
                yield found[1], found[2], re.findall(r"(?<!\S)--([a-z0-9-]+)", rest)


def known_options(service, command, options):
    if (service, command) in CLI_ONLY:
        return CLI_ONLY[service, command]
    model = botocore.session.get_session().get_service_model({"s3api": "s3"}.get(service, service))
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert command in operations, f"aws {service} {command}"
    return {xform_name(member, "-") for member in model.operation_model(operations[command]).input_shape.members}


def test_commands_and_their_options_exist():
    seen = list(aws_commands())
    assert len(seen) > 30
    for service, command, options in seen:
        if command == "wait":
            continue
        unknown = set(options) - COMMON_OPTIONS - known_options(service, command, options)
        assert not unknown, f"aws {service} {command}: {unknown}"


def test_waiters_exist():
    waits = re.findall(r"aws ([a-z0-9-]+) wait ([a-z-]+)", TEXT)
    assert len(waits) >= 4
    for service, waiter in waits:
        names = botocore.session.get_session().get_waiter_model(service).waiter_names
        assert waiter in {xform_name(name, "-") for name in names}, f"{service} {waiter}"


def test_shell_can_be_parsed():
    for block in BLOCKS:
        subprocess.run(["bash", "-n"], input=block, text=True, check=True)


def test_queries_can_be_parsed():
    queries = re.findall(r"--query +'([^']+)'", SHELL) + re.findall(r'--query +"([^"]+)"', SHELL)
    assert len(queries) >= 7
    for query in queries:
        jmespath.compile(query.replace("$2", "X").replace("$database", "X"))


@pytest.mark.parametrize("answer, left", [
    ({"Versions": [{"Key": "a", "VersionId": "1", "Size": 3}], "DeleteMarkers": None}, [{"Key": "a", "VersionId": "1"}]),
    ({"DeleteMarkers": [{"Key": "b", "VersionId": "2"}]}, [{"Key": "b", "VersionId": "2"}]),
    ({}, []),
])
def test_emptying_a_bucket_takes_versions_and_markers(answer, left):
    query = next(q for q in re.findall(r"--query +'([^']+)'", SHELL) if "DeleteMarkers" in q)
    objects = jmespath.search(query, answer)
    assert (objects["Objects"] or []) == left
    assert ("VersionId" in json.dumps(objects)) == bool(left), "what ends the loop"


def test_outputs_exist():
    for stack, name in re.findall(r"output (almanac(?:-registry)?) (\w+)", TEXT):
        templates = ["registry"] if stack.endswith("registry") else PROFILES
        for template in templates:
            assert name in TEMPLATES[template]["Outputs"], f"{template}: {name}"
    for name in re.findall(r"^rotate \w+ (\w+)$", TEXT, flags=re.M):
        assert all(name in TEMPLATES[p]["Outputs"] for p in PROFILES), name


def test_parameters_are_described_and_exist():
    table = TEXT.split("## Parameters")[1].split("\n## ")[0]
    described = {name for cell in re.findall(r"^\| (`[^|]+) \|", table, flags=re.M)
                 for name in re.findall(r"`(\w+)`", cell)}
    assert described == set(TEMPLATES["production"]["Parameters"])
    parameters = TEMPLATES["production"]["Parameters"]
    for name, value in re.findall(r"\b([A-Z][a-zA-Z]+)=([\w./-]+)", TEXT):
        assert name in parameters or name == "Application", name  # the tag
        assert value in parameters.get(name, {}).get("AllowedValues", [value]), f"{name}={value}"


def test_defaults_are_those_of_the_templates():
    for line in TEXT.split("## Parameters")[1].split("\n## ")[0].splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        names = re.findall(r"`(\w+)`", cells[0])
        values = re.findall(r"`([^`]+)`|(?<![\w:.])(\d+)(?![\w:.])", cells[1]) if len(cells) > 1 else []
        if len(names) == 1 and names[0] in TEMPLATES["small"]["Parameters"] and values:
            wanted = [str(TEMPLATES[p]["Parameters"][names[0]]["Default"]) for p in PROFILES]
            given = [a or b for a, b in values]
            assert given in (wanted, wanted[:1] if len(set(wanted)) == 1 else wanted), names[0]


def test_alarms_and_files_exist():
    section = TEXT.split("## When something is wrong")[1].split("\n## ")[0]
    named = {n for row in re.findall(r"^\| (`[^|]+) \|", section, flags=re.M) for n in re.findall(r"`(\w+)`", row)}
    assert {f"{n}Alarm" for n in named} == {
        n for n, r in TEMPLATES["production"]["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"}
    for path in re.findall(r"deploy/aws/[\w./]+\w", TEXT):
        assert (ROOT / path).exists(), path


STAND_INS = """
set -euo pipefail
output() { echo "1.dkr.ecr.eu.amazonaws.com/$2"; }
git() { echo 0123456789ab; }
docker() { if [[ $1 == login ]]; then cat >/dev/null; else echo "$*" | grep -o 'target [a-z]*' >&2; fi; }
aws() {
    case $2 in
    get-login-password) echo secret ;;
    describe-images) [[ $4 == *"$there" ]] && echo sha256:00 || { echo ImageNotFoundException >&2; return 254; } ;;
    esac
}
"""


@pytest.mark.parametrize("there, pushed", [
    ("none", "target api\ntarget ingest\n"),
    ("api", "target ingest\n"),
    ("", ""),  # both
])
def test_images_are_pushed_once(there, pushed):
    """Tags cannot be moved, so that a second push would end the walk."""
    block = next(b for b in BLOCKS if "push api" in b)
    done = subprocess.run(["bash", "-c", f"there={there}\n{STAND_INS}\n{block}"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, pushed)


def cost_rows():
    """what -> its cells"""
    rows = TEXT.split("## What it costs")[1].split("\n## ")[0]
    cells = ([c.strip() for c in row.strip("|").split("|")] for row in re.findall(r"^\|.*\|$", rows, flags=re.M))
    return {what: rest for what, *rest in cells}


def test_costs_add_up_and_say_where_prices_are():
    rows = cost_rows()
    together = rows.pop("**together**")
    rows = {what: cells for what, cells in rows.items() if what not in ("what", "---")}
    assert all(page.endswith(" pricing") for _, page, *_ in rows.values())
    for column in (2, 3):
        total = sum(float(cells[column]) for cells in rows.values() if cells[column] != "-")
        assert together[column] == f"**{total:.0f}**", total


def test_costs_count_what_there_is():
    rows = cost_rows()
    stacks = {p: cfn.Stack(TEMPLATES[p], Serve="true", Schedule="daily") for p in PROFILES}
    for profile, stack in stacks.items():
        column = 2 + PROFILES.index(profile)
        zones = sum(len(e["SubnetIds"]) for e in stack.of_type("EC2::VPCEndpoint").values() if "SubnetIds" in e)
        assert f"{zones * 0.01 * 730:.1f}" == rows["interface endpoints, 1 or 8"][column]
        alarms, policies = (len(stack.of_type(t)) for t in ("CloudWatch::Alarm", "ApplicationAutoScaling::ScalingPolicy"))
        assert f"alarms: {alarms}, and {2 * policies} that scaling makes" in rows
        assert len(stack.of_type("SecretsManager::Secret")) + 1 == 3  # the owner's is RDS's
