"""PostgreSQL's own COPY of the peers' table as CSV, through psql to /dev/null."""

import re
import subprocess

from proc import base_environment
from psycopg2.extensions import parse_dsn
from settings import BenchError

# What the table has, as it has it: the least work for PostgreSQL.
PLAIN = "SELECT station_id, date, tmax, tmin, prcp FROM weather ORDER BY station_id, date"
# The same text as Almanac's answer: station codes, degrees and millimetres.
SAME_TEXT = """
    SELECT code AS station_id, date,
           round(tmax / 10.0, 1) AS tmax, round(tmin / 10.0, 1) AS tmin,
           round(prcp / 10.0, 1) AS prcp
    FROM weather JOIN station ON station.id = station_id
    ORDER BY station_id, date
"""
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
}


def time_copy(settings, programs, query, days):
    """Seconds by psql's clock, which leaves out its start and its connecting."""
    copy = f"\\copy ({' '.join(query.split())}) TO /dev/null WITH (FORMAT csv, HEADER)"
    done = subprocess.run(
        [settings.psql, "-X", "-v", "ON_ERROR_STOP=1", "-c", "\\timing on", "-c", copy],
        env=connection_environment(programs.peer_env["DATABASE_URL"]),
        capture_output=True,
        text=True,
        check=False,
    )
    copied = re.search(r"^COPY (\d+)$", done.stdout, re.MULTILINE)
    taken = re.search(r"^Time: ([0-9.]+) ms", done.stdout, re.MULTILINE)
    if done.returncode != 0 or not copied or not taken:
        raise BenchError(f"psql could not copy: {(done.stderr or done.stdout).strip()}")
    if int(copied[1]) != days:
        raise BenchError(f"COPY gave {copied[1]} rows, the files have {days}")
    return float(taken[1]) / 1000


def connection_environment(url):
    """The password is not for a command line, which others can read."""
    given = parse_dsn(url)
    unknown = set(given) - set(VARIABLES)
    if unknown:
        raise BenchError(f"psql cannot be told {', '.join(unknown)} of ALMANAC_TEST_ADMIN_URL")
    variables = {VARIABLES[name]: value for name, value in given.items()}
    return {**base_environment(), "LC_ALL": "C", **variables}
