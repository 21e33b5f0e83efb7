"""Input that is wrong, or wrapped: what is taken in of it, what is said, and that the rest of
the database stays as it was."""

import gzip
import io
import os
import tarfile
import zipfile

import pytest
from contents import digest, objects, report
from stationfile import STATION, text, write

SUCCESS, FAILED, PARTIAL = 0, 1, 3

GOOD = text()
GOOD_LINES = len(GOOD.splitlines())


@pytest.fixture
def ingest(run, migrated):
    def ingest(*arguments, **options):
        return run("ingest", *arguments, database=migrated, **options)

    return ingest


def count_days(query, url):
    (row,) = query(url, "select count(distinct (station_id, date)) from observation")
    return row[0]


# Name: content, exit code, days that are stored, reasons by line.
CASES = {
    "crlf": (GOOD.replace("\n", "\r\n"), SUCCESS, GOOD_LINES, {}),
    "cr": (GOOD.replace("\n", "\r"), SUCCESS, GOOD_LINES, {}),
    "the end mark of DOS": (GOOD.replace("\n", "\r\n") + "\x1a", SUCCESS, GOOD_LINES, {}),
    "cr within a line": (
        GOOD + "20010401\t1\t2\t3\r20010402\t1\t2\t3\n",
        PARTIAL,
        GOOD_LINES,
        {61: "the line holds another line's end"},
    ),
    "no last newline": (GOOD.rstrip("\n"), SUCCESS, GOOD_LINES, {}),
    "no order": ("".join(reversed(GOOD.splitlines(True))), SUCCESS, GOOD_LINES, {}),
    "only newlines": ("\n\n\n", FAILED, 0, {}),
    "binary": (bytes(range(256)) * 40, FAILED, 0, {}),
    "utf-16": (GOOD.encode("utf-16"), FAILED, 0, {}),
    "truncated": (GOOD + "20010401\t 1", PARTIAL, GOOD_LINES, {61: "2 tab-separated fields"}),
    "columns": (
        GOOD + "20010401\t1\t2\n20010402\t1\t2\t3\t4\n",
        PARTIAL,
        GOOD_LINES,
        {61: "3 tab-separated fields, not 4", 62: "5 tab-separated fields, not 4"},
    ),
    "letters": (
        GOOD + "20010401\t1\t2x\t3\n2001040I\t1\t2\t3\n",
        PARTIAL,
        GOOD_LINES,
        {61: "'2x' is not an integer", 62: "2001040I"},
    ),
    "numbers beyond reason": (
        GOOD + "20010401\t99999999999999999999\t2\t3\n",
        PARTIAL,
        GOOD_LINES,
        {61: "99999999999999999999"},
    ),
    "impossible dates": (
        GOOD + "20010229\t1\t2\t3\n20011301\t1\t2\t3\n20010400\t1\t2\t3\n",
        PARTIAL,
        GOOD_LINES,
        {61: "20010229", 62: "20011301", 63: "20010400"},
    ),
    "year 0 and 9999": (
        GOOD + "00000101\t1\t2\t3\n99991231\t1\t2\t3\n",
        PARTIAL,
        GOOD_LINES,
        {61: "00000101", 62: "9999"},
    ),
    "a day twice": (
        GOOD + "20010101\t1\t2\t3\n",
        PARTIAL,
        GOOD_LINES,
        {61: "2001-01-01 was given before"},
    ),
    "beyond the bounds": (
        GOOD + "20010401\t9998\t2\t3\n20010402\t1\t-9998\t3\n20010403\t1\t2\t-1\n",
        PARTIAL,
        GOOD_LINES + 3,
        {61: "TMAX 999.8 degC", 62: "TMIN -999.8 degC", 63: "PRCP -0.1 mm"},
    ),
    "a line of 100 MB": (
        GOOD.encode() + b"x" * 100_000_000 + b"\n20010401\t1\t2\t3\n",
        PARTIAL,
        GOOD_LINES + 1,
        {61: "100000000 bytes"},
    ),
    "nul bytes": (GOOD + "20010401\t1\0\t2\t3\n", PARTIAL, GOOD_LINES, {61: "NUL"}),
    "not utf-8": (GOOD.encode() + b"20010401\t\xff\xfe\t2\t3\n", PARTIAL, GOOD_LINES, {61: ""}),
}


@pytest.mark.parametrize("case", CASES)
def test_files(ingest, query, migrated, tmp_path, case):
    content, code, days, reasons = CASES[case]
    path = write(tmp_path, content=content)
    other = write(tmp_path, name="USC00990002.txt", count=10)
    done = ingest(path)
    assert done.returncode == code, done.stdout
    assert count_days(query, migrated) == days
    said = report(done)
    if code == FAILED:
        assert said["objects"]["failed"] == 1
        assert objects(done)[path.name]["reason"]
        assert query(migrated, "select count(*) from station") == [(0,)]
        assert query(migrated, "select version from dataset_version") == [(1,)]
    else:
        got = {item["line"]: item["reason"] for item in said["rejects"]["first"]}
        assert set(got) == set(reasons)
        for line, reason in reasons.items():
            assert reason in got[line]
        stored = query(migrated, "select line, reason from reject order by line")
        assert stored == sorted(got.items())
    # The next file does not suffer.
    ingest(other, check=True)
    assert count_days(query, migrated) == days + 10


def test_rows_are_those_that_are_stored(ingest, tmp_path):
    """The report counted lines of what failed, of which nothing is."""
    good = write(tmp_path, name="USC00990002.txt", count=7)
    write(tmp_path, content=GOOD + "x\n")
    done = ingest(tmp_path, "--max-rejects", "0")
    assert done.returncode == PARTIAL
    assert report(done)["rows"] == 7, good


# -- Lists of stations ---------------------------------------------------------------------


def station_line(number, name="SOMEWHERE", gsn="", network="", wmo=""):
    return f"USC{number:08}  41.1978  -90.7447  222.5 IL {name:30} {gsn:3} {network:3} {wmo:5}"


STATIONS = [station_line(i, gsn="GSN" if i % 3 == 0 else "", wmo=f"{72000 + i}") for i in range(20)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "\x1a"], ids=["", "^Z"])
def test_every_station_of_a_list(ingest, query, migrated, tmp_path, end, last):
    path = write(tmp_path, name="ghcnd-stations.txt", content=end.join([*STATIONS, last]))
    ingest(path, check=True)
    rows = query(migrated, "select station_id, wmo_id from station order by 1")
    assert rows == [(f"USC{i:08}", f"{72000 + i}") for i in range(20)]


MOVED = {
    "two on a line": (STATIONS[1] + STATIONS[2], "behind the WMO id"),
    "a name that is five columns wider": (
        station_line(1, name="X".ljust(35), gsn="GSN"),
        "character 80, before the WMO id, is no blank",
    ),
    "a name that is nine columns wider": (
        station_line(1, name="X".ljust(38), gsn="GSN"),
        "'GSN' in characters 81 to 85 is no WMO id",
    ),
    "a WMO id that is none": (station_line(1, wmo="7200X"), "'7200X' in characters 81 to 85 is no WMO id"),
    "a flag that is none": (station_line(1, gsn="YES"), "'YES' in characters 73 to 75 is no GSN flag"),
    "a tab": (station_line(1).replace("  ", "\t", 1), "character 12 is a tab"),
    "a tab in the name": (station_line(1, name="SOME\tWHERE"), "character 46 is a tab"),
    "a control character": (station_line(1, name="SOME\x02WHERE"), "the name holds a control character"),
}


@pytest.mark.parametrize("case", MOVED)
def test_lines_of_another_layout(ingest, query, migrated, tmp_path, case):
    line, reason = MOVED[case]
    path = write(tmp_path, name="ghcnd-stations.txt", content="\n".join([STATIONS[0], line, STATIONS[3]]))
    done = ingest(path)
    assert done.returncode == PARTIAL
    (reject,) = report(done)["rejects"]["first"]
    assert reject["line"] == 2 and reason in reject["reason"]
    assert query(migrated, "select count(*), count(wmo_id) from station") == [(2, 2)]


def test_files_that_cannot_be_read(ingest, tmp_path):
    good = write(tmp_path)
    dangling = tmp_path / "USC00990002.txt"
    dangling.symlink_to(tmp_path / "nowhere")
    done = ingest(good, dangling)
    assert done.returncode == PARTIAL
    assert "No such file or directory" in objects(done)[dangling.name]["reason"]
    if os.geteuid() != 0:
        good.chmod(0)
        done = ingest(good)
        assert done.returncode == FAILED
        assert "Permission denied" in objects(done)[good.name]["reason"]


def test_a_name_that_is_no_station(ingest, tmp_path):
    path = write(tmp_path, name="no station!.txt")
    done = ingest(path)
    assert done.returncode == FAILED
    assert "'no station!.txt' does not say which station" in objects(done)[path.name]["reason"]


def test_no_source_knows_it(ingest, tmp_path):
    path = write(tmp_path, name="letter.md", content="Dear reader,\nhow are you?\n")
    done = ingest(path)
    assert done.returncode == FAILED
    assert objects(done)[path.name]["reason"]
    assert "wx_data" in done.stdout


def test_the_source_can_be_named(ingest, tmp_path):
    path = write(tmp_path)
    assert ingest(path, "--source", "wx_data").returncode == SUCCESS
    done = ingest(path, "--source", "nonesuch")
    assert done.returncode == FAILED
    assert "nonesuch" in done.stderr and "wx_data" in done.stderr


def test_limit_of_rejects(ingest, query, migrated, tmp_path):
    path = write(tmp_path, content=GOOD + "x\n" * 11)
    done = ingest(path, "--max-rejects", "10")
    assert done.returncode == FAILED
    assert "more than 10 lines are rejected" in objects(done)[path.name]["reason"]
    assert count_days(query, migrated) == 0
    assert ingest(path, "--max-rejects", "11").returncode == PARTIAL
    assert count_days(query, migrated) == GOOD_LINES


# -- Archives ------------------------------------------------------------------------------


def write_tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            content = content.encode() if isinstance(content, str) else content
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


THREE = [(f"data/USC0099000{i}.txt", text(count=10 * (i + 1))) for i in range(3)]

FORMATS = {
    "files.tar": lambda path, members: write_tar(path, members, "w"),
    "files.tar.gz": write_tar,
    "files.tar.xz": lambda path, members: write_tar(path, members, "w:xz"),
    "files.tar.bz2": lambda path, members: write_tar(path, members, "w:bz2"),
    "files.zip": write_zip,
}


@pytest.mark.parametrize("name", FORMATS)
def test_archives(ingest, query, migrated, tmp_path, name):
    path = FORMATS[name](tmp_path / name, THREE)
    done = ingest(path, check=True)
    assert report(done)["objects"]["taken"] == 3
    assert count_days(query, migrated) == 60
    rows = query(migrated, "select uri, source, members from ingest_object order by uri")
    assert rows == [(str(path), "archive", 3)] + [
        (f"{path}!{member}", "wx_data", 0) for member, _ in THREE
    ]
    assert report(ingest(path, check=True))["objects"]["skipped"] == 3
    FORMATS[name](path, [*THREE[:2], (THREE[2][0], text(count=40))])
    said = report(ingest(path, check=True))
    assert said["objects"] == {"taken": 1, "skipped": 2, "failed": 0, "remaining": 0}
    assert count_days(query, migrated) == 70


@pytest.mark.parametrize("name", FORMATS)
def test_names_of_other_alphabets(ingest, query, migrated, tmp_path, name):
    members = [(f"{folder}/USC0099000{i}.txt", text()) for i, folder in enumerate(("größe", "метео", "x"))]
    path = FORMATS[name](tmp_path / name, members)
    ingest(path, check=True)
    assert query(migrated, "select uri from ingest_object where source = 'wx_data' order by uri") == sorted(
        (f"{path}!{member}",) for member, _ in members
    )


def test_gzip_of_one_file(ingest, query, migrated, tmp_path):
    path = tmp_path / f"{STATION}.txt.gz"
    path.write_bytes(gzip.compress(GOOD.encode()))
    ingest(path, check=True)
    assert query(migrated, "select station_id from station") == [(STATION,)]
    assert count_days(query, migrated) == GOOD_LINES


def test_an_archive_with_a_bad_file(ingest, query, migrated, tmp_path):
    """The others are taken in, and the archive is read again the next time."""
    members = [THREE[0], ("data/USC00990009.txt", "\n"), THREE[2]]
    path = write_tar(tmp_path / "files.tar.gz", members)
    done = ingest(path)
    assert done.returncode == PARTIAL
    said = report(done)
    assert said["objects"] == {"taken": 2, "skipped": 0, "failed": 1, "remaining": 0}
    assert said["failures"]["first"][0]["uri"] == f"{path}!data/USC00990009.txt"
    assert query(migrated, "select outcome from ingest_object where uri = %s", (str(path),)) == [
        ("failed",)
    ]
    again = ingest(path)
    assert again.returncode == PARTIAL
    assert report(again)["objects"] == {"taken": 0, "skipped": 2, "failed": 1, "remaining": 0}


def test_an_archive_with_a_file_that_cannot_be_stored(ingest, query, migrated, tmp_path):
    """Known only in the database: the archive must not count as taken in either."""
    path = write_tar(tmp_path / "files.tar.gz", THREE)
    ingest(path, check=True)
    query(migrated, "update block set values = '\\x01' where station_id = 'USC00990001' "
        "and element = 'PRCP'")  # fmt: skip
    write_tar(path, [(name, text(count=50, shift=i)) for i, (name, _) in enumerate(THREE)])
    done = ingest(path)
    assert done.returncode == PARTIAL
    assert report(done)["objects"] == {"taken": 2, "skipped": 0, "failed": 1, "remaining": 0}
    rows = query(migrated, "select uri from ingest_object where outcome = 'failed' order by uri")
    assert rows == [(str(path),), (f"{path}!{THREE[1][0]}",)]
    query(migrated, "delete from block where station_id = 'USC00990001'")
    said = report(ingest(path, check=True))
    assert said["objects"] == {"taken": 1, "skipped": 2, "failed": 0, "remaining": 0}


@pytest.mark.parametrize("name", ["files.tar.gz", "files.tar.xz", "files.zip"])
def test_a_corrupt_archive(ingest, query, migrated, tmp_path, name):
    path = FORMATS[name](tmp_path / name, THREE)
    content = bytearray(path.read_bytes())
    path.write_bytes(content[: len(content) // 2])
    done = ingest(path)
    assert done.returncode in (FAILED, PARTIAL)
    assert report(done)["objects"]["failed"] >= 1
    assert report(done)["failures"]["first"][0]["reason"]
    assert query(migrated, "select outcome from ingest_object where uri = %s", (str(path),)) == [
        ("failed",)
    ]
    path.write_bytes(content)
    ingest(path, check=True)
    assert count_days(query, migrated) == 60


def test_paths_in_archives_are_labels(ingest, query, migrated, tmp_path):
    """Nothing is written outside the database, whatever the members are called."""
    folder = tmp_path / "inside"
    folder.mkdir()
    names = ["../USC00990001.txt", "/USC00990002.txt", "../../../../tmp/USC00990003.txt"]
    path = write_tar(folder / "files.tar", [(name, text(count=5)) for name in names], "w")
    before = sorted(tmp_path.rglob("*"))
    ingest(path, check=True)
    assert sorted(tmp_path.rglob("*")) == before
    assert not os.path.exists("/USC00990002.txt") and not os.path.exists("/tmp/USC00990003.txt")
    assert query(migrated, "select station_id from station order by 1") == [
        ("USC00990001",), ("USC00990002",), ("USC00990003",)
    ]  # fmt: skip


def test_a_compression_bomb(ingest, query, migrated, tmp_path):
    """200 MB in 200 kB: the limit has a name."""
    path = tmp_path / f"{STATION}.txt.gz"
    with gzip.open(path, "wb", compresslevel=9) as out:
        out.write(GOOD.encode())
        for _ in range(200):
            out.write(b" " * 1_000_000)
    done = ingest(path)
    assert done.returncode == FAILED
    (failure,) = report(done)["failures"]["first"]
    assert "--max-expansion" in failure["reason"] + failure["hint"]
    assert count_days(query, migrated) == 0


def test_a_named_limit_of_expanded_bytes(ingest, tmp_path):
    path = tmp_path / f"{STATION}.txt.gz"
    path.write_bytes(gzip.compress(text(first="1800-01-01", count=100_000).encode()))
    done = ingest(path, "--max-expanded-mib", "1")
    assert done.returncode == FAILED
    assert "MiB" in report(done)["failures"]["first"][0]["reason"]


# -- Standard input ------------------------------------------------------------------------


def test_standard_input(ingest, query, migrated):
    done = ingest("-", "--stdin-name", f"{STATION}.txt", input=GOOD)
    assert done.returncode == SUCCESS, done.stdout
    assert count_days(query, migrated) == GOOD_LINES
    assert query(migrated, "select uri from ingest_object") == [(f"-:{STATION}.txt",)]
    done = ingest("-", "--stdin-name", f"{STATION}.txt", input=GOOD)
    assert report(done)["objects"]["skipped"] == 1


def test_standard_input_compressed(ingest, query, migrated):
    done = ingest("-", "--stdin-name", f"{STATION}.txt.gz", input=gzip.compress(GOOD.encode()),
        text=False)  # fmt: skip
    assert done.returncode == SUCCESS, done.stdout
    assert count_days(query, migrated) == GOOD_LINES


def test_standard_input_without_a_name(ingest, query, migrated, data):
    done = ingest("-", input=GOOD)
    assert done.returncode == FAILED
    assert "--stdin-name" in done.stdout
    done = ingest("-", input=(data / "wx_stations.txt").read_text())
    assert done.returncode == SUCCESS, done.stdout
    assert query(migrated, "select count(*) from station") == [(167,)]


def test_standard_input_that_is_empty(ingest):
    done = ingest("-", "--stdin-name", f"{STATION}.txt")
    assert done.returncode == FAILED
    assert "empty" in done.stdout


# -- Paths ---------------------------------------------------------------------------------


def test_directories_and_patterns(ingest, query, migrated, tmp_path):
    for i, folder in enumerate(("a", "a/b", "c")):
        (tmp_path / folder).mkdir(exist_ok=True)
        write(tmp_path / folder, name=f"USC0099000{i}.txt", count=5)
    write(tmp_path / "a", name=".hidden", content="x")
    assert report(ingest(tmp_path / "a", check=True))["objects"]["taken"] == 2
    said = report(ingest(tmp_path / "?" / "*.txt", check=True))
    assert said["objects"] == {"taken": 1, "skipped": 1, "failed": 0, "remaining": 0}
    before = digest(migrated)
    assert report(ingest(tmp_path, check=True))["objects"]["skipped"] == 3
    assert digest(migrated) == before


def test_names_that_are_not_text(ingest, tmp_path):
    """A path is bytes; what is said of it is UTF-8."""
    folder = os.fsencode(tmp_path) + b"/\xff\xfe"
    os.mkdir(folder)
    with open(folder + b"/USC00990001.txt", "w") as out:
        out.write(GOOD)
    done = ingest(tmp_path)
    assert done.returncode == SUCCESS, done.stdout
