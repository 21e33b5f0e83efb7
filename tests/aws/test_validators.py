"""What others say of the templates: cfn-lint and checkov. What stays is listed with a reason."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from conftest import APP, PROFILES

BIN = Path(sys.executable).parent
NAMES = ("registry", *PROFILES)
LIST = Path(__file__).with_name("checkov.txt")

# W3691 calls every major version without a minor one deprecated; RDS takes it, and its newest minor one.


def path(name):
    return APP / "templates" / f"{name}.json"


def run(program, *arguments):
    """Offline, and leaving nothing in the home directory."""
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run([BIN / program, *map(str, arguments)], capture_output=True, text=True,
                              env=os.environ | {"HOME": home, "BC_SKIP_MAPPING": "TRUE"})


@pytest.mark.parametrize("name", NAMES)
def test_cfn_lint_finds_nothing(name):
    done = run("cfn-lint", "--template", path(name), "--format", "json", "--ignore-checks", "W3691")
    assert json.loads(done.stdout) == [] and done.returncode == 0, done.stdout


def failed_checks(name):
    done = run("checkov", "--file", path(name), "--framework", "cloudformation", "--output", "json", "--quiet",
               "--skip-download")
    result = json.loads(done.stdout)
    assert result["summary"]["passed"] > (5 if name == "registry" else 40)
    assert result["summary"]["parsing_errors"] == 0
    return {(c["check_id"], c["resource"].split(".")[-1]) for c in result["results"]["failed_checks"]}


def listed(name):
    found = set()
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            where, check, resource, reason = (part.strip() for part in line.split(" | "))
            assert len(reason) > 5
            if where == name or where == "both" and name in PROFILES:
                found.add((check, resource))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_checkov_finds_what_is_listed_and_nothing_else(name):
    assert failed_checks(name) == listed(name)
