"""Stations by state, country, box, distance and name, wherever they are selected."""

import itertools
import random

import httpx
import places
import psycopg
import pytest
import sample
from links import lead

STATIONS = "/api/stations"
DAYS = "/api/weather"
YEARS = "/api/weather/stats"
URBANA = (40.1, -88.2)


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def from_point(station, point):
    return places.distance(point, (station["latitude"], station["longitude"]))


# What each filter leaves, said in another way than by the server.


def in_states(*states):
    return lambda station: station["state"] in states


def in_box(west, south, east, north):
    return lambda station: (
        west <= station["longitude"] <= east and south <= station["latitude"] <= north
    )


def around(point, radius):
    return lambda station: from_point(station, point) <= radius


def named(*words):
    return lambda station: all(
        word.upper() in station["name"] or word.upper() in station["station_id"] for word in words
    )


FILTERS = {
    "state": [
        ("IL", in_states("IL")),
        ("ne,Oh", in_states("NE", "OH")),
        ("%20IA%20,ia", in_states("IA")),
    ],
    "country": [("us", lambda station: True), ("US,%20us", lambda station: True)],
    "bbox": [
        ("-91.5,36.9,-87,42.6", in_box(-91.5, 36.9, -87, 42.6)),
        ("-90,-90,90,40", in_box(-90, -90, 90, 40)),
        ("170,-90,-95,90", lambda station: station["longitude"] <= -95),
        ("0,0,10,10", lambda station: False),
    ],
    "near": [
        (f"{URBANA[0]},{URBANA[1]}", around(URBANA, 100)),
        ("41,-96&radius=250.5", around((41, -96), 250.5)),
        ("0,0&radius=20038", lambda station: True),
    ],
    "name": [
        ("city", named("city")),
        ("City+n", named("city", "n")),
        ("usc0033", named("USC0033")),
        ("no+such+name", named("no", "such", "name")),
    ],
}


def combinations():
    """(query, predicate): each filter alone, then some of them together."""
    for name, choices in FILTERS.items():
        for value, passes in choices:
            yield f"{name}={value}", passes
    chance = random.Random(9457)
    for _ in range(60):
        names = chance.sample(sorted(FILTERS), chance.randint(2, len(FILTERS)))
        chosen = [(name, *chance.choice(FILTERS[name])) for name in names]
        yield (
            "&".join(f"{name}={value}" for name, value, _ in chosen),
            lambda station, chosen=chosen: all(passes(station) for _, _, passes in chosen),
        )


def expected(passes):
    return [station for station in places.stations() if passes(station)]


def without_distance(rows):
    return [{k: v for k, v in row.items() if k != "distance"} for row in rows]


def ids(rows):
    return [row["station_id"] for row in rows]


def get(client, target):
    answer = client.get(target)
    assert answer.status_code == 200, answer.text
    return answer.json()


# -- Stations ---------------------------------------------------------------------------------


def test_filters_and_their_combinations(client):
    sizes = set()
    for query, passes in combinations():
        document = get(client, f"{STATIONS}?{query}&page_size=1000")
        rows, wanted = document["data"], expected(passes)
        assert document["pagination"]["total"] == len(wanted), query
        if "near=" not in query:
            assert rows == wanted, query
        else:
            by_id = sorted(rows, key=lambda row: row["station_id"])
            assert without_distance(by_id) == wanted, query
        sizes.add(len(wanted))
    assert len(sizes) > 10  # the filters do not all leave the same


def test_stations_that_reported_in_a_year(client):
    years = {
        station: {date[:4] for date in days} for station, days in sample.stations().items()
    }
    sizes = set()
    for year in (1984, 1985, 1993, 2000, 2014, 2015):
        wanted = [s["station_id"] for s in places.stations() if str(year) in years.get(s["station_id"], ())]
        assert ids(get(client, f"{STATIONS}?year={year}&page_size=1000")["data"]) == wanted
        of_state = [s["station_id"] for s in places.stations() if s["station_id"] in wanted and s["state"] == "IL"]
        assert ids(get(client, f"{STATIONS}?year={year}&state=IL&page_size=1000")["data"]) == of_state
        sizes.add(len(wanted))
    assert 0 in sizes and len(sizes) > 1


# -- Beyond the stored period -----------------------------------------------------------------


def period(stations):
    """First and last year of stored days."""
    days = [date for station in stations for date in sample.stations()[station]]
    return min(days)[:4], max(days)[:4]


def test_notes(client):
    """What is outside the stored period is said, in JSON; what is within is not."""
    station = "USC00110072"
    first, last = period([station])
    of_one = f"outside the stored period: of the stations selected days are stored from {first} to {last}."
    everything = sorted(sample.stations())
    begin, end = period(everything)
    of_all = f"outside the stored period: of all stations days are stored from {begin} to {end}."
    cases = {
        f"{DAYS}?station_id={station}&year=1950": "All of what is selected is " + of_one,
        f"{DAYS}?station_id={station}&start_date=1950": "Some of what is selected is " + of_one,
        f"{DAYS}?station_id={station}&end_date={int(last) + 1}": "Some of what is selected is " + of_one,
        f"{DAYS}?start_date={int(end) + 1}&format=columnar&page=1": "All of what is selected is " + of_all,
        f"{YEARS}?station_id={station}&year=1950": "All of what is selected is " + of_one,
        f"{YEARS}?start_year=1950&where=avg_tmax>0": "Some of what is selected is " + of_all,
        "/api/stats/yearly?end_year=1950&cursor=*": "All of what is selected is " + of_all,
    }
    for target, note in cases.items():
        document = get(client, target)
        assert document["notes"] == [note], target
        assert (document["pagination"]["total"] == 0) == note.startswith("All")
    for target in (f"{DAYS}?station_id={station}", f"{DAYS}?year={first}&station_id={station}",
                   f"{YEARS}?start_year={begin}&end_year={end}", STATIONS):  # fmt: skip
        assert "notes" not in get(client, target)


def test_near_sorts_by_distance(client):
    rows = get(client, f"{STATIONS}?near=40.1,-88.2&radius=300&page_size=1000")["data"]
    distances = [from_point(row, URBANA) for row in rows]
    assert len(rows) > 30 and distances == sorted(distances)
    for row, distance in zip(rows, distances):
        assert row["distance"] == pytest.approx(distance, abs=0.00051)
    assert list(rows[0])[-1] == "distance"


def test_distance_is_shown_with_near_alone(client):
    assert "distance" not in get(client, f"{STATIONS}?page_size=1")["data"][0]
    assert get(client, f"{STATIONS}?page_size=1&fields=distance")["data"] == [{"distance": None}]
    (row,) = get(client, f"{STATIONS}?near=40.1,-88.2&page_size=1&fields=name")["data"]
    assert row == {"name": "CHAMPAIGN 3S"}


def test_distance_in_miles(client):
    target = f"{STATIONS}?near=40.1,-88.2&fields=distance"
    kilometres, miles = get(client, target)["data"], get(client, f"{target}&units=imperial")["data"]
    for a, b in zip(kilometres, miles, strict=True):
        assert b["distance"] == pytest.approx(a["distance"] / 1.609344, abs=0.001)


def test_cursors_walk_in_either_order(client):
    for query in ("state=NE,IA", "near=40.1,-88.2&radius=400"):
        whole = ids(get(client, f"{STATIONS}?{query}&page_size=1000")["data"])
        target, walked, pages = f"{STATIONS}?{query}&cursor=*&page_size=7", [], []
        while target is not None:
            document = get(client, target)
            pages.append(document["data"])
            walked += ids(document["data"])
            assert document["pagination"]["total"] == len(whole)
            back, target = (lead(target, document["links"][name]) for name in ("prev", "next"))
            if len(pages) > 1:
                assert get(client, back)["data"] == pages[-2]
        assert walked == whole and len(pages) == -(-len(whole) // 7)


def test_pages_of_near(client):
    target = f"{STATIONS}?near=40.1,-88.2&radius=400"
    whole = get(client, f"{target}&page_size=1000")["data"]
    document = get(client, f"{target}&page=3&page_size=10")
    assert document["data"] == whole[20:30]
    assert document["pagination"]["total"] == len(whole)


def test_all_rows_at_once(client):
    lines = client.get(f"{STATIONS}?state=OH&format=csv").text.splitlines()
    wanted = expected(in_states("OH"))
    assert [line.split(",")[0] for line in lines[1:]] == ids(wanted)


def test_conditions_and_order(client):
    rows = get(client, f"{STATIONS}?state=NE,IA&where=elevation%3E=500&sort=-elevation,station_id")
    wanted = [s for s in expected(in_states("NE", "IA")) if s["elevation"] >= 500]
    wanted.sort(key=lambda station: (-station["elevation"], station["station_id"]))
    assert len(wanted) > 5 and rows["data"] == wanted
    assert rows["pagination"]["total"] == len(wanted)
    far = get(client, f"{STATIONS}?near=40.1,-88.2&radius=300&sort=-distance&page_size=1000")["data"]
    near = get(client, f"{STATIONS}?near=40.1,-88.2&radius=300&page_size=1000")["data"]
    assert ids(far) == ids(near)[::-1]


# -- Days and years ---------------------------------------------------------------------------


def test_days_of_selected_stations(client):
    date = "1999-07-04"
    for query, passes in itertools.islice(combinations(), 0, None, 3):
        rows = get(client, f"{DAYS}?{query}&date={date}&page_size=1000")["data"]
        chosen = ids(expected(passes))
        assert rows == [
            sample.as_day(station, date) for station in chosen if date in sample.stations()[station]
        ], query


def test_years_of_selected_stations(client, ingested, query):
    for filters, passes in itertools.islice(combinations(), 1, None, 4):
        document = get(client, f"{YEARS}?{filters}&start_year=2001&page_size=1000")
        wanted = query(
            ingested,
            "select station_id, year from stat_yearly where station_id = any(%s) and year >= 2001 "
            "order by station_id, year",
            [ids(expected(passes))],
        )
        assert document["pagination"]["total"] == len(wanted), filters
        got = [(row["station_id"], row["year"]) for row in document["data"]]
        assert got == wanted[:1000], filters


def test_totals_of_days(client):
    total = get(client, f"{DAYS}?near=40.1,-88.2&radius=120&page_size=1")["pagination"]["total"]
    assert total == sum(
        len(sample.stations()[station["station_id"]])
        for station in expected(around(URBANA, 120))
    )


def test_listed_stations_are_narrowed_too(client):
    listed = "USC00110072,USC00339312,USC00251145"
    for state, wanted in (("OH", ["USC00339312"]), ("il,ne", ["USC00110072", "USC00251145"])):
        rows = get(client, f"{DAYS}?station_id={listed}&state={state}&date=1999-07-04")["data"]
        assert ids(rows) == wanted


def test_cursors_of_days(client):
    query = f"{DAYS}?bbox=-89,39,-88,40&start_date=2000-01-01&end_date=2000-03-31"
    whole = get(client, f"{query}&page_size=1000")["data"]
    target, walked = f"{query}&cursor=*&page_size=60", []
    while target is not None:
        document = get(client, target)
        walked += document["data"]
        target = lead(target, document["links"]["next"])
    assert walked == whole and len(set(ids(whole))) > 1


# -- Places that are special ------------------------------------------------------------------

SPECIAL = [
    # id, name, latitude, longitude, country, state
    ("DATE-EAST", "East of the line", 10, -179.9, "FJ", None),
    ("DATE-LINE", "On the line", 10, 180, "FJ", None),
    ("DATE-WEST", "West of the line", 10, 179.9, "FJ", None),
    ("NOWHERE", "Nowhere", None, None, "US", "IL"),
    ("POLE-NORTH", "Pole", 90, 0, None, None),
    ("POLE-SOUTH", "Pole", -90, 0, None, None),
    ("TWIN-1", "Zwilling Süd", 50, 8, "GM", None),
    ("TWIN-2", "Zwilling Süd", 50, 8, "GM", None),
]


@pytest.fixture
def special(server, migrated):
    with psycopg.connect(migrated) as connection:
        connection.cursor().executemany(
            "insert into station (station_id, name, latitude, longitude, country, state) "
            "values (%s, %s, %s, %s, %s, %s)",
            SPECIAL,
        )
        connection.execute("update dataset_version set version = version + 1")
    with httpx.Client(base_url=server(migrated).url, timeout=60) as client:
        yield client


def test_special_places(special):
    line = ["DATE-EAST", "DATE-LINE", "DATE-WEST"]
    cases = {
        "bbox=179,9,-179,11": line,
        "bbox=179,9,180,11": ["DATE-LINE", "DATE-WEST"],
        "bbox=-180,9,-179,11": ["DATE-EAST", "DATE-LINE"],
        "bbox=20,80,30,90": ["POLE-NORTH"],
        "bbox=-180,-90,180,-90": ["POLE-SOUTH"],
        "bbox=-180,-90,180,90": [row[0] for row in SPECIAL if row[0] != "NOWHERE"],
        "near=10,-179.95&radius=20": ["DATE-EAST", "DATE-LINE", "DATE-WEST"],
        "near=10,179.95&radius=10": ["DATE-LINE", "DATE-WEST"],
        "near=89.9,-100&radius=12": ["POLE-NORTH"],
        "near=-90,0&radius=0": ["POLE-SOUTH"],
        "near=50,8": ["TWIN-1", "TWIN-2"],
        "near=0,0&radius=20038": None,
        "state=il": ["NOWHERE"],
        "name=zwilling+s%C3%BCd": ["TWIN-1", "TWIN-2"],
        "name=ZWILLING+S%C3%9CD": ["TWIN-1", "TWIN-2"],
        "name=SU%CC%88D": ["TWIN-1", "TWIN-2"],  # the accent by itself
        "name=s%C3%BCd+twin-2": ["TWIN-2"],
        "name=sud": [],
        "name=the+line+e": line,
        "name=nowhere&near=0,0&radius=20038": [],
    }
    for query, wanted in cases.items():
        got = ids(get(special, f"{STATIONS}?{query}")["data"])
        if wanted is None:
            assert "NOWHERE" not in got and len(got) == len(SPECIAL) - 1
        elif query.startswith("near=10,"):
            assert sorted(got) == wanted, query
        else:
            assert got == wanted, query


def test_twins_are_walked_one_by_one(special):
    document = get(special, f"{STATIONS}?near=50,8&cursor=*&page_size=1")
    assert ids(document["data"]) == ["TWIN-1"]
    document = get(special, lead(STATIONS, document["links"]["next"]))
    assert ids(document["data"]) == ["TWIN-2"] and document["links"]["next"] is None


def test_stations_are_as_fresh_as_the_database(special, migrated, query):
    for i in range(20):
        query(
            migrated,
            "insert into station (station_id, name, latitude, longitude, version) "
            "select %s, 'New one', 0, %s, version + 1 from dataset_version",
            (f"NEW{i:03}", i),
        )
        query(migrated, "update dataset_version set version = version + 1, changed_at = clock_timestamp()")
        document = get(special, f"{STATIONS}?near=0,0&radius=20000&name=new&page_size=1")
        assert document["pagination"]["total"] == i + 1
        assert document["data"][0]["station_id"] == "NEW000"
        assert get(special, f"{STATIONS}/NEW{i:03}")["data"]["longitude"] == i


# -- What is refused --------------------------------------------------------------------------

BOX = "bbox: it must be west,south,east,north in degrees, such as -91.5,36.9,-87,42.6"
POINT = "near: it must be latitude,longitude in degrees, such as 40.1,-88.2"
WEST = "bbox: west and east, its first and third numbers, must be -180 to 180"
SOUTH = "bbox: south and north, its second and fourth numbers, must be -90 to 90"
ORDER = "bbox: south, its second number, must not be greater than north, its fourth"


@pytest.mark.parametrize(
    ("query", "parameter", "value", "detail"),
    [
        ("bbox=1,2,3", "bbox", "1,2,3", f"{BOX}; it has 3 numbers"),
        ("bbox=1,2,3,4,5", "bbox", "1,2,3,4,5", f"{BOX}; it has 5 numbers"),
        ("bbox=1,2,,4", "bbox", "1,2,,4", f"{BOX}; a number is missing before or after a comma"),
        ("bbox=-181,2,3,4", "bbox", "-181,2,3,4", WEST),
        ("bbox=1,2,3,90.5", "bbox", "1,2,3,90.5", SOUTH),
        ("bbox=1,4,3,2", "bbox", "1,4,3,2", ORDER),
        ("near=40", "near", "40", f"{POINT}; it has 1 number"),
        ("near=x,y", "near", "x,y", f"{POINT}; 'x' is no number"),
        ("near=91,0", "near", "91,0", "near: latitude, its first number, must be -90 to 90"),
        ("near=0,181", "near", "0,181", "near: longitude, its second number, must be -180 to 180"),
        ("radius=10", "radius", "10", "radius: it needs near, the point that it is around"),
        ("near=1,1&radius=-0.5", "radius", "-0.5", "radius: it must be 0 to 20038"),
        ("near=1,1&radius=20039", "radius", "20039", "radius: it must be 0 to 20038"),
        ("near=1,1&radius=far", "radius", "far", "radius: 'far' is not a number such as 50"),
        ("name=+", "name", " ", "name: it must have at least one character that is no space"),
    ],
)
def test_wrong_filters(client, query, parameter, value, detail):
    for route in (STATIONS, DAYS, YEARS):
        target = f"{route}?{query}"
        # A tag that matches everything does not make it right.
        answer = client.get(target, headers={"If-None-Match": "*"})
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert (problem["parameter"], problem["value"]) == (parameter, value)
        assert problem["detail"] == detail
        assert lead(target, problem["instance"]) == target
        assert lead(target, problem["type"]) == "/problems/invalid-parameter"


def test_all_flaws_are_told(client):
    problem = client.get(f"{STATIONS}?bbox=1&near=2&name=+").json()
    assert {error["parameter"] for error in problem["errors"]} == {"bbox", "near", "name"}


def test_one_station_takes_no_filter(client):
    problem = client.get(f"{STATIONS}/USC00110072?state=IL").json()
    assert (problem["status"], problem["parameter"]) == (422, "state")


# -- Unknown stations -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("USC00110073", "USC00110072"),  # another letter
        ("USC0110072", "USC00110072"),  # one dropped
        ("USC001100722", "USC00110072"),  # one added
        ("UCS00110072", "USC00110072"),  # two swapped
        ("usc0011007", "USC00110072"),
        ("USC0033931", "USC00339312"),
        ("GM000010962", None),
    ],
)
def test_near_ids(client, asked, first):
    for target in (f"{STATIONS}/{asked}", f"{DAYS}?station_id={asked}", f"{STATIONS}/{asked}/inventory"):
        problem = client.get(target).json()
        assert (problem["status"], problem["parameter"]) == (404, "station_id")
        allowed = problem.get("allowed", [])
        assert (allowed[0] if allowed else None) == first
        assert len(set(allowed)) == len(allowed) <= 5
        question = f"; did you mean {', '.join(allowed)}?" if allowed else ""
        assert problem["detail"] == f"there is no station '{asked}'{question}"
        assert set(allowed) <= set(sample.stations())


def test_numbers_as_programs_write_them(client):
    """All digits of a float, or an exponent."""
    rows = get(client, f"{STATIONS}?near=40.1,-88.2&radius=50&fields=name")["data"]
    for near in ("40.10000000000000142,-88.20000000000000284", "4.01e1,-8.82E+1"):
        query = f"{STATIONS}?near={near.replace('+', '%2B')}&radius=5e1&fields=name"
        assert get(client, query)["data"] == rows
