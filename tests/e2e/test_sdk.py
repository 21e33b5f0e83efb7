"""The examples of sdk/, built out of the tree against an installed Almanac, as C and as C++."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import httpx

pytestmark = pytest.mark.release  # compiling plugins

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ["route_example", "source_example", "stat_example"]


@pytest.fixture(scope="module")
def prefix(almanac, tmp_path_factory):
    """Where `ninja install` put the build under test."""
    stage = tmp_path_factory.mktemp("stage")
    subprocess.run(
        ["meson", "install", "-C", str(almanac.parent), "--destdir", str(stage), "--no-rebuild"],
        check=True, capture_output=True,
    )
    (pc,) = stage.rglob("almanac.pc")
    # Turn the staged tree into a prefix of its own.
    root = pc.parent
    while not (root / "include" / "almanac" / "plugin.h").exists():
        root = root.parent
    text = pc.read_text().splitlines()
    pc.write_text("\n".join(f"prefix={root}" if line.startswith("prefix=") else line for line in text))
    return root


@pytest.fixture(scope="module")
def built(prefix, tmp_path_factory):
    """The examples, built by their own Makefile in a copy of sdk/."""
    where = tmp_path_factory.mktemp("outside") / "sdk"
    shutil.copytree(ROOT / "sdk", where, ignore=shutil.ignore_patterns("*.so"))
    (pc,) = prefix.rglob("almanac.pc")
    env = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "CFLAGS": "-O2 -Wall -Wextra -Werror -Wno-missing-field-initializers"}
    made = subprocess.run(["make", "-C", str(where)], env=env, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return where


def test_what_is_installed(prefix):
    names = {str(p.relative_to(prefix)) for p in prefix.rglob("*") if p.is_file()}
    assert "bin/almanac" in names
    assert {"include/almanac/plugin.h", "include/almanac/table.h", "include/almanac/text.h"} <= names
    for kind, name in [("routes", "weather"), ("sources", "wx_data"), ("stats", "yearly")]:
        assert any(n.endswith(f"almanac/plugins/{kind}/{name}.so") for n in names)
    assert any(n.endswith("0001_tables.sql") for n in names)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_examples_are_cxx_too(prefix, tmp_path, name, compiler):
    assert shutil.which(compiler), f"{compiler} is missing; ./dev test installs it"
    out = tmp_path / f"{name}.so"
    subprocess.run(
        [compiler, "-x", "c++", "-std=c++20", "-Wall", "-Wextra", "-Wno-missing-field-initializers",
         f"-I{prefix}/include", "-fPIC", "-shared", "-o", out, ROOT / "sdk" / f"{name}.c"],
        check=True,
    )
    nm = subprocess.run(["nm", "-D", "--defined-only", out], capture_output=True, text=True, check=True)
    assert " alm_plugin" in nm.stdout


def test_the_header_stands_alone(prefix, tmp_path):
    header = (prefix / "include" / "almanac" / "plugin.h").read_text()
    includes = [line for line in header.splitlines() if line.startswith("#include")]
    assert includes == ["#include <stddef.h>", "#include <stdint.h>"]


def test_source_example(run, built, tmp_path):
    (tmp_path / "snow.csv").write_text(
        "station;date;snow\nA1;2020-01-01;12\nA1;2020-01-02;x\nA1;2020-02-30;1\nA2;2020-01-01;9999\nA1;2020-01-03;0\n"
    )
    result = run("check", built / "source_example.so", tmp_path / "snow.csv")
    assert result.returncode == 3, result.stderr
    assert "snow.csv:3: expected station;YYYY-MM-DD;millimetres" in result.stdout
    assert "snow.csv:4: " in result.stdout and "snow.csv:5: " in result.stdout
    assert "A1 SNOW 2020-01-01 to 2020-01-03: 2 days reported, 2 with a value, sum 12" in result.stdout


def test_stat_example(run, built, tmp_path):
    lines = ["date,TMAX,TMIN"] + [f"2021-01-{d:02d},{d * 10},{d * 10 - 55}" for d in range(1, 32)] + ["2021-02-01,,-1"]
    (tmp_path / "S.csv").write_text("\n".join(lines) + "\n")
    result = run("check", built / "stat_example.so", tmp_path / "S.csv")
    assert result.returncode == 0, result.stderr
    rows = [line.split(",") for line in result.stdout.splitlines() if line.startswith(("year", "2021"))]
    january, february = dict(zip(rows[0], rows[1])), dict(zip(rows[0], rows[2]))
    # TMIN is below zero on January 1 to 5: -45, -35, ... -5 tenths.
    assert (january["year"], january["month"], january["frost_days"], january["hottest"]) == ("2021", "1", "5", "31.0")
    assert (january["tmin_days"], january["tmin_missing"], january["frost_days_wmo"]) == ("31", "0", "true")
    assert (february["frost_days"], february["hottest"], february["tmax_missing"]) == ("1", "", "28")
    assert february["frost_days_ncei"] == "false"


@pytest.mark.parametrize("kind", ["source", "stat", "route"])
def test_a_new_plugin_builds_and_is_checked(almanac, prefix, tmp_path, kind):
    """What `almanac new` writes, by its own Makefile, as it stands."""
    subprocess.run([almanac, "new", kind, "fresh"], cwd=tmp_path, check=True)
    (pc,) = prefix.rglob("almanac.pc")
    env = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "ALMANAC": str(almanac),
           "CFLAGS": "-O2 -Wall -Wextra -Werror -Wno-missing-field-initializers"}
    made = subprocess.run(["make", "check"], cwd=tmp_path / "fresh", env=env, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    if kind == "source":  # the expectation can fail
        with open(tmp_path / "fresh" / "example.csv", "a") as example:
            example.write("A2;2020-03-02;1\n")
        again = subprocess.run(["make", "check"], cwd=tmp_path / "fresh", env=env, capture_output=True, text=True)
        assert again.returncode != 0 and "5 lines" in again.stdout
    if kind == "stat":
        header, january, february = (line.split(",") for line in made.stdout.splitlines() if "2021" in line[:9] or line.startswith("year"))
        assert [dict(zip(header, row))["frost_days"] for row in (january, february)] == ["2", "0"]
    subprocess.run(["make", "install", f"DESTDIR={tmp_path / 'stage'}"], cwd=tmp_path / "fresh", env=env, check=True, capture_output=True)
    (installed,) = (tmp_path / "stage").rglob("fresh.so")
    assert installed.parent.name == f"{kind}s"


def test_examples_in_the_whole_program(run, built, prefix, server, ingested_copy, tmp_path):
    """Migrate, ingest and serve with the examples beside the shipped plugins."""
    plugins = f"{next(prefix.rglob('almanac/plugins'))}:{built}"
    (tmp_path / "snow.csv").write_text("station;date;snow\nUSC00110072;2013-01-01;120\n")
    assert "stat_extremes" in run("migrate", "--plugins", plugins, database=ingested_copy, check=True).stdout
    report = run("ingest", "--plugins", plugins, "--progress", "json", tmp_path / "snow.csv", database=ingested_copy, check=True)
    assert json.loads(report.stdout.splitlines()[-1])["outcome"] == "success"
    it = server(ingested_copy, "--plugins", plugins)
    warmest, day = min(
        (-int(fields[1]), fields[0])
        for fields in (line.split() for line in sample("USC00110072"))
        if int(fields[1]) != -9999
    )
    answer = httpx.get(f"{it.url}/api/stations/USC00110072/warmest").json()
    assert answer["data"] == {
        "station_id": "USC00110072",
        "date": f"{day[:4]}-{day[4:6]}-{day[6:]}",
        "tmax": -warmest / 10,
    }
    snow = httpx.get(f"{it.url}/api/weather?station_id=USC00110072&date=2013-01-01&elements=SNOW").json()
    assert snow["data"] == [{"station_id": "USC00110072", "date": "2013-01-01", "snow": 120}]


def sample(station):
    import tarfile

    with tarfile.open(ROOT / "data" / "wx_data.tar.xz") as archive:
        return archive.extractfile(f"wx_data/{station}.txt").read().decode().splitlines()
