"""Peer: a typical Python Lambda function that takes station files from S3 into PostgreSQL.

boto3 and psycopg, rows in batches, statistics by SQL; run by AWS's own runtime client. The
environment is that of Lambda, with DATABASE_URL.
"""

import os
from datetime import datetime

import boto3
import psycopg

BATCH_SIZE = 10_000
MISSING = -9999

INSERT_DAYS = """
    INSERT INTO weather (station_id, date, tmax, tmin, prcp)
    VALUES (%s, %s, %s, %s, %s)
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

s3 = boto3.client("s3")


def parse_value(text):
    value = int(text)
    return None if value == MISSING else value


def read_days(bucket, key, station_id):
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    for line in body.splitlines():
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


def list_keys(bucket, prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", ())]


def ingest(connection, bucket, prefix):
    batch, total = [], 0
    with connection.cursor() as cursor:
        for key in list_keys(bucket, prefix):
            code = key.rpartition("/")[2].removesuffix(".txt")
            station_id = get_station_id(cursor, code)
            for day in read_days(bucket, key, station_id):
                batch.append(day)
                if len(batch) == BATCH_SIZE:
                    cursor.executemany(INSERT_DAYS, batch)
                    connection.commit()
                    total += len(batch)
                    batch = []
        if batch:
            cursor.executemany(INSERT_DAYS, batch)
            total += len(batch)
        cursor.execute(COMPUTE_STATS)
    connection.commit()
    return total


def handler(event, context):
    bucket, _, prefix = event["uri"].removeprefix("s3://").partition("/")
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return {"days": ingest(connection, bucket, prefix)}
