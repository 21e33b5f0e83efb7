"""Parameters: what is taken, and what is said about what is not."""

import json
from urllib.parse import quote

import httpx
import pytest
from links import lead

DAYS = "/api/weather"
YEARS = "/api/weather/stats"
STATION, OTHER = "USC00110072", "USC00110187"


@pytest.fixture(scope="module")
def ask(served):
    """ask(target) -> (status, document)"""
    with httpx.Client(base_url=served.url, timeout=60) as client:

        def get(target):
            answer = client.get(target)
            return answer.status_code, answer.json()

        yield get


@pytest.fixture(scope="module")
def refused(ask):
    """refused(target, status, parameter) -> problem"""

    def get(target, status, parameter=None):
        got, problem = ask(target)
        assert (got, problem["status"], problem.get("parameter")) == (status, status, parameter)
        assert lead(target, problem["instance"]) == target
        return problem

    return get


def rows(ask, target):
    status, document = ask(target)
    assert status == 200, document
    return document["data"]


# -- What is taken ------------------------------------------------------------------


def test_lists_may_be_written_in_any_way(ask):
    expected = rows(ask, f"{DAYS}?station_id={STATION},{OTHER}&date=1999-07-04")
    assert [row["station_id"] for row in expected] == [STATION, OTHER]
    for query in (
        f"station_id={STATION}&station_id={OTHER}",
        f"station_id={STATION}%2C{OTHER}",
        f"station_id={OTHER},{STATION},{OTHER}&station_id={STATION}",
        f"&station_id={STATION}&&station_id={OTHER}&",
        f"station%5Fid={STATION},{OTHER}",
    ):
        assert rows(ask, f"{DAYS}?date=1999-07-04&{query}") == expected


def test_elements_in_any_letter_case(ask):
    target = f"{DAYS}?station_id={STATION}&date=2014-07-04"
    assert list(rows(ask, target)[0]) == ["station_id", "date", "tmax", "tmin", "prcp"]
    (row,) = rows(ask, f"{target}&elements=prcp,Tmax,PRCP")
    assert list(row) == ["station_id", "date", "prcp", "tmax"]


def test_all_elements(ask):
    """`*` stands for all that are stored, alone or beside others, and links say it as it was said."""
    stored = {row["element"].lower() for row in rows(ask, "/api/elements")}
    for asked in ("*", "%2A", "TMAX,*", "*&elements=*"):
        status, document = ask(f"{DAYS}?station_id={STATION}&elements={asked}&page_size=1")
        assert status == 200 and set(document["data"][0]) == {"station_id", "date"} | stored
        assert "elements=*" in document["links"]["next"]
        assert ask(lead(DAYS, document["links"]["next"]))[0] == 200
    status, document = ask(f"{YEARS}?station_id={STATION}&fields=*")
    assert status == 200  # a parameter of texts has a `*` of its own


def test_encoded_path(ask):
    status, document = ask("/api/stations/%55SC00110072")
    assert status == 200
    assert document["data"]["station_id"] == STATION


def test_pages(ask):
    target = f"{DAYS}?station_id={STATION}&page_size=7&page=3"
    status, document = ask(target)
    assert status == 200
    assert len(document["data"]) == 7
    assert document["pagination"]["page"] == 3
    assert document["pagination"]["page_size"] == 7
    assert document["data"] == rows(ask, f"{DAYS}?station_id={STATION}&page_size=21")[14:]


def test_links_lead_where_they_say(ask):
    target = f"{DAYS}?elements=TMAX,TMIN,PRCP&date=2014-07-04&page_size=50&page=2"
    _, document = ask(target)
    assert document["links"]["self"] == "weather?date=2014-07-04&page=2&page_size=50"
    _, back = ask(lead(target, document["links"]["self"]))
    assert back == document
    _, following = ask(lead(target, document["links"]["next"]))
    _, again = ask(lead(target, following["links"]["prev"]))
    assert again == document


# -- What is not --------------------------------------------------------------------

WRONG = [
    ("date=2014-02-29", "date", "not a date; February 2014 has 28 days"),
    ("date=2014-7-4", "date", "not a date"),
    ("date=20140732", "date", "not a date"),
    ("date=0000", "date", "not a date"),
    ("date=2014-00", "date", "not a date"),
    ("date=201407", "date", "not a date"),
    ("date=20140704T00", "date", "not a date"),
    ("date=2014-07-04T00:00:01Z", "date", "not a date"),
    ("date=2014-07-04T00:00%2B01:00", "date", "not a date"),
    ("date=2014-07-04Z", "date", "not a date"),
    ("date=2014-07T00:00", "date", "not a date"),
    ("date=0000-01-01", "date", "not a date"),
    ("date=10000-01-01", "date", "not a date"),
    ("start_date=yesterday", "start_date", "not a date"),
    ("page=0", "page", "1 to 1000000000"),
    ("page=-1", "page", "1 to 1000000000"),
    ("page=1000000001", "page", "1 to 1000000000"),
    ("page=9223372036854775808", "page", "1 to 1000000000"),
    ("page=1.0", "page", "not an integer"),
    ("page=%2B1", "page", "not an integer"),
    ("page=0x10", "page", "not an integer"),
    ("page=one", "page", "not an integer"),
    ("page_size=0", "page_size", "1 to 1000"),
    ("page_size=1001", "page_size", "1 to 1000"),
    ("station_id=,", "station_id", "empty"),
    (f"station_id={STATION},", "station_id", "empty"),
    ("elements=TMAX,", "elements", "empty"),
    ("page=1&page=2", "page", "2 values"),
    ("page=1&page=1", "page", "2 values"),
    ("date=2014-07-04&date=2014-07-05", "date", "2 values"),
    ("page=2&cursor=*", "page", "cannot be combined with cursor"),
    ("station_id=a%20b", "station_id", "no station id"),
    ("station_id=" + "A" * 33, "station_id", "no station id"),
    ("station_id=" + "A" * 1025, "station_id", "longer than 1024 bytes"),
    ("station_id=" + ",".join(f"A{i}" for i in range(101)), "station_id", "at most 100"),
    ("start_date=2014-02-01&end_date=2014-01-31", "start_date", ""),
]


@pytest.mark.parametrize(("query", "parameter", "says"), WRONG)
def test_wrong_value(refused, query, parameter, says):
    problem = refused(f"{DAYS}?{query}", 422, parameter)
    assert lead(DAYS, problem["type"]) == "/problems/invalid-parameter"
    assert says in problem["detail"]


def test_problem_tells_what_it_got(refused):
    assert refused(f"{DAYS}?date=29.2.2014", 422, "date")["value"] == "29.2.2014"
    assert refused(f"{DAYS}?page=%3Cb%3E", 422, "page")["value"] == "<b>"


@pytest.mark.parametrize(
    ("query", "name", "near"),
    [
        ("statoin_id=A", "statoin_id", "station_id"),
        ("startdate=2014-01-01", "startdate", "start_date"),
        ("Page=1", "Page", "page"),
        ("pagesize=1", "pagesize", "page_size"),
        ("limit=10", "limit", "page_size"),
        ("nonsense=10", "nonsense", None),
        ("=1", "", None),
        ("%22=1", '"', None),
    ],
)
def test_unknown_name(refused, query, name, near):
    problem = refused(f"{DAYS}?{query}", 422, name)
    assert f"'{name}'" in problem["detail"]
    assert ("did you mean" in problem["detail"]) == (near is not None)
    assert near is None or f"'{near}'" in problem["detail"]
    assert problem["allowed"][:2] == ["station_id", "date"]
    assert problem["allowed"][-3:] == ["page", "page_size", "cursor"]


def test_path_parameter_is_none_of_the_query(refused):
    problem = refused(f"/api/stations/{STATION}?station_id={STATION}", 422, "station_id")
    assert "station_id" not in problem["allowed"]


def test_all_that_is_wrong_is_told(refused):
    problem = refused(f"{DAYS}?page=0&date=x&elements=XXXX&nothing=1", 422, "nothing")
    told = {(error["parameter"], error.get("value")) for error in problem["errors"]}
    assert told == {("nothing", "1"), ("page", "0"), ("date", "x"), ("elements", "XXXX")}


@pytest.mark.parametrize("query", ["date=%", "date=%2", "date=%zz", "da%te=1", "a=%00", "a=%ff",
                                   "a=%C0%80", "a=%ED%A0%80"])  # fmt: skip
def test_query_that_cannot_be_read(refused, query):
    problem = refused(f"{DAYS}?{query}", 400)
    assert problem["detail"].startswith("the query cannot be read")


def test_too_many_parts(refused):
    refused(f"{DAYS}?" + "&".join(["page=1"] * 257), 400)


# -- What is not stored -----------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["/api/stations/USC00110073", f"{DAYS}?station_id={STATION},USC00110073",
               f"{YEARS}?station_id=USC00110073"])  # fmt: skip
def test_unknown_station(refused, target):
    problem = refused(target, 404, "station_id")
    assert problem["value"] == "USC00110073"
    assert lead(target, problem["type"]) == "/problems/not-found"
    assert STATION in problem["detail"]  # it is near


@pytest.mark.parametrize(
    "query",
    [
        "state=&year=2012", "page=", "page", "station_id=", "elements=", "cursor=", "where=&sort=", "near=&radius=",
        "units=&format=&count=", "date=&start_date=&end_date=&year=", "page=&page=1", "name=&bbox=&country=",
    ],
)  # fmt: skip
def test_empty_is_absent(ask, query):
    """As forms send what nobody filled in."""
    left = "&".join(part for part in query.split("&") if not part.endswith("=") and "=" in part)
    _, expected = ask(f"{DAYS}?{left}")
    assert ask(f"{DAYS}?{query}") == (200, expected)


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        (f"{DAYS}?station_id={STATION.lower()}&year=1999", f"{DAYS}?station_id={STATION}&year=1999"),
        (f"{DAYS}?station_id=%20{STATION},%20uSC00110187%20", f"{DAYS}?station_id={STATION},{OTHER}"),
        (f"/api/stations/{STATION.lower()}", f"/api/stations/{STATION}"),
        (f"{YEARS}?state=il,%20In", f"{YEARS}?state=IL,IN"),
        (f"{DAYS}?elements=%20tmax,%20Prcp", f"{DAYS}?elements=TMAX,PRCP"),
        (f"{DAYS}?country=us", f"{DAYS}?country=US"),
    ],
)
def test_case_and_spaces_of_codes(ask, target, meant):
    assert rows(ask, target) == rows(ask, meant) != []


# -- Dates ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["20140704", "2014-07-04T00:00", "2014-07-04T00:00:00Z", "2014-07-04t00:00:00.000z", "2014-07-04%2000:00:00",
     "2014-07-04T00:00:00%2B00:00", "2014-07-04T00:00:00+00:00", "2014-07-04T00:00-0000"],
)  # fmt: skip
def test_days_as_they_are_written(ask, text):
    status, document = ask(f"{DAYS}?date={text}")
    assert (status, document) == ask(f"{DAYS}?date=2014-07-04") and status == 200
    assert "date=2014-07-04&" in document["links"]["self"]


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("date=2012-07", "2012-07-01", "2012-07-31"),
        ("date=2012-02", "2012-02-01", "2012-02-29"),
        ("date=2012", "2012-01-01", "2012-12-31"),
        ("year=2012", "2012-01-01", "2012-12-31"),
        ("start_date=2012&end_date=2012", "2012-01-01", "2012-12-31"),
        ("start_date=2011-12&end_date=2012-02", "2011-12-01", "2012-02-29"),
        ("start_date=2012&end_date=20120105", "2012-01-01", "2012-01-05"),
        ("where=date=2012-07", "2012-07-01", "2012-07-31"),
        ("where=date>2011,date<=2012", "2012-01-01", "2012-12-31"),
        ("where=date>=2012-02 and not date>=2012-03", "2012-02-01", "2012-02-29"),
    ],
)
def test_months_and_years(ask, query, first, last):
    target = f"{DAYS}?station_id={STATION}&page_size=1000"
    expected = rows(ask, f"{target}&start_date={first}&end_date={last}")
    got = rows(ask, f"{target}&{quote(query, safe='=&')}")
    assert got == expected and (got[0]["date"], got[-1]["date"]) >= (first, first)


def test_span_that_ends_before_it_begins(refused):
    assert "after end_date (2011)" in refused(f"{DAYS}?start_date=2012&end_date=2011", 422, "start_date")["detail"]
    refused(f"{DAYS}?year=2012&start_date=2012", 422, "year")


# -- Codes that are not stored -------------------------------------------------------------


@pytest.mark.parametrize("path", [DAYS, YEARS, "/api/stations"])
def test_unknown_codes(refused, ask, path):
    stored = {name: {row[name] for row in rows(ask, "/api/stations?page_size=1000")} - {None}
              for name in ("state", "country")}  # fmt: skip
    for name, code in (("state", "ZZ"), ("country", "USA"), ("country", "GB")):
        problem = refused(f"{path}?{name}={code}", 422, name)
        assert problem["value"] == code and set(problem["allowed"]) == stored[name]
        assert problem["allowed"][0] in problem["detail"]
    assert refused(f"{path}?state=IX", 422, "state")["allowed"][:3] == ["IA", "IL", "IN"]


def test_unknown_element(refused):
    problem = refused(f"{DAYS}?elements=TMAX,SNOW", 422, "elements")
    assert problem["value"] == "SNOW"
    assert problem["allowed"] == ["PRCP", "TMAX", "TMIN"]


def test_page_size_limit_is_a_setting(server, ingested):
    running = server(ingested, "--page-size-max", "50")
    with httpx.Client(base_url=running.url, timeout=60) as client:
        assert client.get(DAYS, params={"page_size": 51}).status_code == 422
        answer = client.get(DAYS).json()
        assert len(answer["data"]) == answer["pagination"]["page_size"] == 50


def test_empty_database(server, migrated):
    running = server(migrated)
    with httpx.Client(base_url=running.url, timeout=60) as client:
        for path in (DAYS, YEARS, "/api/stations"):
            answer = client.get(path)
            assert answer.status_code == 200, answer.text
            assert answer.json()["data"] == []
            assert answer.json()["pagination"]["total"] == 0


@pytest.mark.parametrize("text", ["a", "\u00e9\u4e2d\U0001f327", "a&b=c", "<script>", '"\\'])
def test_texts_come_back_as_they_are(refused, text):
    problem = refused(f"{DAYS}?date={quote(text)}", 422, "date")
    assert problem["value"] == text
    assert json.loads(json.dumps(problem)) == problem
