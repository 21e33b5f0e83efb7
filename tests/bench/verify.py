"""Answers are compared with the files before anything is timed."""

import json
import math

from dataset import PAGE_SIZE
from settings import BenchError

SAMPLES = 40
DAY_KEYS = ("station_id", "date")
DAY_FIELDS = ("tmax", "tmin", "prcp")
YEAR_FIELDS = ("avg_tmax", "avg_tmin", "total_prcp")
DAY_TOLERANCE = 1e-9
YEAR_TOLERANCE = 0.005 + 1e-9  # a server may round to hundredths
SHORTEST = 0.9  # of the sampled bodies, that an answer under load has on average


def verify_days(server, pages, dataset):
    """Mean length of the sampled bodies in bytes."""
    return verify(server, pages, dataset.day_rows, DAY_KEYS, DAY_FIELDS, DAY_TOLERANCE)


def verify_years(server, pages, dataset):
    return verify(
        server, pages, dataset.year_rows, ("station_id", "year"), YEAR_FIELDS, YEAR_TOLERANCE
    )


def verify(server, pages, expected_rows, keys, fields, tolerance):
    length = 0
    for page in pages[:SAMPLES]:
        path = page.path(server.name)
        status, body = server.get(path)
        if status != 200:
            raise BenchError(f"{server.name} answered {status} to {path}: {body[:500]!r}")
        rows = json.loads(body)["data"]
        difference = compare(rows, expected_rows(*page.key), keys, fields, tolerance)
        if difference:
            raise BenchError(f"{server.name} answers {path} wrongly: {difference}")
        length += len(body)
    return length / len(pages[:SAMPLES])


def compare_days(rows, expected):
    return compare(rows, expected, DAY_KEYS, DAY_FIELDS, DAY_TOLERANCE)


def compare(rows, expected, keys, fields, tolerance):
    """What differs first, or None."""
    if len(rows) != PAGE_SIZE or len(expected) != PAGE_SIZE:
        return f"{len(rows)} rows, wanted {len(expected)}"
    for number, (row, wanted) in enumerate(zip(rows, expected, strict=True)):
        same = all(row.get(key) == wanted[key] for key in keys) and all(
            is_close(row.get(field, math.nan), wanted[field], tolerance) for field in fields
        )
        if not same:
            return f"row {number} is {row}, wanted {wanted}"
    return None


def is_close(value, wanted, tolerance):
    if value is None or wanted is None:
        return value is wanted
    return abs(value - wanted) <= tolerance


def verify_load(server, load, body_length):
    """Answers under load are as long as those that were compared."""
    if load.bytes_each < SHORTEST * body_length:
        raise BenchError(
            f"{server.name} under load answers {load.bytes_each:.0f} bytes on average, "
            f"but {body_length:.0f} when it was verified"
        )
