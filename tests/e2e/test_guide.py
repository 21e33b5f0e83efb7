"""The recipes of docs/guide.md as they stand there, run against the sample; what they print is computed
from its files."""

import datetime
import functools
import math
import os
import re
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import cluster
import pytest
import sample

pytestmark = pytest.mark.release  # what is documented; other tests have the same requests under sanitizers

STATION = "USC00110072"
GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guide.md").read_text()
RECIPES = {
    title: re.search(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE).groups()
    for title, text in re.findall(
        r"^### ([^\n]+)\n(.*?)(?=^##)", GUIDE[: GUIDE.index("## Other programs")] + "## ", re.DOTALL | re.MULTILINE
    )
}
TMAX, TMIN, PRCP = range(3)


# -- The sample ---------------------------------------------------------------------------------------


@functools.cache
def places():
    """{station: (latitude, longitude, state, name)}"""
    lines = (sample.FOLDER / "wx_stations.txt").read_text().splitlines()
    known = {line[:11]: (float(line[12:20]), float(line[21:30]), line[38:40], line[41:71].strip()) for line in lines}
    return {station: known[station] for station in sample.stations()}


@functools.cache
def months(station):
    """{month: [(date, (tmax, tmin, prcp))]} in order."""
    result = {}
    for date, of in sorted(sample.stations()[station].items()):
        result.setdefault(date[:7], []).append((date, of))
    return result


def days(begin="", end="9", station=STATION):
    """[(date, (tmax, tmin, prcp))] of dates from that of which `begin` is the beginning to that of `end`."""
    found = (of for month, of in months(station).items() if begin[:7] <= month and month[: len(end)] <= end)
    return [(d, v) for of in found for d, v in of if begin <= d and d[: len(end)] <= end]


def values(column, *dates):
    return [v[column] for _, v in days(*dates) if v[column] is not None]


def rounded(number, decimals):
    """Halves away from zero."""
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def mean(tenths, decimals=2):
    return rounded(Decimal(sum(tenths)) / len(tenths) / 10, decimals)


def tenth(value):
    return f"{value / 10:.1f}"


def lines(*rows):
    return "".join(f"{row}\n" for row in rows)


# -- What they print ----------------------------------------------------------------------------------


def near():
    def distance(latitude, longitude):
        a, b = math.radians(40.1), math.radians(latitude)
        half = math.sin((b - a) / 2) ** 2
        half += math.cos(a) * math.cos(b) * math.sin(math.radians(longitude + 88.2) / 2) ** 2
        return 2 * 6371.0088 * math.asin(math.sqrt(half))

    found = sorted((distance(p[0], p[1]), station) for station, p in places().items())
    return lines(*(f"{station} {places()[station][3]} {km:.1f}" for km, station in found if km <= 50))


def of_a_year():
    found = [s for s, place in places().items() if place[2] == "IL" and days("2012", "2012", s)]
    return f"{len(found)} {found[0]}\n"


def inventory():
    reported = days()
    first, last = reported[0][0], reported[-1][0]
    head = "element,first_date,last_date,days_reported,days_present,coverage"
    def row(name, column):
        present = len(values(column))
        span = (datetime.date.fromisoformat(last) - datetime.date.fromisoformat(first)).days + 1
        return f"{name},{first},{last},{len(reported)},{present},{rounded(Decimal(present) / span, 4)}"
    return crlf(head, row("PRCP", PRCP), row("TMAX", TMAX), row("TMIN", TMIN))


def crlf(*rows):
    return "".join(f"{row}\r\n" for row in rows)


def july_of_illinois():
    count = sum(len(days("2012-07", "2012-07", s)) for s, place in places().items() if place[2] == "IL")
    return f"{count} degC\n"


def walk():
    found = days("2012", "2013")
    return f"{len(found)} {found[0][0]} {found[-1][0]}\n"


def hottest(wanted=lambda value: value[TMAX] is not None):
    """[(-tmax, date, station)] of all days in that order."""
    return sorted((-v[TMAX], d, s) for s, of in sample.stations().items() for d, v in of.items() if wanted(v))


def conditions():
    found = hottest(lambda v: v[TMAX] is not None and v[TMAX] >= 400 and v[PRCP] == 0)
    return crlf("station_id,date,tmax", *(f"{s},{d},{tenth(-t)}" for t, d, s in found[:3]))


def imperial():
    (_, (high, low, rain)), = days("2012-07-07", "2012-07-07")
    fahrenheit = [rounded(Decimal(t) * 9 / 50 + 32, 1) for t in (high, low)]
    return crlf("station_id,date,tmax (degF),tmin (degF),prcp (in)",
                f"{STATION},2012-07-07,{fahrenheit[0]},{fahrenheit[1]},{rounded(Decimal(rain) / 254, 3)}")  # fmt: skip


def missing():
    found = dict(days("2012", "2012"))
    year = [str(datetime.date(2012, 1, 1) + datetime.timedelta(n)) for n in range(366)]
    return lines(
        " ".join(["reported as missing:", *(d for d in found if found[d][TMAX] is None)]),
        " ".join(["not reported:", *(d for d in year if d not in found)]).strip(),
    )


def year_of_rain():
    rain = values(PRCP, "2012", "2012")
    assert len(rain) < 366, "the second answer is null since the year is not complete"
    total = rounded(Decimal(sum(rain)) / 100, 2)
    return crlf("year,total_prcp,prcp_missing", f"2012,{total},{366 - len(rain)}", "year,total_prcp", "2012,")


def july():
    found = values(TMAX, "2012-07", "2012-07")
    return f"7 {float(mean(found))} {len(found)}\n"


def complete(year, month):
    """Mean of a month by WMO-No. 1203; None: 11 days of it are missing, or 5 in a row."""
    first = datetime.date(year, month, 1)
    length = ((first + datetime.timedelta(31)).replace(day=1) - first).days
    found = dict(days(f"{year}-{month:02}", f"{year}-{month:02}"))
    present = [found.get(f"{first:%Y-%m}-{day:02}", (None,))[TMAX] is not None for day in range(1, length + 1)]
    gap = max(map(len, "".join(" x"[not there] for there in present).split()), default=0)
    if length - sum(present) >= 11 or gap >= 5:
        return None
    return Decimal(sum(values(TMAX, f"{first:%Y-%m}", f"{first:%Y-%m}"))) / sum(present) / 10


def normal(month, since, until):
    means = [complete(year, month) for year in range(max(since, 1985), min(until, 2014) + 1)]
    means = [value for value in means if value is not None]
    return sum(means) / len(means), len(means)


def normals():
    rows = []
    for since, until in ((1991, 2020), (1985, 2014)):
        value, years = normal(7, since, until)
        rows.append(f"{since}-{until} {float(rounded(value, 2))} {years}")
    return lines(*rows)


def anomaly():
    march, usual = complete(2012, 3), normal(3, 1985, 2014)[0]
    row = f"3,{rounded(march, 2)},{rounded(usual, 2)},{rounded(march - usual, 2)}"
    return crlf("month,tmax,tmax_normal,tmax_anomaly", row)


def rank():
    window = [(d, v[TMAX]) for d, v in days() if "03-15" <= d[5:] <= "03-29" and v[TMAX] is not None]
    value = dict(window)["2012-03-22"]
    above = sum(other > value for _, other in window)
    return f"{tenth(value)} degC is number {above + 1} of {len(window)}, since {window[0][0][:4]}\n"


def records():
    high = max(values(TMAX))
    low = min(values(TMIN))
    dates = [next(d for d, v in days() if v[c] == extreme) for c, extreme in ((TMAX, high), (TMIN, low))]
    (t, date, station), *_ = hottest()
    return lines(f"{tenth(high)} {dates[0]} {tenth(low)} {dates[1]}", f"{station} {date} {tenth(-t)}")


def degree_days():
    """In twentieths, since a day's mean is half of a sum of tenths."""
    pairs = [(v[TMAX], v[TMIN]) for _, v in days("2012", "2012") if None not in v[:2]]
    total = sum(max(high + low - 160, 0) for high, low in pairs)
    return crlf("year,gdd", f"2012,{rounded(Decimal(total) / 20, 2)}")


def chart():
    """Of years without an incomplete month."""
    means = {
        year: sum(found) / len(found)
        for year in range(1985, 2015)
        if (found := values(TMAX, str(year), str(year))) and all(complete(year, m) is not None for m in range(1, 13))
    }
    return f"{len(means)} {max(means, key=means.get)}\n"


def hot_days():
    found = [(d, v) for d, v in days("2012", "2012") if v[TMAX] is not None and v[TMAX] >= 370]
    return lines(*(f"{d}|{tenth(v[TMAX])}|{'' if v[PRCP] is None else tenth(v[PRCP])}" for d, v in found))


def summer_of_illinois():
    rows = []
    for month in (6, 7, 8):
        begin = f"2012-{month:02}"
        found = [v[TMAX] for s, p in places().items() if p[2] == "IL" for _, v in days(begin, begin, s)]
        rows.append(f"{month}|{len(found)}|{tenth(max(t for t in found if t is not None))}")
    return lines(*rows)


def one_year():
    found = [values(column, "2012", "2012") for column in (TMAX, TMIN, PRCP)]
    return f"{len(days('2012', '2012'))} {tenth(max(found[0]))} {tenth(min(found[1]))} {tenth(sum(found[2]))}\n"


PRINTS = {
    "Which stations are near a place?": near,
    "Which stations have data of a year?": of_a_year,
    "What does a station have, and since when?": inventory,
    "One station, one year": one_year,
    "Everything a station has reported, as a file": lambda: f"{len(days()) + 1}\n",
    "Many stations at once": july_of_illinois,
    "All rows as JSON, page after page": walk,
    "Only days that satisfy a condition": conditions,
    "How often? Counting without fetching": lambda: f"{sum(t >= 350 for t in values(TMAX))}\n",
    "In degrees Fahrenheit and inches": imperial,
    "What is a day, and when was it observed?": lambda: f"{values(TMAX, '2012-07-07', '2012-07-07')[0] / 10} None\n",
    "Why is this null, and why is this day not there?": missing,
    "The figures of a year, and what they rest on": year_of_rain,
    "The mean of a month": july,
    "The normal, and the normal of other years": normals,
    "Warmer than usual?": anomaly,
    "How unusual was a day?": rank,
    "The record of a station, and of all": records,
    "Degree days with a base of one's own": degree_days,
    "A chart": chart,
    "Fetch only what has changed": lambda: lines("200", "304"),
    "Days in SQL": hot_days,
    "Days of stations of a state, month by month": summer_of_illinois,
}


def command(kind, reader):
    return {
        "sh": ["bash", "-euo", "pipefail"],
        "python": [sys.executable, "-"],
        "js": ["node", "--input-type=module", "-"],
        "sql": ["psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", reader],
    }[kind]


@pytest.mark.parametrize("title", RECIPES)
def test_recipe_prints_what_the_files_say(served, ingested, tmp_path, title):
    kind, text = RECIPES[title]
    program = command(kind, cluster.with_role(ingested, "almanac_reader"))
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        program, input=text.replace("http://127.0.0.1:8080", served.url).encode(), capture_output=True,
        cwd=tmp_path, env=environment, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode() == PRINTS[title]()


def test_all_recipes_are_here():
    assert list(RECIPES) == list(PRINTS)
    assert GUIDE.count("http://127.0.0.1:8080") >= len(RECIPES)
