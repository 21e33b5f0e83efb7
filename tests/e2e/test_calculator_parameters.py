"""Parameters of the calculators, stations of both hemispheres: computed on request by a server, and
worked out by hand or by pandas. SPI of months without rain is that of climate-indices 3.1.0."""

import datetime

import httpx
import numpy as np
import pandas as pd
import pytest

import stationfile
from conftest import servers, temporary

NORTH, SOUTH, EXAMPLES, RAIN = "USC00000001", "ASN00000002", "USC00000003", "USC00000004"
LATITUDES = {NORTH: 41.2, SOUTH: -33.9, EXAMPLES: 41.2, RAIN: 0.0}
YEARS = pd.date_range("2000-01-01", "2011-12-31")

# Worked examples of corn's growing degree days: maximum and minimum in degrees Fahrenheit, result.
CORN = [(90, 65, 25.5), (72, 46, 11), (63, 42, 6.5), (87, 66, 26), (86, 60, 23), (60, 40, 5), (40, 30, 0)]


def weather():
    """A year's course with noise; minima from 5 degrees up."""
    random = np.random.default_rng(3)
    season = np.cos((YEARS.day_of_year.to_numpy() - 200) / 365.25 * 2 * np.pi)
    tmin = np.round(60 + 40 * np.abs(season) + random.integers(0, 60, len(YEARS))).astype(int)
    table = pd.DataFrame({"TMAX": tmin + random.integers(20, 200, len(YEARS)), "TMIN": tmin}, YEARS)
    table["PRCP"] = np.where(random.random(len(YEARS)) < 0.4, random.integers(1, 600, len(YEARS)), 0)
    return table


def with_freezes(table):
    """Days with a minimum of -10.0 degrees, all else above freezing."""
    table = table.copy()
    for month_day in ("01-15", "04-20", "06-30", "08-25", "10-31", "12-24"):
        for year in range(2000, 2012):
            table.loc[f"{year}-{month_day}", "TMIN"] = -100
    return table


def rain(year, month):
    return 0 if (year * 7 + month * 5) % 3 == 0 else (year * 37 + month * 101) % 97 + 1


DAYS = with_freezes(weather())


def lines(station):
    if station == EXAMPLES:
        tenths = [[round((f - 32) / 1.8 * 10) for f in example[:2]] for example in CORN]
        return [stationfile.line(datetime.date(2001, 5, 30 + i) if i < 2 else datetime.date(2001, 6, i - 1), *values)
                for i, values in enumerate(tenths)]  # fmt: skip
    if station == RAIN:
        return [stationfile.line(day, 200, 100, 10 * rain(day.year, day.month) if day.day == 1 else 0) for day in YEARS]
    return [stationfile.line(day, *map(int, values)) for day, values in zip(YEARS, DAYS.to_numpy(), strict=True)]


@pytest.fixture(scope="module")
def client(cluster, program, run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calculators")
    for station in LATITUDES:
        stationfile.write(folder, f"{station}.txt", "".join(lines(station)))
    places = "".join(f"{station} {latitude:8.4f}  -90.7447  222.5 IL PLACE\n" for station, latitude in LATITUDES.items())
    (folder / "wx_stations.txt").write_text(places)
    with temporary(cluster) as name, servers(program, folder) as start:
        url = cluster.url(name)
        run("migrate", database=url, check=True)
        run("ingest", folder, database=url, check=True)
        with httpx.Client(base_url=start(url).url, timeout=60) as client:
            yield client


def rows(client, statistic, station=NORTH, **params):
    answer = client.get(f"/api/stats/{statistic}", params={"station_id": station, "page_size": 1000, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


# -- summary -------------------------------------------------------------------------------------


def test_water_years_and_thresholds(client):
    found = rows(client, "summary", start_month=10, tmax_threshold=22.5, tmin_threshold=0, prcp_threshold=40.1)
    for row in found[1:]:
        days = DAYS[f"{row['year'] - 1}-10-01" : f"{row['year']}-09-30"]
        assert row["prcp"] == pytest.approx(days.PRCP.sum() / 10)
        assert row["ncei_prcp"] == row["prcp"]
        assert row["tmax"] == pytest.approx(days.TMAX.mean() / 10, abs=0.00501)
        assert row["tmax_over"] == (days.TMAX >= 225).sum()
        assert row["tmin_under"] == (days.TMIN <= 0).sum()
        assert row["prcp_over"] == (days.PRCP >= 401).sum()
    assert found[0]["ncei_tmax"] is None  # its first three months were before the record


def test_freezes_of_both_hemispheres(client):
    (north,) = rows(client, "summary", NORTH, year=2005)
    (south,) = rows(client, "summary", SOUTH, year=2005)
    for level in ("32", "28", "24", "20", "16"):
        assert (north[f"freeze_last_{level}f"], north[f"freeze_first_{level}f"]) == ("2005-06-30", "2005-08-25")
        assert (south[f"freeze_last_{level}f"], south[f"freeze_first_{level}f"]) == ("2005-12-24", "2005-04-20")
    assert north["growing_season"] == 55  # 1 July to 24 August
    assert south["growing_season"] == 7 + 31 + 28 + 31 + 19  # 25 December 2004 to 19 April
    (first,) = rows(client, "summary", SOUTH, year=2000)
    assert first["growing_season"] is None
    (equator,) = rows(client, "summary", RAIN, year=2005)  # counts as northern, and has no freeze
    assert equator["freeze_first_32f"] is None and equator["growing_season"] is None


def test_ranges_of_temperature_have_no_zero_point(client):
    (metric,) = rows(client, "summary", year=2005, fields="dtr,tmax")
    (imperial,) = rows(client, "summary", year=2005, fields="dtr,tmax", units="imperial")
    assert imperial["tmax"] > 50 and imperial["dtr"] == metric["dtr"]


# -- degree days -----------------------------------------------------------------------------------


def test_worked_examples_of_corn(client):
    """Whole degrees Fahrenheit are restored; sums begin where the parameters say."""
    params = {"period": "day", "rounding": "fahrenheit", "start_month": 5, "start_day": 31}
    found = rows(client, "degree_days", EXAMPLES, **params)
    results = [row["corn_gdd"] for row in found]
    assert results[0] == 25.5  # the sums of the year before end on 30 May
    assert np.diff([0, *results[1:]]).tolist() == [result for *_, result in CORN[1:]]
    assert [row["accumulated_days"] for row in found] == [1, 1, 2, 3, 4, 5, 6]
    assert [row["unobserved_days"] for row in found] == [364, 0, 0, 0, 0, 0, 0]
    exact = rows(client, "degree_days", EXAMPLES, period="day")
    assert exact[0]["corn_gdd"] == 25.47  # 18.3 degC are 64.94 degF


@pytest.mark.parametrize(("method", "base", "cap"), [("average", 4.5, 17), ("modified", 8, 20.5), ("average", 10, 5)])
def test_bases_and_caps(client, method, base, cap):
    high, low = DAYS.TMAX / 10, DAYS.TMIN / 10
    if method == "modified":
        high, low = high.clip(lower=base).clip(upper=cap), low.clip(lower=base).clip(upper=cap)
    daily = (((high + low) / 2).clip(upper=cap) - base).clip(lower=0)
    expected = daily.groupby([YEARS.year, YEARS.month]).sum()
    for row in rows(client, "degree_days", period="month", method=method, base=base, cap=cap):
        assert row["gdd"] == pytest.approx(expected[row["year"], row["month"]], abs=0.00501)


def test_heating_years(client):
    daily = (65 - ((DAYS.TMAX + DAYS.TMIN) / 20 * 1.8 + 32)).clip(lower=0) / 1.8
    for row in rows(client, "degree_days", start_month=7)[1:]:
        days = daily[f"{row['year'] - 1}-07-01" : f"{row['year']}-06-30"]
        assert row["hdd"] == pytest.approx(days.sum(), abs=0.00501)


# -- base periods ----------------------------------------------------------------------------------


def test_base_periods(client):
    months = DAYS.groupby([YEARS.year, YEARS.month]).agg({"TMAX": "mean", "PRCP": "sum"}) / 10
    base = months.loc[2003:2006]
    normals = base.groupby(level=1).mean()
    found = rows(client, "normals", period="calendar_month", base_years="2003-2006")
    for row in found:
        assert row["tmax"] == pytest.approx(normals.TMAX[row["month"]], abs=0.00501)
        assert row["prcp"] == pytest.approx(normals.PRCP[row["month"]], abs=0.00501)
        assert (row["tmax_years"], row["tmax_is_normal"]) == (4, 0)
    for row in rows(client, "anomalies", period="month", base_years="2003-2006", year=2011):
        month = row["month"]
        anomaly = months.TMAX[2011, month] - normals.TMAX[month]
        assert row["tmax_anomaly"] == pytest.approx(anomaly, abs=0.00501)
        percent = 100 * months.PRCP[2011, month] / normals.PRCP[month]
        assert row["prcp_percent"] == pytest.approx(percent, abs=0.0501)


def test_windows_of_calendar_days(client):
    """An even number counts as the next one; 29 February has the 28th of other years."""
    found = {n: rows(client, "normals", period="calendar_day", base_years="2001-2004", window=n) for n in (1, 4, 5)}
    assert found[4] == found[5] != found[1]
    leap = next(row for row in found[1] if (row["month"], row["day"]) == (2, 29))
    days = [DAYS.TMAX[f"{year}-02-28"] for year in (2001, 2002, 2003)] + [DAYS.TMAX["2004-02-29"]]
    assert leap["tmax"] == pytest.approx(np.mean(days) / 10, abs=0.00501)
    assert leap["tmax_max_date"] == "2004-02-29"


def test_freeze_chances_of_the_south(client):
    (north,) = rows(client, "normals", NORTH, period="calendar_year", base_years="2000-2011")
    (south,) = rows(client, "normals", SOUTH, period="calendar_year", base_years="2000-2011")
    # Days of a leap year: 30 June is 182, 25 August 238, 24 December 359, 20 April 111.
    for chance in (10, 50, 90):
        assert (north[f"freeze_last_{chance}"], north[f"freeze_first_{chance}"]) == (182, 238)
        assert (south[f"freeze_last_{chance}"], south[f"freeze_first_{chance}"]) == (359, 111)


def test_drought_where_months_are_dry(client):
    found = rows(client, "drought", RAIN, period="month", base_years="2000-2011", year=2002)
    expected = {1: [-0.430727, 1.025918, 1.435061, -0.430727, 1.166019, 1.868567, -0.430727, 1.390087, -0.405209, -0.430727, -0.075258, -0.387222],
                3: [0.189438, 0.066753, 1.059624, 0.975845, 1.164886, 1.241408, 1.121093, 1.431863, 0.233583, 0.263036, -2.102618, -1.845087]}  # fmt: skip
    for scale, values in expected.items():
        assert [row[f"spi_{scale}"] for row in found] == pytest.approx(values, abs=0.00501)
    few = rows(client, "drought", RAIN, period="month", base_years="2000-2008", year=2002)
    assert {row["spi_1"] for row in few} == {None} and {row["spi_1_years"] for row in few} == {9}


def test_spans_of_trends(client):
    (all_years,) = rows(client, "trend", period="calendar_year")
    (ten,) = rows(client, "trend", period="calendar_year", span="2001-2010")
    assert (all_years["tmax_years"], ten["tmax_years"]) == (12, 10)
    assert (ten["tmax_first_year"], ten["tmax_last_year"], ten["tmax_gaps"]) == (2001, 2010, 0)
    (nine,) = rows(client, "trend", period="calendar_year", span="2001-2009")
    assert nine["tmax_slope"] is None and nine["tmax_years"] == 9


@pytest.mark.parametrize(("statistic", "name", "value"), [
    ("summary", "start_month", "13"), ("degree_days", "method", "sine"), ("anomalies", "base_years", "1990"),
    ("drought", "completeness", "never"), ("trend", "span", "abc"),
])  # fmt: skip
def test_wrong_parameters(client, statistic, name, value):
    period = {"summary": "year", "trend": "calendar_year"}.get(statistic, "month")
    params = {"station_id": NORTH, "period": period, name: value}
    answer = client.get(f"/api/stats/{statistic}", params=params)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(f"{name}: ")
