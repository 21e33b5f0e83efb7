"""GHCN-Daily as NOAA's readme describes it: an independent reader, and writers of its forms.

An archive is {(station, element, date): Seen}."""

import calendar
import csv
import datetime
import gzip
import io
from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple


class Seen(NamedTuple):
    value: int
    mflag: str = ""
    qflag: str = ""
    sflag: str = ""
    time: str = ""


# Units and decimal places of section III of the readme, and of what came later.
UNITS = {}
for codes, unit, places in [
    ("TMAX TMIN TAVG TAXN TOBS MDTX MDTN MNPN MXPN ADPT AWBT", "degC", 1),
    (" ".join(f"S{x}{cover}{depth}" for x in "NX" for cover in range(9) for depth in range(1, 8)), "degC", 1),
    ("PRCP MDPR EVAP MDEV WESD WESF THIC", "mm", 1),
    ("SNOW SNWD MDSF", "mm", 0),
    ("AWND WSF1 WSF2 WSF5 WSFG WSFI WSFM", "m s-1", 1),
    ("AWDR WDF1 WDF2 WDF5 WDFG WDFI WDFM", "degree", 0),
    ("ACMC ACMH ACSC ACSH PSUN RHAV RHMN RHMX", "%", 0),
    ("ASLP ASTP", "hPa", 1),
    ("TSUN", "min", 0),
    ("FMTM PGTM", "1", 0),
    ("FRGB FRGT FRTH GAHT", "cm", 0),
    ("WDMV MDWM", "km", 0),
    ("DAEV DAPR DASF DATN DATX DAWM DWPR", "d", 0),
    (" ".join(f"WT{n:02d}" for n in [*range(1, 20), 21, 22]), "1", 0),
    ("WV01 WV03 WV07 WV18 WV20", "1", 0),
]:
    UNITS |= {code: (unit, places) for code in codes.split()}


def text(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


# -- Reading ----------------------------------------------------------------------------------


def read_dly(content):
    archive = {}
    for line in content.splitlines():
        line = line.ljust(269)
        for i in range(31):
            group = line[21 + 8 * i : 29 + 8 * i]
            if int(group[:5]) != -9999:
                date = datetime.date(int(line[11:15]), int(line[15:17]), i + 1)
                seen = Seen(int(group[:5]), *(flag.strip() for flag in group[5:]))
                assert archive.setdefault((line[:11], line[17:21], date), seen) is seen
    return archive


def read_csv(content):
    archive = {}
    for station, date, element, value, *rest in csv.reader(content.splitlines()):
        day = datetime.datetime.strptime(date, "%Y%m%d").date()
        archive[station, element, day] = Seen(int(value), *rest)
    return archive


def read_access(content):
    archive = {}
    for row in csv.DictReader(content.splitlines()):
        for name, attributes in row.items():
            if name.endswith("_ATTRIBUTES") and row[name[:4]].strip():
                flags = [part.strip() for part in attributes.split(",")]
                date = datetime.date.fromisoformat(row["DATE"])
                archive[row["STATION"], name[:4], date] = Seen(int(row[name[:4]]), *flags)
    return archive


def read(path):
    content = text(path)
    if path.name.removesuffix(".gz").endswith(".dly"):
        return read_dly(content)
    return read_access(content) if content.startswith('"STATION"') else read_csv(content)


# -- Writing ----------------------------------------------------------------------------------


def write_dly(archive):
    months = defaultdict(dict)
    for (station, element, date), seen in archive.items():
        months[station, date.year, date.month, element][date.day] = seen
    lines = []
    for (station, year, month, element), days in sorted(months.items()):
        groups = [
            f"{s.value:5d}{s.mflag or ' '}{s.qflag or ' '}{s.sflag or ' '}" if (s := days.get(d)) else "-9999   "
            for d in range(1, 32)
        ]
        assert max(days) <= calendar.monthrange(year, month)[1]
        lines.append(f"{station}{year:04d}{month:02d}{element}" + "".join(groups) + "\n")
    return "".join(lines)


COLUMNS = "ID DATE ELEMENT DATA_VALUE M_FLAG Q_FLAG S_FLAG OBS_TIME".split()


def write_csv(archive, order=None, header=None):
    """`order`: of the columns, by name; by date, then station, as by_year, unless `archive` is one station."""
    order = order or COLUMNS
    out = [",".join(order) + "\n"] if header else []
    for (station, element, date), seen in sorted(archive.items(), key=lambda item: (item[0][2], item[0])):
        fields = dict(zip(COLUMNS, (station, f"{date:%Y%m%d}", element, *map(str, seen))))
        out.append(",".join(fields[name] for name in order) + "\n")
    return "".join(out)


def write_access(archive, order=lambda names: names, parts=4):
    elements = sorted({element for _, element, _ in archive})
    days = defaultdict(dict)
    for (station, element, date), seen in archive.items():
        days[station, date][element] = seen
    names = order(["STATION", "DATE", "LATITUDE", "LONGITUDE", "ELEVATION", "NAME"]
                  + [name for element in elements for name in (element, f"{element}_ATTRIBUTES")])  # fmt: skip
    out = io.StringIO()
    out.write(",".join(f'"{name}"' for name in names) + "\n")
    for (station, date), seen in sorted(days.items()):
        row = {"STATION": station, "DATE": date.isoformat(), "LATITUDE": "40.1", "LONGITUDE": "-90.0",
               "ELEVATION": "1.0", "NAME": 'A "B", XX US'}  # fmt: skip
        for element, s in seen.items():
            row[element] = f"{s.value:5d}"
            row[f"{element}_ATTRIBUTES"] = ",".join([s.mflag, s.qflag, s.sflag, s.time][:parts])
        quoted = ('"' + row[name].replace('"', '""') + '"' if name in row else "" for name in names)
        out.write(",".join(quoted) + "\n")
    return out.getvalue()


# -- What is stored ---------------------------------------------------------------------------


def renamed(archive, station):
    return {(station, element, date): seen for (_, element, date), seen in archive.items()}


def stored(query, url):
    """The archive in a database, values in the elements' units; and units."""
    rows = query(url, "select station_id, element, date, value, unit, measurement_flag, quality_flag, source_flag, "
                 "observation_time from observation")  # fmt: skip
    units = {row[1]: row[4] for row in rows}
    return {(row[0], row[1], row[2]): (row[3], *(text or "" for text in row[5:])) for row in rows}, units


def expected(archive, times=True):
    """What is to be stored; without times of forms that have none."""
    return {
        key: (Decimal(seen.value).scaleb(-UNITS[key[1]][1]), seen.mflag, seen.qflag, seen.sflag,
              f"{seen.time.zfill(4)[:2]}:{seen.time.zfill(4)[2:]}" if seen.time and times else "")
        for key, seen in archive.items()
    }  # fmt: skip
