"""Another version of a statistic's plugin: between `migrate` and the end of the ingestion that computes
its rows, and afterwards, every value is the one that its column and unit say. Against values computed
in Python from the sample data, through a running server with several loops."""

import functools
import itertools
import subprocess
import threading
import time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import httpx
import psycopg
import pytest
import sample
from stationfile import write

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("plugins") / "redefined.c"
CONNECTIONS = 12  # each may be another loop's
STATIONS = 167
CHOSEN = "USC00110072"
EXTRAS = [f"extra{n:02d}" for n in range(40)]


# -- What the values should be -----------------------------------------------------------------


def shown(value, places):
    """As it is shown, halves away from zero."""
    if value is None:
        return None
    rounded = abs(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return float(rounded.copy_sign(value))


def good(days, position):
    return [values[position] for values in days if values[position] is not None]


def best(days, position, choose, divisor):
    values = good(days, position)
    return Decimal(choose(values)) / divisor if values else None


@functools.cache
def years():
    """[(station, year, values in degC and mm)] of the sample."""
    found = []
    for station, days in sample.stations().items():
        for year, group in itertools.groupby(days.items(), lambda day: int(day[0][:4])):
            values = [values for _, values in group]
            found.append((station, year, {
                "high": best(values, 0, max, 10),
                "low": best(values, 1, min, 10),
                "rain": best(values, 2, sum, 10),
            }))  # fmt: skip
    return found


def cm(value):
    return None if value is None else value / 10


def row_1(high, low, rain):
    return {
        "avg_tmax": shown(high, 2), "avg_tmin": shown(low, 2), "total_prcp": shown(cm(rain), 2),
    }  # fmt: skip


def row_2(high, low, rain):
    return {
        "avg_tmin": shown(low, 2), "avg_tmax": shown(high, 2), "total_prcp": shown(rain, 1),
    } | {name: 1000 + n for n, name in enumerate(EXTRAS)}  # fmt: skip


def row_3(high, low, rain):
    return {"rain": shown(cm(rain), 3), "avg_tmax": shown(high, 1)}


def row_4(high, low, rain):
    return {"rain": shown(cm(rain), 3), "avg_tmax": None if high is None else -shown(high, 1)}


ROWS = {1: row_1, 2: row_2, 3: row_3, 4: row_4}


@functools.cache
def expected(edition):
    return [
        {"station_id": station, "year": year} | ROWS[edition](**values)
        for station, year, values in years()
    ]


# -- The programs ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def editions(almanac, tmp_path_factory):
    """{edition: environment of a program with that version of the plugin}."""
    folder = tmp_path_factory.mktemp("editions")
    shared = [str(almanac.parent / "plugins" / kind) for kind in ("routes", "sources")]
    found = {}
    for edition in ROWS:
        plugin = folder / str(edition) / "redefined.so"
        plugin.parent.mkdir()
        command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", f"-DEDITION={edition}"]
        subprocess.run([*command, "-I", ROOT / "include", "-o", plugin, SOURCE, "-lm"], check=True)
        found[edition] = {"ALMANAC_PLUGINS": ":".join([*shared, str(plugin)])}
    return found


class Site:
    """A database, the programs that work on it, and a server that runs all the time."""

    def __init__(self, run, url, editions, data):
        self.run, self.url, self.editions = run, url, editions
        self.files = (data / "wx_stations.txt", data / "wx_data.tar.xz")

    def migrate(self, edition):
        return self.run("migrate", database=self.url, env=self.editions[edition], check=True).stdout

    def ingest(self, edition, **options):
        return self.run("ingest", *self.files, database=self.url, env=self.editions[edition], **options)

    def serve(self, server):
        self.server = server(self.url, "--threads", "4", env=self.editions[1])
        return self


@pytest.fixture
def site(run, database, editions, data, server):
    site = Site(run, database, editions, data)
    site.migrate(1)
    site.ingest(1, check=True)
    return site.serve(server)


def ask(site, path, **parameters):
    """The answers that connections of different loops get, all the same."""
    answers = [
        httpx.get(site.server.url + path, params=parameters, timeout=60) for _ in range(CONNECTIONS)
    ]
    assert {(a.status_code, a.text) for a in answers} == {(answers[0].status_code, answers[0].text)}
    return answers[0]


def rows_of(site):
    """All rows, through the route that shows whatever columns there are."""
    got = []
    for page in range(1, 6):
        answer = httpx.get(
            site.server.url + "/api/stats/yearly", params={"page": page, "page_size": 1000}, timeout=60
        )
        assert answer.status_code == 200, answer.text
        got += answer.json()["data"]
    return got


def check(site, edition):
    wanted = expected(edition)
    assert rows_of(site) == wanted
    answer = ask(site, "/api/stats/yearly", station_id=CHOSEN)
    assert answer.json()["data"] == [row for row in wanted if row["station_id"] == CHOSEN]
    columns = [name for name in wanted[0] if name not in ("station_id", "year")]
    declared = ask(site, "/api/stats").json()["data"]
    assert [column["column"] for column in declared] == columns
    assert {c["unit"] for c in declared if c["column"] in ("total_prcp", "rain")} == {
        "mm" if edition == 2 else "cm"
    }


def check_route(site, edition):
    """The route that declares its fields: the values are those, or it says that it cannot."""
    answer = ask(site, "/api/weather/stats", station_id=CHOSEN)
    if edition == 1:
        wanted = [row for row in expected(1) if row["station_id"] == CHOSEN]
        assert answer.json()["data"] == wanted
    elif edition == 2:
        assert answer.status_code == 503
        assert "total_prcp is stored in mm at the moment" in answer.json()["detail"]
    else:
        assert answer.status_code == 500


# -- Tests -------------------------------------------------------------------------------------


def test_columns_that_change_places_and_units(site, query):
    check(site, 1)
    check_route(site, 1)
    done = site.migrate(2)
    assert "moved the rows of table stat_yearly to former_stat_yearly" in done
    check(site, 1)
    check_route(site, 1)
    # SQL users: each table has the rows that its comments speak of.
    comment = "select col_description(%s::regclass, attnum) from pg_attribute where attrelid = %s::regclass and attname = 'total_prcp'"
    for table, unit in (("stat_yearly", "mm"), ("former_stat_yearly", "cm")):
        assert query(site.url, comment, (table, table)) == [(f"total_prcp in {unit} [{unit}]",)]
    assert query(site.url, "select count(*) from stat_yearly") == [(0,)]
    may = "select has_table_privilege('almanac_reader', 'former_stat_yearly', 'select')"
    assert query(site.url, may) == [(True,)]
    ((before,),) = query(site.url, "select sum(total_prcp) from former_stat_yearly")
    assert site.ingest(2).returncode == 0
    check(site, 2)
    check_route(site, 2)
    ((after,),) = query(site.url, "select sum(total_prcp) from stat_yearly")
    assert abs(after - 10 * before) < 1e-6 * after


@pytest.mark.release
def test_columns_that_go_and_get_other_names(site, query):
    site.migrate(2)
    site.ingest(2, check=True)
    check(site, 2)
    site.migrate(3)
    check(site, 2)
    site.ingest(3, check=True)
    check(site, 3)
    done = site.migrate(3)
    assert "dropped table former_stat_yearly" in done and "dropped column extra39 of table stat_yearly" in done
    assert site.migrate(3) == "up to date\n"
    check(site, 3)
    columns = query(site.url, "select attname from pg_attribute where attrelid = 'stat_yearly'::regclass "
                    "and attnum > 0 and not attisdropped and atttypid = 'float8'::regtype")  # fmt: skip
    assert sorted(name for (name,) in columns) == ["avg_tmax", "rain"]


@pytest.mark.release
def test_columns_that_others_rely_on_stay(site, query):
    query(site.url, "create view mine as select station_id, year, avg_tmin from stat_yearly")
    site.migrate(3)
    check(site, 1)
    site.ingest(3, check=True)
    assert "kept column avg_tmin of table stat_yearly" in site.migrate(3)
    assert query(site.url, "select count(*), count(avg_tmin) from mine") == [(4820, 0)]
    check(site, 3)


@pytest.mark.release
def test_the_same_columns(site):
    """Rows are computed anew in place: nothing is moved."""
    site.migrate(3)
    site.ingest(3, check=True)
    assert "moved" not in site.migrate(4)
    check(site, 3)
    site.ingest(4, check=True)
    check(site, 4)
    site.migrate(3)
    check(site, 4)
    site.ingest(3, check=True)
    check(site, 3)


@pytest.mark.release
def test_migrated_again_and_back_before_it_was_computed(site):
    site.migrate(2)
    site.migrate(3)
    check(site, 1)
    site.migrate(1)
    check(site, 1)
    site.ingest(1, check=True)
    check(site, 1)
    assert "dropped table former_stat_yearly" in site.migrate(1)


@pytest.fixture
def halfway(site, query):
    """Computing the new rows fails half-way, after some transactions."""
    middle = sorted(sample.stations())[STATIONS // 2]

    def stop(edition):
        site.migrate(edition)
        query(site.url,
            "create function refuse() returns trigger language plpgsql as "
            f"$$ begin if new.station_id >= '{middle}' then raise exception 'half-way'; end if; return new; end $$; "
            "create trigger refuse before insert or update on stat_yearly for each row execute function refuse()",
        )  # fmt: skip
        assert site.ingest(edition).returncode != 0
        query(site.url, "drop function refuse cascade")

    return stop


def test_computed_half_way(site, query, halfway):
    halfway(2)
    ((stations,),) = query(site.url, "select count(distinct station_id) from stat_yearly")
    assert 0 < stations < STATIONS
    check(site, 1)
    check_route(site, 1)
    site.migrate(2)
    check(site, 1)
    site.ingest(2, check=True)
    check(site, 2)


@pytest.mark.release
def test_computed_half_way_and_back(site, query, halfway):
    """What was computed of a version in between is of no other."""
    halfway(2)
    site.migrate(3)
    site.migrate(2)
    assert query(site.url, "select count(*) from stat_yearly") == [(0,)]
    check(site, 1)
    site.ingest(2, check=True)
    check(site, 2)


def test_while_requests_are_under_way(site):
    """Every answer is wholly of one version, and none of them fails."""
    wanted = {edition: [row for row in expected(edition) if row["station_id"] == CHOSEN] for edition in (1, 2)}
    over, bad = threading.Event(), []

    def demand():
        with httpx.Client(base_url=site.server.url, timeout=60) as client:
            while not over.is_set():
                answer = client.get("/api/stats/yearly", params={"station_id": CHOSEN})
                if answer.status_code != 200 or answer.json()["data"] not in wanted.values():
                    bad.append(answer.text)

    threads = [threading.Thread(target=demand) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        for edition in (2, 1, 2):
            site.migrate(edition)
            site.ingest(edition, check=True)
            site.migrate(edition)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert bad == []
    check(site, 2)


@pytest.mark.release
def test_never_computed(site, query, run, editions):
    """A statistic that is new, with data there: it is said, no empty list."""
    query(site.url, "delete from calculator; drop table stat_yearly")
    site.migrate(1)
    answer = ask(site, "/api/stats/yearly")
    assert answer.status_code == 503
    assert "not computed yet" in answer.json()["detail"]
    assert ask(site, "/api/weather/stats").status_code == 503
    site.ingest(1, check=True)
    check(site, 1)


def test_migrated_while_an_ingestion_runs(site, query, program, tmp_path):
    """It began with the version of before: it stores nothing more."""
    write(tmp_path, name="USC00990001.txt")
    with psycopg.connect(site.url) as other:
        other.execute("select from calculator for update")
        other.execute("update calculator set definition = 'another'")
        process = program.popen(
            "ingest", tmp_path / "USC00990001.txt", database=site.url, env=site.editions[1],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        while not query(site.url, waiting):
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        other.commit()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the database was migrated while this ran" in said
    assert query(site.url, "select count(*) from station where station_id = 'USC00990001'") == [(0,)]
