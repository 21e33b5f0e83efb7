"""Parts of an ingestion, on several machines at once: together they store what one run stores."""

import json
import shutil
import subprocess
import tarfile

import pytest

import sample
from contents import digest
from program import TIMEOUT, check_end

DATA_ONLY = ("ingest_run", "ingest_object", "origin")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, data):
    """The sample as files, and corrections of some of them: later files of the same names."""
    folder = tmp_path_factory.mktemp("shards")
    for part in ("a", "b"):
        (folder / part).mkdir()
    for name, text in sample.texts().items():
        (folder / "a" / name).write_bytes(text)
    for name, text in list(sample.texts().items())[::7]:
        lines = text.decode().splitlines()[100:400]
        changed = "\n".join(line.split("\t")[0] + "\t11\t-11\t22" for line in lines)
        (folder / "b" / name).write_text(changed + "\n")
    (folder / "a" / "wx_stations.txt").write_bytes((data / "wx_stations.txt").read_bytes())
    return folder


@pytest.mark.parametrize("count", [pytest.param(1, marks=pytest.mark.release), 4])
def test_together_they_are_one(program, run, folder, cluster, migrated_template, migrated, count):
    """All at once, each with corrections after what they correct."""
    whole = cluster.create(template=migrated_template)
    try:
        run("ingest", folder / "a", folder / "b", database=cluster.url(whole), check=True)
        running = [
            program.popen(
                "ingest", "--shard", f"{i}/{count}", str(folder / "a"), str(folder / "b"),
                database=migrated, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for i in range(count)
        ]  # fmt: skip
        taken = 0
        for process in running:
            out, stderr = process.communicate(timeout=TIMEOUT)
            check_end(process.returncode, stderr)
            assert process.returncode == 0, stderr
            taken += json.loads(out.splitlines()[-1])["objects"]["taken"]
        assert taken == 167 + 24 + 1  # every object once
        assert digest(migrated, without=DATA_ONLY) == digest(
            cluster.url(whole), without=DATA_ONLY
        )
    finally:
        cluster.drop(whole)


def read_shard(run, database, *paths, part):
    done = run("ingest", "--shard", part, *paths, database=database, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_archives_are_divided(run, folder, tmp_path, cluster, migrated_template, migrated, query, kind):
    """An archive of all files, and corrections as files: whatever the order of the parts, a station's
    correction comes after what it corrects."""
    packed = tmp_path / ("all.tar.gz" if kind == "gz" else "all.zip")
    if kind == "gz":
        with tarfile.open(packed, "w:gz", compresslevel=1) as archive:
            archive.add(folder / "a", "a")
    else:
        shutil.make_archive(packed.with_suffix(""), "zip", folder / "a")
    whole = cluster.create(template=migrated_template)
    try:
        run("ingest", packed, folder / "b", database=cluster.url(whole), check=True)
        taken = [read_shard(run, migrated, packed, folder / "b", part=f"{i}/3")["objects"]["taken"]
                 for i in (2, 0, 1)]  # fmt: skip
        assert sum(taken) == 167 + 24 + 1 and min(taken) > 40
        assert digest(migrated, without=DATA_ONLY) == digest(cluster.url(whole), without=DATA_ONLY)
        # What is known is not taken in again, by the same parts, by others, or by one run.
        version = query(migrated, "select version from dataset_version")
        for part in ("0/3", "1/2", "0/1"):
            report = read_shard(run, migrated, packed, folder / "b", part=part)
            assert report["objects"]["taken"] == 0 and report["version"] is None
        assert query(migrated, "select version from dataset_version") == version
        # Which has put down that all of it is stored.
        assert read_shard(run, migrated, packed, part="0/1")["objects"]["skipped"] == 168
    finally:
        cluster.drop(whole)


def test_an_archive_that_ends_early_is_told_by_every_part(run, folder, tmp_path, migrated, query):
    packed = tmp_path / "all.tar.gz"
    with tarfile.open(packed, "w:gz", compresslevel=1) as archive:
        archive.add(folder / "a", "a")
    packed.write_bytes(packed.read_bytes()[:-100000])
    for part in ("0/2", "1/2"):
        done = run("ingest", "--shard", part, packed, database=migrated)
        report = json.loads(done.stdout.splitlines()[-1])
        assert done.returncode == 3 and report["objects"]["taken"] > 20
        assert "all.tar.gz" in report["failures"]["first"][0]["uri"]
    outcome = "select outcome from ingest_object where uri like '%all.tar.gz'"
    assert query(migrated, outcome) == [("failed",)]


def test_batch_says_which(run, folder, migrated, query):
    """As AWS Batch tells the jobs of an array."""
    total = 0
    for index in range(3):
        done = run(
            "ingest", folder / "a", database=migrated, check=True,
            env={"AWS_BATCH_JOB_ARRAY_INDEX": index, "AWS_BATCH_JOB_ARRAY_SIZE": 3},
        )  # fmt: skip
        taken = json.loads(done.stdout.splitlines()[-1])["objects"]["taken"]
        assert 20 < taken < 100
        total += taken
    assert total == 168


def test_a_part_without_anything(run, data, migrated):
    """One file, of which only one of four has something to do: the others succeed as well."""
    codes = [
        run("ingest", "--shard", f"{i}/4", data / "wx_stations.txt", database=migrated)
        for i in range(4)
    ]
    assert [done.returncode for done in codes] == [0] * 4
    reports = [json.loads(done.stdout.splitlines()[-1]) for done in codes]
    assert sorted(report["objects"]["taken"] for report in reports) == [0, 0, 0, 1]


@pytest.mark.parametrize("text", ["", "1", "4/4", "-1/4", "0/0", "a/b", "0/4/2", "0/10001"])
def test_no_part(run, data, migrated, text):
    done = run("ingest", f"--shard={text}", data / "wx_stations.txt", database=migrated)
    assert done.returncode == (2 if text else 0)
    assert text == "" or "is no part of a whole" in done.stderr


def test_half_of_what_batch_says(run, data, migrated):
    done = run(
        "ingest", data / "wx_stations.txt", database=migrated,
        env={"AWS_BATCH_JOB_ARRAY_INDEX": 0},
    )  # fmt: skip
    assert done.returncode == 2
    assert "AWS_BATCH_JOB_ARRAY_SIZE is not" in done.stderr
