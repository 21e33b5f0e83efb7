"""GET /api/stations and /api/stations/{station_id}, compared with NOAA's list."""

import httpx
import places
import pytest
from links import lead

STATIONS = "/api/stations"


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def expected():
    return places.stations()


def test_all_stations(client, expected):
    document = client.get(f"{STATIONS}?page_size=1000").json()
    assert len(expected) == 167
    assert document["data"] == expected
    assert document["pagination"] == {
        "page": 1,
        "page_size": 1000,
        "total": 167,
        "total_pages": 1,
        "next_cursor": None,
    }


def test_pages(client, expected):
    target, got = f"{STATIONS}?page_size=25", []
    while target is not None:
        document = client.get(target).json()
        got += document["data"]
        target = lead(target, document["links"]["next"])
    assert got == expected
    beyond = client.get(f"{STATIONS}?page=9&page_size=25").json()
    assert beyond["data"] == [] and beyond["links"]["prev"] == "stations?page=7&page_size=25"


def test_one_station(client, expected):
    units = {"latitude": "degrees_north", "longitude": "degrees_east", "elevation": "m"}
    for station in expected[::20]:
        target = f"{STATIONS}/{station['station_id']}"
        document = {"data": station, "units": units, "links": {"self": station["station_id"]}}
        assert client.get(target).json() == document


def test_members_are_in_order(client, expected):
    assert list(client.get(STATIONS).json()["data"][0]) == list(expected[0])


def test_unknown_station(client):
    answer = client.get(f"{STATIONS}/USC00110073")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["value"] == "USC00110073"


def test_cursors(client, expected):
    document, got = client.get(f"{STATIONS}?cursor=*&page_size=60").json(), []
    while True:
        got += document["data"]
        if document["links"]["next"] is None:
            break
        document = client.get(lead(STATIONS, document["links"]["next"])).json()
    assert got == expected


def test_stations_that_are_named(client, expected):
    """In any order and letter case, and twice; other parameters narrow them down further."""
    named = [expected[i] for i in (3, 40, 160)]
    ids = [station["station_id"] for station in named]
    for asked in (",".join(ids), ",".join(reversed(ids)).lower(), f"{ids[2]},{ids[0]},{ids[1]},{ids[0]}"):
        document = client.get(STATIONS, params={"station_id": asked}).json()
        assert document["data"] == named and document["pagination"]["total"] == 3
    repeated = client.get(STATIONS, params=[("station_id", ids[0]), ("station_id", ids[1])]).json()
    assert repeated["data"] == named[:2]
    state = named[0]["state"]
    narrowed = client.get(STATIONS, params={"station_id": ",".join(ids), "state": state}).json()["data"]
    assert narrowed == [station for station in named if station["state"] == state]
    near = f"{named[2]['latitude']},{named[2]['longitude']}"
    asked = {"station_id": ",".join(ids), "near": near, "radius": 5000}
    found = client.get(STATIONS, params=asked).json()["data"]
    assert found[0] == {**named[2], "distance": 0}
    assert sorted(station["station_id"] for station in found) == ids
    assert [station["distance"] for station in found] == sorted(station["distance"] for station in found)


def test_one_of_the_stations_is_unknown(client):
    answer = client.get(f"{STATIONS}?station_id=USC00110072,USC00110073")
    assert answer.status_code == 404 and answer.json()["value"] == "USC00110073"


def test_station_without_anything_else(server, migrated, query):
    query(migrated, "insert into station (station_id) values ('BARE')")
    query(migrated, "update dataset_version set version = version + 1")
    with httpx.Client(base_url=server(migrated).url) as client:
        station = client.get(f"{STATIONS}/BARE").json()["data"]
        assert station.pop("station_id") == "BARE"
        assert set(station.values()) == {None}
        days = client.get("/api/weather?station_id=BARE").json()
        assert days["data"] == [] and days["pagination"]["total"] == 0
