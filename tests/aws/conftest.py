import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cfn

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "deploy" / "aws"
PROFILES = ("small", "production")


def find_node():
    """node 20 or newer, with npm: of the system, or the one that the requirements bring."""
    for directory in (None, str(Path(sys.prefix) / "bin")):
        node = shutil.which("node", path=directory)
        if node and Path(node).with_name("npm").exists():
            found = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
            if int(re.match(r"v(\d+)", found)[1]) >= 20:
                return Path(node)
    raise AssertionError("no node of version 20 or newer with its npm")


@pytest.fixture(scope="session")
def app_copy(tmp_path_factory):
    """copy(NAME): the CDK app in a directory of its own, with what its lock file names installed."""
    base = tmp_path_factory.mktemp("app")
    node = find_node()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(APP / name, base)
    environment = os.environ | {"PATH": f"{node.parent}:{os.environ['PATH']}"}
    subprocess.run([node.with_name("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=base, check=True,
                   env=environment, capture_output=True)

    def copy(name):
        # Below the folder that has node_modules, where node looks for it.
        target = base / name
        shutil.copytree(APP, target, ignore=shutil.ignore_patterns("node_modules", "cdk.out", "templates"))
        return target

    yield copy
    shutil.rmtree(base)


@pytest.fixture(scope="session")
def synthesize():
    """synthesize(APP, **context): runs it; its result has the output directory as `out`."""

    def run(app, context="{}"):
        out = app / "out"
        environment = os.environ | {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": context, "NO_COLOR": "1"}
        done = subprocess.run([find_node(), "app.js"], cwd=app, env=environment, capture_output=True, text=True)
        done.out = out
        return done

    return run


@pytest.fixture(params=PROFILES)
def profile(request):
    return request.param


@pytest.fixture
def template(profile):
    return cfn.load(APP / "templates" / f"{profile}.json")


@pytest.fixture(scope="session")
def registry():
    return cfn.load(APP / "templates" / "registry.json")


@pytest.fixture(scope="session")
def almanac():
    """The program itself, which says which settings there are."""
    path = os.environ.get("ALMANAC")
    assert path, "ALMANAC must name the program: build/almanac"
    return path
