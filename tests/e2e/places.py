"""Stations of the sample data as NOAA's list says, and distances between places."""

import functools
import math

import sample

RADIUS = 6371.0088  # km, mean radius of WGS 84's ellipsoid


def text(line, first, last):
    return line[first - 1 : last].strip() or None


def read_line(line):
    """Columns of ghcnd-stations.txt, and the years of the station's file."""
    station = text(line, 1, 11)
    years = [int(date[:4]) for date in sample.stations()[station]]
    return {
        "station_id": station,
        "name": text(line, 42, 71),
        "latitude": float(line[12:20]),
        "longitude": float(line[21:30]),
        "elevation": float(line[31:37]),
        "state": text(line, 39, 40),
        "country": station[:2],
        "wmo_id": text(line, 81, 85),
        "first_year": min(years),
        "last_year": max(years),
    }


@functools.cache
def stations():
    """As the API shows them, by id."""
    lines = (sample.FOLDER / "wx_stations.txt").read_text().splitlines()
    return sorted(map(read_line, lines), key=lambda station: station["station_id"])


def vector(latitude, longitude):
    latitude, longitude = math.radians(latitude), math.radians(longitude)
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )


def distance(a, b):
    """km between two (latitude, longitude), along a great circle."""
    (x, y, z), (u, v, w) = vector(*a), vector(*b)
    cross = math.hypot(y * w - z * v, z * u - x * w, x * v - y * u)
    return RADIUS * math.atan2(cross, x * u + y * v + z * w)
