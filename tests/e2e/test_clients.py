"""Clients that others' tools make of the OpenAPI document: they compile, and find the sample's data.

`./dev test` says where the tools are: ALMANAC_CLIENTS_PYTHON (tests/clients/requirements.txt) and
ALMANAC_CLIENTS_NODE (node_modules of tests/clients/package.json)."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import places
import sample

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "tests" / "clients"
STATION = "USC00110072"

pytestmark = pytest.mark.release


def execute(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(run, almanac, tmp_path_factory):
    """With the document, as the server gives it, and the programs that use the clients. It has routes of all kinds:
    those of bytes.c answer with bytes and take bodies."""
    folder = tmp_path_factory.mktemp("clients")
    execute("cc", "-shared", "-fPIC", "-I", ROOT / "include", "-o", folder / "bytes.so",
            ROOT / "tests" / "e2e" / "plugins" / "bytes.c")  # fmt: skip
    shipped = (path for path in (almanac.parent / "plugins").glob("*/*.so") if path.stem != "explorer")  # it has "/", too
    plugins = ":".join(map(str, [*sorted(shipped), folder / "bytes.so"]))
    (folder / "openapi.json").write_text(run("openapi", "--plugins", plugins, check=True).stdout)
    for source in CLIENTS.glob("walk_*"):
        shutil.copy(source, folder)
    (folder / "node_modules").symlink_to(os.environ["ALMANAC_CLIENTS_NODE"])
    return folder


def python():
    return Path(os.environ["ALMANAC_CLIENTS_PYTHON"])


def compile_typescript(folder, program):
    """Strictly: what the generator wrote, and a program that uses it."""
    execute(
        "node", folder / "node_modules/typescript/bin/tsc", "--strict", "--target", "es2022",
        "--module", "node16", "--moduleResolution", "node16", "--lib", "es2022,dom", "--types", "node",
        "--skipLibCheck", "--outDir", "built", program, cwd=folder,
    )  # fmt: skip
    return folder / "built" / Path(program).with_suffix(".js").name


def judge(output):
    told = json.loads(output)
    days = sample.stations()[STATION]
    first = sample.as_day(STATION, min(days))
    assert told["days"] == len(days)
    assert told["first"] == [first[name] for name in ("date", "tmax", "tmin", "prcp")]
    assert told["stations"] == sum(station["state"] == "IL" for station in places.stations())
    assert told["years"] == [2012]
    assert told["problem"]["type"].endswith("/problems/not-found")


def test_openapi_generator(folder, served):
    jar = next(python().parents[1].glob("lib/python3*/site-packages/openapi_generator_cli/*.jar"))
    execute(
        "java", "-jar", jar, "generate", "-g", "typescript-fetch", "-i", "openapi.json", "-o", "fetch", cwd=folder
    )
    program = compile_typescript(folder, "walk_fetch.ts")
    judge(execute("node", program, served.url, STATION, cwd=folder))


def test_openapi_typescript(folder, served):
    execute("node", "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "-o", "types.ts", cwd=folder)
    program = compile_typescript(folder, "walk_types.ts")
    judge(execute("node", program, served.url, STATION, cwd=folder))


def test_openapi_python_client(folder, served):
    (folder / "config.yml").write_text(
        "package_name_override: almanac_client\npost_hooks: []\n"
        # It knows no pictures, but has a setting for that.
        "content_type_overrides:\n  image/png: application/octet-stream\n  image/svg+xml: application/octet-stream\n"
    )
    execute(
        python(), "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--config", "config.yml",
        "--meta", "none", "--output-path", "almanac_client", "--fail-on-warning", cwd=folder,
    )  # fmt: skip
    judge(execute(python(), "walk_python.py", served.url, STATION, cwd=folder))
