"""format=arrow, read by two readers that are not ours, and compared with the CSV of the request."""

import io
import urllib.request
from pathlib import Path

import httpx
import nanoarrow
import nanoarrow.ipc
import pyarrow
import pyarrow.compute
import pyarrow.csv
import pyarrow.ipc
import pytest
import sample

DAYS, YEARS, STATIONS = "/api/weather", "/api/weather/stats", "/api/stations"
STATION, OTHER = "USC00110072", "USC00110187"
KIND = "application/vnd.apache.arrow.stream"
TEXT = pyarrow.dictionary(pyarrow.int32(), pyarrow.utf8())


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def get(client, path, **parameters):
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


def read(client, path, **parameters):
    answer = get(client, path, format="arrow", **parameters)
    assert answer.headers["content-type"] == KIND
    with pyarrow.ipc.open_stream(answer.content) as reader:
        table = reader.read_all()
    table.validate(full=True)
    return table


def plain(table):
    """The same with texts for dictionaries."""
    columns = [c.cast(pyarrow.utf8()) if c.type == TEXT else c for c in table.columns]
    return pyarrow.table(columns, names=table.column_names)


def read_csv(client, schema, path, **parameters):
    content = get(client, path, format="csv", **parameters).content
    kinds = {f.name: pyarrow.utf8() if f.type == TEXT else f.type for f in schema}
    options = pyarrow.csv.ConvertOptions(
        column_types=kinds, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return pyarrow.csv.read_csv(io.BytesIO(content), convert_options=options)


SELECTIONS = [
    (DAYS, {"station_id": STATION}),
    (DAYS, {"station_id": f"{STATION},{OTHER}", "units": "imperial", "elements": "*"}),
    (DAYS, {"station_id": STATION, "units": "raw"}),
    (DAYS, {"where": "tmax>40", "sort": "-tmax,date"}),
    (DAYS, {"date": "2012-07-04", "fields": "tmin,station_id"}),
    (DAYS, {"page": 3, "page_size": 7}),
    (DAYS, {"where": "tmax>60"}),
    (YEARS, {"fields": "*"}),
    (YEARS, {"units": "raw", "year": "2012"}),
    ("/api/stats/yearly", {"fields": "*", "rule": "wmo", "units": "imperial"}),
    (STATIONS, {"fields": "*"}),
    (f"{STATIONS}/{STATION}", {}),
    (f"{STATIONS}/{STATION}/inventory", {}),
    ("/api/elements", {}),
    ("/api/stats", {}),
]


@pytest.mark.parametrize(("path", "parameters"), SELECTIONS)
def test_values_are_those_of_csv(client, path, parameters):
    table = read(client, path, **parameters)
    wanted = read_csv(client, table.schema, path, **parameters)
    assert table.num_rows == wanted.num_rows
    assert plain(table).equals(wanted)


def test_all_days(client):
    """Chunk by chunk, in batches, each with a dictionary of its own."""
    answer = get(client, DAYS, format="arrow")
    table = pyarrow.ipc.open_stream(answer.content).read_all()
    assert table.num_rows == sum(map(len, sample.stations().values())) and answer.headers["transfer-encoding"]
    assert plain(table).equals(read_csv(client, table.schema, DAYS))
    assert {chunk.type for chunk in table["station_id"].chunks} == {TEXT}


def test_days_are_those_of_the_files(client):
    table = read(client, DAYS, station_id=STATION)
    assert table.to_pylist() == [
        {**day, "date": table["date"][i].as_py()}
        for i, day in enumerate(sample.as_day(STATION, date) for date in sorted(sample.stations()[STATION]))
    ]
    assert [day.isoformat() for day in table["date"].to_pylist()] == sorted(sample.stations()[STATION])


def test_types_and_units(client):
    schema = read(client, DAYS, page_size=1).schema
    assert schema.types == [TEXT, pyarrow.date32()] + 3 * [pyarrow.float64()]
    assert [field.metadata for field in schema] == [None, None, {b"unit": b"degC"}, {b"unit": b"degC"}, {b"unit": b"mm"}]
    raw = read(client, DAYS, page_size=1, units="raw").schema
    assert raw.types[2:] == 3 * [pyarrow.int64()] and raw.field("prcp").metadata == {b"unit": b"0.1 mm"}
    years = read(client, YEARS, page_size=1, fields="avg_tmax_wmo,year,total_prcp").schema
    assert years.types == [pyarrow.bool_(), pyarrow.int64(), pyarrow.float64()]


def test_without_rows(client):
    table = read(client, DAYS, where="tmax>100")
    assert table.num_rows == 0 and table.schema.types[0] == TEXT


@pytest.mark.release
@pytest.mark.parametrize(("path", "parameters"), SELECTIONS)
def test_of_nanoarrow(client, path, parameters):
    """Another implementation, stricter about the layout of messages."""
    content = get(client, path, format="arrow", **parameters).content
    with nanoarrow.ipc.InputStream.from_readable(content) as stream:
        array = nanoarrow.ArrayStream(stream).read_all()
    wanted = pyarrow.ipc.open_stream(content).read_all()
    assert len(array) == wanted.num_rows
    for name, child in zip(wanted.column_names, array.iter_children()):
        assert child.to_pylist() == wanted[name].to_pylist()


def test_file_name(client):
    answer = client.head(DAYS, params={"format": "arrow", "station_id": STATION})
    assert answer.headers["content-disposition"] == f'inline; filename="weather_{STATION}.arrows"'


@pytest.mark.release
def test_readme(served):
    (line,) = [line for line in (Path(__file__).parents[2] / "README.md").read_text().splitlines() if "ipc.open_stream(" in line]
    frame = eval(line.replace("http://127.0.0.1:8080", served.url))
    assert len(frame) == sum(map(len, sample.stations().values()))
