"""Where data come from, and what became of them: ingestions and revisions."""

import datetime
import re
from pathlib import Path

import cluster as clusters
import ghcnd
import httpx
import pytest
import stationfile
from conftest import servers, temporary

REVISED = Path(__file__).resolve().parents[1] / "real/ghcnd_revised"
REAL = "USW00022536"
UNITS = {code: ghcnd.UNITS[code] for code in ("TAVG", "TMIN", "WSF5", "WDF5", "SNOW")}


def rows(client, target, **params):
    answer = client.get(target, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


# -- Ingestions -------------------------------------------------------------------------------


@pytest.fixture
def history(run, migrated, server, tmp_path):
    """Two runs: of three files, one of which no source knows; and again, one having changed."""
    for i, name in enumerate(("USC00990001", "USC00990002")):
        stationfile.write(tmp_path, f"{name}.txt", shift=i)
    (tmp_path / "odd.txt").write_text("of no source\n")
    run("ingest", tmp_path, database=migrated)
    stationfile.write(tmp_path, "USC00990002.txt", content="20010101\t101\t-50\t0\n?\n")
    run("ingest", tmp_path, database=migrated)
    run("ingest", tmp_path, database=migrated)
    with httpx.Client(base_url=server(migrated).url, timeout=60) as client:
        yield client


def test_ingestions(history, query, migrated, tmp_path):
    found = rows(history, "/api/ingestions")
    numbers = [row["run_id"] for row in found]
    assert sorted(set(numbers), reverse=True) == [3, 2, 1] and numbers == sorted(numbers, reverse=True)
    objects = {Path(row["uri"]).name: row for row in found if row["uri"] is not None}
    assert set(objects) == {"USC00990001.txt", "USC00990002.txt", "odd.txt"}
    for name, row in objects.items():
        assert row["uri"] == str(tmp_path / name)
        assert row["started_at"] <= row["taken_at"] <= row["finished_at"]
        if name != "odd.txt":
            assert row["size"] == (tmp_path / name).stat().st_size
            assert re.fullmatch("[0-9a-f]{32}", row["hash"])
    first, second = objects["USC00990001.txt"], objects["USC00990002.txt"]
    assert (first["run_id"], first["lines"], first["observations"], first["rejects"]) == (1, 60, 180, 0)
    assert (second["run_id"], second["lines"], second["observations"], second["rejects"]) == (2, 2, 3, 1)
    assert first["object_outcome"] == second["object_outcome"] == "taken"
    odd = objects["odd.txt"]
    assert odd["object_outcome"] == "failed"
    assert odd["source"] is odd["size"] is odd["hash"] is None
    ((times,),) = query(migrated, "select array_agg(started_at at time zone 'UTC' order by run_id) from ingest_run")
    begun = {row["run_id"]: row["started_at"] for row in found}
    assert [begun[n] for n in (1, 2, 3)] == [time.strftime("%Y-%m-%dT%H:%M:%SZ") for time in times]

    assert rows(history, "/api/ingestions", run=2) == [row for row in found if row["run_id"] == 2]
    pages = [rows(history, "/api/ingestions", page=n, page_size=1) for n in range(1, len(found) + 1)]
    assert [row for (row,) in pages] == found
    assert rows(history, "/api/ingestions", run=99) == []


# -- Revisions --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def revised(program, cluster, migrated_template, tmp_path_factory):
    """Client and database of a real station that was taken in as of 2016, then as of 2019, and then again;
    first loads are no revisions."""
    folder = tmp_path_factory.mktemp("revised")
    with temporary(cluster, template=migrated_template) as name:
        database = cluster.url(name)
        for year, expected in (("2016", 0), ("2019", 184), ("2019", 184)):
            (folder / f"{REAL}.dly").write_text(ghcnd.text(REVISED / year / f"{REAL}.dly.gz"))
            program.run("ingest", folder, database=database, check=True)
            assert clusters.query(database, "select count(*) from revision") == [(expected,)]
        with servers(program, folder) as start, httpx.Client(base_url=start(database).url, timeout=60) as client:
            yield client


def expected_revisions():
    """{(element, date): (was, became, was_quality, became_quality)} by an independent reader."""
    before, after = (ghcnd.read(REVISED / year / f"{REAL}.dly.gz") for year in ("2016", "2019"))

    def shown(element, seen):
        return (None, None) if seen is None else (seen.value / 10 ** UNITS[element][1], seen.qflag or None)

    changes = {}
    for (station, element, date), seen in before.items():
        was, became = shown(element, seen), shown(element, after.get((station, element, date)))
        if was != became:
            changes[element, str(date)] = (was[0], became[0], was[1], became[1])
    return changes


def keyed(found):
    result = {}
    for row in found:
        values = tuple(row[name] for name in ("was", "became", "was_quality", "became_quality"))
        assert result.setdefault((row["element"], row["date"]), values) is values
    return result


def test_revisions_of_a_real_station(revised):
    found = rows(revised, "/api/revisions", page_size=1000)
    assert keyed(found) == expected_revisions()
    assert {row["station_id"] for row in found} == {REAL} and {row["run_id"] for row in found} == {2}
    assert all(row["uri"].endswith(f"/{REAL}.dly") for row in found)
    assert {(row["element"], row["unit"]) for row in found} == {(code, UNITS[code][0]) for code in UNITS}
    assert all(row["revised_at"][:10] >= "2020-01-01" for row in found)


@pytest.mark.parametrize(("asked", "kept"), [
    ({"elements": "TAVG"}, lambda element, date: element == "TAVG"),
    ({"elements": "WDF5,WSF5", "station_id": f"{REAL},{REAL}"}, lambda element, date: element in ("WDF5", "WSF5")),
    ({"start_date": "2005", "end_date": "2015-04"}, lambda element, date: "2005-01-01" <= date <= "2015-04-30"),
    ({"start_date": "2015-04-11", "end_date": "2015-04-12"},
     lambda element, date: date in ("2015-04-11", "2015-04-12")),
    ({"end_date": "2003"}, lambda element, date: date < "2004"),
    ({"run": 2, "since": str(datetime.date.today() - datetime.timedelta(1))}, lambda element, date: True),
    ({"run": 1}, lambda element, date: False),
    ({"since": "2199-01-01"}, lambda element, date: False),
])  # fmt: skip
def test_chosen_revisions(revised, asked, kept):
    expected = {key: change for key, change in expected_revisions().items() if kept(*key)}
    assert keyed(rows(revised, "/api/revisions", page_size=1000, **asked)) == expected


def test_pages_of_revisions(revised):
    found = rows(revised, "/api/revisions", page_size=1000)
    pages = [rows(revised, "/api/revisions", page_size=50, page=page) for page in range(1, 5)]
    assert [row for page in pages for row in page] == found
    assert revised.get("/api/revisions").json()["pagination"]["total"] == len(found)


def test_an_object_that_goes_is_named(run, query, migrated, tmp_path):
    """But where another one says what counts now: it came to count more."""
    for name, tmax in (("a", 100), ("b", 110)):
        (tmp_path / name).mkdir()
        lines = stationfile.line(datetime.date(2001, 1, 1), tmax=tmax)
        if name == "b":
            lines += stationfile.line(datetime.date(2001, 1, 2), tmax=-9999, tmin=-70)
        stationfile.write(tmp_path / name, content=lines)
    run("ingest", tmp_path, database=migrated, check=True)
    gone = tmp_path / "b" / f"{stationfile.STATION}.txt"
    gone.unlink()
    (tmp_path / "b").rmdir()
    run("ingest", tmp_path, "--remove", "objects", database=migrated, check=True)
    changes = "select element, date::text, was::float8, became::float8, uri from revision order by 1, 2"
    assert query(migrated, changes) == [
        ("PRCP", "2001-01-02", 0, None, str(gone)),
        ("TMAX", "2001-01-01", 11, 10, None),
        ("TMIN", "2001-01-02", -7, None, str(gone)),
    ]
