"""Flags, times of observation and withdrawn days: from objects to answers in every format. Through the
plugin flagged.c."""

import csv
import io
import json
import subprocess
from pathlib import Path

import httpx
import pytest
from conftest import servers, temporary
from contents import digest

ROOT = Path(__file__).resolve().parents[2]
DAYS = "/api/weather"

# What a.flagged says: element, date, value, flags, time; then what b.flagged says of some of it.
FIRST = """\
S1,TMAX,19990101,101,..0,700
S1,TMAX,19990102,-,...,-1
S1,TMAX,19990103,999,.X7,2400
S1,TMAX,19990104,104,H.0,0
S1,TMAX,19990105,105,..0,700
S1,TMAX,19991231,131,..0,1830
S1,SNOW,19990103,7,T..,-1
S1,SNOW,19990106,8,...,-1
S2,TMAX,19990101,5,...,-1
"""
SECOND = """\
S1,TMAX,19990104,204,..S,-1
S1,TMAX,19990105,x,...,-1
S2,TMAX,19990101,x,...,-1
S3,TMAX,20000229,x,...,-1
"""
ROWS = [
    ("1999-01-01", 10.1, None, None, "0", "07:00", None, None, None, None, None),
    ("1999-01-02", None, None, None, None, None, None, None, None, None, None),
    ("1999-01-03", None, None, "X", "7", "24:00", 7, "T", None, None, None),
    ("1999-01-04", 20.4, None, None, "S", None, None, None, None, None, None),
    ("1999-01-06", None, None, None, None, None, 8, None, None, None, None),
    ("1999-12-31", 13.1, None, None, "0", "18:30", None, None, None, None, None),
]
NAMES = ["date", *(f"{e}{m}" for e in ("tmax", "snow") for m in ("", "_mflag", "_qflag", "_sflag", "_time"))]
WITH_FLAGS = {"station_id": "S1", "elements": "TMAX,SNOW", "flags": "true"}


@pytest.fixture(scope="module")
def plugins(almanac, tmp_path_factory):
    plugin = tmp_path_factory.mktemp("plugin") / "flagged.so"
    source = Path(__file__).with_name("plugins") / "flagged.c"
    command = ["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include"]
    subprocess.run([*command, "-o", plugin, source], check=True)
    kinds = [almanac.parent / "plugins" / kind for kind in ("routes", "sources", "stats")]
    return {"ALMANAC_PLUGINS": ":".join(map(str, [*kinds, plugin]))}


@pytest.fixture(scope="module")
def module_database(cluster):
    with temporary(cluster) as name:
        yield cluster.url(name)


@pytest.fixture(scope="module")
def client(program, plugins, tmp_path_factory, module_database):
    folder = tmp_path_factory.mktemp("data")
    (folder / "a.flagged").write_text(FIRST)
    (folder / "b.flagged").write_text(SECOND)
    program.run("migrate", database=module_database, env=plugins, check=True)
    program.run("ingest", folder, database=module_database, env=plugins, check=True)
    with servers(program, tmp_path_factory.mktemp("flags")) as start:
        running = start(module_database, env=plugins)
        with httpx.Client(base_url=running.url, timeout=60) as client:
            yield client


def rows(values):
    return [dict(zip(NAMES, row)) for row in values]


def shown(document):
    return [{name: value for name, value in row.items() if name != "station_id"} for row in document]


def test_each_element_is_followed_by_its_flags(client):
    answer = client.get(DAYS, params=WITH_FLAGS).json()["data"]
    assert list(answer[0]) == ["station_id", *NAMES]
    assert shown(answer) == rows(ROWS)
    plain = client.get(DAYS, params={**WITH_FLAGS, "flags": "false"}).json()["data"]
    assert plain == [{n: row[n] for n in ("station_id", "date", "tmax", "snow")} for row in answer]


def test_values_that_failed_a_check(client):
    answer = client.get(DAYS, params={**WITH_FLAGS, "qc": "all"}).json()["data"]
    expected = rows(ROWS)
    expected[2]["tmax"] = 99.9
    assert shown(answer) == expected
    hot = {"station_id": "S1", "elements": "TMAX", "where": "tmax>90"}
    assert client.get(DAYS, params=hot).json()["data"] == []
    assert [row["tmax"] for row in client.get(DAYS, params={**hot, "qc": "all"}).json()["data"]] == [99.9]
    hot = {"station_id": "S1", "elements": "TMAX", "sort": "-tmax", "page_size": 1}
    assert [row["tmax"] for row in client.get(DAYS, params=hot).json()["data"]] == [20.4]
    assert [row["tmax"] for row in client.get(DAYS, params={**hot, "qc": "all"}).json()["data"]] == [99.9]


def test_every_format(client):
    answer = client.get(DAYS, params={**WITH_FLAGS, "format": "ndjson"}).text
    assert shown(map(json.loads, answer.splitlines())) == rows(ROWS)
    answer = client.get(DAYS, params={**WITH_FLAGS, "format": "csv"}).text
    read = list(csv.DictReader(io.StringIO(answer)))
    texts = [{n: "" if v is None else str(v) for n, v in row.items()} for row in rows(ROWS)]
    assert shown(read) == texts
    answer = client.get(DAYS, params={**WITH_FLAGS, "format": "columnar"}).json()["data"]
    assert answer["tmax_time"] == [row[5] for row in ROWS]
    assert answer["tmax_sflag"] == [row[4] for row in ROWS]


def test_fields_conditions_and_order(client):
    def get(**params):
        return client.get(DAYS, params={**WITH_FLAGS, **params}).json()

    answer = get(fields="date,tmax_qflag", where="tmax_qflag=X")["data"]
    assert answer == [{"date": "1999-01-03", "tmax_qflag": "X"}]
    answer = get(fields="tmax_time", sort="-tmax_time,date")["data"]
    assert [row["tmax_time"] for row in answer] == ["24:00", "18:30", "07:00", None, None, None]
    problem = client.get(DAYS, params={**WITH_FLAGS, "flags": "false", "fields": "tmax_qflag"})
    assert problem.status_code == 422 and "tmax_qflag" in problem.json()["detail"]
    problem = client.get(DAYS, params={**WITH_FLAGS, "fields": "prcp_qflag"})
    assert problem.status_code == 422


def test_records(client):
    def get(**params):
        return [tuple(row.values()) for row in client.get("/api/record", params={"station_id": "S1", **params}).json()["data"]]

    days = [row[0] for row in ROWS if row[0] != "1999-01-06"]
    values = [101, None, None, 204, 131]
    flags = ["? 0", "?  ", "?X7", "? S", "? 0"]  # no measurement flag is left: there are none
    assert get() == list(zip(days, values, ["???"] * 5, [None] * 5))
    times = [700, -1, 2400, -1, 1830]
    assert get(flags="true") == list(zip(days, values, flags, times))
    values[2] = 999
    assert get(flags="true", all="true") == list(zip(days, values, flags, times))


def test_stations_of_which_days_are_withdrawn(client):
    """They are stations without days."""
    for station in ("S2", "S3"):
        answer = client.get(DAYS, params={"station_id": station, "elements": "TMAX"}).json()
        assert answer["data"] == [] and answer["pagination"]["total"] == 0
        assert client.get("/api/inventory", params={"station_id": station}).status_code in (200, 404)


def test_views(module_database, client, query):
    got = query(
        module_database,
        "select date::text, value, measurement_flag, quality_flag, source_flag, observation_time "
        "from observation where station_id = 'S1' and element = 'TMAX' order by date",
    )
    expected = [row[:6] for row in ROWS if row[0] != "1999-01-06"]
    expected[2] = (expected[2][0], 99.9, *expected[2][2:])
    assert [(day, None if value is None else float(value), *rest) for day, value, *rest in got] == expected
    assert query(module_database, "select minimum, maximum from block where station_id = 'S1' order by element") == [
        (7, 8), (101, 204)]  # fmt: skip


@pytest.mark.parametrize("order", ["ab", "ba", "both"])
def test_histories_end_alike(program, plugins, database, module_database, client, tmp_path, order):
    """Whatever is read first, and read again: what is stored follows from the objects."""
    program.run("migrate", database=database, env=plugins, check=True)
    for name in order if order != "both" else [""]:
        for other in name or "ab":
            (tmp_path / f"{other}.flagged").write_text(FIRST if other == "a" else SECOND)
        program.run("ingest", tmp_path, database=database, env=plugins, check=True)
    without = ("ingest_run", "ingest_object", "origin", "dataset_history")
    assert digest(database, without=without) == digest(module_database, without=without)


def test_what_withdraws_is_changed(program, plugins, database, query, tmp_path):
    """Days come back when their object does not withdraw them any more."""
    program.run("migrate", database=database, env=plugins, check=True)
    (tmp_path / "a.flagged").write_text(FIRST)
    (tmp_path / "b.flagged").write_text(SECOND)
    program.run("ingest", tmp_path, database=database, env=plugins, check=True)
    (tmp_path / "b.flagged").write_text(SECOND.splitlines()[0] + "\n")
    program.run("ingest", tmp_path, database=database, env=plugins, check=True)
    got = query(database, "select station_id, date::text, value * 10, observation_time from observation "
        "where element = 'TMAX' and date in ('1999-01-01', '1999-01-05') order by 1, 2")  # fmt: skip
    assert [(s, d, int(v), t) for s, d, v, t in got] == [
        ("S1", "1999-01-01", 101, "07:00"), ("S1", "1999-01-05", 105, "07:00"), ("S2", "1999-01-01", 5, None)]  # fmt: skip
    assert query(database, "select count(*) from station where station_id = 'S3'") == [(0,)]
