"""Daily files of weather services as their descriptions say: independent readers.

Each yields (station, element, date, value, mflag, qflag, sflag): value in the element's unit, rounded once to its
places, half away from zero; None: reported as missing."""

import csv
import datetime
import gzip
import io
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

MISSING = None


def rounded(fraction, places):
    """Fraction to Decimal. ROUND_HALF_UP of Python is away from zero."""
    shifted = Decimal((fraction * 10**places).numerator) / Decimal((fraction * 10**places).denominator)
    return shifted.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-places)


def content(path):
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def fahrenheit(number):
    return (number - 32) * 5 / 9


def scaled(factor):
    return lambda number: number * Fraction(factor)


AS_IS = scaled(1)


def day(text, form="%Y%m%d"):
    return datetime.datetime.strptime(text, form).date()


# -- GSOD -------------------------------------------------------------------------------------

GSOD = [  # name, element, what is missing, conversion, places
    ("TEMP", "TAVG", "9999.9", fahrenheit, 1), ("DEWP", "ADPT", "9999.9", fahrenheit, 1),
    ("SLP", "ASLP", "9999.9", AS_IS, 1), ("STP", "ASTP", "9999.9", AS_IS, 1),
    ("VISIB", "VISI", "999.9", scaled("1.609344"), 1), ("WDSP", "AWND", "999.9", scaled(Fraction(1852, 3600)), 1),
    ("MXSPD", "WSMX", "999.9", scaled(Fraction(1852, 3600)), 1), ("GUST", "WSFG", "999.9", scaled(Fraction(1852, 3600)), 1),
    ("MAX", "TMAX", "9999.9", fahrenheit, 1), ("MIN", "TMIN", "9999.9", fahrenheit, 1),
    ("PRCP", "PRCP", "99.99", scaled("25.4"), 1), ("SNDP", "SNWD", "999.9", scaled("25.4"), 0),
]  # fmt: skip
PRCP_FLAGS = {"A": " p", "B": " p", "C": " p", "D": "D ", "E": " p", "F": "B ", "G": "  ", "H": " p", "I": "P "}
EVENTS = ("WT01", "WT16", "WT18", "WT05", "WT03", "WT10")


def gsod_row(station, date, row):
    for name, element, missing, convert, places in GSOD:
        text = row[name].strip()
        if text == missing or (name == "STP" and text == "999.9"):
            yield station, element, date, MISSING, "", "", ""
            continue
        number = Fraction(text)
        if name == "STP" and number < 200:  # the thousand is lost
            number += 1000
        flag = row.get(f"{name}_ATTRIBUTES", "").strip()
        mflag, qflag = {"TEMP": "H ", "MAX": "H " if flag == "*" else "  ", "MIN": "H " if flag == "*" else "  ",
                        "PRCP": PRCP_FLAGS.get(flag, "  ")}.get(name, "  ")  # fmt: skip
        yield station, element, date, rounded(convert(number), places), mflag.strip(), qflag.strip(), ""
    for element, occurred in zip(EVENTS, row["FRSHTT"].strip()):
        if occurred == "1":
            yield station, element, date, Decimal(1), "", "", ""


def gsod(path):
    text = content(path).decode()
    if path.name.endswith(".op.gz"):
        for line in text.splitlines()[1:]:
            fields = line.split()
            maximum, minimum, rain = fields[17:20]
            row = dict(zip(["TEMP", "DEWP", "SLP", "STP", "VISIB", "WDSP"], fields[3:15:2]))
            row |= {"MXSPD": fields[15], "GUST": fields[16], "SNDP": fields[20], "FRSHTT": fields[21],
                    "MAX": maximum.rstrip("*"), "MAX_ATTRIBUTES": maximum[-1], "MIN": minimum.rstrip("*"),
                    "MIN_ATTRIBUTES": minimum[-1], "PRCP": rain.rstrip("ABCDEFGHI"), "PRCP_ATTRIBUTES": rain[-1]}  # fmt: skip
            yield from gsod_row(f"GSOD-{fields[0]}{fields[1]}", day(fields[2]), row)
        return
    for row in csv.DictReader(io.StringIO(text)):
        yield from gsod_row(f"GSOD-{row['STATION']}", day(row["DATE"], "%Y-%m-%d"), row)


# -- DWD --------------------------------------------------------------------------------------

DWD = [  # name, element, factor, places, quality level
    ("FX", "WSFG", 1, 1, "QN_3"), ("FM", "AWND", 1, 1, "QN_3"), ("RSK", "PRCP", 1, 1, "QN_4"),
    ("RSKF", "RSKF", 1, 0, "QN_4"), ("SDK", "TSUN", 60, 0, "QN_4"), ("SHK_TAG", "SNWD", 10, 0, "QN_4"),
    ("NM", "OKTA", 1, 1, "QN_4"), ("VPM", "VAPP", 1, 1, "QN_4"), ("PM", "PRES", 1, 2, "QN_4"),
    ("TMK", "TAVG", 1, 1, "QN_4"), ("UPM", "RHUM", 1, 2, "QN_4"), ("TXK", "TMAX", 1, 1, "QN_4"),
    ("TNK", "TMIN", 1, 1, "QN_4"), ("TGK", "TN5CM", 1, 1, "QN_4"),
]  # fmt: skip


def dwd(path):
    data = content(path)
    if path.suffix == ".zip":
        archive = zipfile.ZipFile(io.BytesIO(data))
        (name,) = (name for name in archive.namelist() if name.startswith("produkt_"))
        data = archive.read(name)
    if data.startswith(b"Stations_id"):
        return
    head, *lines = data.decode().splitlines()
    names = [name.strip() for name in head.split(";")]
    for line in lines:
        row = dict(zip(names, (cell.strip() for cell in line.split(";")), strict=True))
        for name, element, factor, places, level in DWD:
            value = MISSING if row[name] == "-999" else rounded(Fraction(row[name]) * factor, places)
            level = "" if row[level] == "-999" else row[level][-1]
            yield f"DWD-{int(row['STATIONS_ID']):05d}", element, day(row["MESS_DATUM"]), value, "", "", level


# -- The others -------------------------------------------------------------------------------

ECCC = [("Max Temp", "TMAX", 1, 1), ("Min Temp", "TMIN", 1, 1), ("Mean Temp", "TAXN", 1, 1), ("Total Rain", "RAIN", 1, 1),
        ("Total Snow", "SNOW", 10, 0), ("Total Precip", "PRCP", 1, 1), ("Snow on Grnd", "SNWD", 10, 0),
        ("Dir of Max Gust", "WDFG", 10, 0), ("Spd of Max Gust", "WSFG", Fraction(1, 36) * 10, 1)]  # fmt: skip


def eccc(path):
    for row in csv.DictReader(io.StringIO(content(path).decode("utf-8-sig"))):
        for name, element, factor, places in ECCC:
            (text,) = (value for key, value in row.items() if key.startswith(f"{name} ("))
            flag = row[f"{name} Flag"]
            where = f"ECCC-{row['Climate ID']}", element, day(row["Date/Time"], "%Y-%m-%d")
            bad = flag in tuple("ACFL")
            if text not in ("", "<31"):
                value = rounded(Fraction(text) * factor, places)
                yield *where, value, "" if bad else flag, flag if bad else "", ""
            elif text or flag:
                yield *where, MISSING, "", "", ""


KNMI = [("DDVEC", "AWDR", 1, 0), ("FHVEC", "WSVEC", "0.1", 1), ("FG", "AWND", "0.1", 1), ("FHX", "WSHX", "0.1", 1),
        ("FHN", "WSHN", "0.1", 1), ("FXX", "WSFG", "0.1", 1), ("TG", "TAVG", "0.1", 1), ("TN", "TMIN", "0.1", 1),
        ("TX", "TMAX", "0.1", 1), ("T10N", "TN10CM", "0.1", 1), ("SQ", "TSUN", 6, 0), ("SP", "PSUN", 1, 0),
        ("Q", "RADG", "0.01", 2), ("DR", "DRPR", 6, 0), ("RH", "PRCP", "0.1", 1), ("RHX", "PRHX", "0.1", 1),
        ("PG", "ASLP", "0.1", 1), ("PX", "SLPX", "0.1", 1), ("PN", "SLPN", "0.1", 1), ("VVN", "VVN", 1, 0),
        ("VVX", "VVX", 1, 0), ("NG", "OKTA", 1, 1), ("UG", "RHAV", 1, 0), ("UX", "RHMX", 1, 0), ("UN", "RHMN", 1, 0),
        ("EV24", "EVREF", "0.1", 1)]  # fmt: skip


def knmi(path):
    _, _, table = content(path).decode().partition("# STN,")
    head, *lines = f"STN,{table}".splitlines()
    names = [name.strip() for name in head.split(",")]
    for line in filter(None, lines):
        row = dict(zip(names, (cell.strip() for cell in line.split(",")), strict=True))
        for name, element, factor, places in KNMI:
            where = f"KNMI-{row['STN']}", element, day(row["YYYYMMDD"])
            if name in ("SQ", "RH", "RHX") and row[name] == "-1":
                yield *where, Decimal(0), "T", "", ""
            elif name == "NG" and row[name] == "9":
                yield *where, MISSING, "", "", ""
            elif row[name]:
                yield *where, rounded(Fraction(row[name]) * Fraction(factor), places), "", "", ""


METEOSWISS = {"gre000d0": ("RADM", 1, 0), "hto000d0": ("SNWD", 10, 0), "nto000d0": ("CLDC", 1, 1), "prestad0": ("PRES", 1, 2),
              "rre150d0": ("PRCP", 1, 1), "sre000d0": ("TSUN", 1, 0), "tre200d0": ("TAVG", 1, 1),
              "tre200dn": ("TMIN", 1, 1), "tre200dx": ("TMAX", 1, 1), "ure200d0": ("RHUM", 1, 2),
              "ths200d0": ("HTAVG", 1, 1), "ths200dn": ("HTMIN", 1, 1), "ths200dx": ("HTMAX", 1, 1)}  # fmt: skip


def meteoswiss(path):
    if "_meta_" in path.name:
        return
    for row in csv.DictReader(io.StringIO(content(path).decode().lstrip()), delimiter=";"):
        station, date = list(row.values())[:2]
        date = day(date[:10], "%d.%m.%Y" if "." in date else "%Y%m%d")
        for name, (element, factor, places) in METEOSWISS.items():
            if row.get(name, "") not in ("", "-"):
                yield f"MCH-{station}", element, date, rounded(Fraction(row[name]) * factor, places), "", "", ""


BOM = {"IDCJAC0009": ("PRCP", "MDPR", "DAPR"), "IDCJAC0010": ("TMAX", "MDTX", "DATX"), "IDCJAC0011": ("TMIN", "MDTN", "DATN")}


def bom(path):
    if "_Note" in path.name:
        return
    for product, number, year, month, dom, value, period, quality in list(csv.reader(content(path).decode().splitlines()))[1:]:
        date = datetime.date(int(year), int(month), int(dom))
        single, several, days = BOM[product]
        if value:
            many = int(period or 1) > 1
            yield f"BOM-{number}", several if many else single, date, rounded(Fraction(value), 1), "", "", quality
            if many:
                yield f"BOM-{number}", days, date, Decimal(period), "", "", quality


USCRN = {5: ("TMAX", 1), 6: ("TMIN", 1), 7: ("TAXN", 1), 8: ("TAVG", 1), 9: ("PRCP", 1), 10: ("RADG", 2), 12: ("STMX", 1),
         13: ("STMN", 1), 14: ("STAV", 1), 15: ("RHUMX", 2), 16: ("RHUMN", 2), 17: ("RHUM", 2)} | {
    18 + i: (f"SM{depth}", 3) for i, depth in enumerate((5, 10, 20, 50, 100))} | {
    23 + i: (f"ST{depth}", 1) for i, depth in enumerate((5, 10, 20, 50, 100))}  # fmt: skip


def uscrn(path):
    for fields in map(str.split, content(path).decode().splitlines()):
        for i, (element, places) in USCRN.items():
            missing = fields[i] == ("-99.000" if 18 <= i <= 22 else "-9999.0")
            flag = fields[11] if 12 <= i <= 14 and not missing else ""
            yield (f"USCRN-{fields[0]}", element, day(fields[1]),
                   MISSING if missing else rounded(Fraction(fields[i]), places), "", "", flag)  # fmt: skip


READERS = {"bom": bom, "dwd": dwd, "eccc": eccc, "gsod": gsod, "knmi": knmi, "meteoswiss": meteoswiss, "uscrn": uscrn}
