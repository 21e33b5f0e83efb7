"""Texts that others wrote - names, tags, messages - and that no database takes as they are: an object
that fails is told of, and never keeps a run from what comes after it."""

import io
import os
import random
import tarfile

import pytest

from contents import report
from stationfile import STATION, text, write

PARTIAL = 3
LATER = "USC00990002"


@pytest.fixture
def ingest(run, migrated):
    def ingest(*arguments, database=migrated, **options):
        return run("ingest", *arguments, database=database, **options)

    return ingest


@pytest.fixture(params=["UTF8", "LATIN1", "SQL_ASCII"])
def encoded(request, cluster, run):
    """URL of a migrated database of that encoding."""
    name = cluster.create(encoding=request.param)
    run("migrate", database=cluster.url(name), check=True)
    yield cluster.url(name)
    cluster.drop(name)


def as_utf8(url):
    """A database without an encoding gives bytes to who does not ask for one."""
    return url + ("&" if "?" in url else "?") + "client_encoding=utf8"


def write_tar(path, *members):
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def check_next_is_taken(query, url):
    assert (LATER,) in query(as_utf8(url), "select station_id from station")


def ends_of_characters(length):
    """Paths whose ends are in every place that a cut may have in a character of two bytes."""
    return ["d/" + "x" * shift + "ж" * (length // 2) + ".txt" for shift in range(2)]


@pytest.mark.parametrize("path", ends_of_characters(1600), ids=["even", "odd"])
def test_a_long_path_in_an_archive(ingest, query, encoded, tmp_path, path):
    """One character of two bytes was cut in two, and every run ended there."""
    write(tmp_path, name=f"{STATION}.txt", count=3)
    write_tar(tmp_path / "a.tar.gz", (path, b"no source knows this\n"))
    (tmp_path / "z").mkdir()
    write(tmp_path / "z", name=f"{LATER}.txt", count=3)
    for taken, skipped in ((2, 0), (0, 2)):
        done = ingest(tmp_path, database=encoded)
        assert done.returncode == PARTIAL, done.stderr
        said = report(done)
        assert (said["objects"]["taken"], said["objects"]["skipped"]) == (taken, skipped)
        assert "error" not in said
        check_next_is_taken(query, encoded)
    assert query(encoded, "select count(*) from ingest_run where finished_at is null") == [(0,)]


@pytest.mark.parametrize("name", ["ж" * 100 + ".txt", "日本/\x01\x02\x7f.txt", "\udcff\udcfe.txt"])
def test_names_in_any_database(ingest, query, encoded, tmp_path, name):
    """What a database cannot hold is written there in characters that it can."""
    path = tmp_path / "d" / name
    path.parent.mkdir(parents=True)
    path.write_text("no source knows this\n")
    (tmp_path / "z").mkdir()
    write(tmp_path / "z", name=f"{LATER}.txt", count=3)
    done = ingest(tmp_path, database=encoded)
    assert done.returncode == PARTIAL, done.stderr
    check_next_is_taken(query, encoded)
    ((outcome, reason),) = query(
        as_utf8(encoded), "select outcome, error from ingest_object where outcome <> 'taken'"
    )
    assert outcome == "failed" and "no source" in reason
    assert query(encoded, "select count(*) from ingest_run where finished_at is null") == [(0,)]


def test_names_that_are_too_long_for_an_index(ingest, query, migrated, tmp_path):
    """2,700 bytes fit into a row of PostgreSQL's index; paths have 4,096."""
    folder = str(tmp_path)
    chooser = random.Random(1)
    # A path of 4,000 bytes cannot be named at once, but level by level.
    here = os.open(folder, os.O_RDONLY)
    for _ in range(14):
        name = "".join(chooser.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=250))
        os.mkdir(name, dir_fd=here)
        here = os.open(name, os.O_RDONLY, dir_fd=here)
    for name in (f"{STATION}.txt", "USC00990003.txt"):
        out = os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=here)
        os.write(out, text(count=3).encode())
        os.close(out)
    done = ingest(tmp_path)
    assert done.returncode == 0, done.stdout
    assert query(migrated, "select count(*) from station") == [(2,)]
    assert query(migrated, "select count(*) from ingest_object") == [(2,)]
    assert report(ingest(tmp_path, check=True))["objects"]["skipped"] == 2


def test_long_paths_of_an_archive_are_told_apart(ingest, query, migrated, tmp_path):
    """However much of them is shown."""
    folder = "d/" + "ж" * 700
    content = text(count=3).encode()
    path = write_tar(
        tmp_path / "a.tar.gz", *((f"{folder}/{name}.txt", content) for name in (STATION, LATER))
    )
    assert ingest(path).returncode == 0
    assert query(migrated, "select count(*) from ingest_object") == [(3,)]
    assert report(ingest(path, check=True))["objects"]["skipped"] == 2


# -- Servers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", range(2), ids=["even", "odd"])
def test_a_message_of_s3(run, query, migrated, aws, bucket, trouble, tmp_path, shift):
    """It names the key, and was cut to 255 bytes."""
    s3 = aws.client("s3")
    key = f"message{shift}/" + "x" * shift + "ж" * 400 + ".txt"
    s3.put_object(Bucket=bucket, Key=key, Body=text(count=3))
    s3.put_object(Bucket=bucket, Key=f"message{shift}/\u9999/{LATER}.txt", Body=text(count=3))
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code>'
        f"<Message>you may not read {key}</Message></Error>"
    ).encode()

    def spoil(_, request):
        return (403, body) if "%D0%B6" in request.path else None

    proxy = trouble(spoil)
    for taken in (1, 0):
        done = run(
            "ingest", f"s3://{bucket}/message{shift}/", database=migrated,
            env={**aws.environment(), "AWS_ENDPOINT_URL": proxy.url},
        )  # fmt: skip
        assert done.returncode == PARTIAL, done.stderr
        said = report(done)
        assert (said["objects"]["taken"], said["objects"]["failed"]) == (taken, 1)
        check_next_is_taken(query, migrated)
    ((reason,),) = query(migrated, "select error from ingest_object where outcome = 'failed'")
    assert "AccessDenied: you may not read message" in reason


@pytest.mark.parametrize("key", ["%D0", "a%00b", "%zz", "%ED%A0%80", "&#1078;%01"])
def test_keys_that_cannot_be_read(run, query, migrated, aws, bucket, trouble, key):
    """One of them ended the listing, and every run."""
    s3 = aws.client("s3")
    s3.put_object(Bucket=bucket, Key=f"keys/{LATER}.txt", Body=text(count=3))
    contents = "".join(
        f"<Contents><Key>{name}</Key><ETag>&quot;1&quot;</ETag><Size>9</Size></Contents>"
        for name in (f"keys/{key}", f"keys/{LATER}.txt")
    )
    body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>".encode()
    proxy = trouble(lambda _, request: (200, body) if "list-type" in request.path else None)
    body = body.replace(b"<Size>9<", f"<Size>{len(text(count=3))}<".encode())
    tag = s3.head_object(Bucket=bucket, Key=f"keys/{LATER}.txt")["ETag"].strip('"').encode()
    body = body.replace(b"&quot;1&quot;", b"&quot;" + tag + b"&quot;")
    done = run(
        "ingest", f"s3://{bucket}/keys/", database=migrated,
        env={**aws.environment(), "AWS_ENDPOINT_URL": proxy.url},
    )  # fmt: skip
    assert done.returncode == PARTIAL, done.stderr
    said = report(done)
    assert (said["objects"]["taken"], said["objects"]["failed"]) == (1, 1)
    check_next_is_taken(query, migrated)
