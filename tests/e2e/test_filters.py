"""Conditions, order, months: against the same done in Python over the files."""

import itertools
import operator
import random

import httpx
import pytest
import sample
from links import lead

DAYS, YEARS = "/api/weather", "/api/weather/stats"
OPERATORS = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
STATION = "USC00110072"


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def ask(client, path=DAYS, **parameters):
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def days():
    """All days as the API shows them, in its order."""
    return [
        {"station_id": station, "date": date}
        | {
            name: None if value is None else value / 10
            for name, value in zip(("tmax", "tmin", "prcp"), values)
        }
        for station, of in sample.stations().items()
        for date, values in of.items()
    ]


def test_hot_days(client, days):
    hot = [day for day in days if day["tmax"] is not None and day["tmax"] >= 42]
    document = ask(client, where="tmax>=42", page_size=1000)
    assert document["data"] == hot[:1000]
    assert document["pagination"]["total"] == len(hot)


def test_several_conditions(client, days):
    def fits(day):
        return day["tmax"] == 0 and day["prcp"] is not None and day["prcp"] > 10.1

    rows = ask(client, where="tmax=0,prcp>10.1", page_size=1000)["data"]
    assert rows == [day for day in days if fits(day)] and rows


def test_condition_on_a_member_that_is_not_shown(client, days):
    rows = ask(client, where="tmin<=-40", fields="date", page_size=1000)["data"]
    assert rows == [{"date": d["date"]} for d in days if d["tmin"] is not None and d["tmin"] <= -40]


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ("tmax!=25", lambda day: day["tmax"] != 25),
        ("tmax<-5.5", lambda day: day["tmax"] < -5.5),
        ("tmax<=-5.5", lambda day: day["tmax"] <= -5.5),
        ("tmax>39.9", lambda day: day["tmax"] > 39.9),
        ("date>=2014-12-30", lambda day: day["date"] >= "2014-12-30"),
        ("date=2000-02-29", lambda day: day["date"] == "2000-02-29"),
    ],
)
def test_operators(client, days, condition, fits):
    name = condition[:4]
    wanted = [
        day for day in days
        if day["station_id"] == STATION and day[name] is not None and fits(day)
    ]
    document = ask(client, station_id=STATION, where=condition, page_size=1000)
    assert document["pagination"]["total"] == len(wanted)
    assert document["data"] == wanted[:1000]


def test_condition_in_the_unit_of_the_answer(client):
    metric = ask(client, where="tmax>=45", page_size=500)
    imperial = ask(client, where="tmax>=113", units="imperial", page_size=500)
    assert metric["pagination"]["total"] == imperial["pagination"]["total"] > 0


@pytest.mark.parametrize("count", ["exact", "none"])
def test_walk_with_a_condition(client, days, count):
    wanted = [day for day in days if day["prcp"] is not None and day["prcp"] > 150]
    target, got = f"{DAYS}?where=prcp%3E150&page_size=17&count={count}&cursor=*", []
    while target is not None:
        document = client.get(target).json()
        assert document["pagination"]["total"] == (len(wanted) if count == "exact" else None)
        got += document["data"]
        target = lead(target, document["links"]["next"])
    assert got == wanted


def test_pages_with_a_condition(client, days):
    wanted = [day for day in days if day["prcp"] is not None and day["prcp"] > 150]
    got = []
    for page in itertools.count(1):
        document = ask(client, where="prcp>150", page_size=20, page=page)
        got += document["data"]
        if document["links"]["next"] is None:
            break
    assert got == wanted


def test_all_rows_of_a_condition_as_csv(client, days):
    text = client.get(DAYS, params={"where": "prcp>100", "format": "csv"}).text
    assert text.count("\r\n") - 1 == sum(
        1 for day in days if day["prcp"] is not None and day["prcp"] > 100
    )


def test_hottest_first(client, days):
    order = sorted(
        (day for day in days if day["tmax"] is not None), key=lambda day: -day["tmax"]
    )
    assert ask(client, sort="-tmax", page_size=50)["data"] == order[:50]
    assert ask(client, sort="-tmax", page_size=50, page=7)["data"] == order[300:350]


def test_nulls_come_last(client, days):
    of_station = [day for day in days if day["station_id"] == STATION]
    rows = ask(client, station_id=STATION, sort="tmin", page_size=1000, page=11)["data"]
    ordered = sorted(of_station, key=lambda day: (day["tmin"] is None, day["tmin"] or 0))
    assert rows == ordered[10000:11000]
    assert rows[-1]["tmin"] is None


def test_two_keys(client, days):
    of_year = [day for day in days if day["date"][:4] == "1995" and day["prcp"] is not None]
    ordered = sorted(of_year, key=lambda day: day["date"], reverse=True)
    ordered.sort(key=lambda day: -day["prcp"])
    rows = ask(client, start_date="1995-01-01", end_date="1995-12-31", sort="-prcp,-date",
               where="prcp>=0", page_size=200)["data"]
    assert [(r["prcp"], r["date"]) for r in rows] == [(r["prcp"], r["date"]) for r in ordered[:200]]


def test_latest_first(client, days):
    of_station = [day for day in days if day["station_id"] == STATION]
    assert ask(client, station_id=STATION, sort="-date", page_size=5)["data"] == of_station[:-6:-1]


@pytest.mark.parametrize(
    ("parameters", "months"),
    [
        ({"month": "2"}, {2}),
        ({"month": "12,1"}, {12, 1}),
        ({"season": "JJA"}, {6, 7, 8}),
        ({"season": "DJF,MAM"}, {12, 1, 2, 3, 4, 5}),
    ],
)
def test_months(client, days, parameters, months):
    wanted = [day for day in days if int(day["date"][5:7]) in months]
    document = ask(client, **parameters, page_size=1000, page=60)
    assert document["pagination"]["total"] == len(wanted)
    assert document["data"] == wanted[59000:60000]


def test_month_within_dates_by_cursor(client, days):
    wanted = [
        day for day in days
        if day["station_id"] == STATION and "1990-07-15" <= day["date"] <= "1992-07-10"
        and day["date"][5:7] in ("07", "08")
    ]
    target = f"{DAYS}?station_id={STATION}&start_date=1990-07-15&end_date=1992-07-10&month=7,8"
    target, got = target + "&cursor=*&page_size=7", []
    while target is not None:
        document = client.get(target).json()
        got += document["data"]
        target = lead(target, document["links"]["next"])
    assert got == wanted


# -- Statistics ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def years(client):
    rows = []
    for page in range(1, 6):
        rows += ask(client, YEARS, fields="*", page=page, page_size=1000)["data"]
    return rows


@pytest.mark.parametrize("rule", ["wmo", "ncei"])
def test_rule_nulls(client, years, rule):
    rows = []
    for page in range(1, 6):
        rows += ask(client, YEARS, rule=rule, page=page, page_size=1000)["data"]
    names = ("avg_tmax", "avg_tmin", "total_prcp")
    assert rows == [
        {"station_id": row["station_id"], "year": row["year"]}
        | {name: row[name] if row[f"{name}_{rule}"] else None for name in names}
        for row in years
    ]


def test_min_coverage(client, years):
    def share(row):
        days = 366 if row["year"] % 4 == 0 else 365
        return min(row["tmax_days"], row["tmin_days"], row["prcp_days"]) / days

    wanted = [row for row in years if share(row) >= 0.95]
    document = ask(client, YEARS, min_coverage=0.95, fields="*", page_size=1000, page=2)
    assert document["pagination"]["total"] == len(wanted) < len(years)
    assert document["data"] == wanted[1000:2000]


@pytest.mark.parametrize(
    ("parameters", "inputs"),
    [
        ({"fields": "station_id,year,total_prcp"}, ("prcp",)),
        ({"fields": "station_id,year,avg_tmax"}, ("tmax",)),
        ({"fields": "station_id,year,avg_tmax,total_prcp_wmo"}, ("tmax", "prcp")),
        ({"fields": "station_id,year,tmin_longest_gap"}, ("tmin",)),
        ({"fields": "station_id,year,total_prcp", "where": "avg_tmin<100"}, ("prcp", "tmin")),
        ({"fields": "station_id,year,total_prcp", "sort": "station_id,avg_tmax"}, ("prcp", "tmax")),
        ({"fields": "station_id,year"}, ("tmax", "tmin", "prcp")),
        ({}, ("tmax", "tmin", "prcp")),
    ],
)
def test_min_coverage_judges_what_is_asked_for(client, years, parameters, inputs):
    def is_covered(row):
        days = 366 if row["year"] % 4 == 0 else 365
        return all(row[f"{name}_days"] / days >= 0.9 for name in inputs)

    wanted = [
        row for row in years
        if is_covered(row) and ("where" not in parameters or row["avg_tmin"] is not None)
    ]  # fmt: skip
    document = ask(client, YEARS, min_coverage=0.9, page_size=1000, **parameters)
    assert document["pagination"]["total"] == len(wanted) < len(years)
    got = {(row["station_id"], row["year"]) for row in document["data"]}
    if "sort" not in parameters:
        assert got == {(row["station_id"], row["year"]) for row in wanted[:1000]}


@pytest.mark.parametrize("units", ["metric", "imperial", "raw"])
@pytest.mark.parametrize("column", ["avg_tmax", "avg_tmin", "total_prcp"])
def test_what_is_shown_is_compared(client, units, column):
    """Every condition holds for just the rows of which it can be seen to hold, and what reads the same is
    in the order of stations and years."""
    rows = [
        row
        for page in range(1, 6)
        for row in ask(client, YEARS, units=units, page=page, page_size=1000)["data"]
    ]
    shown = [row for row in rows if row[column] is not None]
    for row in random.Random(column + units).sample(shown, 8):
        value = row[column]
        for sign, holds in OPERATORS.items():
            document = ask(client, YEARS, units=units, where=f"{column}{sign}{value!r}", page_size=1000)
            wanted = [other for other in shown if holds(other[column], value)]
            assert document["pagination"]["total"] == len(wanted)
            assert document["data"] == wanted[:1000]
    document = ask(client, YEARS, units=units, sort=f"-{column}", page_size=1000)
    assert document["data"] == sorted(shown, key=lambda row: -row[column])[:1000]


@pytest.mark.parametrize("member", ["latitude", "longitude", "elevation", "distance"])
def test_what_is_shown_of_stations_is_compared(client, member):
    rows = ask(client, "/api/stations", near="40,-90", page_size=1000)["data"]
    known = [row for row in rows if row[member] is not None]
    assert known
    for row in random.Random(member).sample(known, min(10, len(known))):
        wanted = [other for other in rows if other[member] == row[member]]
        assert ask(client, "/api/stations", near="40,-90", where=f"{member}={row[member]!r}")["data"] == wanted


def test_wettest_years(client, years):
    ordered = sorted(
        (row for row in years if row["total_prcp_wmo"]), key=lambda row: -row["total_prcp"]
    )
    rows = ask(client, YEARS, sort="-total_prcp", where="total_prcp_wmo=true", page_size=10)["data"]
    assert [row["total_prcp"] for row in rows] == [row["total_prcp"] for row in ordered[:10]]


# -- Wrong ones ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"where": "tmax"}, "is no condition"),
        ({"where": "tmax>=hot"}, "after 'tmax>=' a number was expected, got 'hot'"),
        ({"where": "snow>1"}, "there is no field 'snow'"),
        ({"where": "date>90"}, "a date such as 2014-12-31 was expected, got '90'"),
        ({"where": "station_id>A"}, "texts take only = and !="),
        ({"sort": "snow"}, "there is no field 'snow'"),
        ({"sort": "date", "cursor": "*"}, "leave out sort"),
        ({"sort": "date", "page": "1000000"}, "up to row"),
        ({"sort": "date", "format": "csv"}, "too many to be sorted"),
        ({"month": "13"}, "1 to 12"),
        ({"season": "summer"}, "DJF"),
        ({"month": "1", "season": "DJF"}, "leave out month, or season"),
    ],
)
def test_wrong(client, parameters, says):
    answer = client.get(DAYS, params=parameters)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert says in problem["detail"] or says in str(problem.get("allowed"))
    assert problem["parameter"] in parameters
