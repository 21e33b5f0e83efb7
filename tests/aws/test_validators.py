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


def path(name):
    return APP / "templates" / f"{name}.json"


def run(program, *arguments):
    """Offline, where the templates are, and leaving nothing in the home directory."""
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run([BIN / program, *map(str, arguments)], capture_output=True, text=True,
                              cwd=APP / "templates", env=os.environ | {"HOME": home, "BC_SKIP_MAPPING": "TRUE"})


def lint(paths):
    """What cfn-lint finds, file by file: in one run, since it takes seconds to start. W3691 calls every major version
    without a minor one deprecated; RDS takes it, and its newest minor one."""
    done = run("cfn-lint", "--format", "json", "--ignore-checks", "W3691", "--template", *paths)
    found = {Path(p): [] for p in paths}
    for finding in json.loads(done.stdout):
        found[Path(finding["Filename"])].append((finding["Rule"]["Id"], finding["Message"]))
    assert any(found.values()) == (done.returncode != 0), done.stderr
    return found


def test_cfn_lint_finds_nothing():
    assert not any(lint([path(name) for name in NAMES]).values())


@pytest.fixture(scope="module")
def checkov():
    """template -> what passed, what failed; in one run. It takes a path of 40 characters for a secret: files have none."""
    files = [argument for name in NAMES for argument in ("--file", path(name).name)]
    done = run("checkov", *files, "--framework", "cloudformation", "--output", "json", "--skip-download")
    result = json.loads(done.stdout)
    assert result["summary"]["parsing_errors"] == 0

    def of(name, kind):
        return {(c["check_id"], c["resource"].split(".")[-1]) for c in result["results"][kind]
                if Path(c["file_path"]).name == f"{name}.json"}

    return {name: (of(name, "passed_checks"), of(name, "failed_checks")) for name in NAMES}


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
def test_checkov_finds_what_is_listed_and_nothing_else(checkov, name):
    passed, failed = checkov[name]
    assert failed == listed(name)
    assert len(passed) > (5 if name == "registry" else 40)
