"""The yearly statistics of the sample data against values computed from the files by somebody
else: Python with exact fractions, and SQL over a plain table with a row a day."""

import calendar
import datetime
import random
import tarfile
from collections import defaultdict
from fractions import Fraction

import psycopg
import pytest

STATION_YEARS = 4820
INPUTS = ("tmax", "tmin", "prcp")
# Column: its input.
COLUMNS = {"avg_tmax": "tmax", "avg_tmin": "tmin", "total_prcp": "prcp"}


@pytest.fixture(scope="module")
def files(data):
    """{station: {date: (tmax, tmin, prcp)}}, in the files' integers, missing as None."""
    stations = {}
    with tarfile.open(data / "wx_data.tar.xz") as archive:
        for member in archive:
            if not member.name.endswith(".txt"):
                continue
            station = member.name.rpartition("/")[2].removesuffix(".txt")
            days = stations.setdefault(station, {})
            for line in archive.extractfile(member):
                date, *values = line.split()
                day = datetime.date(int(date[:4]), int(date[4:6]), int(date[6:]))
                days[day] = tuple(None if v == b"-9999" else int(v) for v in values)
    return stations


def longest_run(days):
    """Longest run of True."""
    longest = run = 0
    for day in days:
        run = run + 1 if day else 0
        longest = max(longest, run)
    return longest


def months_of(year, missing):
    """The year's list of days, cut into months."""
    start = 0
    for month in range(1, 13):
        days = calendar.monthrange(year, month)[1]
        yield missing[start : start + days]
        start += days


def describe(year, values):
    """Coverage and verdicts of one input: {date: value or None} of one year."""
    first = datetime.date(year, 1, 1).toordinal()
    length = 366 if calendar.isleap(year) else 365
    days = (datetime.date.fromordinal(first + i) for i in range(length))
    missing = [values.get(day) is None for day in days]
    months = list(months_of(year, missing))
    return {
        "days": length - sum(missing),
        "missing": sum(missing),
        "longest_gap": longest_run(missing),
        "wmo_mean": all(sum(m) < 11 and longest_run(m) < 5 for m in months),
        "wmo_sum": not any(missing),
        "ncei": all(sum(m) <= 5 and longest_run(m) <= 3 for m in months),
    }


def expect(year, days):
    """The row of a station's year: {date: (tmax, tmin, prcp)}."""
    row = {}
    for i, name in enumerate(INPUTS):
        values = {day: v[i] for day, v in days.items()}
        known = [v for v in values.values() if v is not None]
        seen = describe(year, values)
        column = next(c for c, used in COLUMNS.items() if used == name)
        if not known:
            row[column] = None
        elif name == "prcp":
            row[column] = Fraction(sum(known), 100)
        else:
            row[column] = Fraction(sum(known), 10 * len(known))
        for kind in ("days", "missing", "longest_gap"):
            row[f"{name}_{kind}"] = seen[kind]
        row[f"{column}_wmo"] = seen["wmo_sum" if name == "prcp" else "wmo_mean"]
        row[f"{column}_ncei"] = seen["ncei"]
    return row


@pytest.fixture(scope="module")
def stored(ingested):
    """{(station, year): {column: value}}"""
    with psycopg.connect(ingested) as connection:
        cursor = connection.execute("select * from stat_yearly")
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return {(row.pop("station_id"), row.pop("year")): row for row in rows}


def test_every_station_year_against_python(files, stored):
    """All of them, all columns. A mean is the double nearest to the exact fraction."""
    wanted = set()
    for station, days in files.items():
        years = defaultdict(dict)
        for day, values in days.items():
            years[day.year][day] = values
        for year, its_days in years.items():
            expected = {
                column: float(value) if isinstance(value, Fraction) else value
                for column, value in expect(year, its_days).items()
            }
            assert stored[station, year] == expected, (station, year)
            wanted.add((station, year))
    assert set(stored) == wanted
    assert len(wanted) == STATION_YEARS


def test_every_station_year_against_sql(files, ingested):
    """By a database that has a row for every day, in decimal arithmetic."""
    with psycopg.connect(ingested) as connection:
        connection.execute(
            'create temporary table weather (station_id text collate "C", date date, '
            "tmax integer, tmin integer, prcp integer)"
        )
        with connection.cursor().copy("copy weather from stdin") as copy:
            for station, days in files.items():
                for day, values in days.items():
                    copy.write_row((station, day, *values))
        row = connection.execute(
            """
            with plain as (
                select station_id, extract(year from date)::int as year,
                    avg(tmax) / 10 as avg_tmax, avg(tmin) / 10 as avg_tmin,
                    sum(prcp) / 100.0 as total_prcp,
                    count(tmax) as tmax_days, count(tmin) as tmin_days, count(prcp) as prcp_days
                from weather group by 1, 2)
            select count(*), count(p.year), count(s.year), count(*) filter (where
                abs(p.avg_tmax - s.avg_tmax::numeric) > 1e-12
                or abs(p.avg_tmin - s.avg_tmin::numeric) > 1e-12
                or abs(p.total_prcp - s.total_prcp::numeric) > 1e-12
                or (p.avg_tmax is null) <> (s.avg_tmax is null)
                or (p.avg_tmin is null) <> (s.avg_tmin is null)
                or (p.total_prcp is null) <> (s.total_prcp is null)
                or (p.tmax_days, p.tmin_days, p.prcp_days)
                    is distinct from (s.tmax_days, s.tmin_days, s.prcp_days))
            from plain p full join stat_yearly s using (station_id, year)
            """
        ).fetchone()
    assert row == (STATION_YEARS, STATION_YEARS, STATION_YEARS, 0)


def test_no_value_is_null(stored):
    """A statistic is null only where there is no value at all."""
    for key, row in stored.items():
        for column, name in COLUMNS.items():
            assert (row[column] is None) == (row[f"{name}_days"] == 0), (key, column)


def test_sampled_days_of_every_station(files, ingested):
    """Through the view, in units: 20 days of each station, and the first and the last."""
    chance = random.Random(1985)
    with psycopg.connect(ingested) as connection:
        for station, days in files.items():
            known = sorted(days)
            sample = {known[0], known[-1], *chance.sample(known, 20)}
            rows = connection.execute(
                "select date, lower(element), value from observation where station_id = %s "
                "and year = any (%s) and date = any (%s)",
                (station, sorted({day.year for day in sample}), sorted(sample)),
            ).fetchall()
            got = {(day, element): value for day, element, value in rows}
            assert len(got) == len(rows) == 3 * len(sample)
            for day in sample:
                for name, value in zip(INPUTS, days[day], strict=True):
                    expected = None if value is None else Fraction(value, 10)
                    shown = got[day, name]
                    assert expected == (None if shown is None else Fraction(shown))


def test_stations_are_described(ingested, data):
    with psycopg.connect(ingested) as connection:
        rows = connection.execute(
            "select station_id, name, latitude, longitude, elevation, state from station"
        ).fetchall()
    stored = {row[0]: row[1:] for row in rows}
    lines = (data / "wx_stations.txt").read_text().splitlines()
    assert len(stored) == len(lines) == 167
    for line in lines:
        latitude, longitude, elevation = (float(line[a:b]) for a, b in ((12, 20), (21, 30), (31, 37)))
        wanted = (line[41:71].strip(), latitude, longitude, elevation, line[38:40].strip())
        assert stored[line[:11]] == wanted
