"""Peer: the same application tuned by hand.

asyncpg instead of the ORM, a start position instead of OFFSET, no COUNT, orjson
instead of response models, station codes kept in memory. The environment gives
DATABASE_URL.
"""

import os
from contextlib import asynccontextmanager
from datetime import date as Date
from datetime import timedelta
from typing import Annotated

import asyncpg
import orjson
from fastapi import FastAPI, HTTPException, Query, Response

DATABASE_URL = os.environ["DATABASE_URL"]
POOL_SIZE = 4  # for each worker; more only adds switching on two cores

# asyncpg prepares each statement once for a connection and keeps it.
SELECT_DAYS = """
    SELECT date, tmax, tmin, prcp FROM weather
    WHERE station_id = $1 AND date >= $2
    ORDER BY date LIMIT $3
"""
SELECT_STATS = """
    SELECT station_id, year, avg_tmax, avg_tmin, total_prcp FROM weather_stats
    WHERE (station_id, year) > ($1, $2)
    ORDER BY station_id, year LIMIT $3
"""

Limit = Annotated[int, Query(ge=1, le=1000)]


@asynccontextmanager
async def lifespan(app):
    async with asyncpg.create_pool(DATABASE_URL, min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
        stations = await pool.fetch("SELECT id, code FROM station")
        app.state.pool = pool
        app.state.id_of = {row["code"]: row["id"] for row in stations}
        app.state.code_of = {row["id"]: row["code"] for row in stations}
        yield


app = FastAPI(title="Weather API", lifespan=lifespan)


def json_response(content):
    return Response(orjson.dumps(content), media_type="application/json")


def find_station(code):
    try:
        return app.state.id_of[code]
    except KeyError:
        raise HTTPException(404, f"no station {code}") from None


def from_tenths(value):
    return None if value is None else value / 10


@app.get("/api/weather")
async def list_weather(station_id: str, start: Date = Date.min, limit: Limit = 100):
    rows = await app.state.pool.fetch(SELECT_DAYS, find_station(station_id), start, limit)
    data = [
        {
            "station_id": station_id,
            "date": date,
            "tmax": from_tenths(tmax),
            "tmin": from_tenths(tmin),
            "prcp": from_tenths(prcp),
        }
        for date, tmax, tmin, prcp in rows
    ]
    following = rows[-1]["date"] + timedelta(days=1) if len(rows) == limit else None
    return json_response({"data": data, "next": following})


@app.get("/api/weather/stats")
async def list_stats(after_station: str | None = None, after_year: int = 0, limit: Limit = 100):
    after_id = 0 if after_station is None else find_station(after_station)
    rows = await app.state.pool.fetch(SELECT_STATS, after_id, after_year, limit)
    code_of = app.state.code_of
    data = [
        {
            "station_id": code_of[station_id],
            "year": year,
            "avg_tmax": avg_tmax,
            "avg_tmin": avg_tmin,
            "total_prcp": total_prcp,
        }
        for station_id, year, avg_tmax, avg_tmin, total_prcp in rows
    ]
    last = data[-1] if len(data) == limit else None
    following = last and {"after_station": last["station_id"], "after_year": last["year"]}
    return json_response({"data": data, "next": following})


@app.get("/readyz")
async def readyz():
    await app.state.pool.fetchval("SELECT 1")
    return json_response({"status": "ok"})
