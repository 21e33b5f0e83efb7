"""What a route's flags promise is kept, or the server says that it is not; and plugins' mistakes end
requests, not the server. Through the plugin faulty.c."""

import socket
import subprocess
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import httpx
import pytest
from conftest import servers

ROOT = Path(__file__).resolve().parents[2]
STATION = "USC00110072"


@pytest.fixture(scope="module")
def running(program, almanac, ingested, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faulty")
    source = Path(__file__).with_name("plugins") / "faulty.c"
    command = ["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include"]
    subprocess.run([*command, "-o", folder / "faulty.so", source, "-lm"], check=True)
    plugins = [almanac.parent / "plugins" / "routes", folder / "faulty.so"]
    with servers(program, folder) as start:
        yield start(ingested, env={"ALMANAC_PLUGINS": ":".join(map(str, plugins))})


@pytest.fixture(scope="module")
def client(running):
    with httpx.Client(base_url=running.url, timeout=60) as client:
        yield client


# -- Conditions and order of rows that a plugin computes ------------------------------------------


def eighth(i):
    """As shown: two places, halves away from zero."""
    if i % 7 == 0:
        return None
    return float((Decimal(i) / 8).quantize(Decimal("0.01"), ROUND_HALF_UP))


def tiny(i):
    return -float((Decimal(i) / 1000).quantize(Decimal("0.1"), ROUND_HALF_UP)) or 0.0


NUMBERS = [
    {
        "i": i, "eighth": eighth(i), "word": "even" if i % 2 == 0 else "odd",
        "big": 2**53 + i, "tiny": tiny(i),
    }
    for i in range(200)
]  # fmt: skip


def nulls_last(row):
    return (row["eighth"] is None, row["eighth"])


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", NUMBERS),
        ("where=i>100", NUMBERS[101:]),
        ("where=i>100,word=odd", NUMBERS[101::2]),
        ("where=eighth=0.13", NUMBERS[1:2]),
        ("where=eighth=0.125", []),
        ("where=eighth>=24.88", [row for row in NUMBERS if row["eighth"] and row["eighth"] >= 24.88]),
        (f"where=big={2**53 + 1}", NUMBERS[1:2]),
        (f"where=big<={2**53 + 1}", NUMBERS[:2]),
        ("sort=-i", NUMBERS[::-1]),
        ("sort=-big", NUMBERS[::-1]),
        ("sort=word,-i", NUMBERS[::-1][1::2] + NUMBERS[::-1][::2]),
        ("sort=eighth&where=i<50", sorted(NUMBERS[:50], key=nulls_last)),
        ("where=i<0", []),
        # -0.004 is shown as 0.0.
        ("where=tiny=0", NUMBERS[:50]),
        ("where=tiny<0", NUMBERS[50:]),
        ("where=tiny=-0.1", NUMBERS[50:150]),
        ("sort=-tiny", NUMBERS),
        ("sort=tiny", NUMBERS[150:] + NUMBERS[50:150] + NUMBERS[:50]),
        # One number, however it is written.
        *((f"where=i={number}", NUMBERS[38:39]) for number in ("38", "+38", "%2B38", "38.", "38.0", "3.8e1")),
        *((f"where=eighth={number}", NUMBERS[4:5]) for number in ("0.5", ".5", "+.5", "%2B.50")),
    ],
)
def test_conditions_and_order_of_rows(client, query, wanted):
    for size in (30, 1000):
        got, page = [], 1
        while True:
            document = client.get(f"/f/filtered_rows?{query}&page={page}&page_size={size}").json()
            assert document["pagination"]["total"] == len(wanted)
            got += document["data"]
            if document["links"]["next"] is None:
                break
            page += 1
        assert got == wanted
    lines = client.get(f"/f/filtered_rows?{query}&format=ndjson&fields=i").text.splitlines()
    assert lines == [f'{{"i":{row["i"]}}}' for row in wanted]


def test_conditions_without_what_they_look_at(client):
    rows = client.get("/f/filtered_rows?fields=word&where=i>=198&sort=-big").json()["data"]
    assert rows == [{"word": "odd"}, {"word": "even"}]


def test_conditions_in_other_units(client):
    """25.4 mm are an inch: what is compared is what is shown, in the unit that was asked for."""
    rows = client.get("/f/filtered_rows?units=imperial&where=eighth=0.0049&fields=i,eighth").json()["data"]
    assert rows == [{"i": 1, "eighth": 0.0049}]


def test_stations_of_rows(client):
    def ids(query):
        return [row["station_id"] for row in client.get(f"/f/station_rows?page_size=1000&{query}").json()["data"]]

    def known(query):
        rows = client.get(f"/api/stations?page_size=1000&{query}").json()["data"]
        return sorted(row["station_id"] for row in rows)

    assert ids("") == known("") and len(ids("")) == 167
    for query in ("state=IL", "state=NE", "bbox=-91.5,36.9,-87,42.6", "near=40.1,-88.2&radius=50"):
        assert ids(query) == known(query)
    assert ids("state=IL&where=number<3&sort=-number") == known("state=IL")[:3][::-1]
    total = client.get("/f/station_rows?state=IL&page_size=1").json()["pagination"]["total"]
    assert total == len(known("state=IL"))


def test_columns_of_a_statement(client):
    """Names and number are there without a row; a column that is not there has no name."""
    rows = client.get("/f/columns").json()["data"]
    assert [row["column"] for row in rows] == ["station_id", "one", "none"]


def test_plain_statement(client):
    document = client.get("/f/plain_sql?page_size=2&page=2").json()
    assert document["pagination"]["total"] == 167 and len(document["data"]) == 2


def test_record_of_a_station_that_the_filter_leaves_out(client):
    assert client.get(f"/f/record?station_id={STATION}").json()["data"]["days"] > 10000
    assert client.get(f"/f/record?station_id={STATION}&state=IL").json()["data"]["days"] > 10000
    for query in ("state=NE", "bbox=0,0,1,1", "name=nowhere"):
        answer = client.get(f"/f/record?station_id={STATION}&{query}")
        assert answer.status_code == 404
        assert STATION in answer.json()["detail"]


# -- Mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "logged"),
    [
        (0, "row() got NULL"),
        (1, "the selection for record() has size 0; begin it with ALM_SIZED(alm_selection"),
        (2, "the selection for record() has size 1048576"),
        (3, "the selection for record() has unknown bits"),
        (4, "the selection for record() has several periods"),
        (5, "sql() is not for what the route declares as its answer"),
        (6, "query() got NULL for the arguments"),
        (7, "query() got NULL for the statement"),
        (8, "query() got NULL for the function"),
        (9, "record() got NULL"),
        (10, "record() needs a function"),
        (11, "one of them is NULL"),
        (12, "one of them is NULL"),
        (13, "alloc() of 18446744073709551595 bytes"),
        (14, "alloc() of 107374182400 bytes"),
        (15, "row() has no value for field station_id"),
    ],
)
def test_mistakes(client, running, which, logged):
    assert client.get(f"/f/mistake?which={which}").status_code == 500
    running.wait_for_line(logged)
    assert "faulty.so" in next(line for line in running.stderr().splitlines() if logged in line)


@pytest.mark.parametrize(
    ("route", "which", "logged"),
    [
        ("no_sql", 0, "sql() got NULL for the statement"),
        ("no_sql", 1, "sql() got NULL for the arguments"),
        ("selected", 0, "names no statistic"),
        ("selected", 1, "the selection for ALM_STATISTICS has size 0"),
        ("selected", 2, "one of them is NULL"),
        ("selected", 3, "returned without an answer to /f/selected?which=3"),
    ],
)
def test_mistakes_of_other_answers(client, running, route, which, logged):
    assert client.get(f"/f/{route}?which={which}").status_code == 500
    running.wait_for_line(logged)


@pytest.mark.parametrize("which", [4, 5])
def test_selections_that_fail(client, which):
    """What it returns then does not matter: it has answered."""
    answer = client.get(f"/f/selected?which={which}")
    assert answer.status_code == 409 and answer.json()["detail"] == "not now"


def test_bounds_of_a_selection(client):
    rows = client.get("/f/selected?which=6&page_size=1000").json()["data"]
    assert {row["year"] for row in rows} == {2012}


def test_not_a_number(client, running):
    assert client.get("/f/nan").status_code == 500
    running.wait_for_line("row() has no value for field number, which is not declared ALM_NULLABLE")


@pytest.mark.parametrize("which", [16, 17, 18])
def test_two_answers(client, running, which):
    """The first one stands, and so do the requests behind it on the same connection."""
    answer = client.get(f"/f/mistake?which={which}")
    assert answer.status_code == 200 and answer.json()["data"] == [{"number": 1, "station_id": "A"}]
    running.wait_for_line(f"a second answer to /f/mistake?which={which}")
    request = f"GET /f/mistake?which={which} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    last = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection:
        connection.sendall(request * 20 + last)
        got = b""
        while chunk := connection.recv(65536):
            got += chunk
    assert got.count(b"HTTP/1.1 200 OK") == 21


def test_levels_of_the_log(client, running):
    for which in (20, 21):
        assert client.get(f"/f/mistake?which={which}").status_code == 200
    for text in ("a level that is none", "another one", "log() got NULL"):
        running.wait_for_line(text)
        assert "error" in next(line for line in running.stderr().splitlines() if text in line)
