"""Plugins in other languages than C: C++20 by the header, Rust from nothing but what the header says. Each has a
source, a statistic and a route."""

import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from contents import report

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(__file__).with_name("plugins")
COMPILERS = {
    "cpp": ("words_cpp.cc", ["g++", "-std=c++20", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror",
                             "-Wno-missing-field-initializers", "-I", ROOT / "include"]),  # fmt: skip
    # Nothing may unwind into a program in C.
    "rust": ("words_rust.rs", ["rustc", "--edition", "2021", "--crate-type", "cdylib", "-O", "-C", "panic=abort",
                               "-D", "warnings"]),  # fmt: skip
}

pytestmark = pytest.mark.release  # nothing new for the program


@pytest.fixture(scope="module", params=COMPILERS)
def plugin(request, tmp_path_factory):
    """(name of the language, plugin)."""
    file, command = COMPILERS[request.param]
    assert shutil.which(command[0]), f"{command[0]} is missing; ./dev test installs it"
    out = tmp_path_factory.mktemp("plugin") / f"words_{request.param}.so"
    subprocess.run([*command, "-o", out, PLUGINS / file], check=True)
    return request.param, out


def test_from_lines_to_answers(run, server, database, query, plugin, tmp_path):
    language, path = plugin
    word, env = language.upper(), {"ALMANAC_PLUGINS": str(path)}
    assert run("check", path, check=True).stdout.endswith("1 plugin is sound\n")
    run("migrate", database=database, env=env, check=True)
    days = tmp_path / "days.txt"
    days.write_text("".join(f"{word} {line}\n" for line in (
        "A1 2020-01-31 -15", "A1 2020-07-01 311", "A1 2020-07-02 298", "A1 2021-02-29 1", "A1 2021-03-01 x",
        "A1 2021-03-01 -7", "B2 2020-12-31 0", "A1 2021-05-05 601",
    )))  # fmt: skip
    done = run("ingest", "--log-level", "info", days, database=database, env=env)
    assert "8 lines" in done.stderr, done.stderr
    assert report(done)["rejects"]["count"] == 3, done.stdout
    element = {"cpp": "CPPT", "rust": "RSTT"}[language]
    stored = "select station_id, date::text, value from observation where element = %s order by 1, 2"
    assert query(database, stored, (element,)) == [
        ("A1", "2020-01-31", Decimal("-1.5")), ("A1", "2020-07-01", Decimal("31.1")),
        ("A1", "2020-07-02", Decimal("29.8")), ("A1", "2021-03-01", Decimal("-0.7")),
        ("B2", "2020-12-31", Decimal("0.0")),
    ]  # fmt: skip
    rows = f"select station_id, year, warmest from stat_{language}_warmest order by 1, 2"
    assert query(database, rows) == [("A1", 2020, 31.1), ("A1", 2021, -0.7), ("B2", 2020, 0)]
    ((reason,),) = query(database, "select reason from reject where line = 5")
    assert reason == f"no date, or no number: '{word} A1 2021-03-01 x'"
    running = server(database, env=env)
    with httpx.Client(base_url=running.url, timeout=60) as client:
        assert client.get(f"/words/{language}?values=1,2,39").json()["data"] == {"sum": 42}
        problem = client.get(f"/words/{language}?values=1,-2")
        assert problem.status_code == 422 and "-2 is below zero" in problem.text
        assert client.get(f"/words/{language}?values=101").status_code == 422
