"""/api/rank against the sample's files, ranked by sorting."""

import datetime

import httpx
import pytest
import sample

ELEMENTS = {"TMAX": 0, "TMIN": 1, "PRCP": 2}
STATION = "USC00110072"


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def around(date, window):
    """Dates of the window of every year that the sample may have."""
    center = datetime.date.fromisoformat(date)
    for year in range(1984, 2016):
        try:
            middle = center.replace(year=year)
        except ValueError:
            middle = datetime.date(year, 2, 28)
        for offset in range(-window, window + 1):
            yield year, (middle + datetime.timedelta(offset)).isoformat()


def expected(station, date, element, window):
    days = sample.stations()[station]
    column = ELEMENTS[element]
    found = [
        (year, day, days[day][column]) for year, day in around(date, window)
        if day in days and days[day][column] is not None
    ]  # fmt: skip
    values = sorted(value for _, _, value in found)
    years = sorted({year for year, _, _ in found})
    value = days.get(date, (None,) * 3)[column]
    row = {
        "station_id": station, "date": date, "element": element, "unit": "mm" if element == "PRCP" else "degC",
        "n": len(found), "years": len(years), "first_year": years[0], "last_year": years[-1],
        "mean": sum(values) / len(values) / 10,
        "highest": values[-1] / 10, "highest_date": max(day for _, day, each in found if each == values[-1]),
        "lowest": values[0] / 10, "lowest_date": max(day for _, day, each in found if each == values[0]),
        "value": None, "rank": None, "rank_low": None, "percentile": None, "return_years": None,
        "return_years_low": None,
    }  # fmt: skip
    if value is not None:
        lower, equal = sum(each < value for each in values), values.count(value)
        row |= {
            "value": value / 10, "rank": len(values) - lower - equal + 1, "rank_low": lower + 1,
            "percentile": 100 * (lower + equal / 2) / len(values),
            "return_years": (len(years) + 1) / len({year for year, _, each in found if each >= value}),
            "return_years_low": (len(years) + 1) / len({year for year, _, each in found if each <= value}),
        }  # fmt: skip
    return row


@pytest.mark.parametrize("date", ["2012-03-22", "2012-02-29", "2011-02-28", "1985-01-01", "2014-12-31", "2030-07-04"])
@pytest.mark.parametrize("window", [0, 7])
def test_days_are_ranked(client, date, window):
    rows = client.get(f"/api/rank?station_id={STATION}&date={date}&window={window}").json()["data"]
    assert [row["element"] for row in rows] == ["PRCP", "TMAX", "TMIN"]
    for row in rows:
        assert row == pytest.approx(expected(STATION, date, row["element"], window), abs=0.0051)


def test_a_hot_day_in_march_was_the_hottest(client):
    """22 March 2012, in the warm spell of that month in the Midwest."""
    (row,) = client.get(f"/api/rank?station_id={STATION}&date=2012-03-22&elements=TMAX").json()["data"]
    assert row["rank"] == 1 and row["highest_date"] == "2012-03-22" and row["percentile"] > 95


def test_what_is_wrong_is_said(client):
    answer = client.get("/api/rank?station_id=USC00110072")
    assert answer.status_code == 422 and "date" in answer.json()["detail"]
    assert client.get("/api/rank?station_id=NOWHERE&date=2012-03-22").status_code == 404
    answer = client.get(f"/api/rank?station_id={STATION}&date=2012-03-22&window=16")
    assert answer.status_code == 422 and answer.json()["parameter"] == "window"
