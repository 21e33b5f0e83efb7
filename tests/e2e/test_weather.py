"""GET /api/weather: days, compared with the files."""

import random
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sample
from links import lead

DAYS = "/api/weather"
ROWS = 1_729_957  # lines of the sample files
STATION, OTHER = "USC00110072", "USC00110187"


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def ask(client):
    """ask(**parameters) -> document"""

    def get(**parameters):
        answer = client.get(DAYS, params=parameters)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    return get


def follow(client, target, link="next"):
    """Documents from a link on to the last one."""
    while target is not None:
        answer = client.get(target)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        yield document
        target = lead(target, document["links"][link])


def days_of(station, first="0000", last="9999"):
    return [
        sample.as_day(station, date) for date in sample.stations()[station] if first <= date <= last
    ]


# -- The same as the files ------------------------------------------------------------------


def test_number_of_rows(ask):
    files = sample.stations()
    assert sum(map(len, files.values())) == ROWS
    assert ask(page_size=1)["pagination"]["total"] == ROWS
    for station, days in files.items():
        assert ask(station_id=station, page_size=1)["pagination"]["total"] == len(days)


def test_sampled_days_of_every_station(ask):
    chance = random.Random(1)
    for station, days in sample.stations().items():
        dates = list(days)
        for date in (dates[0], dates[-1], *chance.sample(dates, 8)):
            document = ask(station_id=station, date=date)
            assert document["data"] == [sample.as_day(station, date)]
            assert document["pagination"]["total"] == 1


def test_pages_of_every_station(ask):
    chance = random.Random(2)
    for station in sample.stations():
        days = days_of(station)
        page, size = chance.randint(1, len(days) // 100 + 1), 100
        document = ask(station_id=station, page=page, page_size=size)
        assert document["data"] == days[(page - 1) * size : page * size]


def test_whole_station_by_pages_and_by_cursor(client):
    days = days_of(STATION)
    query = f"{DAYS}?station_id={STATION}&page_size=1000"
    for begin in (query, f"{query}&cursor=*"):
        documents = list(follow(client, begin))
        assert [day for document in documents for day in document["data"]] == days
        assert {document["pagination"]["total"] for document in documents} == {len(days)}


def test_whole_data_set_by_cursor(client):
    expected = ((s, date) for s, days in sample.stations().items() for date in days)
    got = 0
    for document in follow(client, f"{DAYS}?cursor=*&page_size=1000&elements=PRCP"):
        for day in document["data"]:
            assert (day["station_id"], day["date"]) == next(expected)
        got += len(document["data"])
    assert got == ROWS


def test_deep_pages_of_everything(ask):
    every = [(station, date) for station, days in sample.stations().items() for date in days]
    chance = random.Random(3)
    for page in (1, 2, ROWS // 100, ROWS // 100 + 1, *chance.sample(range(ROWS // 100), 30)):
        document = ask(page=page, page_size=100)
        wanted = every[(page - 1) * 100 : page * 100]
        assert document["data"] == [sample.as_day(*key) for key in wanted]


def test_day_without_any_value_is_there_and_unreported_day_is_not(ask):
    nothing = 0
    for station, days in sample.stations().items():
        empty = [date for date, values in days.items() if values == (None, None, None)]
        nothing += len(empty)
        if empty:
            assert ask(station_id=station, date=empty[0])["data"] == [
                {"station_id": station, "date": empty[0], "tmax": None, "tmin": None, "prcp": None}
            ]
    assert nothing == 11_898
    last = max(sample.stations()[OTHER])
    assert ask(station_id=OTHER, date=f"{int(last[:4]) + 1}{last[4:]}")["data"] == []


# -- Selection -------------------------------------------------------------------------------


def test_one_date_of_all_stations(ask):
    date = "2004-02-29"
    document = ask(date=date, page_size=1000)
    expected = [sample.as_day(s, date) for s, days in sample.stations().items() if date in days]
    assert document["data"] == expected
    assert document["pagination"]["total"] == len(expected)


def test_random_ranges_of_several_stations(ask):
    chance = random.Random(4)
    every = list(sample.stations())
    for _ in range(40):
        chosen = sorted(chance.sample(every, chance.randint(1, 100)))
        first = f"{chance.randint(1983, 2016)}-{chance.randint(1, 12):02}-15"
        last = f"{chance.randint(1983, 2016)}-{chance.randint(1, 12):02}-28"
        first, last = min(first, last), max(first, last)
        expected = [day for station in chosen for day in days_of(station, first, last)]
        page = chance.randint(1, len(expected) // 500 + 1)
        document = ask(
            station_id=",".join(chosen), start_date=first, end_date=last, page=page, page_size=500
        )
        assert document["pagination"]["total"] == len(expected)
        assert document["data"] == expected[(page - 1) * 500 : page * 500]


@pytest.mark.parametrize(
    ("elements", "members"),
    [
        ("TMAX", ["tmax"]),
        ("prcp,TMAX", ["prcp", "tmax"]),
        ("tmin,prcp,tmax", ["tmin", "prcp", "tmax"]),
        ("tmax,TMAX,TMAX", ["tmax"]),
    ],
)
def test_elements_are_answered_as_asked_for(ask, elements, members):
    document = ask(station_id=STATION, elements=elements, page_size=50)
    for day, expected in zip(document["data"], days_of(STATION), strict=False):
        assert list(day) == ["station_id", "date", *members]
        assert day == {name: expected[name] for name in day}


def test_same_answer_in_other_words(ask):
    expected = ask(station_id=STATION, start_date="1999-07-04", end_date="1999-07-04")["data"]
    assert ask(station_id=STATION, date="1999-07-04")["data"] == expected
    assert ask(station_id=STATION, date="1999-07-04", page=1, page_size=1)["data"] == expected


# -- Paging ----------------------------------------------------------------------------------


def test_pagination_and_links(ask):
    document = ask(station_id=STATION, start_date="2000-01-01", end_date="2000-01-10", page_size=4)
    base = f"weather?station_id={STATION}&start_date=2000-01-01&end_date=2000-01-10"
    cursor = document["pagination"].pop("next_cursor")
    assert document["pagination"] == {"page": 1, "page_size": 4, "total": 10, "total_pages": 3}
    assert document["links"] == {
        "self": f"{base}&page=1&page_size=4",
        "next": f"{base}&page=2&page_size=4",
        "prev": None,
    }
    query = {"station_id": STATION, "start_date": "2000-01-01", "end_date": "2000-01-10"}
    assert (
        ask(**query, cursor=cursor, page_size=4)["data"]
        == ask(**query, page=2, page_size=4)["data"]
    )
    last = ask(**query, page=3, page_size=4)
    assert len(last["data"]) == 2
    assert last["links"]["next"] is None and last["pagination"]["next_cursor"] is None
    assert last["links"]["prev"] == f"{base}&page=2&page_size=4"


@pytest.mark.parametrize("page", [4, 1000, 1_000_000_000])
def test_page_beyond_the_end(ask, page):
    document = ask(
        station_id=STATION, start_date="2000-01-01", end_date="2000-01-10", page=page, page_size=4
    )
    assert document["data"] == []
    assert document["pagination"]["total"] == 10
    assert document["links"]["next"] is None
    assert parse_qs(urlsplit(document["links"]["prev"]).query)["page"] == ["3"]


def test_prev_leads_back_to_the_first_page(client):
    target = f"{DAYS}?station_id={STATION}&page_size=1000&page=11"
    pages = [document["pagination"]["page"] for document in follow(client, target, "prev")]
    assert pages == list(range(11, 0, -1))


def test_page_size_may_change_while_walking(ask):
    first = ask(station_id=STATION, cursor="*", page_size=3)
    then = ask(station_id=STATION, cursor=first["pagination"]["next_cursor"], page_size=7)
    assert first["data"] + then["data"] == days_of(STATION)[:10]
    assert then["pagination"]["page"] is None


# -- What is refused -------------------------------------------------------------------------


def refused(client, status, parameter, **query):
    answer = client.get(DAYS, params=query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["parameter"] == parameter
    return problem


def test_contradictions(client):
    refused(client, 422, "start_date", start_date="2000-01-02", end_date="2000-01-01")
    refused(client, 422, "date", date="2000-01-02", start_date="2000-01-01")
    refused(client, 422, "date", date="2000-01-02", end_date="2000-01-03")


def test_what_is_not_stored(client):
    assert refused(client, 404, "station_id", station_id="USC00110071")["value"] == "USC00110071"
    assert refused(client, 422, "elements", elements="SNOW")["allowed"] == ["PRCP", "TMAX", "TMIN"]


def test_cursor_that_is_none(client, ask):
    cursor = ask(station_id=STATION, page_size=1)["pagination"]["next_cursor"]
    for bad in ("x", "AAAA", cursor[:-1], cursor + "A", cursor[::-1], "ä", "*" * 9):
        assert (
            "cursor=*" in refused(client, 422, "cursor", station_id=STATION, cursor=bad)["detail"]
        )


def test_cursor_of_another_query(client, ask):
    cursor = ask(station_id=STATION, page_size=1)["pagination"]["next_cursor"]
    for query in ({"station_id": OTHER}, {"station_id": STATION, "elements": "TMAX"}, {}):
        detail = refused(client, 422, "cursor", cursor=cursor, **query)["detail"]
        assert "another query" in detail


# -- Other data ------------------------------------------------------------------------------


def test_empty_database(server, migrated):
    with httpx.Client(base_url=server(migrated).url) as client:
        for query in ("", "?cursor=*", "?date=2000-01-01", "?page=7"):
            document = client.get(DAYS + query).json()
            assert document["data"] == []
            assert document["pagination"]["total"] == 0
            assert document["pagination"]["next_cursor"] is None
            assert document["links"]["next"] is None and document["links"]["prev"] is None


def test_flagged_value_is_not_shown(server, ingested_copy, query):
    """A value that failed a quality check counts as missing; its day stays."""
    flags = bytes.fromhex("020002 049000 020168")  # three blanks, an I, 361 blanks
    query(
        ingested_copy,
        "update block set quality_flags = %s where station_id = %s and year = 1990 "
        "and element = 'TMAX'",
        (flags, STATION),
    )
    with httpx.Client(base_url=server(ingested_copy).url) as client:
        parameters = {"station_id": STATION, "start_date": "1990-01-01", "end_date": "1990-01-06"}
        days = client.get(DAYS, params=parameters).json()["data"]
    expected = days_of(STATION, "1990-01-01", "1990-01-06")
    assert expected[3]["tmax"] is not None
    expected[3]["tmax"] = None
    assert days == expected
