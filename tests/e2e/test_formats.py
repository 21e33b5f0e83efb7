"""Every format, read again by an independent reader and compared with the files."""

import codecs
import csv
import gzip
import io
import json
from pathlib import Path

import httpx
import pandas
import psycopg
import pytest
import sample
import shapely
import zstandard

DAYS, YEARS, STATIONS = "/api/weather", "/api/weather/stats", "/api/stations"
STATION, OTHER = "USC00110072", "USC00110187"


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def get(client, path, headers=None, **parameters):
    answer = client.get(path, params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def expected_days(station, year):
    return [sample.as_day(station, d) for d in sample.stations()[station] if d[:4] == year]


def tenths(text):
    return None if text == "" else round(float(text) * 10)


# -- CSV -------------------------------------------------------------------------------------


def test_csv_of_python(client):
    answer = get(client, DAYS, format="csv", station_id=STATION)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "\r\n" in answer.text and "\n" not in answer.text.replace("\r\n", "")
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert rows[0] == ["station_id", "date", "tmax", "tmin", "prcp"]
    files = sample.stations()[STATION]
    assert [row[:2] for row in rows[1:]] == [[STATION, date] for date in files]
    assert [tuple(map(tenths, row[2:])) for row in rows[1:]] == list(files.values())


def test_csv_of_pandas(client):
    text = get(client, YEARS, format="csv", fields="*").text
    table = pandas.read_csv(io.StringIO(text))
    rows = []
    for page in range(1, 6):
        rows += get(client, YEARS, fields="*", page=page, page_size=1000).json()["data"]
    assert len(table) == len(rows) == 4820
    assert list(table["station_id"]) == [row["station_id"] for row in rows]
    means = [None if pandas.isna(v) else v for v in table["avg_tmax"]]
    assert means == [row["avg_tmax"] for row in rows]
    assert list(table["prcp_missing"]) == [row["prcp_missing"] for row in rows]
    assert list(table["total_prcp_wmo"]) == [row["total_prcp_wmo"] for row in rows]


def test_csv_for_excel(client):
    """Names with units, and a byte order mark; without effect on other formats."""
    plain = get(client, DAYS, format="csv", station_id=STATION).content
    answer = get(client, DAYS, format="csv", station_id=STATION, header="units", bom="true").content
    assert answer.startswith(codecs.BOM_UTF8) and not plain.startswith(codecs.BOM_UTF8)
    table = pandas.read_csv(io.BytesIO(answer), encoding="utf-8-sig")
    assert list(table.columns) == ["station_id", "date", "tmax (degC)", "tmin (degC)", "prcp (mm)"]
    assert answer.partition(b"\r\n")[2] == plain.partition(b"\r\n")[2]
    page = get(client, DAYS, page_size=1).json()
    assert get(client, DAYS, page_size=1, header="units", bom="true").json()["data"] == page["data"]


def test_csv_quotes_what_needs_it(client):
    rows = list(csv.DictReader(io.StringIO(get(client, STATIONS, format="csv").text, newline="")))
    names = {row["station_id"]: row["name"] for row in rows}
    listed = get(client, STATIONS, page_size=200).json()["data"]
    assert names == {row["station_id"]: row["name"] for row in listed}


# -- NDJSON ----------------------------------------------------------------------------------


def test_ndjson(client):
    answer = get(client, DAYS, format="ndjson", station_id=f"{STATION},{OTHER}", date="1990-02-01")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == [
        sample.as_day(STATION, "1990-02-01"),
        sample.as_day(OTHER, "1990-02-01"),
    ]


def test_page_of_ndjson_is_a_page(client):
    answer = get(client, DAYS, format="ndjson", page=2, page_size=3)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == get(client, DAYS, page=2, page_size=3).json()["data"]
    assert 'rel="next"' in answer.headers["link"] and 'rel="prev"' in answer.headers["link"]


# -- Columnar JSON ---------------------------------------------------------------------------


def test_columnar_is_a_data_frame(client):
    document = get(
        client, DAYS, format="columnar", station_id=STATION, start_date="1999-01-01",
        end_date="1999-12-31",
    ).json()
    frame = pandas.DataFrame(document["data"])
    rows = expected_days(STATION, "1999")
    assert list(frame.columns) == ["station_id", "time", "tmax", "tmin", "prcp"]
    assert list(frame["time"]) == [row["date"] for row in rows]
    for name in ("tmax", "tmin", "prcp"):
        assert document["data"][name] == [row[name] for row in rows]
    assert document["units"] == {"time": "iso8601", "tmax": "degC", "tmin": "degC", "prcp": "mm"}
    assert len(rows) > 100 and "pagination" not in document
    assert document["links"]["next"] is None and document["links"]["prev"] is None


def test_page_of_columns(client):
    document = get(client, DAYS, format="columnar", station_id=STATION, page=2, page_size=3).json()
    assert document["data"]["time"] == sorted(sample.stations()[STATION])[3:6]
    assert document["pagination"]["page"] == 2 and "page=3" in document["links"]["next"]


@pytest.mark.parametrize("parameters", [{}, {"where": "tmax>-100"}])
def test_columns_of_too_many_days(client, parameters):
    """They are whole in memory until the last row is known."""
    answer = client.get(DAYS, params={"format": "columnar", **parameters})
    problem = answer.json()
    assert answer.status_code == 422 and problem["parameter"] == "format"
    assert "columnar has at most 100000 rows" in problem["detail"]
    assert len(get(client, DAYS, format="columnar", where="tmax>43").json()["data"]["time"]) > 0


# -- GeoJSON ---------------------------------------------------------------------------------


def test_geojson_by_shapely(client, data):
    document = get(client, STATIONS, format="geojson").json()
    assert document["type"] == "FeatureCollection" and len(document["features"]) == 167
    places = {}
    for line in (data / "wx_stations.txt").read_text().splitlines():
        places[line[:11]] = (float(line[21:30]), float(line[12:20]))
    for feature in document["features"]:
        point = shapely.geometry.shape(feature["geometry"])
        assert (point.x, point.y) == places[feature["id"]]
        assert "latitude" not in feature["properties"]
    assert document["units"]["elevation"] == "m" and "pagination" not in document
    page = get(client, STATIONS, format="geojson", page_size=3).json()
    assert page["features"] == document["features"][:3] and page["pagination"]["total"] == 167


def test_geojson_of_one_station(client):
    feature = get(client, f"{STATIONS}/{STATION}", format="geojson").json()
    assert feature["type"] == "Feature" and feature["id"] == STATION
    assert feature["geometry"]["type"] == "Point"


def test_days_are_no_geojson(client):
    answer = client.get(DAYS, params={"format": "geojson"})
    assert answer.status_code == 422 and answer.json()["parameter"] == "format"


# -- Which one -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("application/json;q=0.5, text/csv;q=0.6", "text/csv"),
        ("application/json, text/csv", "application/json"),
        ("text/*", "text/csv"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("text/csv;q=0, */*;q=0.1", "application/json"),
        # java.net.HttpURLConnection, unless told otherwise
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "application/json"),
    ],
)
def test_accept(client, accept, kind):
    answer = get(client, DAYS, headers={"accept": accept}, page_size=1)
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert "Accept" in answer.headers["vary"]


def test_parameter_wins_over_accept(client):
    answer = get(client, DAYS, headers={"accept": "text/csv"}, format="json", page_size=1)
    assert answer.json()["data"]


def test_nothing_acceptable(client):
    answer = client.get(DAYS, headers={"accept": "image/png"})
    assert answer.status_code == 406
    assert "text/csv" in answer.json()["allowed"]


# -- Units in envelopes ----------------------------------------------------------------------


def test_units_in_the_envelope(client):
    """Of the fields that are shown, in the units of the request."""
    assert get(client, DAYS, page_size=1).json()["units"] == {"tmax": "degC", "tmin": "degC", "prcp": "mm"}
    years = get(client, YEARS, page_size=1, fields="year,total_prcp", units="imperial").json()
    assert years["units"] == {"total_prcp": "in"}
    station = get(client, f"{STATIONS}/{STATION}", fields="name").json()
    assert station["units"] == {}
    assert get(client, DAYS, page_size=1, units="raw").json()["units"]["prcp"] == "0.1 mm"
    assert "units" not in get(client, "/api/elements").json()


# -- Units -----------------------------------------------------------------------------------


def half_away(number, places):
    from decimal import ROUND_HALF_UP, Decimal

    sign = -1 if number < 0 else 1
    return float(sign * abs(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def test_imperial_is_exact(client):
    from decimal import Decimal

    rows = get(client, DAYS, units="imperial", station_id=STATION, page_size=1000).json()["data"]
    for row, (tmax, _, prcp) in zip(rows, sample.stations()[STATION].values()):
        if tmax is not None:
            assert row["tmax"] == half_away(Decimal(tmax) * 9 / 50 + 32, 1)
        if prcp is not None:
            assert row["prcp"] == half_away(Decimal(prcp) / 254, 3)


def test_raw_is_what_the_files_say(client):
    answer = get(client, DAYS, units="raw", format="csv", header="units", station_id=STATION)
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][2:] == ["tmax (0.1 degC)", "tmin (0.1 degC)", "prcp (0.1 mm)"]
    assert [tuple(int(v) if v else None for v in row[2:]) for row in rows[1:]] == list(
        sample.stations()[STATION].values()
    )


def test_raw_statistics_are_not_rounded(client, ingested, query):
    row = get(client, YEARS, units="raw", station_id=STATION, year=1986).json()["data"][0]
    stored = query(
        ingested, "select avg_tmax from stat_yearly where station_id = %s and year = 1986", (STATION,)
    )
    assert row["avg_tmax"] == stored[0][0]


# -- Members ---------------------------------------------------------------------------------


def test_fields(client):
    row = get(client, DAYS, fields="tmin,date", page_size=1).json()["data"][0]
    assert list(row) == ["tmin", "date"]


def test_unknown_field(client):
    answer = client.get(DAYS, params={"fields": "tmax,snow"})
    problem = answer.json()
    assert answer.status_code == 422 and problem["parameter"] == "fields"
    assert problem["value"] == "snow" and "tmin" in problem["allowed"]


# -- Content codings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coding", "decode"),
    [
        ("gzip", gzip.decompress),
        ("zstd", lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
    ],
)
@pytest.mark.parametrize("parameters", [{}, {"format": "csv", "start_date": "2010-01-01"}])
def test_codings(served, coding, decode, parameters):
    def ask(accept):
        with httpx.Client(base_url=served.url, timeout=60) as client:
            request = client.build_request(
                "GET", DAYS, params=parameters, headers={"accept-encoding": accept}
            )
            answer = client.send(request, stream=True)
            return answer.headers, b"".join(answer.iter_raw())

    headers, body = ask(coding)
    plain_headers, plain = ask("identity")
    assert headers["content-encoding"] == coding and "content-encoding" not in plain_headers
    assert decode(body) == plain and len(body) < len(plain) / 2
    assert headers["etag"] != plain_headers["etag"]
    assert "Accept-Encoding" in headers["vary"]


def test_short_answers_stay_as_they_are(client):
    answer = get(client, DAYS, headers={"accept-encoding": "gzip"}, page_size=1)
    assert "content-encoding" not in answer.headers


TEXTS = [  # id, name: what programs take for numbers, for missing values, for formulas
    ("00044", "NA"),
    ("1E5", "null"),
    ("A-1", '=HYPERLINK("http://example.org")'),
    ("A-2", None),
    ("A-3", "Süd, \"Tor\""),
]


def test_texts_stay_texts(server, migrated):
    """As README says to read CSV: no byte order mark, nothing escaped, missing is what is empty."""
    with psycopg.connect(migrated) as connection:
        connection.cursor().executemany("insert into station (station_id, name) values (%s, %s)", TEXTS)
        connection.execute("update dataset_version set version = version + 1")
    url = f"{server(migrated).url}/api/stations?format=csv&fields=station_id,name"
    body = httpx.get(url).content
    assert body.startswith(b"station_id,name\r\n") and body.count(b"\r\n") == len(TEXTS) + 1
    table = pandas.read_csv(url, keep_default_na=False, na_values=[""], dtype={"station_id": str})
    rows = [(row.station_id, None if pandas.isna(row.name_) else row.name_)
            for row in table.rename(columns={"name": "name_"}).itertuples()]  # fmt: skip
    assert rows == TEXTS
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert 'keep_default_na=False, na_values=[""], dtype={"station_id": str}' in readme
