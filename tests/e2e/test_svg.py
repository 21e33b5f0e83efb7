"""format=svg: every mark of the charts, turned back into a value, against the CSV of the request."""

import csv
import datetime
import io
import re
from xml.etree import ElementTree

import httpx
import pytest

DAYS, YEARS, STATISTICS = "/api/weather", "/api/weather/stats", "/api/stats"
STATION, OTHER = "USC00110072", "USC00110187"
SVG = "{http://www.w3.org/2000/svg}"
MARK = re.compile(r"([MLHVZhv,])(-?[0-9.]*)")
KEYS = {"date", "year", "month", "season", "day", "station_id"}


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def draw(client, path, **parameters):
    answer = client.get(path, params={**parameters, "format": "svg"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    return ElementTree.fromstring(answer.content)


def rows_of(client, path, **parameters):
    text = client.get(path, params={**parameters, "format": "csv"}).text
    return list(csv.DictReader(io.StringIO(text)))


def time_of(row, kind):
    """As docs/selection.md says what stands on the axis of time."""
    number = {key: int(row[key]) for key in KEYS - {"date", "station_id"} if key in row}
    return {
        "date": lambda: (datetime.date.fromisoformat(row["date"]) - datetime.date(1970, 1, 1)).days,
        "year": lambda: number["year"],
        "year-month": lambda: number["year"] + (number["month"] - 1) / 12,
        "year-season": lambda: number["year"] + (number["season"] - 1) / 4,
        "month-day": lambda: number["month"] + (number["day"] - 1) / 31,
        "month": lambda: number["month"],
        "season": lambda: number["season"],
    }[kind]()


class Panel:
    def __init__(self, element):
        self.at = {name[5:]: value for name, value in element.items() if name.startswith("data-")}
        self.series = [e for e in element if e.get("class") == "series"]

    def number(self, name):
        return float(self.at[name])

    def time(self, x):
        part = (x - self.number("left")) / (self.number("right") - self.number("left"))
        return self.number("x-min") + part * (self.number("x-max") - self.number("x-min"))

    def value(self, y):
        part = (self.number("bottom") - y) / (self.number("bottom") - self.number("top"))
        return self.number("y-min") + part * (self.number("y-max") - self.number("y-min"))

    def close(self, time, value):
        """Half a hundredth of a pixel on either axis, and the six decimals of the attributes."""
        width = self.number("right") - self.number("left")
        height = self.number("bottom") - self.number("top")
        return (pytest.approx(time, abs=0.0051 * (self.number("x-max") - self.number("x-min")) / width + 2e-6),
                pytest.approx(value, abs=0.0051 * (self.number("y-max") - self.number("y-min")) / height + 2e-6))  # fmt: skip


def panels_of(root):
    return [Panel(element) for element in root.iter(f"{SVG}g") if element.get("class") == "panel"]


def marks(path):
    return MARK.findall(path.get("d"))


def points(panel, series):
    """[(time, value)] of a line."""
    found = [float(number) for letter, number in marks(series.find(f"{SVG}path")) if letter in "ML,"]
    return [(panel.time(x), panel.value(y)) for x, y in zip(found[::2], found[1::2], strict=True)]


def bars(panel, series):
    """[(time, value)]: the middle of each bar, and where it ends."""
    found = [float(number) for letter, number in marks(series.find(f"{SVG}path")) if letter in "M,VH"]
    offset = float(series.get("data-offset"))
    assert len(found) % 5 == 0
    for x, base, end, right, back in zip(*[iter(found)] * 5):
        assert base == back and panel.value(base) == pytest.approx(0, abs=0.02)
        yield panel.time((x + right) / 2 - offset), panel.value(end)


def present(rows, kind, field, station):
    return sorted((time_of(row, kind), float(row[field])) for row in rows if row[field] and row.get("station_id", "") == station)


CASES = [
    (DAYS, {"station_id": STATION, "year": 2012}),
    (DAYS, {"station_id": f"{STATION},{OTHER}", "date": "2012-07", "units": "imperial"}),
    (DAYS, {"station_id": STATION}),
    (DAYS, {"station_id": STATION, "year": 2012, "sort": "-tmax", "where": "tmax>30"}),
    (YEARS, {"station_id": STATION, "fields": "station_id,year,avg_tmax,avg_tmin"}),
    (f"{STATISTICS}/summary", {"station_id": STATION, "period": "month", "year": 2012, "fields": "year,month,tmax,prcp"}),
    (f"{STATISTICS}/summary", {"station_id": STATION, "period": "season", "fields": "year,season,tmin"}),
    (f"{STATISTICS}/normals", {"station_id": STATION, "period": "calendar_month", "fields": "month,tmax,tmin,prcp"}),
    (f"{STATISTICS}/normals", {"station_id": STATION, "period": "calendar_day", "fields": "month,day,tmax"}),
    (f"{STATISTICS}/anomalies", {"station_id": STATION, "period": "day", "year": 2012, "fields": "date,tmax_anomaly"}),
]


@pytest.mark.parametrize(("path", "parameters"), CASES)
@pytest.mark.parametrize("chart", ["line", "bars"])
def test_marks_are_the_values(client, path, parameters, chart):
    root, rows = draw(client, path, chart=chart, **parameters), rows_of(client, path, **parameters)
    fields = [name for name in rows[0] if name not in KEYS]
    stations = sorted({row.get("station_id", "") for row in rows})
    seen = set()
    for panel in panels_of(root):
        for series in panel.series:
            name = series.get("data-field"), series.get("data-station")
            wanted = present(rows, root.get("data-x"), *name)
            found = list((points if chart == "line" else bars)(panel, series))
            assert len(found) == len(wanted) > 0
            for (time, value), right in zip(found, wanted, strict=True):
                assert (time, value) == panel.close(*right)
            missing = sum(row.get("station_id", "") == name[1] for row in rows) - len(wanted)
            assert series.find(f"{SVG}title").text == f"{' '.join(name).strip()}: n = {len(wanted)}, missing {missing}"
            seen.add(name)
    assert seen == {(field, station) for field in fields for station in stations}


def test_lines_are_broken_where_something_is_missing(client):
    """16 February 2012 was reported as missing; a file without some days has a gap as well."""
    (panel, _), rows = panels_of(draw(client, DAYS, station_id=STATION, year=2012)), rows_of(client, DAYS, station_id=STATION, year=2012)
    runs, last = 0, None
    for time, _ in present(rows, "date", "tmax", STATION):
        runs += last is None or time - last > 1
        last = time
    path = next(s for s in panel.series if s.get("data-field") == "tmax").find(f"{SVG}path").get("d")
    assert path.count("M") == runs > 1


def test_stripes(client):
    parameters = {"station_id": STATION, "fields": "station_id,year,avg_tmax,total_prcp"}
    root, rows = draw(client, YEARS, chart="stripes", **parameters), rows_of(client, YEARS, **parameters)
    for panel, field in zip(panels_of(root), ("avg_tmax", "total_prcp"), strict=True):
        wanted = present(rows, "year", field, STATION)
        values = [value for _, value in wanted]
        low, high = min(values), max(values)
        assert (panel.number("y-min"), panel.number("y-max")) == (low, high)
        found = []
        for path in panel.series[0].iter(f"{SVG}path"):
            numbers = [float(number) for letter, number in marks(path) if letter in "M,VH"]
            for x, top, bottom, right, _ in zip(*[iter(numbers)] * 5):
                assert (top, bottom) == (panel.number("top"), panel.number("bottom"))
                found.append((panel.time((x + right) / 2), int(path.get("class")[1:])))
        for (time, shade), (year, value) in zip(sorted(found), wanted, strict=True):
            assert time == pytest.approx(year, abs=0.01)
            assert shade == min(10, int((value - low) / (high - low) * 11))


def test_what_it_says(client):
    parameters = {"station_id": STATION, "year": 2012, "format": "svg"}
    answer = client.get(DAYS, params=parameters)
    again = client.get(DAYS, params=parameters, headers={"accept": "text/csv"})
    assert answer.content == again.content and answer.headers["etag"] == again.headers["etag"]
    assert f'filename="weather_{STATION}_2012.svg"' in answer.headers["content-disposition"]
    root = ElementTree.fromstring(answer.content)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title.text == f"tmax, tmin, prcp of {STATION}, 2012-01-01 to 2012-12-31"
    assert "Almanac " in description.text and f"weather?station_id={STATION}&year=2012" in description.text
    assert root.get("role") == "img" and root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert "prefers-color-scheme:dark" in root.find(f"{SVG}style").text
    assert [panel.at["unit"] for panel in panels_of(root)] == ["degC", "mm"]
    assert {element.tag for element in root.iter()} <= {SVG + tag for tag in "svg title desc style rect text g path".split()}


def test_no_rows(client):
    root = draw(client, DAYS, station_id=STATION, year=1950)
    assert root.find(f"{SVG}title").text == "tmax, tmin, prcp: no rows" and not panels_of(root)


def test_browsers_get_pictures_where_they_want_them(client):
    """Accept of <img> in Chromium and Firefox."""
    for accept in ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"):
        answer = client.get(YEARS, params={"station_id": STATION}, headers={"accept": accept})
        assert answer.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("path", "parameters", "detail"),
    [
        (DAYS, {}, "format: svg has at most 20000 rows, and these are 1729957: take csv, or narrow them down"),
        (YEARS, {"year": 2012}, "format: svg has at most 64 lines, and these are more: take csv, or narrow them down"),
        (DAYS, {"where": "tmax>=38", "state": "IL"}, "format: svg has at most 64 lines, and these are more: take csv, or narrow them down"),
        (DAYS, {"station_id": STATION, "fields": "tmax"},
         "fields: format=svg needs date, year, month or season, and 1 to 64 fields of numbers; add them, or take another format"),
        (DAYS, {"station_id": STATION, "chart": "bar"}, "chart: 'bar' is not one of line, bars, stripes; did you mean 'bars'?"),
    ],
)  # fmt: skip
def test_what_is_refused(client, path, parameters, detail):
    answer = client.get(path, params={**parameters, "format": "svg"})
    assert answer.status_code == 422 and answer.json()["detail"] == detail


def test_stations_are_no_series(client):
    assert client.get("/api/stations", params={"format": "svg"}).status_code == 422
    assert client.get("/api/stations", params={"chart": "line"}).status_code == 422
