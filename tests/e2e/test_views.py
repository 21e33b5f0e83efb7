"""The SQL side: views and functions that decode blocks."""

import datetime
import itertools
import random
import tarfile
import time
from decimal import Decimal

import psycopg
import pytest

pytestmark = pytest.mark.release  # SQL of PostgreSQL's

# A view must give these answers in no more than this, whatever the machine is doing besides.
SECONDS = 30


@pytest.fixture(scope="module")
def files(data):
    """Lines of the station files as (station, date, tmax, tmin, prcp), missing as None."""

    def lines():
        with tarfile.open(data / "wx_data.tar.xz") as archive:
            for member in archive:
                if member.name.endswith(".txt"):
                    station = member.name.rpartition("/")[2].removesuffix(".txt")
                    for line in archive.extractfile(member):
                        date, *values = line.decode().split()
                        yield station, date, *(None if v == "-9999" else v for v in values)

    return lines


@pytest.fixture(scope="module")
def reference(ingested, files):
    """A connection on which the temporary table `reference` holds every line of the files."""
    with psycopg.connect(ingested) as connection:
        connection.execute(
            'create temporary table reference (station_id text collate "C", date date, '
            "tmax integer, tmin integer, prcp integer)"
        )
        with connection.cursor().copy("copy reference from stdin") as copy:
            for line in files():
                copy.write_row(line)
        connection.execute("analyze reference; set work_mem = '512MB'")
        yield connection


@pytest.mark.parametrize(
    "element, column, unit",
    [("TMAX", "tmax", "degC"), ("TMIN", "tmin", "degC"), ("PRCP", "prcp", "mm")],
)
def test_observation_is_what_the_files_say(reference, element, column, unit):
    """Every value of every day, missing ones included, with exactly its decimals."""
    row = reference.execute(
        f"""
        select count(*), count(r.date), count(o.date), count(*) filter (
            where r.{column} * 0.1 is distinct from o.value or scale(o.value) <> 1
                or o.unit <> %s or o.year <> extract(year from o.date)
                or num_nonnulls(measurement_flag, quality_flag, source_flag) > 0)
        from reference r
        full join (select * from observation where element = %s) o using (station_id, date)
        """,
        (unit, element),
    ).fetchone()
    assert row == (1729957, 1729957, 1729957, 0)


def test_day_is_what_the_files_say(reference):
    row = reference.execute(
        """
        select count(*), count(r.date), count(d.date), count(*) filter (
            where (d.tmax, d.tmin, d.prcp) is distinct from
                (r.tmax * 0.1, r.tmin * 0.1, r.prcp * 0.1))
        from reference r full join day d using (station_id, date)
        """
    ).fetchone()
    assert row == (1729957, 1729957, 1729957, 0)


STATION = "USC00110072"
FIRST, LAST = datetime.date(1999, 12, 30), datetime.date(2001, 1, 2)


@pytest.mark.parametrize(
    "elements, first, last",
    [
        (None, None, None),
        (["TMIN", "PRCP"], FIRST, LAST),
        (["TMAX"], FIRST, None),
        (None, None, LAST),
        (["TMAX", "SNOW"], LAST, LAST),
        (None, LAST, FIRST),
        ([], None, None),
        (None, "-infinity", "infinity"),
        (None, "infinity", None),
    ],
)
def test_observations(reference, elements, first, last):
    """The function against the files."""
    bounds = {"station": STATION, "elements": elements, "first": first, "last": last}
    wanted = reference.execute(
        "select date, element, value * 0.1 from reference, lateral (values "
        "('TMAX', tmax), ('TMIN', tmin), ('PRCP', prcp)) v (element, value) "
        "where station_id = %(station)s "
        "and (%(elements)s::text[] is null or element = any (%(elements)s)) "
        "and date between coalesce(%(first)s::date, '-infinity') "
        "and coalesce(%(last)s::date, 'infinity') order by date, element",
        bounds,
    ).fetchall()
    got = reference.execute(
        "select date, element, value "
        "from observations(%(station)s, %(elements)s, %(first)s, %(last)s) "
        "order by date, element",
        bounds,
    ).fetchall()
    assert got == wanted


def plan(connection, statement):
    return "\n".join(row[0] for row in connection.execute("explain " + statement))


@pytest.mark.parametrize(
    "statement, condition",
    [
        (f"select * from observation where station_id = '{STATION}' and element = 'TMAX' "
            "and year = 2000", ("station_id", "year", "element")),
        (f"select * from observation where station_id = '{STATION}' and date = '2000-01-01'",
            ("station_id",)),
        (f"select * from observations('{STATION}', '{{TMAX}}', '2000-01-01', '2000-02-01')",
            ("station_id", "year")),
        (f"select * from day where station_id = '{STATION}' and year between 2000 and 2001",
            ("station_id", "year")),
    ],
)  # fmt: skip
def test_conditions_reach_the_index(reference, statement, condition):
    text = plan(reference, statement)
    assert "Seq Scan on block" not in text
    conditions = [line for line in text.splitlines() if "Index Cond" in line]
    assert any(all(name + " " in line for name in condition) for line in conditions), text


def test_whole_views_are_quick(reference):
    """A bound that only an evaluation day by day, or a scan block by block, would exceed."""
    begun = time.monotonic()
    reference.execute("select count(*), count(value), sum(value) from observation")
    reference.execute("select count(tmax), sum(tmin), avg(prcp) from day")
    assert time.monotonic() - begun < SECONDS


def pack(numbers, bits):
    """Numbers of so many bits, by way of a text of bits."""
    text = "".join(f"{number:0{bits}b}" for number in numbers) if bits > 0 else ""
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def encode_before(values):
    """block.base and block.values as schema 1 to 9 had them: a code for each day of the year. A
    value is an integer, None (missing) or "" (not reported)."""
    base = min((v for v in values if isinstance(v, int)), default=0)
    codes = ["", None]
    numbered = [codes.index(v) if v in codes else v - base + 2 for v in values]
    return base, b"\x80" + pack(numbered, max(max(numbered).bit_length(), 1))


def encode(values, zeros=False):
    """The same as docs/storage.md describes it, with a bit for each zero or without."""
    reported = [v for v in values if v != ""]
    coded = [v for v in reported if not zeros or v != 0 or v is None]
    base = min((v for v in coded if v is not None), default=0)
    specials = int(None in coded)
    codes = [0 if v is None else v - base + specials for v in coded]
    bits = max(codes, default=0).bit_length()
    bitmap = sum(1 << i for i, v in enumerate(reported) if v == 0 and v is not None) if zeros else 0
    head = bytes([zeros + 2 * specials, bits])
    return base, head + (bitmap.to_bytes((len(reported) + 7) // 8, "little") if zeros else b"") + pack(codes, bits)


def runs(symbols):
    """Symbols of days as runs of three bytes."""
    grouped = [(symbol, len(list(days))) for symbol, days in itertools.groupby(symbols)]
    return b"".join(((symbol << 12) + length - 1).to_bytes(3, "big") for symbol, length in grouped)


def packed(symbols):
    """Symbols of days as indexes of a list."""
    listed = sorted(set(symbols))
    bits = max((len(listed) - 1).bit_length(), 1)
    head = bytes([255, bits, len(listed)]) + b"".join(symbol.to_bytes(2, "big") for symbol in listed)
    return head + pack([listed.index(symbol) for symbol in symbols], bits)


def insert(connection, station, year, element, values, flags=(None, None, None), times=None, encoder=encode):
    base, codes = encoder(values)
    bitmap = sum(1 << i for i, value in enumerate(values) if value != "")
    reported = None if "" not in values else bitmap.to_bytes(46, "little")
    connection.execute(
        "insert into block values (%s, %s, %s, 0, 0, 0, '', '', %s, %s, %s, %s, %s, %s, null, %s)",
        (station, year, element, reported, base, codes, *flags, times),
    )


def year_days(year):
    return (datetime.date(year + 1, 1, 1) - datetime.date(year, 1, 1)).days


def random_value(numbers, low, high):
    return numbers.choices([numbers.randint(low, high), None, ""], [8, 1, 1])[0]


@pytest.mark.parametrize("bits", range(1, 34))
def test_codes_of_any_width(migrated, bits):
    """Values that need codes of so many bits, in common, leap and century years, with every
    number of decimals; also the smallest and largest that can be stored."""
    numbers = random.Random(bits)
    span = max((1 << bits) - 3, 0) if bits > 1 else 0
    low = -(1 << 31) + 3 if bits >= 32 else numbers.randint(-(1 << 30), 1 << 30)
    high = min(low + span, (1 << 31) - 1)
    with psycopg.connect(migrated) as connection:
        for decimals, year in enumerate((1700, 1800, 1999, 2000, 2023, 2024, 2199)):
            element = f"E{decimals}"
            connection.execute(
                "insert into element values (%s, 'e', 'm', %s, 0, 0)", (element, decimals)
            )
            days = year_days(year)
            if bits == 1:
                values = [numbers.choice([None, ""]) for _ in range(days)]
            else:
                values = [random_value(numbers, low, high) for _ in range(days)]
                values[0], values[-1] = high, low
            sparse = [0 if v not in (None, "") and i % 3 else v for i, v in enumerate(values)]
            insert(connection, "X", year, element, values)
            insert(connection, "Y", year, element, values, encoder=encode_before)
            insert(connection, "Z", year, element, sparse, encoder=lambda values: encode(values, zeros=True))
            first = datetime.date(year, 1, 1)
            for station, stored in (("X", values), ("Y", values), ("Z", sparse)):
                wanted = [
                    (first + datetime.timedelta(i), None if v is None else Decimal(v).scaleb(-decimals))
                    for i, v in enumerate(stored)
                    if v != ""
                ]
                got = connection.execute(
                    "select date, value from observation where element = %s and station_id = %s order by date",
                    (element, station),
                ).fetchall()
                assert got == wanted
                assert all(v is None or -v.as_tuple().exponent == decimals for _, v in got)


def test_flags(migrated):
    """Each letter on its day; blank is null; times as HH:MM. Columns may be wide enough for the row
    to be compressed or moved out of line."""
    numbers = random.Random(1)
    flags = ["".join(numbers.choices(" ABCDxyz", k=366)) for _ in range(3)]
    flags[2] = "A" * 100 + " " + "B" * 265
    times = [numbers.choice([0, 1, 701, 1801, 2401]) for _ in range(366)]
    values = [numbers.randint(-(1 << 31) + 3, (1 << 31) - 1) for _ in range(366)]
    symbols = [[ord(flag) for flag in of_kind] for of_kind in flags]
    stored = (packed(symbols[0]), runs(symbols[1]), runs(symbols[2]))
    with psycopg.connect(migrated) as connection:
        insert(connection, "X", 2000, "TMAX", values, stored, packed(times))
        insert(connection, "Y", 2000, "TMAX", values, stored, runs(times))
        for station in "XY":
            got = connection.execute(
                "select value * 10, coalesce(measurement_flag, ' '), coalesce(quality_flag, ' '), "
                "coalesce(source_flag, ' '), observation_time from observation where station_id = %s order by date",
                (station,),
            ).fetchall()
            texts = {0: None, 1: "00:00", 701: "07:00", 1801: "18:00", 2401: "24:00"}
            assert got == list(zip(values, *flags, [texts[time] for time in times]))


def test_day_of_different_elements(migrated):
    """A day counts if any of the three elements was reported, whatever others are."""
    days = year_days(2001)
    tmax = [""] * days
    prcp = [""] * days
    tmax[0], tmax[1], prcp[1], prcp[2] = 15, None, 3, None
    with psycopg.connect(migrated) as connection:
        connection.execute("insert into element values ('SNOW', 's', 'mm', 0, 0, 9)")
        insert(connection, "X", 2001, "TMAX", tmax)
        insert(connection, "X", 2001, "PRCP", prcp)
        insert(connection, "X", 2001, "SNOW", [1] * days)
        insert(connection, "Y", 2001, "SNOW", [1] * days)
        insert(connection, "Z", 2001, "TMIN", [None] * days)
        got = connection.execute(
            "select date::text, tmax, tmin, prcp from day where station_id < 'Z' order by date"
        ).fetchall()
        whole = connection.execute("select count(*) from day where station_id = 'Z'").fetchone()
    assert got == [
        ("2001-01-01", Decimal("1.5"), None, None),
        ("2001-01-02", None, None, Decimal("0.3")),
        ("2001-01-03", None, None, None),
    ]
    assert whole == (days,)
