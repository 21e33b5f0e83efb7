"""What somebody else than Almanac has written to the database, or plugins could not have declared: the
server says so, and lives."""

import httpx
import pytest
from stationfile import write

STATION = "USC00990001"
DAYS, YEARS = "/api/weather", "/api/weather/stats"


@pytest.fixture
def ingest(run, migrated, tmp_path):
    def take(name=f"{STATION}.txt", **how):
        run("ingest", write(tmp_path, name=name, **how), database=migrated, check=True)

    return take


def version(query, url):
    query(url, "with v as (update dataset_version set version = version + 1, changed_at = now() returning version), "
               "s as (update station set version = v.version from v) select pg_notify('almanac', version::text) from v")  # fmt: skip


def test_ids_that_differ_in_case(ingest, server, migrated, query):
    """Ids of stations are what they are; only codes of elements may be written in any case."""
    for number, (name, count) in enumerate((("ab1", 3), ("AB1", 5)), 1):
        ingest(f"USC0099000{number}.txt", count=count)
        for table in ("station", "block", "stat_yearly"):
            query(migrated, f"update {table} set station_id = '{name}' where station_id = 'USC0099000{number}'")
    version(query, migrated)
    url = server(migrated).url
    for asked in ("ab1,AB1", "AB1,ab1", "ab1,AB1,ab1"):
        answer = httpx.get(url + DAYS, params={"station_id": asked, "elements": "tmax,TMAX"})
        assert answer.json()["pagination"]["total"] == 8
        rows = answer.json()["data"]
        assert [row["station_id"] for row in rows] == ["AB1"] * 5 + ["ab1"] * 3
        assert list(rows[0]) == ["station_id", "date", "tmax"]
        rows = httpx.get(url + YEARS, params={"station_id": asked}).json()["data"]
        assert [row["station_id"] for row in rows] == ["AB1", "ab1"]


@pytest.mark.parametrize("flags", [b"", b" ", bytes.fromhex("02016b"), bytes.fromhex("02016d")])
def test_flags_of_another_length(ingest, server, migrated, query, flags):
    """There is one for each day of the year, or none at all: runs of three bytes, blanks for 364 and
    366 days."""
    ingest(first="2001-01-01", count=365)
    query(migrated, "update block set quality_flags = %s where element = 'TMAX'", (flags,))
    version(query, migrated)
    running = server(migrated)
    for _ in range(3):
        assert httpx.get(running.url + DAYS, params={"elements": "TMAX"}).status_code == 500
        answer = httpx.get(running.url + DAYS, params={"elements": "TMIN"})
        assert answer.json()["pagination"]["total"] == 365
    running.wait_for_line(f"block of station {STATION}, year 2001, element TMAX cannot be decoded")


def test_flags_of_the_right_length(ingest, server, migrated, query):
    ingest(first="2001-01-01", count=365)
    query(migrated, "update block set quality_flags = '\\x02016b058000' where element = 'TMAX'")
    version(query, migrated)
    rows = httpx.get(server(migrated).url + DAYS, params={"elements": "TMAX", "page_size": 365}).json()["data"]
    assert [row["date"] for row in rows if row["tmax"] is None] == ["2001-12-31"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update element set code = 'a b' where code = 'TMIN'", "the name 'a b' of an element"),
        ("update calculator_column set name = 'x;y' where position = 0", "the name 'x;y' of an element, statistic or column"),
        ("update calculator_column set inputs = '{A/B}' where position = 0", "the name 'A/B' of an element"),
        (f"insert into station (station_id) values ('{'X' * 33}')", f"the station id '{'X' * 33}' has more than 32 characters"),
    ],
)  # fmt: skip
def test_names(server, migrated, query, statement, said):
    query(migrated, statement)
    running = server(migrated, ready="/livez")
    running.wait_for_line(said)
    assert running.status(DAYS) == 503


def test_decimals_that_cannot_be_written(ingest, server, migrated, query):
    ingest()
    query(migrated, "update calculator_column set decimals = case position when 0 then 99 else -3 end")
    row = httpx.get(server(migrated).url + "/api/stats/yearly").json()["data"][0]
    assert row["avg_tmax"] > 0


def test_years_that_cannot_be(ingest, server, migrated, query):
    """Also through the cache of what was read before."""
    ingest()
    running = server(migrated)
    assert httpx.get(running.url + YEARS).json()["pagination"]["total"] == 1
    query(migrated, f"insert into stat_yearly (station_id, year) values ('{STATION}', -5)")
    version(query, migrated)
    for _ in range(3):
        assert httpx.get(running.url + YEARS).status_code in (200, 500)
    assert running.status("/livez") == 200


def test_elements_of_a_database_without_observations(run, server, database, almanac):
    """Told before they were declared, and again afterwards."""
    plugins = almanac.parent / "plugins"
    run("migrate", database=database, env={"ALMANAC_PLUGINS": plugins / "stats"}, check=True)
    running = server(database)
    with httpx.Client(base_url=running.url) as client:
        before = client.get("/api/elements")
        assert before.json()["data"] == []
        run("migrate", database=database, check=True)
        for _ in range(3):
            after = client.get("/api/elements", headers={"If-None-Match": before.headers["etag"]})
            assert after.status_code == 200
            assert {row["element"] for row in after.json()["data"]} == {"TMAX", "TMIN", "PRCP"}
