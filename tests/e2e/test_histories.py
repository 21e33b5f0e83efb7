"""Histories of the same files: whatever grew, shrank, was corrected, renamed or went, whoever read it in
which order, in parts or killed half-way, in the end there is what one run over the final files leaves.

HISTORIES says how many there are, HISTORIES_SEED where they begin."""

import datetime
import io
import itertools
import os
import random
import shutil
import subprocess
import tarfile
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from contents import columns, digest, report
from program import TIMEOUT, check_end
from psycopg import sql
from stationfile import STATION, line, text, write

COUNT = int(os.environ.get("HISTORIES", "40"))
SEED = int(os.environ.get("HISTORIES_SEED", "0"))
ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("plugins") / "periods.c"
PARTIAL = 3
FOLDERS = ("a", "b", "c.d", "c")
STATIONS = ("USC00990001", "USC00990002", "USC00990003")
# The days that files speak of: around a new year, and one of each of many years.
DAYS = [datetime.date(2000, 12, 25) + datetime.timedelta(i) for i in range(14)]
YEARS = [datetime.date(year, 7, 1) for year in range(1751, 2151)]
ELEMENTS = ("TMAX", "TMIN", "PRCP")

pytestmark = pytest.mark.release


# -- Files ---------------------------------------------------------------------------------


class Days:
    """A file of a station: {date: (tmax, tmin, prcp)}, None for missing."""

    def __init__(self, chance, station):
        self.chance, self.station = chance, station
        self.name = f"{station}.txt"
        self.days = {}
        self.bad = 0  # lines that are rejected

    def grow(self):
        among = YEARS if self.chance.random() < 0.06 else DAYS
        count = self.chance.randrange(1, len(among))
        begin = self.chance.randrange(len(among) - count + 1)
        for day in among[begin : begin + count]:
            self.days.setdefault(day, self.value())

    def value(self):
        pick = self.chance.randrange
        return tuple(None if pick(9) == 0 else pick(low, high) for low, high in
            ((-300, 400), (-400, 300), (0, 900)))  # fmt: skip

    def shrink(self):
        for day in self.chance.sample(sorted(self.days), self.chance.randrange(len(self.days))):
            del self.days[day]

    def correct(self):
        for day in self.chance.sample(sorted(self.days), min(2, len(self.days))):
            self.days[day] = self.value()

    def spoil(self):
        self.bad = self.chance.randrange(3)

    def text(self):
        lines = [
            f"{day:%Y%m%d}\t" + "\t".join(str(-9999 if v is None else v) for v in values)
            for day, values in sorted(self.days.items())
        ]
        return "".join(line + "\n" for line in lines + ["not a day"] * self.bad)

    def says(self):
        """[(station, element, {date: value}, whole)]"""
        return [(self.station, element, {day: values[i] for day, values in self.days.items()}, False)
            for i, element in enumerate(ELEMENTS)]  # fmt: skip

    def describes(self):
        return {}


class Whole(Days):
    """Days of TMAX of any station, of which the years are given whole."""

    def __init__(self, chance, number):
        super().__init__(chance, None)
        self.name = f"{number}.whole"

    def grow(self):
        station = self.chance.choice(STATIONS)
        for day in self.chance.sample(DAYS, self.chance.randrange(1, 6)):
            self.days.setdefault((station, day), self.value())

    def value(self):
        return self.chance.randrange(-300, 400)

    def text(self):
        lines = [f"{station} {day} {value}\n" for (station, day), value in self.days.items()]
        return "".join(lines + ["not a day\n"] * self.bad)

    def says(self):
        by_station = defaultdict(dict)
        for (station, day), value in self.days.items():
            by_station[station][day] = value
        return [(station, "TMAX", days, True) for station, days in by_station.items()]


class Names(Days):
    """A list of stations."""

    def __init__(self, chance, number):
        super().__init__(chance, None)
        self.name = f"stations{number}.txt"

    def grow(self):
        for station in self.chance.sample([*STATIONS, "USC00990009"], 2):
            self.days.setdefault(station, self.value())

    def value(self):
        pick = self.chance.randrange
        return (pick(-80, 80), pick(-170, 170), pick(0, 2000), self.chance.choice(("ALPHA", "BETA", "")))

    def text(self):
        return "".join(
            f"{station} {latitude:8.4f} {longitude:9.4f} {elevation:6.1f} IL {name:30}      \n"
            for station, (latitude, longitude, elevation, name) in self.days.items()
        )

    def spoil(self):
        self.correct()

    def says(self):
        return []

    def describes(self):
        return self.days


class World:
    """Files in folders, some of them in archives: {folder: {name: file or {label: file}}}."""

    def __init__(self, seed, path):
        self.chance = random.Random(seed)
        self.path = path
        self.folders = {folder: {} for folder in FOLDERS}
        self.number = itertools.count(1)
        self.empty = set()
        for _ in range(self.chance.randrange(3, 6)):
            self.add()

    def make(self):
        kind = self.chance.random()
        if kind < 0.6:
            file = Days(self.chance, self.chance.choice(STATIONS))
        elif kind < 0.85:
            file = Whole(self.chance, next(self.number))
        else:
            file = Names(self.chance, next(self.number))
        file.grow()
        return file

    def shelves(self):
        """All places in which files are."""
        folders = list(self.folders.values())
        return folders + [file for folder in folders for file in folder.values() if isinstance(file, dict)]

    def files(self):
        """[(shelf, name)] of what is no archive."""
        return [(shelf, name) for shelf in self.shelves() for name, file in shelf.items()
            if not isinstance(file, dict)]  # fmt: skip

    def add(self):
        shelf = self.chance.choice(self.shelves())
        file = self.make()
        if self.chance.random() < 0.15 and any(shelf is folder for folder in self.folders.values()):
            shelf[f"pack{next(self.number)}.tar"] = {file.name: file}
        else:
            shelf[file.name] = file

    def take(self):
        """Takes a file out of its place. An archive is never left empty."""
        shelf, name = self.chance.choice(self.files())
        file = shelf.pop(name)
        for folder in self.folders.values():
            for name in [name for name, file in folder.items() if file == {}]:
                del folder[name]
        return file

    def rename(self):
        file = self.take()
        self.chance.choice(self.shelves())[file.name] = file

    def drop(self):
        if self.chance.random() < 0.3:
            packs = [(folder, name) for folder in self.folders.values() for name in folder
                if name.endswith(".tar")]  # fmt: skip
            if packs:
                folder, name = self.chance.choice(packs)
                del folder[name]
                return
        self.take()

    def change(self):
        for _ in range(self.chance.randrange(1, 4)):
            if not self.files():
                self.add()
            how = self.chance.choice(("grow", "shrink", "correct", "spoil", "add", "rename", "drop", "empty"))
            if how in ("add", "rename", "drop"):
                getattr(self, how)()
                continue
            shelf, name = self.chance.choice(self.files())
            file = shelf[name]
            if how == "empty":
                self.empty ^= {id(file)}
            elif file.days or how == "grow":
                getattr(file, how)()
        for folder in self.folders.values():  # so that each may be named
            if not folder:
                file = self.make()
                folder[file.name] = file

    def content(self, file):
        return b"" if id(file) in self.empty else file.text().encode()

    def write(self):
        shutil.rmtree(self.path, ignore_errors=True)
        for folder, shelf in self.folders.items():
            (self.path / folder).mkdir(parents=True)
            for name, file in shelf.items():
                path = self.path / folder / name
                if not isinstance(file, dict):
                    path.write_bytes(self.content(file))
                    continue
                with tarfile.open(path, "w") as archive:
                    for label in self.chance.sample(sorted(file), len(file)):
                        member = tarfile.TarInfo(label)
                        member.size = len(self.content(file[label]))
                        archive.addfile(member, io.BytesIO(self.content(file[label])))

    def listed(self, folders):
        """The files as a run has them, the one that counts most last."""
        for folder in folders:
            for _, file in sorted(self.folders[folder].items()):
                inside = [f for _, f in sorted(file.items())] if isinstance(file, dict) else [file]
                yield from (f for f in inside if id(f) not in self.empty)

    def expect(self, folders):
        """{(station, date, element): value} and {station: (latitude, longitude, elevation, name)}"""
        days, stations = {}, {}
        for file in self.listed(folders):
            for station, element, values, whole in file.says():
                years = {day.year for day in values} if whole else ()
                for key in [k for k in days if k[0] == station and k[2] == element and k[1].year in years]:
                    del days[key]
                days |= {(station, day, element): value for day, value in values.items()}
                if values:
                    stations.setdefault(station, (None, None, None, None))
            for station, said in file.describes().items():
                before = stations.get(station, (None, None, None, None))
                stations[station] = tuple(new if new != "" else old for new, old in zip(said, before, strict=True))
        return days, stations


# -- Databases -----------------------------------------------------------------------------


class Database:
    def __init__(self, url):
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True)
        kept = {"schema_migration", "calculator", "calculator_column", "dataset_version", "element"}
        kept |= {"dataset_history", "calculator_definition", "statistic", "statistic_column"}
        self.tables = {t: c for t, c in columns(self.connection).items() if t not in kept}

    def empty(self):
        self.connection.execute(
            sql.SQL("truncate {}").format(sql.SQL(", ").join(map(sql.Identifier, self.tables)))
        )

    def contents(self):
        """{table: rows in order} without what is incidental; objects by their URIs."""
        incidental = {"run_id", "taken_at", "version", "place", "origin"}
        result = {}
        for table, names in self.tables.items():
            if table in ("ingest_run", "changed_days"):
                continue
            fields = [sql.Identifier("t", n) for n in names if n not in incidental]
            if "origin" in names:
                fields.append(sql.SQL("(select uri from origin o where o.origin = t.origin)"))
            query = sql.SQL("select {} from {} t").format(
                sql.SQL(", ").join(fields), sql.Identifier(table))  # fmt: skip
            result[table] = sorted(self.connection.execute(query).fetchall(), key=repr)
        return result

    def days(self):
        rows = self.connection.execute("select station_id, date, element, value from observation")
        return {row[:3]: row[3] for row in rows}

    def stations(self):
        rows = self.connection.execute("select station_id, latitude, longitude, elevation, name from station")
        return {row[0]: row[1:] for row in rows}


@pytest.fixture(scope="module")
def plugins(almanac, tmp_path_factory):
    plugin = tmp_path_factory.mktemp("plugins") / "periods.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-I", ROOT / "include", "-o", plugin, SOURCE, "-lm"],
        check=True,
    )
    ours = [str(almanac.parent / "plugins" / kind) for kind in ("routes", "sources", "stats")]
    return {"ALMANAC_PLUGINS": ":".join([*ours, str(plugin)])}


@pytest.fixture(scope="module")
def databases(cluster, run, plugins):
    """One for the histories, one for their ends."""
    names = [cluster.create(), cluster.create()]
    for name in names:
        run("migrate", database=cluster.url(name), env=plugins, check=True)
    yield [Database(cluster.url(name)) for name in names]
    for name in names:
        cluster.drop(name)


# -- Histories -----------------------------------------------------------------------------


class History:
    def __init__(self, program, databases, plugins, seed, path):
        self.program, self.plugins = program, plugins
        self.database, self.fresh = databases
        self.world = World(seed, path)
        self.chance = self.world.chance

    def start(self, database, *arguments):
        return self.program.popen("ingest", *map(str, arguments), database=database.url, env=self.plugins,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip

    def end(self, *processes):
        for process in processes:
            _, stderr = process.communicate(timeout=TIMEOUT)
            check_end(process.returncode, stderr, 9)
            assert process.returncode in (0, PARTIAL, -9), stderr

    def paths(self, folders):
        whole = list(folders) == sorted(FOLDERS) and self.chance.random() < 0.5
        return [self.world.path] if whole else [self.world.path / folder for folder in folders]

    def options(self, remove):
        little = ("--ingest-memory", "4", "--workers", "4") if self.chance.random() < 0.3 else ()
        return ("--remove", remove, *little)

    def some_run(self):
        """A run of the past: over some of it, in parts, perhaps not all of them, perhaps killed."""
        pick = self.chance.random()
        folders = self.chance.sample(FOLDERS, self.chance.randrange(1, len(FOLDERS) + 1))
        arguments = self.paths(folders)
        remove = self.chance.choice(("days", "days", "objects"))
        if pick < 0.2:
            files = [path for path in sorted(self.world.path.rglob("*")) if path.is_file()]
            arguments = self.chance.sample(files, self.chance.randrange(1, min(3, len(files)) + 1))
        if pick < 0.7:
            process = self.start(self.database, *self.options(remove), *arguments)
            if self.chance.random() < 0.3:
                time.sleep(self.chance.random() * 0.1)
                process.kill()
            self.end(process)
            return
        self.parts(arguments, remove, self.chance.randrange(1, 4))

    def parts(self, arguments, remove, some=3):
        shards = self.chance.sample(range(3), some)
        options = [("--shard", f"{shard}/3", *self.options(remove), *arguments) for shard in shards]
        if self.chance.random() < 0.5:
            self.end(*[self.start(self.database, *option) for option in options])
        else:
            for option in options:
                self.end(self.start(self.database, *option))

    def last_run(self):
        folders = self.chance.sample(FOLDERS, len(FOLDERS))
        if self.chance.random() < 0.4:
            folders = sorted(FOLDERS)
        arguments = self.paths(folders)
        self.fresh.empty()
        fresh = self.start(self.fresh, "--remove", "objects", *arguments)
        if self.chance.random() < 0.4:
            self.parts(arguments, "objects")
            # None of the parts can say of an archive that all of it is stored.
        self.end(self.start(self.database, *self.options("objects"), *arguments), fresh)
        return folders

    def run(self):
        self.database.empty()
        for _ in range(self.chance.randrange(1, 5)):
            self.world.change()
            self.world.write()
            self.some_run()
        self.world.change()
        self.world.write()
        self.check(self.last_run())

    def check(self, folders):
        days, stations = self.world.expect(folders)
        tenths = {key: None if value is None else Decimal(value) / 10 for key, value in days.items()}
        assert self.fresh.days() == tenths
        assert self.database.days() == tenths
        assert self.fresh.stations() == stations
        assert self.database.stations() == stations
        wanted, found = self.fresh.contents(), self.database.contents()
        for table in wanted:
            assert found[table] == wanted[table], table


@pytest.mark.parametrize("seed", range(SEED, SEED + COUNT))
def test_a_history_leaves_no_trace(program, databases, plugins, tmp_path, seed):
    try:
        History(program, databases, plugins, seed, tmp_path / "files").run()
    finally:
        shutil.rmtree(tmp_path, ignore_errors=True)


# -- Rules, one at a time ------------------------------------------------------------------

DAY = [datetime.date(2001, 1, 1) + datetime.timedelta(i) for i in range(5)]


@pytest.fixture
def ingest(run, migrated):
    def ingest(*arguments, **options):
        return run("ingest", *arguments, database=migrated, **{"check": True, **options})

    return ingest


@pytest.fixture
def values(migrated, query):
    """() -> {day of January 2001: TMAX in tenths}"""
    statement = "select date, value * 10 from observation where element = 'TMAX' and station_id = %s"
    return lambda: {date.day: int(value) for date, value in query(migrated, statement, (STATION,))}


def put(folder, tmax, name=f"{STATION}.txt"):
    """A file with these values, {day: tmax}."""
    folder.mkdir(exist_ok=True)
    return write(folder, name, "".join(line(DAY[day - 1], value) for day, value in tmax.items()))


def test_separate_runs(ingest, values, tmp_path):
    """What comes later counts more, and goes on to when what was before it is read again."""
    ingest(put(tmp_path / "b", {1: 10, 2: 20}))
    ingest(put(tmp_path / "a", {2: 99}))
    assert values() == {1: 10, 2: 99}
    ingest(put(tmp_path / "b", {1: 10, 2: 21, 3: 30}))
    assert values() == {1: 10, 2: 99, 3: 30}
    put(tmp_path / "b", {1: 10, 2: 22, 3: 30})
    ingest(tmp_path / "a", tmp_path / "b")  # another order, and another value
    assert values() == {1: 10, 2: 22, 3: 30}
    put(tmp_path / "b", {1: 10})
    ingest(tmp_path / "b")
    assert values() == {1: 10, 2: 99}


def test_days_that_go(ingest, values, tmp_path):
    path = put(tmp_path, {1: 10, 2: 20, 3: 30})
    ingest(path)
    put(tmp_path, {2: 21})
    said = report(ingest(path, "--remove", "nothing"))
    assert said["blocks"]["changed"] == 1
    assert values() == {1: 10, 2: 21, 3: 30}
    put(tmp_path, {3: 31})
    ingest(path)
    assert values() == {3: 31}


def test_a_station_that_goes(ingest, query, migrated, tmp_path):
    """The station, its statistics and all that was put down of it."""
    others = ("ingest_run", "dataset_version", "dataset_history", "element", "calculator")
    before = digest(migrated, without=others)
    path = put(tmp_path / "files", {1: 10})
    put(tmp_path / "files", {1: 10}, name="USC00990002.txt")
    ingest(tmp_path / "files")
    path.unlink()
    ingest(tmp_path / "files")
    assert query(migrated, "select count(*) from station") == [(2,)]
    ingest(tmp_path / "files", "--remove", "objects")
    assert query(migrated, "select station_id from station") == [("USC00990002",)]
    assert query(migrated, "select count(*) from stat_yearly") == [(1,)]
    (tmp_path / "files" / "USC00990002.txt").unlink()
    done = ingest(tmp_path / "files", "--remove", "objects", check=False)
    assert done.returncode == 1 and "there is no file in this directory" in done.stderr
    assert query(migrated, "select station_id from station") == [("USC00990002",)]
    put(tmp_path / "files", {}, name="USC00990003.txt")
    ingest(tmp_path / "files", "--remove", "objects")
    query(migrated, "delete from ingest_object")
    query(migrated, "delete from origin")
    assert digest(migrated, without=others) == before


def test_a_station_that_another_run_removes(program, ingest, migrated, query, values, tmp_path):
    """While this one was about to store days of it."""
    ingest(put(tmp_path / "a", {1: 10}))
    waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with psycopg.connect(migrated) as other:
        other.execute("select from station for update")  # as whoever will remove it begins
        process = program.popen("ingest", put(tmp_path / "b", {2: 20}), database=migrated,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
        while not query(migrated, waiting):
            assert process.poll() is None
            time.sleep(0.02)
        statistics = [f"stat_{name}" for (name,) in other.execute("select name from calculator")]
        for table in ("block", "station_part", *statistics, "statistic_base", "station"):
            other.execute(f"delete from {table}")
    out, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, out + stderr
    assert values() == {2: 20}
    assert query(migrated, "select station_id from station") == [(STATION,)]


def test_what_is_gone_counts_least(ingest, values, tmp_path):
    """Its days stay until that is said, but nothing that is there is hidden by them."""
    old = put(tmp_path / "z", {1: 10, 2: 20})
    put(tmp_path / "a", {5: 50}, name="USC00990002.txt")
    ingest(tmp_path)
    old.unlink()
    put(tmp_path / "a", {2: 21, 3: 31})
    ingest(tmp_path)
    assert values() == {1: 10, 2: 21, 3: 31}
    put(tmp_path / "z", {1: 10, 2: 20})  # and counts as before once it is back
    ingest(tmp_path)
    assert values() == {1: 10, 2: 20, 3: 31}
    old.unlink()
    ingest(tmp_path / "a", "--remove", "objects")  # nobody has looked there
    assert values() == {1: 10, 2: 20, 3: 31}
    ingest(tmp_path, "--remove", "objects")
    assert values() == {2: 21, 3: 31}


def test_a_failure_removes_nothing(ingest, values, tmp_path):
    """What could not be read may be what was renamed."""
    old = put(tmp_path / "files", {1: 10})
    ingest(tmp_path / "files")
    old.rename(old.with_name("USC00990009.txt"))
    bad = write(tmp_path / "files", "USC00990008.txt", "no days\n")
    assert ingest(tmp_path / "files", "--remove", "objects", check=False).returncode == PARTIAL
    assert values() == {1: 10}
    bad.unlink()
    ingest(tmp_path / "files", "--remove", "objects")
    assert values() == {}


def test_standard_input_adds(ingest, values):
    """It has no state that could be compared with what it said before."""
    for day in (1, 2):
        ingest("-", "--stdin-name", f"{STATION}.txt", input=line(DAY[day - 1], day), text=True)
    assert values() == {1: 1, 2: 2}


def test_an_object_of_several_parcels_shrinks(ingest, run, cluster, migrated, migrated_template, tmp_path):
    """Over another one that it covered."""
    little = ("--ingest-memory", "4", "--workers", "4")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, first="1700-01-01", count=90000, shift=len(folder))
    ingest(tmp_path, *little)
    lines = text(first="1700-01-01", count=90000, shift=5).splitlines(keepends=True)
    write(tmp_path / "b", content="".join(lines[20000:50000] + lines[60000:60010]))
    ingest(tmp_path, *little)
    name = cluster.create(template=migrated_template)
    try:
        run("ingest", tmp_path, database=cluster.url(name), check=True)
        assert digest(migrated) == digest(cluster.url(name))
    finally:
        cluster.drop(name)


def test_a_block_that_an_object_of_several_parcels_leaves(ingest, query, migrated, tmp_path):
    """Another object has days of it, which it had covered."""
    put(tmp_path / "a", {1: 10, 2: 20})
    put(tmp_path / "b", {2: 21, 3: 31})
    ingest(tmp_path / "a", tmp_path / "b")
    write(tmp_path / "b", first="1701-01-01", count=90000)
    ingest(tmp_path / "a", tmp_path / "b", "--ingest-memory", "4", "--workers", "4")
    days = "select date, value * 10 from observation where element = 'TMAX' and year = 2001 order by date"
    assert query(migrated, days) == [(DAY[0], 10), (DAY[1], 20)]
    assert query(migrated, "select count(*) from block_part") == [(0,)]


def pack(path, *members):
    """A tar of these (label, {day: tmax}), in this order."""
    path.parent.mkdir(exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for label, tmax in members:
            content = "".join(line(DAY[day - 1], value) for day, value in tmax.items()).encode()
            member = tarfile.TarInfo(label)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize("options", [(), ("--shard", "0/1"), ("--ingest-memory", "4", "--workers", "4")])
def test_a_name_that_an_archive_has_twice(ingest, values, tmp_path, options):
    """The last one counts, as it is there when the archive is unpacked, whatever the ledger has of it."""
    path, name = tmp_path / "files" / "x.tar", f"{STATION}.txt"
    old, new, other = (name, {1: 10, 2: 20}), (name, {2: 21}), ("USC00990002.txt", {5: 50})
    pack(path, old, new)
    said = report(ingest(path, *options))
    assert values() == {2: 21}
    assert [note["reason"] for note in said["notes"]["first"]] == [
        "it holds files of the same name, of which the last counts: 1"
    ]
    pack(path, old, new, other)  # it is read again, and its files are known
    ingest(path, *options)
    assert values() == {2: 21}
    pack(path, new, old, other)
    ingest(path, *options)
    assert values() == {1: 10, 2: 20}
    pack(path, old, new, old)
    ingest(path, *options)
    assert values() == {1: 10, 2: 20}
    pack(path, old, new)
    ingest(path, *options)
    assert values() == {2: 21}
    pack(path, old)
    ingest(path, *options)
    assert values() == {1: 10, 2: 20}


def test_what_was_stored_before_origins(ingest, values, query, migrated, tmp_path):
    """Of blocks that an earlier version has stored nobody knows where they come from: all is read
    again, and then it is known."""
    put(tmp_path / "a", {1: 10, 2: 20})
    put(tmp_path / "b", {1: 11})
    ingest(tmp_path / "a", tmp_path / "b")
    for statement in ("delete from origin", "delete from block_part", "update block set origin = 0"):
        query(migrated, statement)
    put(tmp_path / "a", {1: 10, 2: 20, 3: 30})
    said = report(ingest(tmp_path / "a", tmp_path / "b"))
    assert said["objects"]["taken"] == 2
    assert values() == {1: 11, 2: 20, 3: 30}
    assert query(migrated, "select count(*) from block_part p where not exists (select from origin o "
        "where o.origin = p.origin)") == [(0,)]  # fmt: skip
    put(tmp_path / "b", {2: 21})
    ingest(tmp_path / "a", tmp_path / "b")
    assert values() == {1: 10, 2: 21, 3: 30}
