"""What there is: inventories of stations, elements, statistics."""

import datetime
import json

import httpx
import places
import pytest
import sample
import stationfile
from links import lead

ELEMENTS = ("PRCP", "TMAX", "TMIN")
COLUMN = {"TMAX": 0, "TMIN": 1, "PRCP": 2}  # of the files


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def plugins(run):
    """What the plugins declare: {name: plugin}."""
    listed = json.loads(run("plugins", "--json", check=True).stdout)["plugins"]
    return {plugin["name"]: plugin for plugin in listed}


def rows(client, target):
    answer = client.get(target)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert lead(target, document["links"].pop("self")) == target and document["links"] == {}
    return document["data"]


# -- Inventories ------------------------------------------------------------------------------


def inventory(days, element):
    """Of {date: (tmax, tmin, prcp)}."""
    first, last = (datetime.date.fromisoformat(date) for date in (min(days), max(days)))
    present = sum(values[COLUMN[element]] is not None for values in days.values())
    return {
        "element": element,
        "first_date": str(first),
        "last_date": str(last),
        "days_reported": len(days),
        "days_present": present,
        "coverage": pytest.approx(present / ((last - first).days + 1), abs=0.00005001),
    }


def test_inventory_of_every_station(client):
    for station in places.stations():
        station = station["station_id"]
        expected = [inventory(sample.stations()[station], element) for element in ELEMENTS]
        assert rows(client, f"/api/stations/{station}/inventory") == expected


def test_inventory_is_what_the_view_says(client, ingested, query):
    expected = query(
        ingested,
        "select element, min(date)::text, max(date)::text, count(*), "
        "count(*) filter (where value is not null and quality_flag is null) "
        "from observation where station_id = 'USC00338552' group by element order by element",
    )
    got = rows(client, "/api/stations/USC00338552/inventory")
    assert [tuple(row.values())[:5] for row in got] == expected


@pytest.fixture
def own(server, migrated, run, tmp_path):
    """own(file contents) -> client of a server that has just taken it in."""
    clients = []

    def take(content):
        run("ingest", stationfile.write(tmp_path, content=content), database=migrated, check=True)
        clients.append(httpx.Client(base_url=server(migrated).url, timeout=60))
        return clients[-1]

    yield take
    for client in clients:
        client.close()


def lines(*dates, **values):
    return "".join(stationfile.line(datetime.date.fromisoformat(date), **values) for date in dates)


@pytest.mark.parametrize(
    "dates",
    [
        ["2000-12-31"],
        ["1999-12-31", "2000-01-01"],
        ["2000-02-29"],
        ["1896-12-31", "1900-12-31"],
        ["2001-01-08", "2001-01-09", "2004-12-30"],
        [str(day) for day in stationfile.days("2003-01-01", 365 + 366)],
    ],
)
def test_inventory_finds_the_very_days(own, dates):
    got = rows(own(lines(*dates)), f"/api/stations/{stationfile.STATION}/inventory")
    days = {date: (100, -50, 0) for date in dates}
    assert got == [inventory(days, element) for element in ELEMENTS]


def test_inventory_of_missing_values(own):
    """Days that were reported as missing are days that were reported."""
    client = own(lines("2001-05-01", "2001-05-03", tmax=-9999) + lines("2001-05-04"))
    got = {row["element"]: row for row in rows(client, f"/api/stations/{stationfile.STATION}/inventory")}
    assert (got["TMAX"]["first_date"], got["TMAX"]["days_reported"]) == ("2001-05-01", 3)
    assert (got["TMAX"]["days_present"], got["TMAX"]["coverage"]) == (1, 0.25)
    assert (got["TMIN"]["days_present"], got["TMIN"]["coverage"]) == (3, 0.75)


def test_inventory_without_observations(server, migrated, query):
    query(migrated, "insert into station (station_id) values ('BARE')")
    query(migrated, "update dataset_version set version = version + 1")
    with httpx.Client(base_url=server(migrated).url) as client:
        assert rows(client, "/api/stations/BARE/inventory") == []


def test_inventory_of_an_unknown_station(client):
    answer = client.get("/api/stations/USC00110073/inventory")
    assert answer.status_code == 404
    assert answer.json()["allowed"][0] == "USC00110072"


# -- Elements and statistics ------------------------------------------------------------------


def test_elements(client, plugins):
    declared = plugins["wx_data"]["sources"][0]["elements"]
    assert rows(client, "/api/elements") == [
        {
            "element": element["code"],
            "name": element["name"],
            "unit": element["unit"],
            "decimals": element["decimals"],
            "minimum": element["min"] / 10 ** element["decimals"],
            "maximum": element["max"] / 10 ** element["decimals"],
        }
        for element in sorted(declared, key=lambda element: element["code"])
    ]
    assert sorted(element["code"] for element in declared) == list(ELEMENTS)


def test_statistics(client, plugins):
    (declared,) = plugins["yearly"]["stats"]
    assert [row for row in rows(client, "/api/stats") if row["statistic"] == "yearly"] == [
        {
            "statistic": "yearly",
            "summary": declared["summary"],
            "period": "year",
            "stored": True,
            "parameters": "",
            "column": column["name"],
            "unit": column["unit"],
            "help": column["help"],
            "decimals": column["decimals"],
            "type": "number",
            "method": column["method"],
            "inputs": ",".join(column["inputs"]),
        }
        for column in declared["columns"]
    ]
    assert [column["name"] for column in declared["columns"]] == ["avg_tmax", "avg_tmin", "total_prcp"]


def test_elements_are_those_of_the_database(server, migrated, query):
    query(migrated, "delete from element where code = 'TMIN'")
    query(migrated, "update dataset_version set version = version + 1")
    with httpx.Client(base_url=server(migrated).url) as client:
        assert [row["element"] for row in rows(client, "/api/elements")] == ["PRCP", "TMAX"]


def test_they_can_be_cached(client):
    for target in ("/api/elements", "/api/stats", "/api/stations/USC00110072/inventory", "/api/stations?state=IL"):
        tag = client.get(target).headers["etag"]
        again = client.get(target, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
