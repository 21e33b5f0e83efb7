"""The source plugin ghcnd: every value, flag and unit of real files against an independent reader; one station in
four forms; files that are not as they should be."""

import csv
import datetime
import io
import random
import tarfile
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

import ghcnd

REAL = Path(__file__).resolve().parents[1] / "real" / "ghcnd"
STATION = "US1MNOL0991"
SUCCESS, FAILED, PARTIAL = 0, 1, 3


def answered(url, station, **parameters):
    """The archive that a server answers with, of one station."""
    parameters = {"station_id": station, "elements": "*", "flags": "true", "format": "csv", **parameters}
    text = httpx.get(f"{url}/api/weather", params=parameters, timeout=60).raise_for_status().text
    archive = {}
    for row in csv.DictReader(text.splitlines()):
        for name in list(row)[2:]:
            flags = tuple(row.get(f"{name}_{part}") for part in ("mflag", "qflag", "sflag", "time"))
            if None not in flags and (row[name] or any(flags)):
                value = Decimal(row[name]) if row[name] else None
                archive[station, name.upper(), datetime.date.fromisoformat(row["date"])] = (value, *flags)
    return archive


def test_every_value_of_real_files(run, query, migrated, server):
    done = run("ingest", REAL, database=migrated)
    assert done.returncode == SUCCESS, done.stderr
    wanted = {}
    for path in sorted(REAL.iterdir()):
        wanted |= ghcnd.read(path)
    seen, units = ghcnd.stored(query, migrated)
    assert len(units) > 60
    assert units == {code: ghcnd.UNITS[code][0] for code in units}
    assert seen == ghcnd.expected(wanted)
    assert {flag for _, _, flag, _, _ in seen.values()} >= {"", "I", "X"}  # flagged values are kept
    url = server(migrated).url
    for station in ("USW00013904", STATION, "ASN00064008"):
        wanted = {key: s for key, s in seen.items() if key[0] == station}
        assert answered(url, station, qc="all") == wanted, station
        good = {key: (None if s[2] else s[0], *s[1:]) for key, s in wanted.items()}
        assert answered(url, station) == good, station


def test_one_station_in_four_forms(run, query, migrated, tmp_path):
    """Forms are recognised by content; whatever their names, whatever the order of columns."""
    rng = random.Random(14)
    archive = ghcnd.read(REAL / f"{STATION}.csv.gz")
    archive |= ghcnd.renamed(ghcnd.read(REAL / "USW00013904.dly.gz"), STATION)
    shuffled = rng.sample(ghcnd.COLUMNS, 8)
    forms = {
        "A": ("A.csv", ghcnd.write_dly),
        "B": ("B.dly", ghcnd.write_csv),
        "C": ("C.txt", lambda a: ghcnd.write_csv(a, header=True)),
        "D": ("D.csv", lambda a: ghcnd.write_csv(a, order=shuffled, header=True)),
        "E": ("E.csv", ghcnd.write_access),
        "F": ("F.csv", lambda a: ghcnd.write_access(a, order=lambda names: rng.sample(names, len(names)), parts=3)),
        "G": ("G.csv", lambda a: "\n".join(line.rpartition(",")[0] for line in ghcnd.write_csv(a).splitlines())),
    }
    for form, (name, write) in forms.items():
        (tmp_path / name).write_text(write(ghcnd.renamed(archive, STATION[:-1] + form)))
    done = run("ingest", *(tmp_path / name for name, _ in forms.values()), database=migrated)
    assert done.returncode == SUCCESS, done.stdout + done.stderr
    seen, _ = ghcnd.stored(query, migrated)
    for form in forms:
        wanted = ghcnd.expected(archive, times=form not in "AFG")
        station = STATION[:-1] + form
        assert {(STATION, *key[1:]): s for key, s in seen.items() if key[0] == station} == wanted, form
    ((distinct, blocks),) = query(migrated, "select count(distinct to_jsonb(b) - 'station_id' - 'times' - 'origin'), "
                                  "count(*) from block b")  # fmt: skip
    assert blocks == len(forms) * distinct


# -- What `check` says of files that are odd -----------------------------------------------------


@pytest.fixture
def check(run, almanac, tmp_path):
    def check(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode())
        done = run("check", almanac.parent / "plugins" / "sources" / "ghcnd.so", path)
        return done.returncode, done.stdout.replace(f"{tmp_path.resolve()}/", ""), done.stderr

    return check


def month(element, days, station="USC00111577", year=1928, number=2):
    """A line of a .dly file; days: {day: "VALUEmqs"}."""
    groups = "".join(days.get(day, "-9999   ").ljust(8) for day in range(1, 32))
    return f"{station}{year:04d}{number:02d}{element}{groups}\n"


LEAP = month("TMAX", {29: "   39  0"}) + month("TMIN", {29: "  -28  0"})
SUMMARY = (
    "USC00111577 TMAX 1928-02-29 to 1928-02-29: 1 days reported, 1 with a value, sum 3.9 degC\n"
    "USC00111577 TMIN 1928-02-29 to 1928-02-29: 1 days reported, 1 with a value, sum -2.8 degC\n"
)


@pytest.mark.parametrize("content", [
    LEAP, LEAP.replace("\n", "\r\n"), LEAP.rstrip("\n"), "\n".join(line.rstrip() for line in LEAP.splitlines()),
    LEAP.replace("\n", "    \n"), "".join(reversed(LEAP.splitlines(True))),
    "USC00111577,19280229,TMAX,39,,,0,\nUSC00111577,19280229,TMIN,-28,,,0,0700\n",
    "USC00111577,19280229,TMAX,39,,,0\r\nUSC00111577,19280229,TMIN,-28,,,0\r\n",
    "\ufeffID,DATE,ELEMENT,DATA_VALUE,M_FLAG,Q_FLAG,S_FLAG,OBS_TIME\n"
    "USC00111577,19280229,TMAX,39,,,0,\nUSC00111577,19280229,TMIN,  -28,,,0,700\n",
    '"STATION","DATE","NAME","TMIN_ATTRIBUTES","TMAX","TMIN","TMAX_ATTRIBUTES"\n'
    '"USC00111577","1928-02-28","A, B US",,,,\n"USC00111577","1928-02-29","A, B US",",,0,2400","   39","  -28",",,0"\n',
    "STATION,DATE,TMAX,TMAX_ATTRIBUTES,TMIN,TMIN_ATTRIBUTES\nUSC00111577,1928-02-29,39,\",\",-28,\n",
])  # fmt: skip
def test_forms_as_they_come(check, content):
    code, out, err = check("data.any", content)
    assert code == SUCCESS, out + err
    assert out.endswith(SUMMARY)


WRONG = [
    (month("TMAX", {29: "   39  0", 30: "   40  0"}), "there is a value for day 30 of a month of 29 days"),
    (month("TMAX", {29: "   39  0"}, year=1927), "there is a value for day 29 of a month of 28 days"),
    (month("TMAX", {3: " 3x9  0"}), "the value of day 3, ' 3x9 ', is not an integer of 5 characters"),
    (month("TMAX", {1: "    1  0"}, number=13), "there is no month 192813"),
    (month("TMAX", {1: "    1  0"})[:200] + "\n", "200 characters, where a month of GHCN-Daily has 269; is the line cut?"),
    (month("TMAX", {1: "    1  0"})[:-1] + "x\n", "270 characters, where a month of GHCN-Daily has 269"),
    (month("XXXX", {1: "    1  0"}), "'XXXX' is no element of GHCN-Daily that is known"),
    (LEAP, "TMAX of station USC00111577 on 1928-02-29 was given before"),
    (month("FMTM", {1: " 2150  X", 2: "32767  X", 3: " 1850  X"}), "FMTM 32767 1 of 1928-02-02 is not within 0 to 2400 1"),
    ("USC00111577,19280229,TMAX,39,,,0,\n", "33 characters, where a month of GHCN-Daily has 269"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "reason"), WRONG)
def test_wrong_months(check, line, reason):
    code, out, _ = check("USC00111577.dly", LEAP + line)
    assert code == PARTIAL
    assert f"USC00111577.dly:3: {reason}" in out
    assert out.endswith(SUMMARY)


GOOD = "USC00111577,19280229,TMAX,39,,,0,\nUSC00111577,19280229,TMIN,-28,,,0,0700\n"


@pytest.mark.parametrize(("line", "reason"), [
    ("USC00111577,19270229,TMAX,39,,,0,", "'19270229' is no date like 20141231"),
    ("USC00111577,19280228,TMAX,3.9,,,0,", "'3.9' is no integer"),
    ("USC00111577,19280228,TMAX,39,,,00,", "a flag has more than one character"),
    ("USC00111577,19280228,TMAX,39,,,0,0761", "'0761' is no time of observation like 0700"),
    ("USC00111577,19280228,TMAX,39,,,0,2401", "'2401' is no time of observation like 0700"),
    ("USC00111577,19280228,TMAX,39", "4 fields, where the lines before have 8; is the line cut?"),
    ("USC00111577,19280228,TM,39,,,0,", "'TM' is no element, which has four characters"),
    ("USC00111577,19280228,ABCD,39,,,0,\nUSC00111577,19280227,ABCD,39,,,0,", "'ABCD' is no element of GHCN-Daily"),
    ("USC00111577,19280229,TMAX,39,,,0,", "TMAX of station USC00111577 on 1928-02-29 was given before"),
    ("USC00111577,19280228,TMAX,700,,,0,", "TMAX 70.0 degC of 1928-02-28 is not within"),
])  # fmt: skip
def test_wrong_observations(check, line, reason):
    code, out, _ = check("1928.csv", GOOD + line)
    assert code == PARTIAL
    assert f"1928.csv:3: {reason}" in out
    assert "1 rejected" in out and out.endswith(SUMMARY)


def test_values_that_stay(check):
    """A filler says nothing; a flagged value is stored whatever it is; 0 with T or P is a value."""
    code, out, _ = check("x.csv", "USC00111577,19280228,TMAX,-9999,,,0,\nUSC00111577,19280229,TMAX,9999,,X,0,\n"
                         "USC00111577,19280228,PRCP,0,T,,0,\nUSC00111577,19280229,PRCP,0,P,,0,\n")  # fmt: skip
    assert code == SUCCESS
    assert "TMAX 1928-02-29 to 1928-02-29: 1 days reported, 0 with a value, 1 with a quality flag" in out
    assert "PRCP 1928-02-28 to 1928-02-29: 2 days reported, 2 with a value, sum 0.0 mm" in out


@pytest.mark.parametrize(("head", "says"), [
    ('"STATION","TMAX","TMAX_ATTRIBUTES","TMAX","DATE"', "the first line is no header with STATION and DATE"),
    ("ID,DATE,ELEMENT,M_FLAG", "no source plugin recognises it"),
    ("", "no source plugin recognises it"),
])  # fmt: skip
def test_wrong_headers(check, head, says):
    code, out, err = check("x.csv", f"{head}\nUSC00111577,1928-02-29,,,\n")
    assert code == FAILED
    assert says in out + err


def test_an_element_nobody_knows_in_a_header(check):
    code, out, _ = check("x.csv", "STATION,DATE,QQQQ,QQQQ_ATTRIBUTES,TMAX,TMAX_ATTRIBUTES,TMIN,TMIN_ATTRIBUTES\n"
                         'USC00111577,1928-02-29,5,",,0",39,",,0",-28,",,0"\n')  # fmt: skip
    assert code == PARTIAL
    assert "x.csv:1: the columns QQQQ are of no element of GHCN-Daily that is known" in out
    assert out.endswith(SUMMARY)


@pytest.mark.parametrize(("attributes", "good"), [(",", True), (",,a", True), (",,a,0700", True), (",,a,700", True),
                                                  ("", True), ("a", False), (",,a,0700,", False), (",,ab", False)])  # fmt: skip
def test_attributes_of_any_length(check, attributes, good):
    code, out, _ = check("x.csv", "STATION,DATE,TMAX,TMAX_ATTRIBUTES\n"
                         f'USC00111577,1928-02-28,39,\nUSC00111577,1928-02-29,39,"{attributes}"\n')  # fmt: skip
    assert code == (SUCCESS if good else PARTIAL)
    assert good or f"""x.csv:3: TMAX '39' with attributes '{attributes}' is not an integer with "M,Q,S" or""" in out


@pytest.mark.parametrize(("name", "content"), [
    ("ghcnd-inventory.txt", "ACW00011604  17.1167  -61.7833 TMAX 1949 1949\n"),
    ("anything", "ACW00011604  17.1167  -61.7833 TMAX 1949 1949\n"),
    ("ghcnd-states.txt", "AB ALBERTA\n"),
    ("ghcnd-countries.txt", "AC Antigua and Barbuda \n"),
    ("ghcnd-version.txt", "The current version of GHCN Daily is 3.27-upd-2020021223 (i.e, an update)\n"),
    ("readme.txt", "README FILE FOR DAILY GLOBAL HISTORICAL CLIMATOLOGY NETWORK (GHCN-DAILY) \n"),
])  # fmt: skip
def test_lists_that_hold_no_data(check, name, content):
    code, out, _ = check(name, content)
    assert code == SUCCESS
    assert out == f"{name}: not read, source ghcnd_lists 1.0.0 knows that it holds no data\n"


def test_the_archive_as_it_is_served(run, almanac, tmp_path):
    path = tmp_path / "ghcnd_all.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in ("US1NDGF0010", "USC00411885"):
            data = ghcnd.text(REAL / f"{name}.dly.gz").encode()
            info = tarfile.TarInfo(f"ghcnd_all/{name}.dly")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    done = run("check", almanac.parent / "plugins" / "sources" / "ghcnd.so", path)
    assert done.returncode == SUCCESS
    assert done.stdout.count("source ghcnd_dly 1.0.0") == 2
    count = sum(len(ghcnd.read(REAL / f"{name}.dly.gz")) for name in ("US1NDGF0010", "USC00411885"))
    assert sum(int(line.split(", ")[1].split()[0]) for line in done.stdout.splitlines() if "observations" in line) == count


# -- Differences ---------------------------------------------------------------------------------


def diff(folder, first, last, **members):
    """superghcnd_diff of two dates; members: what is in insert, update and delete.csv."""
    path = folder / f"superghcnd_diff_{first}_to_{last}.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, archive in members.items():
            data = ghcnd.write_csv(archive).encode()
            info = tarfile.TarInfo(f"{path.name.partition('.')[0]}/{name}.csv")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def split(rng, keys, share):
    chosen = set(rng.sample(sorted(keys), int(len(keys) * share)))
    return chosen, set(keys) - chosen


def test_differences(run, query, migrated, tmp_path):
    """A base and what was changed later make the archive of the last date: whatever the order of arguments, and
    when it is read again; times have three or four digits, or none."""
    rng = random.Random(210)
    states = [ghcnd.read(REAL / f"{STATION}.csv.gz")]
    diffs = []
    dates = ["20200101", "20200102", "20200103", "20200104"]
    for first, last in zip(dates, dates[1:]):
        before = states[-1]
        deleted, rest = split(rng, before, 0.1)
        updated, rest = split(rng, rest, 0.1)
        gone = {key: seen for state in states for key, seen in state.items() if key not in before}
        inserted = {key: seen._replace(time=rng.choice(["700", "0700", "", "2400"])) for key, seen in gone.items()
                    if rng.random() < 0.5}  # fmt: skip
        changed = {key: before[key]._replace(value=before[key].value + 1, qflag="I" if rng.random() < 0.5 else "")
                   for key in updated}  # fmt: skip
        wrong = {key: before[key]._replace(value=before[key].value + 5) for key in deleted}  # the value does not count
        states.append({key: before[key] for key in rest} | changed | inserted)
        diffs.append(diff(tmp_path, first, last, delete=wrong, update=changed, insert=inserted))
    done = run("ingest", REAL / f"{STATION}.csv.gz", diffs[1], diffs[0], database=migrated)
    assert done.returncode == SUCCESS, done.stdout + done.stderr
    assert ghcnd.stored(query, migrated)[0] == ghcnd.expected(states[2])
    done = run("ingest", diffs[2], database=migrated)
    assert done.returncode == SUCCESS
    assert ghcnd.stored(query, migrated)[0] == ghcnd.expected(states[3])
    version = query(migrated, "select version from dataset_version")
    again = run("ingest", REAL / f"{STATION}.csv.gz", *reversed(diffs), database=migrated)
    assert again.returncode == SUCCESS
    assert ghcnd.stored(query, migrated)[0] == ghcnd.expected(states[3])
    assert query(migrated, "select version from dataset_version") == version


def test_gaps_between_differences(run, migrated, tmp_path):
    """Within a run, and to what earlier runs have taken."""
    archive = ghcnd.read(REAL / "US1MNHS0001.csv.gz")
    first, second, fourth, fifth, other = (
        diff(tmp_path, *dates, insert=archive)
        for dates in (("20200101", "20200102"), ("20200102", "20200103"), ("20200104", "20200105"), ("20200106", "20200107"),
                      ("20200103", "20200104")))  # fmt: skip
    gap = "nothing tells what changed between"
    assert gap not in run("ingest", second, first, database=migrated, check=True).stderr
    said = run("ingest", fifth, fourth, database=migrated, check=True).stderr
    assert f"{gap} 20200103 and 20200104: {fourth.name} begins later" in said
    assert f"{gap} 20200105 and 20200106: {fifth.name} begins later" in said
    assert gap not in run("ingest", other, database=migrated, check=True).stderr
    said = run("ingest", *(path for path in (first, second, other, fourth, fifth)), database=migrated, check=True).stderr
    assert said.count(gap) == 1


def test_stations_that_move(run, query, migrated, tmp_path):
    """A station that moves by more than 10 km is named: a degree of latitude are 111 km; a latitude beyond 90 is refused."""
    path = tmp_path / "ghcnd-stations.txt"
    entry = "USC0011{:04d}  {:7.4f}  {:8.4f}  222.5 IL ALEDO\n"

    def ingest(*places):
        path.write_text("".join(entry.format(i, *place) for i, place in enumerate(places)))
        return run("ingest", path, database=migrated)

    assert "has moved" not in ingest((40, -90), (41, -90), (42, -90)).stderr
    said = ingest((40.08, -90), (42, -90), (42, -89.9)).stderr  # 8.9, 111, 8.3 km
    assert said.count("has moved") == 1
    assert "station USC00110001 has moved by 111 km, from 41, -90 to 42, -90: is that right?" in said
    said = ingest(*[(10, 10)] * 13).stderr
    assert said.count("has moved by") == 3
    said = ingest(*[(20, 10)] * 13).stderr
    assert said.count("has moved by") == 10 and "3 more stations have moved by more than 10 km" in said
    done = ingest((95, 10), (20, 10))
    assert done.returncode == PARTIAL
    assert query(migrated, "select latitude from station where station_id = 'USC00110001'") == [(20,)]
