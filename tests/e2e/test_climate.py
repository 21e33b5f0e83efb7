"""/api/climate and /api/records against the sample's files."""

import collections
import json

import httpx
import pytest
import sample

STATION = "USC00110072"


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def days(column):
    return {date: values[column] for date, values in sample.stations()[STATION].items() if values[column] is not None}


def standing(values, highest):
    """Value, first and last day of a record."""
    value = (max if highest else min)(values.values())
    on = sorted(date for date, each in values.items() if each == value)
    return value / 10, on[0], on[-1]


def listed(client, **query):
    """All rows, as lines of JSON are whole."""
    answer = client.get("/api/records", params={"station_id": STATION, "format": "ndjson", **query})
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


RECORDS = {"tmax_max": (0, True), "tmax_min": (0, False), "tmin_min": (1, False), "tmin_max": (1, True),
           "prcp_max": (2, True)}  # fmt: skip


def expected(part):
    """{part: {record: (value, set on, last on)}} of the calendar parts that `part` makes of a date."""
    found = collections.defaultdict(dict)
    for record, (column, highest) in RECORDS.items():
        by_part = collections.defaultdict(dict)
        for date, value in days(column).items():
            by_part[part(date)][date] = value
        for key, values in by_part.items():
            found[key][record] = standing(values, highest)
    return found


@pytest.mark.parametrize(
    ("period", "part"),
    [("all_time", lambda date: None), ("month", lambda date: date[5:7]), ("day", lambda date: date[5:])],
)
def test_records(client, period, part):
    rows = listed(client, period=period)
    found = collections.defaultdict(dict)
    for row in rows:
        assert row["kind"] == period and row["station_id"] == STATION
        found[row["part"]][row["record"]] = row["value"], row["set_on"], row["last_on"]
    assert found == expected(part)


def test_records_that_were_broken_in_a_year(client):
    rows = listed(client, period="day", since="2012-01-01", until="2012-12-31")
    found = {(row["part"], row["record"]) for row in rows}
    wanted = {
        (part, record) for part, records in expected(lambda date: date[5:]).items()
        for record, (_, first, _) in records.items() if first.startswith("2012")
    }  # fmt: skip
    assert found == wanted and ("03-22", "tmax_max") in found


def test_the_climate_of_a_place(client):
    answer = client.get(f"/api/climate/{STATION}?base_years=1985-2014")
    assert answer.headers["content-type"] == "application/json" and answer.headers["etag"]
    document = answer.json()
    assert document["station"]["name"] == "ALEDO" and document["normals"]["parameters"]["base_years"] == "1985-2014"
    assert document["days"] == {"first": min(sample.stations()[STATION]), "last": max(sample.stations()[STATION])}
    for row in document["records"]["months"]:
        wanted = expected(lambda date: date[5:7])[f"{row['month']:02}"]
        for record, (value, first, last) in wanted.items():
            assert (row[record], row[f"{record}_since"], row[f"{record}_date"]) == (value, first, last)
    again = client.get(f"/api/climate/{STATION}?base_years=1985-2014", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("kind", ["calendar_month", "calendar_year"])
@pytest.mark.parametrize("statistic", ["normals", "records", "trend"])
def test_it_says_what_the_statistics_say(client, statistic, kind):
    """Each member is that of the statistic's own route."""
    names = {"normals": {"calendar_month": "months", "calendar_year": "year"},
             "records": {"calendar_month": "months", "calendar_year": "all_time"},
             "trend": {"calendar_year": "year"}}[statistic]  # fmt: skip
    if kind not in names:
        assert "months" not in client.get(f"/api/climate/{STATION}").json()[statistic]
        return
    rows = client.get(f"/api/stats/{statistic}", params={"station_id": STATION, "period": kind}).json()["data"]
    told = client.get(f"/api/climate/{STATION}").json()[statistic][names[kind]]
    told = told if isinstance(told, list) else [told]
    assert len(told) == len(rows)
    for one, row in zip(told, rows, strict=True):
        assert one.items() <= {**row, **{key: row[key] for key in one}}.items()
        assert {key: row[key] for key in one} == one


def test_what_is_not_there_is_said(client, run):
    assert client.get("/api/climate/NOWHERE").status_code == 404
    answer = client.get(f"/api/climate/{STATION}?base_years=1990")
    assert answer.status_code == 422 and json.loads(answer.text)["parameter"] == "base_years"
    assert client.get(f"/api/records?station_id={STATION}&period=week").status_code == 422
