"""Files that hold a day of all stations after another: whatever the memory, they are taken in as
the same values station after station would be, each block is written once, and nothing stays
behind in TMPDIR."""

import datetime
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from contents import digest, report

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("plugins") / "by_day.c"
STATIONS, DAYS = 2000, 40
ELEMENTS = ("TMAX", "TMIN", "PRCP")
MIB = 1024  # KiB
LITTLE, MUCH = 16, 1024  # MiB of --ingest-memory
# Of an object as it lies there, not of what it says.
OBJECTS = ("ingest_run", "ingest_object", "origin", "reject")


def observations():
    """[(station, date, element, value, mflag, qflag, sflag, time)], a day after another across the
    turn of a year; without some."""
    chance = random.Random(5)
    rows = []
    for day in range(DAYS):
        date = f"{datetime.date(1999, 12, 10) + datetime.timedelta(day):%Y%m%d}"
        for station in range(STATIONS):
            for element in ELEMENTS:
                if chance.random() < 0.9:
                    flags = ("T", "", "7") if chance.random() < 0.1 else ("", "I" if chance.random() < 0.01 else "", "a")
                    rows.append((f"ST{station:07d}", date, element, chance.randrange(400), *flags, "0700" if station % 2 else ""))
    return rows


def write(path, rows):
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugins")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include",
         "-o", folder / "by_day.so", SOURCE],
        check=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def rows():
    return observations()


@pytest.fixture(scope="module")
def by_day(rows, tmp_path_factory):
    """With lines that are wrong: of no number, out of bounds, and days that were given before,
    right before and long before."""
    wrong = list(rows)
    wrong.insert(len(rows) // 2, ("ST0000001", "20000101", "TMAX", "hot", "", "", "", ""))
    wrong.insert(len(rows) // 3, ("ST0000002", "20000101", "TMAX", "9999", "", "", "a", ""))
    wrong.insert(len(rows) - 5, (*rows[7][:3], 1, "", "", "", ""))
    wrong.append((*rows[-1][:3], 2, "", "", "", ""))
    return write(tmp_path_factory.mktemp("files") / "by_day.csv", wrong)


@pytest.fixture
def fresh(cluster, migrated_template):
    """fresh() -> URL of a migrated database; all dropped after the test."""
    names = []

    def fresh():
        names.append(cluster.create(template=migrated_template))
        return cluster.url(names[-1])

    yield fresh
    for name in names:
        cluster.drop(name)


@pytest.fixture
def take(run, plugins):
    """take(url, path, memory) -> the report of a run that rejects some."""

    def take(url, path, memory, *arguments, **env):
        done = run(
            "ingest", "--ingest-memory", memory, "--workers", 2, *arguments, path, database=url,
            env={"ALMANAC_PLUGINS": plugins, **env},
        )  # fmt: skip
        return report(done)

    return take


def blocks_written(url):
    """Rows of blocks that were ever inserted or updated."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_stat_force_next_flush()")
        for _ in range(600):
            written, held = connection.execute(
                "select n_tup_ins + n_tup_upd, (select count(*) from block) "
                "from pg_stat_user_tables where relname = 'block'"
            ).fetchone()
            if written >= held:
                return written, held
            time.sleep(0.05)
    raise AssertionError("the statistics of the server do not arrive")


def test_as_if_by_station(take, fresh, rows, by_day, tmp_path, query):
    in_order = write(tmp_path / "by_station.csv", sorted(rows))
    little, much, ordered = fresh(), fresh(), fresh()
    reports = [take(little, by_day, LITTLE), take(much, by_day, MUCH)]
    assert take(ordered, in_order, LITTLE)["outcome"] == "success"
    for said in reports:
        said.pop("seconds")
        said.pop("run", None)
    assert reports[0] == reports[1]
    assert reports[0]["rejects"]["count"] == 4
    assert digest(little) == digest(much)
    assert digest(little, without=OBJECTS) == digest(ordered, without=OBJECTS)
    written, held = blocks_written(little)
    assert written == held == STATIONS * len(ELEMENTS) * 2
    # Against what was written to the file.
    wanted = sorted(
        (station, date, element, value) for station, date, element, value, _, quality, *_ in rows
    )
    stored = query(
        little,
        "select station_id, to_char(date, 'YYYYMMDD'), element, (value * 10)::integer from observation "
        "order by station_id, date, element",
    )
    assert len(stored) == len(wanted)
    assert [tuple(row) for row in stored] == wanted


def test_long_objects_are_committed_in_between(take, fresh, rows, tmp_path, query):
    """As often as the memory says, unless something was stored of the object before."""
    path = write(tmp_path / "by_day.csv", rows)
    pieces, whole = fresh(), fresh()
    for url, memory in ((pieces, 4), (whole, MUCH)):
        assert take(url, path, memory)["outcome"] == "success"
    assert query(whole, "select version from dataset_version") == [(2,)]
    assert query(pieces, "select version > 2 from dataset_version") == [(True,)]
    assert digest(pieces) == digest(whole)
    before = query(pieces, "select version from dataset_version")[0][0]
    write(path, rows[: len(rows) // 2])
    for url, memory in ((pieces, 4), (whole, MUCH)):
        assert take(url, path, memory)["outcome"] == "success"
    assert query(pieces, "select version from dataset_version") == [(before + 1,)]
    assert digest(pieces) == digest(whole)


def test_finds_twice_what_it_forgot(take, fresh, tmp_path, query):
    """With more stations than whose days fit into the memory: the first value counts, and the
    report says so of the object."""
    days = [f"2001{month:02d}01" for month in range(1, 7)]
    rows = [(f"ST{i:07d}", day, "TMAX", 100, "", "", "", "") for day in days for i in range(6000)]
    rows.append(("ST0000005", "20010101", "TMAX", 200, "", "", "", ""))
    url = fresh()
    said = take(url, write(tmp_path / "many.csv", rows), 4)
    assert said["rejected_values"] == 1
    assert "TMAX of station ST0000005 on 2001-01-01 was given before" in str(said)
    assert query(url, "select count(*), min(value * 10)::integer, max(value * 10)::integer from observation") == [
        (36000, 100, 100)
    ]


def test_selected(take, fresh, rows, by_day, query):
    """What is not selected is not even put into blocks."""
    url = fresh()
    take(url, by_day, LITTLE, "--stations", "ST0000005,ST0000007", "--elements", "TMIN", "--since", "2000")
    wanted = [
        (station, date, value) for station, date, element, value, *_ in rows
        if station in ("ST0000005", "ST0000007") and element == "TMIN" and date >= "2000"
    ]  # fmt: skip
    assert query(
        url,
        "select station_id, to_char(date, 'YYYYMMDD'), (value * 10)::integer from observation "
        "order by station_id, date",
    ) == sorted(wanted)
    assert query(url, "select count(*) from station") == [(2,)]


def test_no_room(take, fresh, by_day):
    said = take(fresh(), by_day, LITTLE, TMPDIR="/nowhere")
    (failure,) = said["failures"]["first"]
    assert failure["reason"] == "no file can be made in '/nowhere': No such file or directory"
    assert "TMPDIR" in failure["hint"]


def spools(pid, folder):
    """Whether the process has a file without a name in the folder."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except FileNotFoundError:
            continue
        if target.startswith(str(folder)) and target.endswith("(deleted)"):
            return True
    return False


def peak(pid):
    """KiB of memory that the process had at most; 0 when it is gone."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


@pytest.mark.release
def test_memory_and_kill(program, take, fresh, plugins, by_day, tmp_path):
    """Killed while it sorts, it leaves nothing behind; the next run does all of it, within the
    setting and 64 MiB."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    url = fresh()
    env = {"ALMANAC_PLUGINS": plugins, "TMPDIR": folder}
    command = ("ingest", "--ingest-memory", LITTLE, "--workers", 2, by_day)
    process = program.popen(*command, database=url, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not spools(process.pid, folder):
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert list(folder.iterdir()) == []
    process = program.popen(*command, database=url, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        most = max(most, peak(process.pid))
        time.sleep(0.002)
    assert process.returncode == 3  # some lines are rejected
    assert 0 < most < (LITTLE + 64) * MIB
    assert list(folder.iterdir()) == []
    undisturbed = fresh()
    take(undisturbed, by_day, MUCH)
    assert digest(url) == digest(undisturbed)
