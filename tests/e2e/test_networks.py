"""Sources of weather services: every value and flag of real files against independent readers; stations; what is not as
it should be."""

import itertools
import json
from pathlib import Path

import pytest

import networks

REAL = Path(__file__).resolve().parents[1] / "real"
SUCCESS, FAILED, PARTIAL = 0, 1, 3


def test_every_value_of_real_files(run, query, migrated):
    """All networks in one database: their elements agree, their stations do not collide."""
    done = run("ingest", *(REAL / name for name in networks.READERS), database=migrated)
    assert done.returncode == SUCCESS, done.stdout + done.stderr
    seen = query(migrated, "select station_id, element, date, value, coalesce(measurement_flag, ''), "
                 "coalesce(quality_flag, ''), coalesce(source_flag, '') from observation")  # fmt: skip
    seen = {row[:3]: row[3:] for row in seen}
    for name, reader in networks.READERS.items():
        wanted = {row[:3]: row[3:] for path in sorted((REAL / name).iterdir()) for row in reader(path)}
        stations = {station for station, _, _ in wanted}
        assert wanted == {key: value for key, value in seen.items() if key[0] in stations}, name
        for key in wanted:
            del seen[key]
    assert not seen


def test_stations(run, query, migrated):
    run("ingest", *(REAL / name for name in networks.READERS), database=migrated, check=True)
    rows = query(migrated, "select station_id, name, latitude::float8, longitude::float8, elevation::float8, country, state "
                 "from station where name is not null order by 1")  # fmt: skip
    assert {row[0]: row[1:] for row in rows} == {
        "DWD-00001": ("Aach", 47.8413, 8.8493, 478, "GM", None),
        "DWD-00011": ("Donaueschingen (Landeplatz)", 47.9736, 8.5205, 680, "GM", None),
        "DWD-00174": ("Annweiler-Bindersbach", 49.1886, 7.9766, 250, "GM", None),
        "DWD-03007": ("Limburgerhof", 49.4111, 8.398, 96, "GM", None),
        "DWD-03987": ("Potsdam", 52.3812, 13.0622, 81, "GM", None),
        "ECCC-6158355": ("TORONTO CITY", 43.67, -79.4, None, "CA", None),
        "GSOD-01001099999": ("JAN MAYEN NOR NAVY, NO", pytest.approx(70.9333333), pytest.approx(-8.6666667), 9, None, None),
        "GSOD-01001499999": ("SORSTOKKEN, NO", 59.791925, 5.34085, 48.76, None, None),
        "MCH-ABO": ("Adelboden", 46.491703, 7.560703, 1321, "SZ", None),
        "MCH-SIA": ("Segl-Maria", 46.432331, 9.762325, 1804, "SZ", None),
        "USCRN-26494": ("Fairbanks 11 NE", 64.97, -147.51, None, "US", "AK"),
    }


def test_elements_of_one_code_are_one_quantity(run):
    """Whatever source declares it; and a mean of extremes is not the mean of hours."""
    plugins = json.loads(run("plugins", "--json", check=True).stdout)["plugins"]
    declared = {}
    for source in itertools.chain.from_iterable(plugin["sources"] for plugin in plugins):
        for element in source["elements"]:
            same = {key: element[key] for key in ("name", "unit", "decimals", "min", "max")}
            assert declared.setdefault(element["code"], same) == same, element["code"]
    sources = {source["name"]: {e["code"] for e in source["elements"]} for plugin in plugins for source in plugin["sources"]}
    assert {name for name, codes in sources.items() if "TAVG" in codes} >= {"dwd", "gsod", "knmi", "meteoswiss", "uscrn"}
    assert "TAXN" in sources["eccc"] and "TAVG" not in sources["eccc"]
    assert {"TAXN", "TAVG"} <= sources["uscrn"]


@pytest.fixture
def check(run, almanac, tmp_path):
    def check(plugin, name, content):
        path = tmp_path / name
        path.write_bytes(content.encode("latin-1" if plugin == "dwd" else "utf-8"))
        done = run("check", almanac.parent / "plugins" / "sources" / f"{plugin}.so", path)
        return done.returncode, done.stdout.replace(f"{tmp_path.resolve()}/", ""), done.stderr

    return check


ECCC = ("Climate ID,Date/Time,Total Precip (mm),Total Precip Flag,Spd of Max Gust (km/h),Spd of Max Gust Flag,"
        "Max Temp (°C),Max Temp Flag,Total Snow (cm),Total Snow Flag\r\n")  # fmt: skip
DWD = "STATIONS_ID;MESS_DATUM;QN_3;  FX;  FM;QN_4; RSK;RSKF; SDK;SHK_TAG;  NM; VPM;  PM; TMK; UPM; TXK; TNK; TGK;eor\r\n"
BOM = ("Product code,Bureau of Meteorology station number,Year,Month,Day,Rainfall amount (millimetres),"
       "Period over which rainfall was measured (days),Quality\r\n")  # fmt: skip
KNMI = "# STN,YYYYMMDD,   TG,   RH,   NG\n\n"
OP = "STN--- WBAN   YEARMODA    TEMP       DEWP      SLP        STP       VISIB      WDSP     MXSPD   GUST    MAX     MIN   PRCP   SNDP   FRSHTT\n"

ODD = [  # plugin, file, what of it is said, exit code
    ("eccc", ECCC + "1,2020-01-01,0.0,T,<31,,1.0,E,0.2,\r\n2,2020-01-01,1.5,L,36,,,M,,\r\n",
     ["ECCC-1 PRCP 2020-01-01 to 2020-01-01: 1 days reported, 1 with a value, sum 0.0 mm",
      "ECCC-1 WSFG 2020-01-01 to 2020-01-01: 1 days reported, 0 with a value",
      "ECCC-1 SNOW 2020-01-01 to 2020-01-01: 1 days reported, 1 with a value, sum 2 mm",
      "ECCC-2 PRCP 2020-01-01 to 2020-01-01: 1 days reported, 0 with a value, 1 with a quality flag",
      "ECCC-2 WSFG 2020-01-01 to 2020-01-01: 1 days reported, 1 with a value, sum 10.0 m s-1",
      "ECCC-2 TMAX 2020-01-01 to 2020-01-01: 1 days reported, 0 with a value"], SUCCESS),
    ("eccc", ECCC + "1,2020-01-01,x,,,,,,,\r\n1,2020-02-30,,,,,,,,\r\n1,2020-01-02,1.0\r\n1,2020-01-03,1.0,,,,,,,\r\n",
     ["odd.txt:2: 'x' is no Total Precip", "odd.txt:3: '2020-02-30' is no date", "odd.txt:4: 3 fields, where the header has 10"],
     PARTIAL),
    ("dwd", DWD + "1;20200101;10;1.0;1.0;3;1.0;6;8.917;2;7.0;5.0;1010.25;1.0;80.55;2.0;0.0;-999;eor\r\n",
     ["DWD-00001 TSUN 2020-01-01 to 2020-01-01: 1 days reported, 1 with a value, sum 535 min", "sum 1010.25 hPa", "sum 20 mm",
      "DWD-00001 TN5CM 2020-01-01 to 2020-01-01: 1 days reported, 0 with a value"], SUCCESS),
    ("bom", BOM + "IDCJAC0009,066062,2020,01,01,,,\r\nIDCJAC0009,066062,2020,01,03,9.0,3,N\r\nIDCJAC0009,066062,2020,02,30,9.0,1,N\r\n",
     ["BOM-066062 MDPR 2020-01-03 to 2020-01-03: 1 days reported, 1 with a value, sum 9.0 mm",
      "BOM-066062 DAPR 2020-01-03 to 2020-01-03: 1 days reported, 1 with a value, sum 3 d", "odd.txt:4: '30' is no day of that month"],
     PARTIAL),
    ("bom", BOM + "IDCJAC0016,066062,2020,01,01,9.0,1,N\r\n" + "IDCJAC0009,066062,2020,01,01,9.0,0,N\r\n"
     "IDCJAC0009,066062,2020,01,02,9.0,1,Y\r\n",
     ["odd.txt:2: 'IDCJAC0016' is no product of daily rainfall", "odd.txt:3: '0' is no number of days"], PARTIAL),
    ("knmi", "BRON: KNMI\nFHVEC     = x\n" + KNMI + "  260,20200101,  -15,   -1,    9\n  260,20200102,     ,     ,    8\n",
     ["KNMI-260 TAVG 2020-01-01 to 2020-01-01: 1 days reported, 1 with a value, sum -1.5 degC",
      "KNMI-260 PRCP 2020-01-01 to 2020-01-01: 1 days reported, 1 with a value, sum 0.0 mm",
      "KNMI-260 OKTA 2020-01-01 to 2020-01-02: 2 days reported, 1 with a value, sum 8.0 1"], SUCCESS),
    ("knmi", "BRON: KNMI\nFHVEC     = x\n", ["there is no header '# STN,YYYYMMDD,...'"], FAILED),
    ("gsod", OP + "066000 99999  19600101    34.0  4    32.5  4\n"
     "066000 99999  19600102    32.0  4    32.5  4  9999.9  0   015.4  4   15.5  4   28.7  4   33.0  999.9    36.0*   32.0*  0.50A 999.9  000000\n",
     ["odd.txt:2: 44 characters: is the line cut?", "TAVG 1960-01-02 to 1960-01-02: 1 days reported, 1 with a value, sum 0.0 degC",
      "ASTP 1960-01-02 to 1960-01-02: 1 days reported, 1 with a value, sum 1015.4 hPa",
      "PRCP 1960-01-02 to 1960-01-02: 1 days reported, 0 with a value, 1 with a quality flag"], PARTIAL),
    ("meteoswiss", "\r\nstation/location;date;tre200d0;rre150d0\r\nBER;20200101;-;1.25\r\nBER;20200102;-1.5;-\r\n",
     ["odd.txt:3: '1.25' is no rre150d0", "MCH-BER TAVG 2020-01-02 to 2020-01-02: 1 days reported, 1 with a value, sum -1.5 degC"], PARTIAL),
    ("uscrn", "26494 20200101  2.424 -147.51\n", ["no source plugin recognises it"], FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("plugin", "content", "says", "code"), ODD)
def test_files_that_are_odd(check, plugin, content, says, code):
    answer, out, err = check(plugin, "odd.txt", content)
    for words in says:
        assert words in out + err
    assert answer == code


@pytest.mark.parametrize(("plugin", "name", "content"), [
    ("dwd", "Metadaten_Parameter_klima_tag_00174.txt", "Stations_ID;Von_Datum;Bis_Datum\n"),
    ("dwd", "Metadaten_Geographie_00174.html", "<html>"),
    ("bom", "IDCJAC0010_066062_1800_Note.txt", "Australian Government\n"),
    ("meteoswiss", "ogd-nbcn_meta_parameters.csv", "parameter_shortname;x\n"),
])  # fmt: skip
def test_files_that_hold_no_data(check, plugin, name, content):
    code, out, _ = check(plugin, name, content)
    assert code == SUCCESS
    assert out == f"{name}: not read, source {plugin} 1.0.0 knows that it holds no data\n"
