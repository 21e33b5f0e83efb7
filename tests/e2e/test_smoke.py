"""Of every command and of every route one answer, against what the files of data/ say; with what else is
marked `quick`, `./dev test quick`. A command or a route that is new and not in the tables below fails."""

import re
import subprocess
from pathlib import Path

import httpx
import openapi_spec_validator
import places
import pytest
import sample
import test_check
import test_computed
import test_discovery
import test_lambda
import test_openapi
import test_plugins
import test_rank
import test_stats
from program import free_port

ROOT = Path(__file__).resolve().parents[2]
STATION, YEAR = "USC00110072", 1985

pytestmark = pytest.mark.quick


# -- Routes -----------------------------------------------------------------------------------


def check_elements(answer):
    found = [(row["element"], row["unit"], row["decimals"]) for row in answer["data"]]
    assert found == [("PRCP", "mm", 1), ("TMAX", "degC", 1), ("TMIN", "degC", 1)]


def check_stations(answer):
    assert answer["data"] == places.stations()[:3]
    assert answer["pagination"]["total"] == len(places.stations())


def check_station(answer):
    assert answer["data"] in places.stations() and answer["data"]["station_id"] == STATION


def check_inventory(answer):
    days = sample.stations()[STATION]
    assert answer["data"] == [test_discovery.inventory(days, name) for name in ("PRCP", "TMAX", "TMIN")]


def check_ingestions(answer):
    # That of the sample: the list, the archive and the files in it.
    assert answer["pagination"]["total"] == len(sample.stations()) + 2
    (run,) = {row["run_id"] for row in answer["data"]}
    assert run == 1 and {row["outcome"] for row in answer["data"]} == {"success"}
    (listed,) = (row for row in answer["data"] if row["uri"].endswith("/wx_stations.txt"))
    assert listed["size"] == (ROOT / "data/wx_stations.txt").stat().st_size
    assert (listed["source"], listed["object_outcome"]) == ("ghcnd_stations", "taken")


def check_revisions(answer):
    assert answer["data"] == [] and answer["pagination"]["total"] == 0  # nothing of the sample was corrected


def check_calculators(answer):
    found = [(row["statistic"], row["period"], row["column"], row["unit"]) for row in answer["data"]]
    columns = (("avg_tmax", "degC"), ("avg_tmin", "degC"), ("total_prcp", "cm"))
    assert found[-3:] == [("yearly", "year", *column) for column in columns]
    assert {f"/api/stats/{name}" for name, *_ in found} == {path for path in ROUTES if path.startswith("/api/stats/")}


def check_year(answer):
    assert answer["data"] == [test_stats.expected_row(STATION, YEAR, sample.stations()[STATION])]


def check_days(answer):
    days = sample.stations()[STATION]
    assert answer["data"] == [sample.as_day(STATION, date) for date in sorted(days)[3:6]]
    assert answer["pagination"]["total"] == len(days)


def check_document(answer):
    openapi_spec_validator.validate(answer)


def check_problems(answer):
    found = {problem["type"].rpartition("/")[2]: problem["status"] for problem in answer["problems"]}
    assert found["not-found"] == 404 and {400, 404, 406, 422, 429, 503} <= set(found.values())


def check_problem(answer):
    assert answer["status"] == 404 and answer["title"] and answer["remedy"]


def check_alive(answer):
    assert answer == {"status": "alive"}


def check_ready(answer):
    assert answer == {"status": "ready"}


def check_rank(answer):
    wanted = [test_rank.expected(STATION, "2012-03-22", name, 0) for name in ("PRCP", "TMAX", "TMIN")]
    assert answer["data"] == [pytest.approx(row, abs=0.0051) for row in wanted]


def values(element, begin):
    """Values of an element, in its unit, of the days whose date begins so."""
    days = sample.stations()[STATION]
    place = ("tmax", "tmin", "prcp").index(element)
    return [of[place] / 10 for date, of in days.items() if date.startswith(begin) and of[place] is not None]


def mean(numbers):
    return sum(numbers) / len(numbers)


def check_summary(answer):
    (row,) = answer["data"]
    assert row["tmax"] == pytest.approx(mean(values("tmax", str(YEAR))), abs=0.0051)
    assert row["tmin_min"] == min(values("tmin", str(YEAR)))
    assert row["dp10"] == sum(value >= 2.5 for value in values("prcp", str(YEAR)))


def check_degree_days(answer):
    (row,) = answer["data"]
    days = [of for date, of in sample.stations()[STATION].items() if date.startswith(str(YEAR))]
    means = [(tmax + tmin) / 20 * 1.8 + 32 for tmax, tmin, _ in days if None not in (tmax, tmin)]
    assert row["hdd"] == pytest.approx(sum(max(65 - value, 0) for value in means) / 1.8, abs=0.0051)


def check_normals(answer):
    (row,) = answer["data"]
    assert 20 <= row["tmax_years"] <= 30 and row["tmax_is_normal"] == 0
    assert row["tmax_max"] == max(value for year in range(1985, 2015) for value in values("tmax", f"{year}"))


def check_anomalies(answer):
    july = answer["data"][6]
    assert july["month"] == 7 and july["tmax"] == pytest.approx(mean(values("tmax", f"{YEAR}-07")), abs=0.0051)
    assert july["tmax_anomaly"] == pytest.approx(july["tmax"] - july["tmax_normal"], abs=0.0101)


def check_records(answer):
    (row,) = answer["data"]
    assert row["tmax_max"] == max(values("tmax", "")) and row["tmin_min"] == min(values("tmin", ""))


def check_drought(answer):
    assert [row["month"] for row in answer["data"]] == list(range(1, 13))
    assert answer["data"][6]["prcp_1"] == pytest.approx(sum(values("prcp", f"{YEAR}-07")), abs=0.051)
    assert -3.09 <= answer["data"][6]["spi_1"] <= 3.09


def check_trend(answer):
    (row,) = answer["data"]
    assert (row["tmax_first_year"], row["tmax_last_year"]) == (1985, 2014)
    assert row["tmax_slope_low"] <= row["tmax_slope"] <= row["tmax_slope_high"] and 0 <= row["tmax_p"] <= 1


def check_snow(answer):
    assert answer["data"] == []  # the sample has no snow


def check_climate(answer):
    days = sample.stations()[STATION]
    assert answer["days"] == {"first": min(days), "last": max(days)}
    highest = max(tmax for tmax, _, _ in days.values() if tmax is not None)
    assert answer["records"]["all_time"]["tmax_max"] == highest / 10 and len(answer["normals"]["months"]) == 12


def check_broken_records(answer):
    (row,) = (row for row in answer["data"] if row["record"] == "tmin_min")
    assert row["value"] == min(tmin for _, tmin, _ in sample.stations()[STATION].values() if tmin is not None) / 10


def check_etccdi(answer):
    (row,) = answer["data"]
    values = [tmin for date, (_, tmin, _) in sample.stations()[STATION].items() if date.startswith(str(YEAR)) and tmin is not None]
    assert row["fd"] == sum(value < 0 for value in values) and row["tnn"] == min(values) / 10


# Path of the OpenAPI document: what is asked, what is to be found.
ROUTES = {
    "/api/climate/{station_id}": (f"/api/climate/{STATION}?base_years=1985-2014", check_climate),
    "/api/elements": ("/api/elements", check_elements),
    "/api/ingestions": ("/api/ingestions?run=1&page_size=1000", check_ingestions),
    "/api/rank": (f"/api/rank?station_id={STATION}&date=2012-03-22", check_rank),
    "/api/records": (f"/api/records?station_id={STATION}", check_broken_records),
    "/api/revisions": ("/api/revisions", check_revisions),
    "/api/stations": ("/api/stations?page_size=3", check_stations),
    "/api/stations/{station_id}": (f"/api/stations/{STATION}", check_station),
    "/api/stations/{station_id}/inventory": (f"/api/stations/{STATION}/inventory", check_inventory),
    "/api/stats": ("/api/stats", check_calculators),
    "/api/stats/anomalies": (f"/api/stats/anomalies?station_id={STATION}&period=month&year={YEAR}&base_years=1985-2014&completeness=ncei", check_anomalies),
    "/api/stats/degree_days": (f"/api/stats/degree_days?station_id={STATION}&year={YEAR}", check_degree_days),
    "/api/stats/drought": (f"/api/stats/drought?station_id={STATION}&period=month&year={YEAR}&base_years=1985-2014", check_drought),
    "/api/stats/etccdi": (f"/api/stats/etccdi?station_id={STATION}&period=year&year={YEAR}", check_etccdi),
    "/api/stats/normals": (f"/api/stats/normals?station_id={STATION}&period=calendar_year&base_years=1985-2014", check_normals),
    "/api/stats/records": (f"/api/stats/records?station_id={STATION}&period=calendar_year", check_records),
    "/api/stats/snow": (f"/api/stats/snow?station_id={STATION}&period=year", check_snow),
    "/api/stats/summary": (f"/api/stats/summary?station_id={STATION}&year={YEAR}", check_summary),
    "/api/stats/trend": (f"/api/stats/trend?station_id={STATION}&period=calendar_year", check_trend),
    "/api/stats/yearly": (f"/api/stats/yearly?station_id={STATION}&year={YEAR}&fields=*", check_year),
    "/api/weather": (f"/api/weather?station_id={STATION}&page=2&page_size=3", check_days),
    "/api/weather/stats": (f"/api/weather/stats?station_id={STATION}&year={YEAR}&fields=*", check_year),
    "/livez": ("/livez", check_alive),
    "/openapi.json": ("/openapi.json", check_document),
    "/problems": ("/problems", check_problems),
    "/problems/{kind}": ("/problems/not-found", check_problem),
    "/readyz": ("/readyz", check_ready),
}


@pytest.mark.parametrize("path", ROUTES)
def test_route(served, path):
    target, check = ROUTES[path]
    answer = httpx.get(served.url + target, timeout=60)
    assert answer.status_code == 200, answer.text
    check(answer.json())


def test_every_route_is_asked(served):
    assert set(httpx.get(served.url + "/openapi.json").json()["paths"]) == set(ROUTES)


# -- Commands ---------------------------------------------------------------------------------


def test_version(run):
    (version,) = re.findall(r"^    version: '(.+)',$", (ROOT / "meson.build").read_text(), re.M)
    header = (ROOT / "include/almanac/plugin.h").read_text()
    major, minor = re.findall(r"^#define ALM_ABI_(?:MAJOR|MINOR) (\d+)$", header, re.M)
    assert run("version", check=True).stdout == f"almanac {version}, plugin ABI {major}.{minor}\n"


def test_tables_and_data(run, database, data, query):
    run("migrate", database=database, check=True)
    run("ingest", data / "wx_stations.txt", data / "wx_data.tar.xz", database=database, check=True)
    assert query(database, "select station_id from block group by 1 order by 1") == [
        (station,) for station in sample.stations()
    ]
    tenths = "select date::text, (tmax * 10)::int, (tmin * 10)::int, (prcp * 10)::int from day"
    rows = query(database, f"{tenths} where station_id = '{STATION}' order by date")
    assert {date: values for date, *values in rows} == {
        date: list(values) for date, values in sample.stations()[STATION].items()
    }


def test_health(run, served):
    assert run("health", "--listen", f"127.0.0.1:{served.port}").returncode == 0
    assert run("health", "--listen", f"127.0.0.1:{free_port()}").returncode == 1


def test_new(almanac, tmp_path):
    def new(*words):
        return subprocess.run([almanac, "new", *words], cwd=tmp_path, capture_output=True, text=True)

    assert new("source", "mine").returncode == 0
    assert '.name = "mine"' in (tmp_path / "mine" / "mine.c").read_text()
    assert not any("@" in path.read_text().replace("$@", "") for path in (tmp_path / "mine").iterdir())
    again = new("stat", "mine")
    assert again.returncode == 1 and "mine cannot be made" in again.stderr
    for words in (("plugin", "mine"), ("source", "Mine"), ("source", "../mine"), ("source",)):
        assert new(*words).returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


# Command: a test in which it does its work.
COMMANDS = {
    "check": test_check.test_golden,
    "compute": test_computed.test_rows_are_computed_anew,
    "config": test_check.test_config_lists_every_setting_without_secrets,
    "health": test_health,
    "ingest": test_tables_and_data,
    "lambda": test_lambda.test_a_schedule,
    "migrate": test_tables_and_data,
    "new": test_new,
    "openapi": test_openapi.test_command_prints_the_same,
    "plugins": test_plugins.test_the_shipped_plugins_are_listed_with_their_declarations,
    "serve": test_route,
    "version": test_version,
}


def test_every_command_is_run(run):
    listed = re.findall(r"^  (\w+) ", run("--help", check=True).stdout, re.M)
    assert sorted(listed) == sorted(COMMANDS)
    for test in COMMANDS.values():
        marks = {mark.name for mark in getattr(test, "pytestmark", [])}
        assert "quick" in marks or test.__module__ == __name__, test
