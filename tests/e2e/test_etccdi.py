"""Statistic `etccdi` against a reading of ETCCDI's definitions, of the sample and of stations that there are not."""

import datetime
import random

import etccdi
import httpx
import pytest
import sample

STATION = "USC00110072"
EXACT = 1e-9  # more than the last place shown is half of it off


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def days_of(station):
    return {datetime.date.fromisoformat(date): values for date, values in sample.stations()[station].items()}


def shown(client, **query):
    answer = client.get("/api/stats/etccdi", params={"period": "year", "fields": "*", "page_size": 1000, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def compare(row, wanted, where):
    for name, value in wanted.items():
        if value is None:
            assert row[name] is None, (where, name)
        else:
            places = {"txx": 1, "txn": 1, "tnx": 1, "tnn": 1, "rx1day": 1, "rx5day": 1, "r95p": 1, "r99p": 1,
                      "prcptot": 1}.get(name, 2)  # fmt: skip
            assert row[name] == pytest.approx(float(value), abs=0.5 * 10**-places + EXACT), (where, name)


@pytest.mark.release
def test_the_default_base_period(client):
    """1961-1990, of which the sample has the last six years."""
    wanted = dict(etccdi.Indices(days_of(STATION), (1961, 1990), 41.2).years())
    rows = shown(client, station_id=STATION)
    assert [row["year"] for row in rows] == sorted(wanted)
    for row in rows:
        compare(row, wanted[row["year"]], row["year"])


@pytest.mark.release
@pytest.mark.parametrize("station", ["USC00110187", "USC00257715"])
def test_any_base_period_on_request(client, station):
    wanted = dict(etccdi.Indices(days_of(station), (1988, 1999), 41).years(threshold=25))
    rows = shown(client, station_id=station, base_years="1988-1999", rnn=25)
    assert [row["year"] for row in rows] == sorted(wanted)
    for row in rows:
        compare(row, wanted[row["year"]], (station, row["year"]))


@pytest.mark.release
def test_months(client):
    wanted = dict(etccdi.Indices(days_of(STATION), (1996, 2001), 41.2).months())
    rows = shown(client, station_id=STATION, period="month", base_years="1996-2001")
    assert [(row["year"], row["month"]) for row in rows] == sorted(wanted)
    for row in rows:
        compare(row, wanted[row["year"], row["month"]], (row["year"], row["month"]))


def made_up(seed, first, last, missing):
    """Days that have spells over New Year, ties, leap days, long gaps and years without any."""
    random.seed(seed)
    days = {}
    for date in etccdi.dates(datetime.date(first, 1, 1), datetime.date(last, 12, 31)):
        if random.random() < missing or date.year == first + 3:
            continue
        warm = 15 - 12 * abs(date.month - 7) / 3
        tmin = None if random.random() < missing else round(warm + random.choice((-3, 0, 0, 4))) * 10
        tmax = None if random.random() < missing else round(warm + 8 + random.choice((-2, 0, 5))) * 10
        wet = date.month in (12, 1, 6) if seed % 2 else random.random() < 0.3
        days[date] = tmax, tmin, random.choice((10, 15, 240)) if wet else random.choice((0, 5, 9))
    return days


@pytest.fixture(scope="module")
def made(cluster, migrated_template, run, program, tmp_path_factory):
    """A server of stations that are made up, and their days."""
    import conftest

    folder = tmp_path_factory.mktemp("etccdi")
    stations = {f"USC0099000{seed}": made_up(seed, 1991, 2002, seed / 40) for seed in range(3)}
    for station, days in stations.items():
        lines = (
            f"{date:%Y%m%d}\t" + "\t".join(str(-9999 if value is None else value) for value in values) + "\n"
            for date, values in days.items()
        )
        (folder / f"{station}.txt").write_text("".join(lines))
    with conftest.temporary(cluster, template=migrated_template) as name:
        run("ingest", *sorted(folder.glob("*.txt")), database=cluster.url(name), check=True)
        with conftest.servers(program, folder) as start:
            with httpx.Client(base_url=start(cluster.url(name)).url, timeout=60) as client:
                yield client, stations


@pytest.mark.parametrize("base", [(1992, 1999), (1985, 1993), (1995, 1995), (1700, 1720)])
def test_edges(made, base):
    client, stations = made
    for station, days in stations.items():
        wanted = dict(etccdi.Indices(days, base, 0).years())
        rows = shown(client, station_id=station, base_years="{}-{}".format(*base))
        assert [row["year"] for row in rows] == sorted(wanted)
        for row in rows:
            compare(row, wanted[row["year"]], (station, row["year"]))
