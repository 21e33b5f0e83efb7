"""What the station files say: the truth that every server's answers must equal."""

from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from settings import BenchError

MISSING = -9999
PAGE_SIZE = 100


@dataclass(frozen=True)
class Station:
    code: str
    lines: list  # as in the file, bytes, by date
    years: list

    @property
    def starts(self):
        """ISO date of the first day of each full page."""
        full_pages = len(self.lines) // PAGE_SIZE
        return [iso_date(line[:8].decode()) for line in self.lines[::PAGE_SIZE][:full_pages]]

    def lines_from(self, day):
        """Index of the first line at or after a day, YYYYMMDD or the start of one."""
        return bisect_left(self.lines, day.encode())


class Dataset:
    """The files of a directory. Reading them all also warms the page cache, so
    that whoever is timed first is not the one who pays for the disk."""

    def __init__(self, directory):
        self.stations = {path.stem: read_station(path) for path in find_files(directory)}
        stations = self.stations.values()
        self.days = sum(len(station.lines) for station in stations)
        self.values = sum(count_values(station.lines) for station in stations)
        self.station_years = [(s.code, year) for s in stations for year in s.years]

    def day_rows(self, code, start):
        """One page of days of a station, from an ISO date on."""
        station = self.stations[code]
        first = station.lines_from(start.replace("-", ""))
        return [parse_day(code, line) for line in station.lines[first : first + PAGE_SIZE]]

    def day_rows_of_all(self, start, first):
        """One page of days of all stations from an ISO date on, from an index on."""
        rows = []
        for code in sorted(self.stations):
            lines = self.stations[code].lines
            begin = self.stations[code].lines_from(start.replace("-", ""))
            count = len(lines) - begin
            page = lines[begin + first :][: PAGE_SIZE - len(rows)] if first < count else []
            rows += [parse_day(code, line) for line in page]
            first = max(0, first - count)
            if len(rows) == PAGE_SIZE:
                break
        return rows

    def year_rows(self, first):
        """One page of yearly statistics over all stations, from an index on."""
        keys = self.station_years[first : first + PAGE_SIZE]
        return [compute_year(self.stations[code], year) for code, year in keys]


def find_files(directory):
    files = sorted(Path(directory).glob("*.txt"))
    if not files:
        raise BenchError(f"no station files (*.txt) in {directory}")
    return files


def read_station(path):
    lines = sorted(path.read_bytes().splitlines())
    return Station(path.stem, lines, sorted({int(line[:4]) for line in lines}))


def count_values(lines):
    """Values of all three elements that are not missing."""
    return 3 * len(lines) - sum(line.count(b"-9999") for line in lines)


def parse_tenths(line):
    """Maximum, minimum and precipitation of a line; None where missing."""
    values = [int(text) for text in line.split(b"\t")[1:]]
    return [None if value == MISSING else value for value in values]


def parse_day(code, line):
    tmax, tmin, prcp = [None if value is None else value / 10 for value in parse_tenths(line)]
    date = iso_date(line[:8].decode())
    return {"station_id": code, "date": date, "tmax": tmax, "tmin": tmin, "prcp": prcp}


def iso_date(text):
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"


def compute_year(station, year):
    lines = station.lines[station.lines_from(f"{year:04}") : station.lines_from(f"{year + 1:04}")]
    columns = zip(*[parse_tenths(line) for line in lines], strict=True)
    tmax, tmin, prcp = [[value for value in column if value is not None] for column in columns]
    return {
        "station_id": station.code,
        "year": year,
        "avg_tmax": mean_degrees(tmax),
        "avg_tmin": mean_degrees(tmin),
        "total_prcp": sum(prcp) / 100 if prcp else None,
    }


def mean_degrees(tenths):
    return sum(tenths) / len(tenths) / 10 if tenths else None
