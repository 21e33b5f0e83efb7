"""`almanac migrate` of a database with data of earlier schemas."""

import datetime
import hashlib
from decimal import Decimal
from pathlib import Path

import httpx
import psycopg

import stationfile

MIGRATIONS = Path(__file__).resolve().parents[2] / "core/schema/migrations"
STATION = stationfile.STATION
YEAR = 2001
DAYS = 365
DAY = "select date, element, value, measurement_flag, quality_flag, source_flag from observation order by element, date"


def apply(connection, last):
    """The schemas up to `last`, as the program of that time has applied them."""
    connection.execute(
        "create table schema_migration (number integer primary key, name text not null, "
        "hash text not null, applied_at timestamptz not null default now())"
    )
    for path in sorted(MIGRATIONS.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        if int(number) <= last:
            connection.execute(path.read_text())
            connection.execute(
                "insert into schema_migration (number, name, hash) values (%s, %s, %s)",
                (int(number), name, hashlib.sha256(path.read_bytes()).hexdigest()),
            )


def codes(values):
    """base and values as schema 9 had them: a code a day, of as many bits as the range needs, 0 for
    not reported (""), 1 for missing (None)."""
    numbers = [v for v in values if isinstance(v, int)]
    base = min(numbers)
    numbered = [0 if v == "" else 1 if v is None else v - base + 2 for v in values]
    bits = max(numbered).bit_length()
    text = "".join(f"{code:0{bits}b}" for code in numbered)
    text += "0" * (-len(text) % 8)
    return base, bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def insert(connection, element, values, quality=None, source=None):
    base, packed = codes(values)
    bitmap = sum(1 << i for i, value in enumerate(values) if value != "").to_bytes(46, "little")
    connection.execute(
        "insert into block (station_id, year, element, reported_days, present_days, longest_gap, month_present, "
        "month_gap, reported, base, values, quality_flags, source_flags, origin) "
        "values (%s, %s, %s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, 0)",
        (STATION, YEAR, element, sum(v != "" for v in values), sum(isinstance(v, int) for v in values),
         b"\x1c" * 12, b"\x00" * 12, None if "" not in values else bitmap, base, packed, quality, source),
    )  # fmt: skip


def test_blocks_of_schema_9(database, run, server, query, tmp_path):
    """Values and flags are what they were, in views, for servers and for ingestions; extremes are
    of the good values; what others have built upon the views is still there."""
    tmax = [i % 300 - 100 for i in range(DAYS)]
    tmax[3], tmax[4], tmax[200] = "", None, 999
    quality = "".join("X" if i == 200 else " " for i in range(DAYS))
    source = "0" * 100 + "7" * 265
    prcp = [i % 4 for i in range(DAYS)]
    with psycopg.connect(database) as connection:
        apply(connection, 9)
        connection.execute(
            "insert into element values ('TMAX', 'x', 'degC', 1, -900, 600), ('PRCP', 'x', 'mm', 1, 0, 20000)"
        )
        connection.execute("insert into station (station_id, version) values (%s, 1)", (STATION,))
        insert(connection, "TMAX", tmax, quality, source)
        insert(connection, "PRCP", prcp)
        connection.execute(
            "insert into block_part select station_id, year, element, 7, base, values, null, quality_flags, null "
            "from block where element = 'TMAX'"
        )
        connection.execute("create view hot as select date, value from observation where value > 19")
        before = connection.execute(DAY).fetchall()
    assert len(before) == 2 * DAYS - 1
    run("migrate", database=database, check=True)
    assert query(database, DAY) == before
    assert query(database, "select element, minimum, maximum from block order by element") == [
        ("PRCP", 0, 3), ("TMAX", -100, 199)]  # fmt: skip
    expected = [(datetime.date(YEAR, 7, 20), Decimal("99.9")), (datetime.date(YEAR, 10, 27), Decimal("19.9"))]
    assert [row for row in query(database, "select * from hot order by date") if row[1] > Decimal("19.8")] == expected
    assert query(database, "select block_symbols(quality_flags, 365) from block_part")[0][0].index(ord("X")) == 200
    running = server(database)
    rows = httpx.get(
        running.url + "/api/weather", params={"elements": "TMAX,PRCP", "page_size": 1000}
    ).json()["data"]
    shown = [None if v in (None, 999) else v / 10 for v in tmax if v != ""]
    assert [row["tmax"] for row in rows if row["date"] != "2001-01-04"] == shown
    assert [row["prcp"] for row in rows] == [v / 10 for v in prcp]
    lines = "".join(
        stationfile.line(datetime.date(YEAR, 1, 1) + datetime.timedelta(i), 10, 5, prcp[i]) for i in range(31)
    )
    path = stationfile.write(tmp_path, content=lines)
    run("ingest", path, database=database, check=True)
    rows = httpx.get(
        running.url + "/api/weather", params={"elements": "TMAX", "page_size": 1000}
    ).json()["data"]
    assert [row["tmax"] for row in rows] == [1.0] * 31 + shown[30:]
