"""The sample data as its files say, read by nothing of ours."""

import functools
import tarfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "data"
MISSING = -9999


class Memo(dict):
    """What a function says of each key: of the sample's millions there are few that differ."""

    def __init__(self, function):
        self.function = function

    def __missing__(self, key):
        return self.setdefault(key, self.function(key))


def number(text):
    """Tenths as they are written, None if missing."""
    value = int(text)
    return None if value == MISSING else value


def parse(lines):
    """{date: (tmax, tmin, prcp)} of the lines of a file."""
    split = (line.split("\t") for line in lines)
    return {DATES[date]: (NUMBERS[tmax], NUMBERS[tmin], NUMBERS[prcp]) for date, tmax, tmin, prcp in split}


DATES = Memo(lambda text: f"{text[:4]}-{text[4:6]}-{text[6:]}")
NUMBERS = Memo(number)


@functools.cache
def texts():
    """{file name: bytes} of the files of stations."""
    with tarfile.open(FOLDER / "wx_data.tar.xz") as archive:
        files = (member for member in archive if member.isfile())
        return {
            Path(member.name).name: archive.extractfile(member).read()
            for member in files if member.name.endswith(".txt")
        }  # fmt: skip


def days(size):
    """Lines of observations of a station, 20 bytes less than that at most."""
    lines = "".join(
        f"{year:04}{month:02}{day:02}\t{year - 1700}\t{-month}\t{day}\n"
        for year in range(1701, 2200) for month in range(1, 13) for day in range(1, 29)
    )  # fmt: skip
    assert len(lines) > size
    return lines[: lines.rindex("\n", 0, size) + 1]


@functools.cache
def stations():
    """{station: {date: (tmax, tmin, prcp)}} in 0.1 degC and 0.1 mm, both in order."""
    result = {}
    with tarfile.open(FOLDER / "wx_data.tar.xz") as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".txt"):
                lines = archive.extractfile(member).read().decode().splitlines()
                result[Path(member.name).stem] = parse(lines)
    return dict(sorted(result.items()))


def as_day(station, date):
    """A day as the API shows it."""
    tmax, tmin, prcp = (
        None if value is None else value / 10 for value in stations()[station][date]
    )
    return {"station_id": station, "date": date, "tmax": tmax, "tmin": tmin, "prcp": prcp}
