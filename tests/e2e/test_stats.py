"""GET /api/weather/stats: every station-year, compared with values computed here."""

import calendar
import datetime
import functools
import itertools
from decimal import ROUND_HALF_UP, Decimal

import httpx
import pytest
import sample
from links import lead

YEARS = "/api/weather/stats"
STATION_YEARS = 4820
STATION = "USC00110072"
INPUTS = ("tmax", "tmin", "prcp")


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def ask(client):
    def get(**parameters):
        """All members, unless others are asked for."""
        parameters = {"fields": "*"} | parameters
        answer = client.get(YEARS, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


# -- What the rows should be -------------------------------------------------------------------


def rounded(total, divisor):
    """Exact, and rounded half away from zero, as numbers are shown."""
    value = Decimal(total) / divisor
    sign = -1 if value < 0 else 1
    return float(sign * abs(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


@functools.cache
def dates_of(year, month=None):
    first = datetime.date(year, month or 1, 1)
    days = calendar.monthrange(year, month)[1] if month else 365 + calendar.isleap(year)
    return [(first + datetime.timedelta(n)).isoformat() for n in range(days)]


def longest_gap(present):
    return max(
        (len(list(run)) for there, run in itertools.groupby(present) if not there), default=0
    )


def verdicts(months):
    """The rules for means, sums and NCEI over (missing, longest gap) of each month."""
    return (
        all(missing < 11 and gap < 5 for missing, gap in months),
        all(missing == 0 for missing, _ in months),
        all(missing <= 5 and gap <= 3 for missing, gap in months),
    )


def coverage(days, year, position):
    def present(month=None):
        return [days.get(date, (None,) * 3)[position] is not None for date in dates_of(year, month)]

    whole = present()
    months = [(month.count(False), longest_gap(month)) for month in map(present, range(1, 13))]
    return (whole.count(True), whole.count(False), longest_gap(whole)), verdicts(months)


def expected_row(station, year, days):
    row = {"station_id": station, "year": year}
    for position, (name, of_value, of_mean) in enumerate(
        (("avg_tmax", 10, True), ("avg_tmin", 10, True), ("total_prcp", 100, False))
    ):
        values = [days[d][position] for d in dates_of(year) if d in days]
        good = [value for value in values if value is not None]
        divisor = of_value * len(good) if of_mean else of_value
        row[name] = rounded(sum(good), divisor) if good else None
        counts, (mean_rule, sum_rule, ncei) = coverage(days, year, position)
        kinds = ("days", "missing", "longest_gap")
        row |= {f"{INPUTS[position]}_{kind}": n for kind, n in zip(kinds, counts, strict=True)}
        row[f"{name}_wmo"] = mean_rule if of_mean else sum_rule
        row[f"{name}_ncei"] = ncei
    return row


@pytest.fixture(scope="module")
def expected():
    rows = []
    for station, days in sample.stations().items():
        for year in sorted({int(date[:4]) for date in days}):
            rows.append(expected_row(station, year, days))
    return rows


# -- The same --------------------------------------------------------------------------------


@pytest.mark.release
def test_every_station_year(ask, expected):
    assert len(expected) == STATION_YEARS
    got = []
    for page in range(1, 6):
        document = ask(page=page, page_size=1000)
        assert document["pagination"]["total"] == STATION_YEARS
        got += document["data"]
    assert got == expected


def test_members_of_the_application_it_replaces_by_default(client):
    row = client.get(YEARS, params={"page_size": 1}).json()["data"][0]
    assert list(row) == ["station_id", "year", "avg_tmax", "avg_tmin", "total_prcp"]


def test_members_are_in_order(ask):
    names = list(ask(page_size=1)["data"][0])
    assert names[:5] == ["station_id", "year", "avg_tmax", "avg_tmin", "total_prcp"]
    assert names[5:] == [
        *(f"{name}_{what}" for name in INPUTS for what in ("days", "missing", "longest_gap")),
        *(f"{name}_{rule}" for name in names[2:5] for rule in ("wmo", "ncei")),
    ]


def test_year_without_any_value_is_null(ask, expected):
    without = [row for row in expected if row["avg_tmax"] is None]
    assert without
    for row in without[:5]:
        assert ask(station_id=row["station_id"], year=row["year"])["data"] == [row]


def test_selection(ask, expected):
    def rows(check):
        return [row for row in expected if check(row)]

    assert ask(year=2000, page_size=500)["data"] == rows(lambda row: row["year"] == 2000)
    assert ask(start_year=2013, page_size=500)["data"] == rows(lambda row: row["year"] >= 2013)
    assert ask(end_year=1986, page_size=500)["data"] == rows(lambda row: row["year"] <= 1986)
    assert ask(start_year=1990, end_year=1999, station_id=STATION)["data"] == rows(
        lambda row: row["station_id"] == STATION and 1990 <= row["year"] <= 1999
    )
    assert ask(year=1900)["data"] == []
    chosen = sorted(sample.stations())[::4][:40]
    document = ask(station_id=",".join(chosen), page_size=1000, page=2)
    assert document["data"] == rows(lambda row: row["station_id"] in chosen)[1000:2000]


def test_walk_by_cursor(client, expected):
    target, got = f"{YEARS}?fields=*&cursor=*&page_size=333", []
    while target is not None:
        document = client.get(target).json()
        got += document["data"]
        target = lead(target, document["links"]["next"])
    assert got == expected


@pytest.mark.parametrize("page", [1, 2, 30, 48])
def test_any_page(ask, expected, page):
    assert ask(page=page, page_size=100)["data"] == expected[(page - 1) * 100 : page * 100]


def test_the_database_says_the_same(ask, ingested, query):
    """SQL users see the same rows; only rounding is the API's."""
    columns = list(ask(page_size=1)["data"][0])
    rows = query(ingested, f"select {', '.join(columns)} from stat_yearly order by 1, 2")
    got = [row for page in range(1, 6) for row in ask(page=page, page_size=1000)["data"]]
    for row, stored in zip(got, rows, strict=True):
        for name, value in zip(columns, stored, strict=True):
            if isinstance(value, float):
                assert abs(row[name] - value) <= 0.005 + 1e-9
            else:
                assert row[name] == value


# -- What is refused, and other data -----------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [
        ("start_year=2001&end_year=2000", 422, "start_year"),
        ("year=2000&start_year=1999", 422, "year"),
        ("year=0", 422, "year"),
        ("year=10000", 422, "year"),
        ("year=1999.5", 422, "year"),
        ("station_id=NOWHERE", 404, "station_id"),
        ("cursor=abc", 422, "cursor"),
    ],
)
def test_refused(client, query, status, parameter):
    answer = client.get(f"{YEARS}?{query}")
    assert answer.status_code == status
    assert answer.json()["parameter"] == parameter


def test_empty_database(server, migrated):
    with httpx.Client(base_url=server(migrated).url) as client:
        for query in ("", "?year=2000", "?cursor=*"):
            document = client.get(YEARS + query).json()
            assert document["data"] == [] and document["pagination"]["total"] == 0


def test_server_without_the_calculator(server, ingested, almanac):
    """What is served is in the database: plugins of statistics are not needed."""
    routes = almanac.parent / "plugins" / "routes"
    with httpx.Client(base_url=server(ingested, env={"ALMANAC_PLUGINS": routes}).url) as client:
        assert client.get(YEARS).json()["pagination"]["total"] == STATION_YEARS
