"""Statistics stay right whatever changes: against values computed in Python after every step of a
random history, and after calculators come, go and change."""

import datetime
import random
import subprocess
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from contents import digest, report
from stationfile import text, write

FAILED = 1
ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("plugins") / "periods.c"


@pytest.fixture(scope="module")
def plugins(almanac, tmp_path_factory):
    """ALMANAC_PLUGINS: those of the build tree, and the tests' own."""
    plugin = tmp_path_factory.mktemp("plugins") / "periods.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-I", ROOT / "include", "-o", plugin, SOURCE, "-lm"],
        check=True,
    )
    ours = [str(almanac.parent / "plugins" / kind) for kind in ("routes", "sources", "stats")]
    return ":".join(ours), ":".join([*ours, str(plugin)])


@pytest.fixture
def prepared(run, database, plugins):
    """URL of a database with the tables of all calculators, and run() with their plugins."""
    run("migrate", database=database, env={"ALMANAC_PLUGINS": plugins[1]}, check=True)

    def ingest(*arguments, env=None, **options):
        env = {"ALMANAC_PLUGINS": plugins[1]} | (env or {})
        return run("ingest", *arguments, database=database, env=env, **options)

    return database, ingest


# -- A random history ----------------------------------------------------------------------

STATIONS = ("ALPHA", "BETA", "GAMMA")
FIRST = datetime.date(1999, 1, 1)
DAYS = 5 * 365


class World:
    """What the database should hold: {station: {day: (value or None, flagged)}}."""

    def __init__(self, chance):
        self.chance = chance
        self.stations = {station: {FIRST: (0, False)} for station in STATIONS}
        self.latitudes = {}

    def change(self, station):
        """Some days of a random stretch are changed, flagged, reported as missing, or go."""
        begin = self.chance.randrange(DAYS)
        for i in range(begin, min(begin + self.chance.choice((1, 20, 400)), DAYS)):
            day = FIRST + datetime.timedelta(i)
            kind = self.chance.random()
            if kind < 0.3:
                self.stations[station].pop(day, None)
            elif kind < 0.4:
                self.stations[station][day] = (None, False)
            else:
                self.stations[station][day] = (self.chance.randrange(-300, 400), kind < 0.5)

    def erase(self, station, year):
        """All but one day of a year goes: a block that an object does not mention stays."""
        for day in [d for d in self.stations[station] if d.year == year][1:]:
            del self.stations[station][day]

    def write(self, path):
        """All days of all stations, in a random order."""
        lines = []
        for station, days in self.stations.items():
            for day, (value, flagged) in days.items():
                shown = "-" if value is None else f"{value}{'X' if flagged else ''}"
                lines.append(f"{station} {day} {shown}\n")
        self.chance.shuffle(lines)
        path.write_text("".join(lines))


def month_of(day):
    return day.year, day.month


def season_of(day):
    return day.year + (day.month == 12), day.month % 12 // 3 + 1


def expect_totals(world, period_of):
    """{(station, year, part): (total, days)} of periods with a report."""
    rows = {}
    for station, days in world.stations.items():
        for day, (value, flagged) in days.items():
            key = (station, *period_of(day))
            total, count = rows.get(key, (None, 0))
            if value is not None and not flagged:
                total, count = (total or 0) + value, count + 1
            rows[key] = (total, count)
    return rows


def expect_history(world):
    rows = {}
    for station, days in world.stations.items():
        good = defaultdict(int)
        for day, (value, flagged) in days.items():
            good[day.year] += value is not None and not flagged
        for year in good:
            before = sum(count for y, count in good.items() if y < year)
            rows[station, year] = (before, world.latitudes.get(station))
    return rows


PERIODS = {
    "month": (month_of, lambda year, part: datetime.date(year, part, 1)),
    "season": (season_of, lambda year, part: datetime.date(year - (part == 1), (part * 3 - 4) % 12 + 1, 1)),
    "year": (lambda day: (day.year,), lambda year: datetime.date(year, 1, 1)),
}  # fmt: skip


def expect_several(world, kind):
    """What plugins/periods.c says of test_several, without its own code."""
    period_of, start_of = PERIODS[kind]
    rows = {}
    for station, days in world.stations.items():
        good = {day: value for day, (value, flagged) in days.items() if value is not None and not flagged}
        base = sum(value for day, value in good.items() if day.year in (2000, 2001))
        for key in {period_of(day) for day in days}:
            own = [(value, day) for day, value in good.items() if period_of(day) == key]
            start = start_of(*key)
            before = sum(good.get(start - datetime.timedelta(i), 0) for i in range(1, 41))
            rows[station, *key] = (sum(value > 100 for value, _ in own), before,
                max(own)[1] if own else None, base)  # fmt: skip
    return rows


def check_several(world, query, url):
    for kind in PERIODS:
        keys = "year" if kind == "year" else f"year, {kind}"
        rows = query(url, f"select station_id, {keys}, above, before, warmest, base_sum from stat_test_several_{kind}")
        assert {row[:-4]: row[-4:] for row in rows} == expect_several(world, kind), kind
    years = query(url, "select year, only_years from stat_test_several_year")
    assert all(row[1] == row[0] + 0.5 for row in years)


def check(world, query, url):
    check_several(world, query, url)
    monthly = query(url, "select station_id, year, month, total, days, tmax_days from stat_test_monthly")
    assert {row[:3]: row[3:5] for row in monthly} == expect_totals(world, month_of)
    assert all(row[4] == row[5] for row in monthly)
    seasonal = query(url, "select station_id, year, season, total, days, tmax_days from stat_test_seasonal")
    assert {row[:3]: row[3:5] for row in seasonal} == expect_totals(world, season_of)
    assert all(row[4] == row[5] for row in seasonal)
    history = query(url, "select station_id, year, before, latitude from stat_test_history")
    assert {row[:2]: row[2:] for row in history} == expect_history(world)
    yearly = query(url, "select station_id, year, tmax_days from stat_yearly")
    counts = defaultdict(int)
    for station, days in world.stations.items():
        for day, (value, flagged) in days.items():
            counts[station, day.year] += value is not None and not flagged
    assert {row[:2]: row[2] for row in yearly} == dict(counts)


@pytest.mark.parametrize("seed", range(4))
def test_a_random_history(prepared, query, tmp_path, seed):
    url, ingest = prepared
    world = World(random.Random(seed))
    for step in range(12):
        for station in world.chance.sample(STATIONS, world.chance.randrange(1, 4)):
            world.change(station)
        if step == 6:
            world.erase("BETA", 2001)
        path = tmp_path / f"{step}.whole"
        world.write(path)
        ingest(path, check=True)
        check(world, query, url)
    days = query(url, "select station_id, date, value, quality_flag from observation")
    assert {row[:2]: row[2:] for row in days} == {
        (station, day): (None if value is None else Decimal(value) / 10, "X" if flagged else None)
        for station, its_days in world.stations.items()
        for day, (value, flagged) in its_days.items()
    }


def test_a_change_writes_only_its_rows(prepared, query, tmp_path):
    """One value of December: a month, two winters at most, a year, and what looks back; no base period."""
    url, ingest = prepared
    world = World(random.Random(9))
    for i in range(DAYS):
        world.stations["ALPHA"][FIRST + datetime.timedelta(i)] = (i % 300, False)
    path = tmp_path / "a.whole"
    world.write(path)
    ingest(path, check=True)
    before = query(url, "select year, month, xmin::text from stat_test_monthly")
    bases = query(url, "select station_id, xmin::text from statistic_base")
    world.stations["ALPHA"][datetime.date(2002, 12, 5)] = (None, False)
    world.write(path)
    said = report(ingest(path, check=True))
    assert said["blocks"] == {"added": 0, "changed": 1}
    # December 2002, winter 2003, the year 2002 twice, and the year 2003 that looks back; of test_several
    # that month, season and year, and January and 2003, which begin within 40 days; of summary and
    # degree_days the year.
    assert said["statistics"] == 1 + 1 + 2 + 1 + 3 + 2 + 2
    after = query(url, "select year, month, xmin::text from stat_test_monthly")
    assert [row[:2] for row in set(after) - set(before)] == [(2002, 12)]
    check(world, query, url)
    assert query(url, "select station_id, xmin::text from statistic_base") == bases
    # A day of the base period: every row of test_several depends on it.
    world.stations["ALPHA"][datetime.date(2000, 6, 5)] = (399, False)
    world.write(path)
    said = report(ingest(path, check=True))
    assert said["statistics"] == 1 + 1 + 1 + 60 + 21 + 5 + 1
    check(world, query, url)


# -- Stations ------------------------------------------------------------------------------


def test_statistics_know_the_place(prepared, query, tmp_path, data):
    """A description that comes after the days, and one before them."""
    url, ingest = prepared
    first, second = (line[:11] for line in (data / "wx_stations.txt").read_text().splitlines()[:2])
    world = World(random.Random(1))
    world.stations = {first: {FIRST: (1, False)}}
    world.write(tmp_path / "first.whole")
    ingest(tmp_path / "first.whole", check=True)
    check(world, query, url)
    said = report(ingest(data / "wx_stations.txt", check=True))
    assert said["stations"]["added"] == 166 and said["statistics"] == 1
    world.latitudes = dict(query(url, "select station_id, latitude from station"))
    check(world, query, url)
    world.stations[second] = {FIRST: (2, False)}
    world.write(tmp_path / "second.whole")
    ingest(tmp_path / "second.whole", check=True)
    check(world, query, url)


# -- Calculators ---------------------------------------------------------------------------


def test_a_calculator_without_a_table(run, query, migrated, plugins, tmp_path):
    done = run("ingest", write(tmp_path), database=migrated, env={"ALMANAC_PLUGINS": plugins[1]})
    assert done.returncode == FAILED
    assert "no table for the statistic 'test_monthly'" in done.stderr
    assert "almanac migrate" in done.stderr


def test_a_calculator_that_comes_later(run, query, prepared, database, plugins, tmp_path):
    """Its rows are computed for all that is there, by the next run, whatever that reads."""
    url, ingest = prepared
    query(url, "delete from calculator where name like 'test%'")
    for name in ("monthly", "seasonal", "history", "several_month", "several_season", "several_year"):
        query(url, f"drop table stat_test_{name}")
    names = [f"STATION{i:03d}" for i in range(150)]
    world = World(random.Random(3))
    world.stations = {
        name: {FIRST + datetime.timedelta(40 * i): (i, False) for i in range(20)} for name in names
    }
    world.write(tmp_path / "a.whole")
    only = plugins[0] + ":" + plugins[1].rpartition(":")[2]
    run("migrate", database=url, env={"ALMANAC_PLUGINS": only}, check=True)
    query(url, "update calculator set computed_definition = null")
    ingest(tmp_path / "a.whole", check=True)
    check(world, query, url)
    computed = query(url, "select name from calculator where computed_definition = definition")
    assert len(computed) == 9
    before = digest(url)
    # As it was, but the rows of one were computed with something else.
    query(url, "update calculator set computed_definition = 'older' where name = 'test_seasonal'")
    query(url, "delete from stat_test_seasonal where station_id < 'STATION050'")
    query(url, "update stat_test_seasonal set total = 7 where station_id > 'STATION100'")
    query(url, "insert into stat_test_seasonal (station_id, year, season) values ('STATION060', 1950, 2)")
    said = report(ingest(tmp_path / "a.whole", check=True))
    assert said["objects"]["skipped"] == 1 and said["version"] is not None
    assert digest(url) == before


def test_a_calculator_that_was_not_there(prepared, query, plugins, tmp_path):
    """A run without it makes its rows out of date; the next one with it makes up for that."""
    url, ingest = prepared
    path = write(tmp_path, name="USC00990001.txt")
    ingest(path, check=True)
    write(tmp_path, name="USC00990001.txt", content=text(count=400, shift=4))
    sources = {"ALMANAC_PLUGINS": plugins[0].split(":")[1]}
    ingest(path, env=sources, check=True)
    assert query(url, "select count(*) from calculator where stale") == [(9,)]
    assert query(url, "select max(year) from stat_yearly") == [(2001,)]
    said = report(ingest(path, check=True))
    assert said["objects"]["skipped"] == 1
    assert query(url, "select max(year) from stat_yearly") == [(2002,)]
    assert query(url, "select sum(days) from stat_test_seasonal") == [(400,)]
    again = report(ingest(path, check=True))
    assert again["version"] is None


def test_many_stations_in_one_object(prepared, query, tmp_path):
    """More than are read back together, in an object of several parcels."""
    url, ingest = prepared
    world = World(random.Random(5))
    world.stations = {
        f"STATION{i:04d}": {FIRST + datetime.timedelta(97 * k): (k, False) for k in range(19)}
        for i in range(700)
    }
    world.write(tmp_path / "a.whole")
    ((before,),) = query(url, "select version from dataset_version")
    ingest(tmp_path / "a.whole", "--ingest-memory", "4", check=True)
    check(world, query, url)
    assert query(url, "select version from dataset_version") == [(before + 1,)]
    world.stations["STATION0100"][FIRST] = (99, False)
    world.write(tmp_path / "a.whole")
    ingest(tmp_path / "a.whole", "--ingest-memory", "4", check=True)
    check(world, query, url)
