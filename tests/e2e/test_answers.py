"""Everything that a route may ask the host for, and everything that may be wrong with it: through
the plugins answers.c and periods.c."""

import calendar
import datetime
import random
import subprocess
from pathlib import Path

import httpx
import pytest
import stationfile
from cluster import over_tcp
from conftest import servers, temporary
from links import lead

ROOT = Path(__file__).resolve().parents[2]
STATIONS = ALPHA, BETA, GAMMA = "XXC00000001", "XXC00000002", "XXC00000010"
FIRST, LAST = datetime.date(1999, 11, 20), datetime.date(2002, 3, 9)
MISSING = -9999


def make_days():
    """{station: {day: (tmax, tmin, prcp)}}, None for missing; not every day is there."""
    chance = random.Random(7)
    result = {}
    for station in STATIONS:
        days = {}
        for n in range((LAST - FIRST).days + 1):
            day = FIRST + datetime.timedelta(n)
            if chance.random() < 0.9 and not (station == BETA and day.year == 2001):
                days[day] = tuple(
                    None if chance.random() < 0.1 else chance.randint(*bounds)
                    for bounds in ((-300, 400), (-400, -301), (0, 900))
                )
        result[station] = days
    return result


DATA = make_days()


@pytest.fixture(scope="module")
def serve(program, almanac, cluster, run, tmp_path_factory):
    """serve(query_timeout) -> Server of the plugins and data of these tests."""
    folder = tmp_path_factory.mktemp("answers")
    plugins = [almanac.parent / "plugins" / kind for kind in ("routes", "sources", "stats")]
    for name in ("answers", "periods"):
        plugin = folder / f"{name}.so"
        source = Path(__file__).with_name("plugins") / f"{name}.c"
        command = ["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
        command += ["-I", ROOT / "include", "-o", plugin, source, "-lm"]
        subprocess.run(command, check=True)
        plugins.append(plugin)
    env = {"ALMANAC_PLUGINS": ":".join(map(str, plugins))}
    for station, days in DATA.items():
        lines = [
            stationfile.line(day, *(MISSING if value is None else value for value in values))
            for day, values in days.items()
        ]
        stationfile.write(folder, f"{station}.txt", "".join(lines))
    with temporary(cluster) as name:
        url = cluster.url(name)
        run("migrate", database=url, env=env, check=True)
        files = [folder / f"{station}.txt" for station in STATIONS]
        run("ingest", *files, database=url, env=env, check=True)
        with servers(program, folder) as start:
            # By TCP, whose sockets may hold megabytes that libpq has not read yet.
            yield lambda query_timeout: start(over_tcp(url), env={**env, "ALMANAC_QUERY_TIMEOUT": query_timeout})


@pytest.fixture(scope="module")
def running(serve):
    return serve(60000)


@pytest.fixture(scope="module")
def client(running):
    with httpx.Client(base_url=running.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def ask(client):
    def get(target, **parameters):
        answer = client.get(target, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


# -- Statistics of other periods ---------------------------------------------------------------


def month_days(year, month):
    return [datetime.date(year, month, n + 1) for n in range(calendar.monthrange(year, month)[1])]


def season_days(year, season):
    months = ((year - 1, 12), (year, 1), (year, 2))
    if season > 1:
        months = [(year, 3 * season - 3 + n) for n in range(3)]
    return [day for pair in months for day in month_days(*pair)]


def values_of(station, days):
    return [DATA[station].get(day, (None,))[0] for day in days]


def longest_gap(values):
    longest = run = 0
    for value in values:
        run = run + 1 if value is None else 0
        longest = max(longest, run)
    return longest


def is_reported(station, days):
    return any(day in DATA[station] for day in days)


def month_row(station, year, month):
    values = values_of(station, month_days(year, month))
    good = [value for value in values if value is not None]
    missing, gap = len(values) - len(good), longest_gap(values)
    return {
        "station_id": station,
        "year": year,
        "month": month,
        "total": float(sum(good)) if good else None,
        "tmax_missing": missing,
        "tmax_longest_gap": gap,
        "total_wmo": missing == 0,
        "total_ncei": missing <= 5 and gap <= 3,
    }


MONTHS = [
    month_row(station, year, month)
    for station in STATIONS
    for year in range(1999, 2003)
    for month in range(1, 13)
    if is_reported(station, month_days(year, month))
]


def test_months(ask, client):
    assert ask("/t/months", page_size=1000)["data"] == MONTHS
    assert ask("/t/months", page=3, page_size=7)["data"] == MONTHS[14:21]
    target, got = "/t/months?cursor=*&page_size=11", []
    while target is not None:
        document = client.get(target).json()
        got += document["data"]
        target = lead(target, document["links"]["next"])
    assert got == MONTHS


@pytest.mark.parametrize(
    ("first", "last"),
    [("2000-01-01", "2000-12-31"), ("2000-01-02", "2000-03-01"), ("2001-12-31", "2002-02-28")],
)
def test_months_that_begin_on_the_selected_days(ask, first, last):
    expected = [
        row
        for row in MONTHS
        if first <= f"{row['year']}-{row['month']:02}-01" <= last and row["station_id"] != ALPHA
    ]
    document = ask(
        "/t/months", start_date=first, end_date=last, station_id=f"{GAMMA},{BETA}", page_size=100
    )
    assert document["data"] == expected
    assert document["pagination"]["total"] == len(expected)


def test_seasons(ask):
    expected = []
    for station in STATIONS:
        for year in range(1999, 2004):
            for season in (1, 2, 3, 4):
                days = season_days(year, season)
                present = sum(value is not None for value in values_of(station, days))
                if is_reported(station, days):
                    expected.append(
                        {
                            "season": season,
                            "year": year,
                            "station_id": station,
                            "days": float(present),
                            "tmax_days": present,
                            "tmax_missing": len(days) - present,
                        }
                    )
    assert ask("/t/seasons") == {"data": expected, "links": {"self": "seasons"}}
    winter = ask("/t/seasons", start_date="1999-12-01", end_date="1999-12-01")["data"]
    assert winter == [row for row in expected if (row["season"], row["year"]) == (1, 2000)]
    assert ask("/t/seasons", start_date="1999-12-02", end_date="2000-02-29")["data"] == []


def test_statistics_that_nobody_computes(client):
    answer = client.get("/t/unknown")
    assert answer.status_code == 503
    assert "nobody_computes" in answer.json()["detail"]


# -- Days and records -----------------------------------------------------------------------


def tenths(value):
    return None if value is None else value / 10


def test_days_without_pages(ask, client):
    expected = [
        {
            "at": station,
            "on": day.isoformat(),
            "prcp": tenths(prcp),
            "tmax": tenths(tmax),
            "tmin": tenths(tmin),
        }
        for station in STATIONS
        for day, (tmax, tmin, prcp) in DATA[station].items()
    ]
    units = {"prcp": "mm", "tmax": "degC", "tmin": "degC"}
    assert ask("/t/days") == {"data": expected, "units": units, "links": {"self": "days"}}
    assert list(ask("/t/days")["data"][0]) == ["at", "on", "prcp", "tmax", "tmin"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (None, None),
        ("2000-02-28", "2001-01-01"),
        ("1990-01-01", "1999-12-31"),
        ("2002-03-09", "2030-01-01"),
        ("2000-02-29", "2000-02-29"),
        ("2010-01-01", None),
    ],
)
@pytest.mark.parametrize("station", STATIONS)
def test_record(ask, station, first, last):
    selected = {"start_date": first, "end_date": last}
    selected = {name: value for name, value in selected.items() if value is not None}
    rows = ask("/t/record", station_id=station, **selected)["data"]
    low = datetime.date.fromisoformat(first or "0001-01-01")
    high = datetime.date.fromisoformat(last or "9999-12-31")
    chosen = {day: values for day, values in DATA[station].items() if low <= day <= high}
    assert [row["input"] for row in rows] == [0, 1, 2]
    for row, position in zip(rows, (0, 2, 1), strict=True):  # tmax, prcp, tmin
        good = [v[position] for v in chosen.values() if v[position] is not None]
        assert row["sum"] == sum(good)
        assert row["missing"] == row["days"] - len(good)
        assert row["station_id"] == station and row["name"] is None and row["latitude"] is None
        if chosen:
            begin = datetime.date.fromisoformat(row["first_day"])
            assert begin == max(low, datetime.date(min(chosen).year, 1, 1))
            end = begin + datetime.timedelta(row["days"] - 1)
            assert end == min(high, datetime.date(max(chosen).year, 12, 31))
        else:
            assert row["days"] == 0


def test_record_of_several_stations(client):
    assert client.get("/t/record").status_code == 500
    assert client.get(f"/t/record?station_id={ALPHA},{BETA}").status_code == 500


# -- Queries --------------------------------------------------------------------------------


def test_query(ask):
    document = ask("/t/query", rows=250, text="no ", page=2, page_size=100)
    assert document["data"] == [
        {"number": n, "text": f"no {n + 1}", "nothing": None} for n in range(100, 200)
    ]
    assert document["pagination"] == {
        "page": 2,
        "page_size": 100,
        "total": 250,
        "total_pages": 3,
        "next_cursor": None,
    }
    assert document["links"]["next"] == "query?rows=250&text=no%20&page=3&page_size=100"
    assert ask("/t/query", rows=0)["data"] == []
    assert ask("/t/query")["data"][0]["text"] is None  # an argument that is null


def test_query_after_query(ask, client):
    assert ask("/t/second_query", text="a")["data"] == {
        "number": 0,
        "text": "a1",
        "nothing": None,
    }
    answer = client.get("/t/second_query?rows=0")
    assert answer.status_code == 404


def test_failing_late(client, running):
    answer = client.get("/t/fail_late")
    assert answer.status_code == 409
    assert answer.json()["detail"] == "3 rows are too many"
    for target in ("/t/silent", "/t/silent_late"):
        assert client.get(target).status_code == 500
        running.wait_for_line(target)
    for _ in range(3):
        answer = client.get("/t/both")
        assert (answer.status_code, answer.json()["detail"]) == (400, "never mind")


# -- Statements -----------------------------------------------------------------------------


def test_types(client):
    body = client.get("/t/types").text
    assert body == (
        '{"data":[{"yes":true,"small":1,"medium":-2147483648,"large":9223372036854775807,'
        '"single":1.13,"double":-2.001,"letters":"a\\"b\\\\c\\n","varying":"x",'
        '"day":"1969-12-31","never":null},'
        '{"yes":false,"small":null,"medium":null,"large":null,"single":null,"double":null,'
        '"letters":null,"varying":null,"day":null,"never":null}],'
        '"links":{"self":"types"}}\n'
    )


@pytest.mark.parametrize(
    ("which", "status", "logged"),
    [
        (0, 500, "cast it to bigint"),
        (1, 500, "the statement has 2 columns, but the route declares 1"),
        (2, 500, "division by zero"),
        (3, 500, "answers.so: the database refused its statement: syntax error"),
        (4, 500, "does not exist (42P01), in: select 1 from nowhere"),
        (5, 500, "syntax error"),
        (7, 500, "parameter"),
    ],
)
def test_statement_that_is_wrong(client, running, which, status, logged):
    for _ in range(2):  # whether prepared already or not
        answer = client.get("/t/wrong", params={"which": which})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert (status == 500) == ("retry-after" not in answer.headers)
        for internal in ("nowhere", "division", "numeric", "selekt"):
            assert internal not in answer.json()["detail"]
    running.wait_for_line(logged)
    assert client.get("/t/types").status_code == 200


def test_statement_that_takes_too_long(serve):
    with httpx.Client(base_url=serve(500).url, timeout=60) as client:
        for _ in range(2):  # whether prepared already or not
            answer = client.get("/t/wrong?which=6")
            assert (answer.status_code, answer.headers["content-type"]) == (504, "application/problem+json")
            assert "retry-after" in answer.headers


def test_statements_with_many_rows(client, running):
    """As many as there may be, written piece by piece; more, or more bytes, are refused."""
    answer = client.get("/t/large", params={"which": 0})
    assert answer.status_code == 200, answer.text[:300]
    assert [row["number"] for row in answer.json()["data"]] == list(range(1, 100001))
    for which, logged in ((1, "more than 100000 rows"), (2, "--query-memory")):
        assert client.get("/t/large", params={"which": which}).status_code == 500
        running.wait_for_line(logged)
        assert client.get("/t/types").status_code == 200


def test_many_wrong_statements_at_once(client, running):
    """Those that follow on the same connection are not harmed."""
    with httpx.Client(base_url=running.url, timeout=60) as other:
        for n in range(100):
            which = (2, 4, 5)[n % 3]
            assert client.get(f"/t/wrong?which={which}").status_code == 500
            assert other.get("/t/types").status_code == 200


def test_pages_without_a_count(client):
    assert client.get("/t/uncounted").status_code == 500
