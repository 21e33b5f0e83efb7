"""What a source can say beside values: that blocks are whole, that a file is not to be read, that a
value has failed a check. With the sources of the plugin periods.c."""

import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from contents import report

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("plugins") / "periods.c"


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    plugin = tmp_path_factory.mktemp("plugins") / "periods.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-I", ROOT / "include", "-o", plugin, SOURCE, "-lm"], check=True)
    return plugin


@pytest.fixture
def ingest(run, database, plugin):
    env = {"ALMANAC_PLUGINS": str(plugin)}
    run("migrate", database=database, env=env, check=True)
    return lambda *paths: run("ingest", *paths, database=database, env=env)


def write(path, *lines):
    path.write_text("".join(f"S {line}\n" for line in lines))
    return path


def days(query, url):
    rows = query(url, "select date::text from observation order by date")
    return [date[-2:] for (date,) in rows]


def test_some_objects_are_whole(ingest, query, database, tmp_path):
    write(tmp_path / "1.parts", "2001-01-01 1", "2001-01-02 2", "2001-01-03 3")
    write(tmp_path / "2.parts", "2001-01-04 4")
    assert ingest(tmp_path).returncode == 0
    assert days(query, database) == ["01", "02", "03", "04"]
    write(tmp_path / "all.parts", "2001-01-02 5")  # later by name, and whole
    assert ingest(tmp_path).returncode == 0
    assert days(query, database) == ["02"]
    write(tmp_path / "b.parts", "2001-01-06 6")  # later, and a part
    assert ingest(tmp_path).returncode == 0
    assert days(query, database) == ["02", "06"]


def test_files_that_are_known_and_not_read(ingest, run, query, database, plugin, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("days.whole", "S 2001-01-01 1\n")
        archive.writestr("licence.notice", "to be kept with the data\n" * 10_000)
    (tmp_path / "readme.notice").write_text("no data\n")
    done = ingest(tmp_path)
    assert done.returncode == 0, done.stdout
    said = report(done)
    assert (said["objects"]["taken"], said["objects"]["failed"], said["rows"]) == (3, 0, 1)
    assert {note["reason"] for note in said["notes"]["first"]} == {"its source knows that it holds no data"}
    known = query(database, "select source, lines, size from ingest_object where uri like '%notice' order by uri")
    assert known == [("whole", 0, 250_000), ("whole", 0, 8)]
    again = report(ingest(tmp_path))
    assert (again["objects"]["taken"], again["objects"]["skipped"]) == (0, 3)
    tried = run("check", plugin, path)
    assert "licence.notice: not read, source whole 1" in tried.stdout


def test_a_flagged_value_has_no_bounds(ingest, query, database, tmp_path):
    path = write(tmp_path / "a.whole", "2001-01-01 2000000000X", "2001-01-02 2000000000", "2001-01-03 3")
    done = ingest(path)
    assert done.returncode == 3
    assert [(r["line"], r["reason"].split()[1]) for r in report(done)["rejects"]["first"]] == [(2, "200000000.0")]
    assert query(database, "select date::text, value, quality_flag from observation order by date") == [
        ("2001-01-01", 200_000_000, "X"), ("2001-01-03", Decimal("0.3"), None)]
