"""What an ingestion leaves in the database, and what it says of it."""

import gzip
import os
import pty
import select
import subprocess
import tarfile
import zipfile

import cluster as clusters
import pytest
import stationfile
from contents import digest, digest_exactly, events, objects, report
from program import environment
from stationfile import STATION, line, text, write

FAILED, USAGE, PARTIAL = 1, 2, 3


@pytest.fixture
def ingest(run, migrated):
    """ingest(*arguments) -> CompletedProcess, in a migrated database of the test's own."""

    def ingest(*arguments, **options):
        return run("ingest", *arguments, database=migrated, **options)

    return ingest


def blocks(query, url):
    """{(station, year, element): (reported days, xmin)}"""
    rows = query(url, "select station_id, year, element, reported_days, xmin::text from block")
    return {row[:3]: row[3:] for row in rows}


def values(query, url, element="TMAX", station=STATION):
    rows = query(
        url,
        "select date, value from observation where station_id = %s and element = %s "
        "order by date",
        (station, element),
    )
    return {str(date): None if value is None else float(value) for date, value in rows}


# -- Again, and with changes ---------------------------------------------------------------


def test_the_same_again_writes_nothing(run, ingested_copy, data):
    before = digest_exactly(ingested_copy)
    done = run("ingest", data / "wx_stations.txt", data / "wx_data.tar.xz",
        database=ingested_copy, check=True)  # fmt: skip
    said = report(done)
    assert said["outcome"] == "success"
    assert said["objects"] == {"taken": 0, "skipped": 168, "failed": 0, "remaining": 0}
    assert said["version"] is None
    assert digest_exactly(ingested_copy) == before


def test_the_same_data_from_elsewhere_change_nothing(run, query, ingested_copy, data, tmp_path):
    """Other objects with the same content: the ledger grows, and what they say is put down; the data
    stay untouched."""
    with tarfile.open(data / "wx_data.tar.xz") as archive:
        archive.extractall(tmp_path)
    provenance = {"incidental": {"block": {"origin"}},
        "without": ("ingest_run", "ingest_object", "origin", "block_part")}  # fmt: skip
    before = digest(ingested_copy, **provenance)
    done = run("ingest", tmp_path, database=ingested_copy, check=True)
    said = report(done)
    assert said["objects"]["taken"] == 167
    assert said["rows"] == 1729957
    assert said["version"] is None
    assert said["blocks"] == {"added": 0, "changed": 0} and said["statistics"] == 0
    assert query(ingested_copy, "select count(*) from ingest_object") == [(168 + 1 + 167,)]
    assert digest(ingested_copy, **provenance) == before


def test_a_changed_file_rewrites_what_differs(ingest, query, migrated, tmp_path, run, cluster):
    path = write(tmp_path, count=3 * 365)
    ingest(path, check=True)
    before = blocks(query, migrated)
    version = query(migrated, "select version from dataset_version")
    content = path.read_text().splitlines(keepends=True)
    content[400] = content[400].replace(content[400].split("\t")[2], "  -77")
    path.write_text("".join(content))
    said = report(ingest(path, check=True))
    assert said["objects"]["taken"] == 1
    assert said["blocks"] == {"added": 0, "changed": 1}
    assert said["statistics"] == 3  # the year of yearly, summary and degree_days
    after = blocks(query, migrated)
    assert [key for key in after if after[key] != before[key]] == [(STATION, 2002, "TMIN")]
    assert query(migrated, "select version from dataset_version") == [(version[0][0] + 1,)]
    assert query(migrated, "select version from station") == [(version[0][0] + 1,)]


def test_a_changed_file_is_as_if_it_were_the_first(run, ingest, migrated, cluster,
        migrated_template, tmp_path):  # fmt: skip
    """History leaves no trace: the same files read once, in their last state."""
    path = write(tmp_path, count=800)
    ingest(path, check=True)
    write(tmp_path, count=900, shift=5)
    ingest(path, check=True)
    name = cluster.create(template=migrated_template)
    try:
        run("ingest", path, database=cluster.url(name), check=True)
        assert digest(migrated) == digest(cluster.url(name))
    finally:
        cluster.drop(name)


def test_new_days_are_added(ingest, query, migrated, tmp_path):
    ingest(write(tmp_path, count=365), check=True)
    said = report(ingest(write(tmp_path, count=400), check=True))
    assert said["blocks"] == {"added": 3, "changed": 0}
    assert said["statistics"] == 3  # the new year of yearly, summary and degree_days
    assert len(values(query, migrated)) == 400


def test_the_later_object_wins(ingest, query, migrated, tmp_path):
    for name, shift in (("a", 0), ("b", 100), ("c", 200)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, first="2001-01-01" if name != "c" else "2001-01-03", count=3,
            shift=shift)  # fmt: skip
    ingest(tmp_path / "c", tmp_path / "b", tmp_path / "a", check=True)
    assert values(query, migrated) == {"2001-01-01": 10.0, "2001-01-02": 10.1,
        "2001-01-03": 10.2, "2001-01-04": 30.1, "2001-01-05": 30.2}  # fmt: skip
    # Another run has them in another order, which holds though none has changed.
    said = report(ingest(tmp_path, check=True))
    assert said["objects"]["skipped"] == 3 and said["version"] is not None
    assert values(query, migrated) == {"2001-01-01": 20.0, "2001-01-02": 20.1,
        "2001-01-03": 30.0, "2001-01-04": 30.1, "2001-01-05": 30.2}  # fmt: skip
    # One alone says nothing of the others.
    for name in ("a", "b", "c", "a"):
        assert report(ingest(tmp_path / name, check=True))["version"] is None


def test_a_correction_outlives_what_it_corrects(ingest, query, migrated, tmp_path):
    """The file that was corrected grows and is read again, the correction is not."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    write(tmp_path / "a", content="20010102\t  599\t    1\t    0\n")
    write(tmp_path / "b", content="20010102\t  111\t    1\t    0\n")
    ingest(tmp_path / "a", tmp_path / "b", check=True)
    assert values(query, migrated) == {"2001-01-02": 11.1}
    write(tmp_path / "a", content="20010102\t  599\t    1\t    0\n20010103\t  100\t    1\t    0\n")
    said = report(ingest(tmp_path / "a", tmp_path / "b", check=True))
    assert said["objects"]["taken"] == 1 and said["objects"]["skipped"] == 1
    assert values(query, migrated) == {"2001-01-02": 11.1, "2001-01-03": 10.0}


# -- The ledger ----------------------------------------------------------------------------


def test_ledger_and_run(ingest, query, migrated, tmp_path):
    path = write(tmp_path, content=text() + "20010401\tx\t1\t2\n" + line(stationfile.days("2001-05-01", 1)[0]))
    done = ingest(path)
    assert done.returncode == PARTIAL
    (row,) = query(
        migrated,
        "select uri, run_id, size, length(hash), source, source_version, lines, observations, "
        "rejects, members, outcome, error from ingest_object",
    )
    assert row == (str(path), 1, path.stat().st_size, 32, "wx_data", "1.0.0", 62, 183, 1, 0,
        "taken", None)  # fmt: skip
    (reject,) = query(migrated, "select uri, line, reason, content from reject")
    assert reject == (str(path), 61, "field 2 'x' is not an integer", "20010401\\tx\\t1\\t2")
    ((finished, outcome, stored),) = query(
        migrated, "select finished_at >= started_at, outcome, report from ingest_run"
    )
    assert finished and outcome == "partial"
    said = report(done)
    assert stored["rejects"] == said["rejects"] and stored["objects"] == said["objects"]
    assert said["rejects"] == {"count": 1, "first": [{"uri": str(path), "line": 61,
        "reason": "field 2 'x' is not an integer"}]}  # fmt: skip
    write(tmp_path)
    ingest(path, check=True)
    assert query(migrated, "select count(*) from reject") == [(0,)]


def test_a_failed_object_is_tried_again(ingest, query, migrated, tmp_path):
    good = write(tmp_path)
    bad = write(tmp_path, name="USC00990002.txt", content="\n")
    done = ingest(good, bad)
    assert done.returncode == PARTIAL
    reason = "it holds no line"
    assert objects(done)[bad.name]["reason"] == reason
    assert query(migrated, "select outcome, error, hash from ingest_object where uri = %s",
        (str(bad),)) == [("failed", reason, "")]  # fmt: skip
    before = digest_exactly(migrated)
    again = ingest(good, bad)
    assert again.returncode == PARTIAL
    assert report(again)["objects"] == {"taken": 0, "skipped": 1, "failed": 1, "remaining": 0}
    assert digest_exactly(migrated) == before
    write(tmp_path, name=bad.name)
    assert report(ingest(good, bad, check=True))["objects"]["taken"] == 1
    assert query(migrated, "select outcome, error from ingest_object where uri = %s",
        (str(bad),)) == [("taken", None)]  # fmt: skip


@pytest.mark.parametrize("packed", [False, True], ids=["file", "member"])
def test_an_empty_file_is_no_data(ingest, query, migrated, tmp_path, packed):
    """And no failure, not even of the archive that it is in: it is known, and said once."""
    path = write(tmp_path, content="")
    if packed:
        with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
            archive.write(path, path.name)
        path = tmp_path / "packed.zip"
    first = report(ingest(path, check=True))
    assert (first["objects"]["taken"], first["rows"]) == (1, 0)
    (note,) = first["notes"]["first"]
    assert "it is empty" in note["reason"]
    again = report(ingest(path, check=True))
    assert (again["objects"]["skipped"], again["notes"]["count"]) == (1, 0)
    assert query(migrated, "select count(*) from station") == [(0,)]


def test_a_file_that_is_empty_now(ingest, query, migrated, tmp_path):
    """It says nothing of the days that it had, nor of those that it will have."""
    path = write(tmp_path)
    ingest(path, check=True)
    days = query(migrated, "select count(*) from day")
    path.write_text("")
    assert report(ingest(path, check=True))["notes"]["count"] == 1
    assert query(migrated, "select count(*) from day") == days
    write(tmp_path)
    assert report(ingest(path, check=True))["objects"]["taken"] == 1


def test_one_object_twice(ingest, tmp_path, query, migrated):
    path = write(tmp_path)
    done = ingest(path, tmp_path, tmp_path / "*.txt", check=True)
    assert report(done)["objects"]["taken"] == 1
    assert query(migrated, "select count(*) from ingest_object") == [(1,)]


# -- Big objects ---------------------------------------------------------------------------


def test_an_object_of_several_parcels(run, ingest, migrated, query, cluster, migrated_template,
        tmp_path):  # fmt: skip
    """Little memory makes several parcels of an object, and one transaction of them."""
    little = ("--ingest-memory", "4", "--workers", "2")  # a worker holds 1 MiB, a file needs 2
    content = text(first="1700-01-01", count=180000)
    content += "".join(f"2199{i:04d}\t1\t2\t3\n" for i in range(1300, 1303))
    for i in range(2):
        write(tmp_path, name=f"USC0099000{i}.txt", content=content)
    done = ingest(tmp_path, *little)
    assert done.returncode == PARTIAL
    rejects = report(done)["rejects"]
    assert rejects["count"] == len(rejects["first"]) == 6
    assert query(migrated, "select version from dataset_version") == [(3,)]
    name = cluster.create(template=migrated_template)
    try:
        run("ingest", tmp_path, "--ingest-memory", "512", database=cluster.url(name))
        assert digest(migrated) == digest(cluster.url(name))
    finally:
        cluster.drop(name)
    write(tmp_path, name="USC00990001.txt", content=content.replace("1\t2\t3", "1\t2\t4"))
    again = report(ingest(tmp_path, *little))
    assert again["objects"] == {"taken": 1, "skipped": 1, "failed": 0, "remaining": 0}
    assert again["blocks"] == {"added": 0, "changed": 0} and again["version"] is None


def test_a_big_object_that_fails_leaves_nothing(ingest, migrated, query, tmp_path):
    others = ("ingest_run", "ingest_object", "reject", "calculator", "origin")
    before = digest(migrated, without=others)
    content = text(first="1700-01-01", count=180000) + "x\n" * 5
    path = write(tmp_path, content=content)
    done = ingest(path, "--ingest-memory", "4", "--workers", "4", "--max-rejects", "4")
    assert done.returncode == FAILED
    assert objects(done)[path.name]["reason"].startswith("more than 4 lines are rejected")
    assert digest(migrated, without=others) == before
    assert query(migrated, "select outcome from ingest_object") == [("failed",)]


# -- Elements ------------------------------------------------------------------------------


def test_an_element_in_another_unit_is_refused(ingest, query, migrated, tmp_path, data, almanac):
    query(migrated, "update element set unit = 'degF' where code = 'TMIN'")
    others = ("ingest_run", "ingest_object", "station", "station_part", "calculator", "origin")
    before = digest(migrated, without=others)
    paths = [write(tmp_path, name=f"USC0099000{i}.txt") for i in range(3)]
    # A statistic that is made for the other unit refuses the run.
    refused = ingest(*paths)
    assert refused.returncode == FAILED
    assert "TMIN" in refused.stderr and "degF" in refused.stderr
    done = ingest("--plugins", almanac.parent / "plugins" / "sources", *paths, data / "wx_stations.txt")
    assert done.returncode == PARTIAL
    said = objects(done)
    for path in paths:
        assert said[path.name]["outcome"] == "failed"
        assert "element TMIN in degC with 1 decimals, but it is stored in degF" in (
            said[path.name]["reason"]
        )
    assert said["wx_stations.txt"]["outcome"] == "taken"
    assert digest(migrated, without=others) == before


# -- Failures of the whole -----------------------------------------------------------------


def test_nothing_to_read(ingest, query, migrated, tmp_path):
    for name in (tmp_path / "none.txt", tmp_path, tmp_path / "*.txt"):
        done = ingest(name)
        assert done.returncode == FAILED
        assert str(name) in done.stderr
    assert query(migrated, "select count(*) from ingest_run") == [(0,)]


def test_no_operands(ingest):
    done = ingest()
    assert done.returncode == USAGE
    assert "usage: almanac ingest" in done.stderr


def test_no_database(run, tmp_path):
    path = write(tmp_path)
    done = run("ingest", path, database="postgresql://nobody@127.0.0.1:1/nothing")
    assert done.returncode == FAILED
    assert "127.0.0.1" in done.stderr and "port" in done.stderr
    assert report(done)["outcome"] == "failure"


def test_no_tables(run, database, tmp_path):
    done = run("ingest", write(tmp_path), database=database)
    assert done.returncode == FAILED
    assert "almanac migrate" in done.stderr


def test_a_role_that_may_not_write(run, query, migrated, tmp_path):
    done = run("ingest", write(tmp_path), database=clusters.with_role(migrated, "almanac_reader"))
    assert done.returncode == FAILED
    assert "permission denied" in done.stderr


def test_the_writer_may_do_all_of_it(run, query, migrated, data, tmp_path):
    """New, changed, rejected, failed, described: with the rights of almanac_writer."""
    url = clusters.with_role(migrated, "almanac_writer")
    path = write(tmp_path)
    run("ingest", path, data / "wx_stations.txt", database=url, check=True)
    write(tmp_path, content=text(shift=3) + "x\n")
    bad = write(tmp_path, name="USC00990002.txt", content="")
    done = run("ingest", path, bad, database=url)
    assert done.returncode == PARTIAL
    assert report(done)["blocks"]["changed"] == 1
    assert query(migrated, "select count(*) from reject") == [(1,)]


def test_a_block_that_is_damaged(ingest, query, migrated, tmp_path):
    """Only the object that meets it fails."""
    paths = [write(tmp_path, name=f"USC0099000{i}.txt") for i in range(3)]
    ingest(*paths, check=True)
    query(migrated, "update block set values = '\\x0102' where station_id = 'USC00990001' "
        "and element = 'TMAX'")  # fmt: skip
    for path in paths:
        write(tmp_path, name=path.name, shift=9)
    done = ingest(*paths)
    assert done.returncode == PARTIAL
    said = objects(done)
    assert [said[p.name]["outcome"] for p in paths] == ["taken", "failed", "taken"]
    assert "station USC00990001, year 2001, element TMAX is damaged" in (
        said[paths[1].name]["reason"]
    )


# -- What it says --------------------------------------------------------------------------


def run_on_terminal(program, arguments, database):
    """Output of the program on a terminal, standard error included, and its exit code."""
    ours, theirs = pty.openpty()
    process = program.popen(*arguments, database=database, stdin=theirs, stdout=theirs,
        stderr=theirs)  # fmt: skip
    os.close(theirs)
    output = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        output += piece
    os.close(ours)
    return output.decode(), process.wait(60)


def test_for_a_person(program, migrated, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for i in range(40):
        write(folder, name=f"USC0099{i:04d}.txt", count=5000)
    write(folder, name="USC00999999.txt", content=text() + "x\n")
    shown, code = run_on_terminal(program, ("ingest", folder), migrated)
    assert code == PARTIAL
    assert "{" not in shown
    assert "41 files taken in, 0 known already, 0 failed; 200,061 lines" in shown.replace(
        "200061", "200,061"
    )
    assert "USC00999999.txt, line 61: 1 tab-separated field, not 4" in shown


def test_the_bar(program, migrated, data):
    shown, code = run_on_terminal(
        program, ("ingest", data / "wx_data.tar.xz", "--workers", "1"), migrated
    )
    assert code == 0
    assert "of 1 files, " in shown and "rows/s" in shown and " left" in shown


@pytest.mark.parametrize("how, lines", [("json", 2), ("none", 0)])
def test_progress(ingest, tmp_path, how, lines):
    done = ingest(write(tmp_path), "--progress", how, check=True)
    assert len([line for line in done.stdout.splitlines() if line.startswith("{")]) == lines
    assert lines > 0 or done.stdout.startswith("Done: 1 file taken in")


def test_objects_are_told_in_order(ingest, tmp_path):
    names = [f"USC0099{i:04d}.txt" for i in range(30)]
    for name in names:
        write(tmp_path, name=name)
    done = ingest(*(tmp_path / name for name in reversed(names)), check=True)
    told = [event["uri"].rpartition("/")[2] for event in events(done)[:-1]]
    assert told == list(reversed(names))


def test_compressed_is_the_same(ingest, query, migrated, tmp_path):
    path = write(tmp_path)
    ingest(path, check=True)
    (tmp_path / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    said = report(ingest(tmp_path / f"{path.name}.gz", check=True))
    assert said["objects"]["taken"] == 1 and said["version"] is None


# -- Standard descriptors ----------------------------------------------------------------------


def run_redirected(almanac, redirections, *arguments, env):
    command = f'exec "$0" "$@" {redirections}'
    return subprocess.run(
        ["bash", "-c", command, almanac, *map(str, arguments)],
        env=env, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("redirections", ["1>&-", "0<&-", "2>&-", "0<&- 1>&- 2>&-", "0<&- 1>&-"])
def test_closed_descriptors(almanac, migrated, query, tmp_path, redirections):
    """The connection got the number of standard output, and the report went to the database."""
    for i in range(30):
        write(tmp_path, name=f"USC009900{i:02}.txt", count=100)
    env = environment(migrated)
    for _ in range(2):
        done = run_redirected(almanac, redirections, "ingest", tmp_path, env=env)
        assert done.returncode == 0, done.stderr
    assert query(migrated, "select count(*) from day") == [(3000,)]
    assert query(migrated, "select distinct outcome from ingest_run") == [("success",)]
    done = run_redirected(almanac, redirections, "migrate", env=env)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [["version"], ["--help"], ["config"], ["openapi"], ["plugins", "--json"]])
def test_results_that_are_lost(almanac, arguments):
    done = run_redirected(almanac, "1>/dev/full", *arguments, env=environment())
    assert done.returncode != 0
    assert "No space left on device" in done.stderr


def test_a_report_that_is_lost(almanac, migrated, query, tmp_path):
    """The data are stored, and the report is in the database as well."""
    write(tmp_path, count=100)
    for _ in range(2):
        done = run_redirected(almanac, "1>/dev/full", "ingest", tmp_path, env=environment(migrated))
        assert done.returncode == 3
        assert "No space left on device" in done.stderr
    assert query(migrated, "select count(*) from day") == [(100,)]
    assert query(migrated, "select distinct outcome from ingest_run") == [("success",)]


def test_a_report_that_nobody_reads(almanac, migrated, query, tmp_path):
    """It is no reason to fail that a reader has seen enough."""
    for i in range(30):
        write(tmp_path, name=f"USC009900{i:02}.txt", count=100)
    done = run_redirected(almanac, "| true; exit ${PIPESTATUS[0]}", "ingest", tmp_path, env=environment(migrated))
    assert done.returncode == 0
    assert query(migrated, "select count(*) from day") == [(3000,)]
