"""format=xlsx, read by openpyxl and compared with the JSON of the request and with the files."""

import datetime
import io
import zipfile
from xml.etree import ElementTree

import httpx
import openpyxl
import psycopg
import pytest
import sample

DAYS, YEARS, STATIONS = "/api/weather", "/api/weather/stats", "/api/stations"
STATION, OTHER = "USC00110072", "USC00110187"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def get(client, path, **parameters):
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


def read(content):
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(book):
    head, *rows = book["Data"].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def as_json(value):
    if isinstance(value, datetime.datetime):
        assert value.time() == datetime.time()
        return value.date().isoformat()
    return value


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        (DAYS, {"page": 2, "page_size": 500, "units": "imperial", "elements": "*"}),
        (DAYS, {"where": "tmax>40", "sort": "-tmax,date", "page_size": 50}),
        (DAYS, {"where": "tmax>60", "page_size": 50}),
        (YEARS, {"fields": "*", "year": "2012", "page_size": 200}),
        (YEARS, {"units": "raw", "year": "2012", "page_size": 200}),
        (STATIONS, {"fields": "*", "page_size": 200}),
        (f"{STATIONS}/{STATION}", {}),
        ("/api/elements", {}),
        ("/api/stats", {}),
    ],
)
def test_values_are_those_of_json(client, path, parameters):
    answer = get(client, path, format="xlsx", **parameters)
    assert answer.headers["content-type"] == KIND
    wanted = get(client, path, **parameters).json()["data"]
    rows = rows_of(read(answer.content))
    assert [{k: as_json(v) for k, v in row.items()} for row in rows] == (
        wanted if isinstance(wanted, list) else [wanted]
    )


def test_days_are_those_of_the_files(client):
    """Dates are dates, missing is empty, and the header line stays in sight."""
    answer = get(client, DAYS, format="xlsx", station_id=STATION)
    book = read(answer.content)
    files = sample.stations()[STATION]
    assert book.sheetnames == ["Data", "About"] and len(answer.content) < 400_000
    assert [{**row, "date": as_json(row["date"])} for row in rows_of(book)] == [
        sample.as_day(STATION, date) for date in sorted(files)
    ]
    sheet = book["Data"]
    assert sheet["B2"].is_date and sheet["B2"].number_format == "yyyy\\-mm\\-dd"
    assert sheet.freeze_panes == "A2" and sheet["A1"].font.bold and not sheet["A2"].font.bold


def test_what_it_is_about(client):
    answer = get(client, DAYS, format="xlsx", station_id=STATION, units="imperial", date="2012-07-04")
    rows = list(read(answer.content)["About"].iter_rows(values_only=True))
    units = dict(rows[1:6])
    assert rows[0] == ("Field", "Unit")
    assert (units["tmax"], units["prcp"], units["date"]) == ("degF", "in", None)
    about = dict(row for row in rows[6:] if row[0])
    assert about["Source"].startswith("Almanac ")
    assert about["Request"] == f"weather?station_id={STATION}&date=2012-07-04&units=imperial&format=xlsx"


def test_same_bytes(client):
    """So that entity tags are true; and not compressed again."""
    first = get(client, DAYS, format="xlsx", page_size=1000)
    again = client.get(f"{DAYS}?format=xlsx&page_size=1000", headers={"accept": "*/*"})
    assert first.content == again.content and first.headers["etag"] == again.headers["etag"]
    assert "content-encoding" not in first.headers
    assert f"weather.xlsx" in first.headers["content-disposition"]


@pytest.mark.release
def test_long_sheets_are_sent_in_chunks(client):
    answer = get(client, DAYS, format="xlsx", state="IL", start_date="2013-07-01")
    assert answer.headers["transfer-encoding"] == "chunked"
    sheet = zipfile.ZipFile(io.BytesIO(answer.content)).read("xl/worksheets/sheet1.xml")
    count = sum(element.tag.endswith("}row") for _, element in ElementTree.iterparse(io.BytesIO(sheet))) - 1
    total = get(client, DAYS, state="IL", start_date="2013-07-01", page_size=1).json()["pagination"]["total"]
    assert count == total > 10_000


def test_more_rows_than_a_sheet_has(client):
    problem = client.get(DAYS, params={"format": "xlsx"}).json()
    assert problem["status"] == 422 and problem["parameter"] == "format"
    assert problem["detail"] == "format: xlsx has at most 1048575 rows, and these are 1729957: take csv, or narrow them down"


TEXTS = ["=1+1", "00044", " led ", "a<b&c>d", "two\nlines", "Süd", "1900-01-01", "", None]


def test_texts_stay_texts(server, migrated):
    with psycopg.connect(migrated) as connection:
        connection.cursor().executemany(
            "insert into station (station_id, name) values (%s, %s)",
            [(f"S{i}", name) for i, name in enumerate(TEXTS)],
        )
        connection.execute("update dataset_version set version = version + 1")
    content = httpx.get(f"{server(migrated).url}{STATIONS}?format=xlsx&fields=name").content
    cells = [row[0] for row in read(content)["Data"].iter_rows(min_row=2)]
    assert [cell.value or None for cell in cells] == [name or None for name in TEXTS]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
