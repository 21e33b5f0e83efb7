"""Statistics that are computed for a request: other parameters than the stored ones, kinds of periods
that are not stored, and what is stored, computed once more. Against values worked out in Python."""

import datetime
import json
import random
import subprocess
from collections import defaultdict
from pathlib import Path

import httpx
import pytest

from conftest import servers, temporary

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(__file__).with_name("plugins")
STATIONS = ("ALPHA", "BETA", "DELTA", "GAMMA", "OMEGA")
FIRST = datetime.date(1999, 3, 1)
DAYS = 4 * 365
STEP = datetime.timedelta(1)


# -- What the values should be -----------------------------------------------------------------


def make_days(seed):
    """{day: value or None}: with gaps of reported and of other missing days."""
    chance = random.Random(seed)
    days = {}
    for i in range(DAYS):
        kind = chance.random()
        if kind > 0.03:
            days[FIRST + i * STEP] = None if kind < 0.06 else chance.randrange(-300, 400)
    return days


WORLD = {station: make_days(seed) for seed, station in enumerate(STATIONS)}


def leap_day(day):
    return datetime.date(2000, day.month, day.day).timetuple().tm_yday


KEYS = {
    "month": lambda day: {"year": day.year, "month": day.month},
    "season": lambda day: {"year": day.year + (day.month == 12), "season": day.month % 12 // 3 + 1},
    "year": lambda day: {"year": day.year},
    "day": lambda day: {"date": day.isoformat()},
    "calendar_day": lambda day: {"month": day.month, "day": day.day},
    "calendar_month": lambda day: {"month": day.month},
    "calendar_season": lambda day: {"season": day.month % 12 // 3 + 1},
    "calendar_year": lambda day: {},
}
STARTS = {
    "month": lambda day: day.replace(day=1),
    "season": lambda day: datetime.date(day.year - (day.month < 3), (day.month // 3 * 3 or 12), 1),
    "year": lambda day: day.replace(month=1, day=1),
    "day": lambda day: day,
}


def expect(station, kind, threshold=100, base=(2000, 2001)):
    """Rows of test_several in plugins/periods.c, in order."""
    days = WORLD[station]
    good = {day: value for day, value in days.items() if value is not None}
    groups = defaultdict(list)
    for day in days:
        groups[tuple(KEYS[kind](day).items())].append(day)
    base_sum = sum(value for day, value in good.items() if base[0] <= day.year <= base[1])
    rows = []
    order = (lambda key: leap_day(datetime.date(2000, *dict(key).values()))) if kind == "calendar_day" else None
    for key in sorted(groups, key=order):
        # Of a part of the calendar, the statistic sees the whole record.
        own = days if kind.startswith("calendar") else groups[key]
        values = [(good[day], day) for day in own if day in good]
        row = {"station_id": station, **dict(key), "above": sum(value > threshold for value, _ in values)}
        if kind in STARTS:
            start = STARTS[kind](groups[key][0])
            row["before"] = sum(good.get(start - i * STEP, 0) for i in range(1, 41))
        row["warmest"] = max(values)[1].isoformat() if values else None
        row["base_sum"] = base_sum
        if kind == "year":
            row["only_years"] = dict(key)["year"] + 0.5
        rows.append(row)
    return rows


# -- Server --------------------------------------------------------------------------------------


def compile_plugin(folder, name):
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-I", ROOT / "include", "-o", folder / f"{name}.so", PLUGINS / f"{name}.c", "-lm"],
        check=True,
    )
    return str(folder / f"{name}.so")


@pytest.fixture(scope="module")
def client(cluster, program, run, almanac, tmp_path_factory):
    folder = tmp_path_factory.mktemp("computed")
    names = [str(almanac.parent / "plugins"), compile_plugin(folder, "periods"), compile_plugin(folder, "computed")]
    env = {"ALMANAC_PLUGINS": ":".join(names)}
    lines = [f"{s} {day} {'-' if value is None else value}\n" for s in STATIONS for day, value in WORLD[s].items()]
    (folder / "a.whole").write_text("".join(lines))
    with temporary(cluster) as name, servers(program, folder) as start:
        url = cluster.url(name)
        run("migrate", database=url, env=env, check=True)
        run("ingest", folder / "a.whole", database=url, env=env, check=True)
        server = start(url, "--max-computed-years", "20", env=env)
        with httpx.Client(base_url=server.url, timeout=60) as client:
            yield client


def rows(client, target, **params):
    answer = client.get(target, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


STATS = "/api/stats/test_several"


# -- Stored and computed ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["month", "season", "year"])
def test_stored_rows_are_what_is_computed(client, kind):
    """The defaults are stored. With the same threshold in another base period, all else is the same,
    bit for bit."""
    stored = rows(client, STATS, period=kind, page_size=1000)
    assert stored == [row for station in STATIONS for row in expect(station, kind)]
    raw = {"period": kind, "page_size": 1000, "station_id": "BETA", "fields": "*", "units": "raw"}
    stored = rows(client, STATS, **raw)
    computed = rows(client, STATS, **raw, base="2000-2002")
    other = sum(v for day, v in WORLD["BETA"].items() if v is not None and 2000 <= day.year <= 2002)
    assert computed == [row | {"base_sum": other} for row in stored]


def test_the_longest_period_unless_said(client):
    assert rows(client, STATS) == rows(client, STATS, period="year")
    assert rows(client, STATS, threshold=100, base="2000-2001") == rows(client, STATS)


@pytest.mark.parametrize("kind", [kind for kind in KEYS if kind not in ("month", "season", "year")])
def test_kinds_that_are_not_stored(client, kind):
    params = {"period": kind, "station_id": "GAMMA", "format": "ndjson"}
    found = [json.loads(line) for line in client.get(STATS, params=params).text.splitlines()]
    assert found == expect("GAMMA", kind)


def test_counts_of_parts_of_the_calendar(client):
    found = rows(client, STATS, period="calendar_day", station_id="ALPHA", page_size=400, fields="*")
    assert len(found) == 366 and not [name for name in found[0] if name.endswith(("_wmo", "_etccdi"))]
    first, end = (datetime.date(edge(WORLD["ALPHA"]).year + n, 1, 1) for n, edge in enumerate((min, max)))
    whole = [first + i * STEP for i in range((end - first).days)]  # years of blocks
    for row in found:
        days = [day for day in whole if (day.month, day.day) == (row["month"], row["day"])]
        present = sum(WORLD["ALPHA"].get(day) is not None for day in days)
        assert (row["tmax_days"], row["tmax_missing"]) == (present, len(days) - present), row


def test_other_parameters(client):
    wanted = [row for s in ("ALPHA", "GAMMA") for row in expect(s, "month", threshold=-250, base=(1999, 2000))]
    params = {"period": "month", "station_id": "GAMMA,ALPHA", "threshold": -250, "base": "1999-2000"}
    found, cursor = [], "*"
    while cursor:
        answer = client.get(STATS, params={**params, "cursor": cursor, "page_size": 17}).json()
        assert answer["pagination"]["total"] == len(wanted)
        found += answer["data"]
        cursor = answer["pagination"]["next_cursor"]
    assert found == wanted
    page = client.get(STATS, params={**params, "page": 3, "page_size": 10}).json()
    assert page["data"] == wanted[20:30] and page["pagination"]["total"] == len(wanted)
    text = client.get(STATS, params={**params, "format": "csv"}).text.splitlines()
    assert len(text) == 1 + len(wanted)


def test_conditions_order_and_fields(client):
    wanted = expect("ALPHA", "month", threshold=0)
    params = {"period": "month", "station_id": "ALPHA", "threshold": 0, "page_size": 500}
    found = rows(client, STATS, **params, where="above>=12,year>1999", sort="-above,year", fields="month,above,year")
    passing = [row for row in wanted if row["above"] >= 12 and row["year"] > 1999]
    passing.sort(key=lambda row: (-row["above"], row["year"], row["month"]))
    assert found == [{name: row[name] for name in ("month", "above", "year")} for row in passing]
    assert rows(client, STATS, **params, year=2001) == [row for row in wanted if row["year"] == 2001]
    judged = rows(client, STATS, **params, rule="etccdi", fields="month,year,above,above_etccdi,tmax_missing")
    assert {row["above_etccdi"] for row in judged} == {True, False}
    for row, plain in zip(judged, wanted, strict=True):
        assert row["above_etccdi"] == (row["tmax_missing"] <= 3)
        assert row["above"] == (plain["above"] if row["above_etccdi"] else None)
    covered = rows(client, STATS, **params, min_coverage=0.95, fields="tmax_days,tmax_missing")
    assert 0 < len(covered) < len(wanted)
    assert all(row["tmax_days"] / (row["tmax_days"] + row["tmax_missing"]) >= 0.95 for row in covered)


def test_answers_can_be_kept(client):
    params = {"period": "calendar_month", "station_id": "BETA"}
    first = client.get(STATS, params=params)
    again = client.get(STATS, params=params, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    other = client.get(STATS, params={**params, "threshold": 7})
    assert other.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("params", "parameter", "words"),
    [
        ({"threshold": 5}, "station_id", "say of which stations"),
        ({"period": "day"}, "period", "station_id"),
        ({"threshold": 901, "station_id": "ALPHA"}, "threshold", "900"),
        ({"base": "1990", "station_id": "ALPHA"}, "base", "such as 1961-1990"),
        ({"period": "week"}, "period", "calendar_day"),
        ({"period": "week", "where": "above>1", "fields": "*"}, "period", "calendar_day"),
        ({"base": "1990", "sort": "above", "station_id": "ALPHA"}, "base", "such as 1961-1990"),
        ({"statistic": "yearly"}, "statistic", "there is no parameter"),
        ({"threshold": 5, "station_id": ",".join(STATIONS)}, "station_id", "of 20"),
    ],
)
def test_refusals(client, params, parameter, words):
    answer = client.get(STATS, params=params)
    problem = answer.json()
    assert answer.status_code == 422 and problem["parameter"] == parameter, problem
    assert words in str(problem)


def test_the_list_of_statistics(client):
    found = [row for row in rows(client, "/api/stats", fields="*") if row["statistic"] == "test_several"]
    kinds = {row["period"]: row["stored"] for row in found}
    assert kinds == {kind: kind in ("month", "season", "year") for kind in KEYS}
    assert {row["parameters"] for row in found} == {"base=2000-2001, threshold=100"}
    assert {row["description"] for row in found} == {"Counts **days** above a <threshold>."}
    assert [row["column"] for row in found if row["period"] == "calendar_day"] == ["above", "warmest", "base_sum"]
    assert [row["type"] for row in found if row["period"] == "year"] == ["integer", "number", "date", "integer", "number"]


def test_a_page_of_its_own(client):
    page = client.get("/docs/stats/test_several", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Counts **days** above a &lt;threshold>." in page.text and "The last warmest day" in page.text
    assert "2000-2001" in page.text and "calendar_season" in page.text
    assert client.get("/docs/stats/test_several").json()["help"] == "Counts **days** above a <threshold>."
    assert client.get("/docs/stats/nosuch").status_code == 404


def test_a_path_for_each_statistic(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/stats/yearly", "/api/stats/test_several", "/api/stats/test_monthly"} <= set(paths)
    assert "/api/stats/{statistic}" not in paths
    several = paths["/api/stats/test_several"]["get"]
    params = {param["name"]: param["schema"] for param in several["parameters"]}
    assert "statistic" not in params and params["period"]["enum"] == list(KEYS)
    assert params["period"]["default"] == "year" and params["base"]["default"] == "2000-2001"
    assert (params["threshold"]["minimum"], params["threshold"]["maximum"]) == (-900, 900)
    yearly = {param["name"] for param in paths["/api/stats/yearly"]["get"]["parameters"]}
    assert not {"base", "threshold"} & yearly
    row = several["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["data"]["items"]["properties"]
    assert {"station_id", "year", "month", "season", "day", "date", "above", "before", "warmest", "base_sum",
            "only_years", "tmax_days", "tmax_missing", "tmax_longest_gap", "above_etccdi"} == set(row)  # fmt: skip
    assert row["warmest"]["format"] == "date" and row["above"]["type"] == ["integer", "null"]


# -- compute() of plugins ---------------------------------------------------------------------------


BITS = {"year": 4, "month": 1, "calendar_month": 32, "calendar_day": 16}


@pytest.mark.parametrize("threshold", [None, 50])
def test_several_computations_of_a_route(client, threshold):
    params = {} if threshold is None else {"threshold": threshold}
    found = rows(client, "/api/computed", station_id="ALPHA", page_size=1000, **params)
    wanted = []
    for kind, bit in BITS.items():
        for row in expect("ALPHA", kind, threshold or 100):
            part = row.get("month", 0) if kind != "calendar_day" else leap_day(datetime.date(2000, row["month"], row["day"]))
            wanted.append((bit, row.get("year", 0), part, row["above"], row["base_sum"]))
    assert [(r["kind"], r["year"], r["part"], r["above"], r["base_sum"]) for r in found] == wanted
    assert {row["first"] for row in found} == {min(WORLD["ALPHA"]).isoformat()}
    assert all(row["complete"] == (row["days"] - row["present"] <= 3) for row in found if row["kind"] == 1)


def test_a_wrong_parameter_of_a_computation(client):
    answer = client.get("/api/computed", params={"station_id": "ALPHA", "threshold": "x"})
    assert answer.status_code == 422 and answer.json()["parameter"] == "threshold"


# -- almanac compute ------------------------------------------------------------------------------


@pytest.mark.quick
def test_rows_are_computed_anew(cluster, run, query, almanac, tmp_path):
    env = {"ALMANAC_PLUGINS": f"{almanac.parent / 'plugins'}:{compile_plugin(tmp_path, 'periods')}"}
    (tmp_path / "a.whole").write_text("".join(f"ALPHA {day} {value}\n" for day, value in WORLD["ALPHA"].items() if value is not None))
    with temporary(cluster) as name:
        url = cluster.url(name)
        run("migrate", database=url, env=env, check=True)
        run("ingest", tmp_path / "a.whole", database=url, env=env, check=True)
        wanted = query(url, "select * from stat_test_several_month order by 1, 2, 3")
        totals = query(url, "select * from stat_test_monthly order by 1, 2, 3")
        query(url, "update stat_test_several_month set above = 99, before = null")
        query(url, "update stat_test_monthly set total = 7")
        query(url, "delete from statistic_base")
        done = run("compute", "test_several", database=url, env=env, check=True)
        assert done.stdout == f"{len(wanted)} rows changed\n"
        assert query(url, "select * from stat_test_several_month order by 1, 2, 3") == wanted
        assert query(url, "select station_id from statistic_base where statistic = 'test_several'") == [("ALPHA",)]
        assert query(url, "select distinct total from stat_test_monthly") == [(7,)]
        run("compute", database=url, env=env, check=True)
        assert query(url, "select * from stat_test_monthly order by 1, 2, 3") == totals
        unknown = run("compute", "nosuch", database=url, env=env)
        assert unknown.returncode == 2 and "has a statistic 'nosuch'" in unknown.stderr
        # Without the plugin: told, and removed if that is wanted.
        told = run("migrate", database=url, check=True)
        assert "statistic 'test_several' is of the plugin periods, which is not loaded" in told.stderr
        assert query(url, "select * from stat_test_several_month order by 1, 2, 3") == wanted
        gone = run("migrate", "--prune-statistics", database=url, check=True).stdout
        assert "dropped table stat_test_several_month\n" in gone and "removed statistic test_history\n" in gone
        left = query(url, "select name from calculator union all select name from statistic union all select statistic from statistic_base")
        assert ("yearly",) in left and not [name for (name,) in left if name.startswith("test_")]
        assert run("migrate", database=url, check=True).stdout == "up to date\n"
