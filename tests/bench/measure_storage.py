"""Storage: bytes on disk, indexes included, of the same observations."""

from database import (
    ALMANAC,
    PEER,
    database_size,
    database_url,
    execute,
    find_relation,
    relation_size,
    vacuum,
)
from settings import BenchError
from table import Row, at_most

MB = 1_000_000

CREATE_READINGS = """
    CREATE TABLE reading (
        station_id integer,
        date       date,
        element    smallint,
        value      smallint NOT NULL,
        PRIMARY KEY (station_id, date, element)
    )
"""
INSERT_READINGS = """
    INSERT INTO reading
    SELECT station_id, date, element, value
    FROM weather CROSS JOIN LATERAL
         (VALUES (1::smallint, tmax), (2::smallint, tmin), (3::smallint, prcp))
         AS reported (element, value)
    WHERE value IS NOT NULL
"""


def measure_storage(fill, dataset, say):
    say("storage")
    peer_url = database_url(fill.settings.admin_url, PEER)
    per_day = [relation_size(peer_url, "weather") / MB]
    per_value = [measure_readings(peer_url) / MB]
    blocks, growth = [], []
    if fill.settings.almanac is not None:
        url = database_url(fill.settings.admin_url, ALMANAC)
        verify_observations(url, dataset)
        blocks = [relation_size(url, "block") / MB]
        growth = [(database_size(url) - fill.empty_size) / MB]
    return [
        Row("storage: observations", "MB", "row per day", per_day, blocks, at_most(12)),
        Row("storage: observations", "MB", "row per value", per_value, blocks, None),
        Row("storage: whole database", "MB", "row per day", per_day, growth, None),
    ]


def measure_readings(url):
    execute(url, "DROP TABLE IF EXISTS reading", CREATE_READINGS, INSERT_READINGS)
    vacuum(url)
    size = relation_size(url, "reading")
    execute(url, "DROP TABLE reading")
    return size


def verify_observations(url, dataset):
    """The size counts only if SQL can read all of it."""
    view = find_relation(url, "observation")
    found = execute(url, f"SELECT count(value) FROM {view}")[0][0]
    if found != dataset.values:
        raise BenchError(f"{view} has {found} values, the files have {dataset.values}")
