"""Peer: a typical Python ingestion script.

Reads every station file of a directory, inserts the days in batches and lets
SQL compute the yearly statistics. Running it again inserts nothing twice.

Usage: DATABASE_URL=postgresql://... python peer_ingest.py DIRECTORY
"""

import logging
import os
import sys
from datetime import datetime
from pathlib import Path

import psycopg2
from psycopg2.extras import execute_values

BATCH_SIZE = 10_000
MISSING = -9999

log = logging.getLogger("ingest")

INSERT_DAYS = """
    INSERT INTO weather (station_id, date, tmax, tmin, prcp)
    VALUES %s
    ON CONFLICT (station_id, date) DO NOTHING
"""

COMPUTE_STATS = """
    INSERT INTO weather_stats (station_id, year, avg_tmax, avg_tmin, total_prcp)
    SELECT station_id, EXTRACT(YEAR FROM date)::int AS year,
           AVG(tmax) / 10.0, AVG(tmin) / 10.0, SUM(prcp) / 100.0
    FROM weather
    GROUP BY station_id, year
    ON CONFLICT (station_id, year) DO UPDATE
    SET avg_tmax = EXCLUDED.avg_tmax,
        avg_tmin = EXCLUDED.avg_tmin,
        total_prcp = EXCLUDED.total_prcp
"""


def parse_value(text):
    value = int(text)
    return None if value == MISSING else value


def read_days(path, station_id):
    with open(path) as lines:
        for line in lines:
            day, tmax, tmin, prcp = line.split("\t")
            yield (
                station_id,
                datetime.strptime(day, "%Y%m%d").date(),
                parse_value(tmax),
                parse_value(tmin),
                parse_value(prcp),
            )


def get_station_id(cursor, code):
    cursor.execute("INSERT INTO station (code) VALUES (%s) ON CONFLICT DO NOTHING", (code,))
    cursor.execute("SELECT id FROM station WHERE code = %s", (code,))
    return cursor.fetchone()[0]


def insert_batch(connection, batch):
    with connection.cursor() as cursor:
        execute_values(cursor, INSERT_DAYS, batch, page_size=BATCH_SIZE)
    connection.commit()


def ingest_directory(connection, directory):
    batch, total = [], 0
    for path in sorted(Path(directory).glob("*.txt")):
        with connection.cursor() as cursor:
            station_id = get_station_id(cursor, path.stem)
        for day in read_days(path, station_id):
            batch.append(day)
            if len(batch) == BATCH_SIZE:
                insert_batch(connection, batch)
                total += len(batch)
                batch = []
    if batch:
        insert_batch(connection, batch)
        total += len(batch)
    return total


def main():
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        log.info("%d days read", ingest_directory(connection, sys.argv[1]))
        with connection.cursor() as cursor:
            cursor.execute(COMPUTE_STATS)
            log.info("%d station-years computed", cursor.rowcount)
        connection.commit()
    finally:
        connection.close()


if __name__ == "__main__":
    main()
