"""Names of NOAA's places lead to its public bucket, which is asked without credentials though there
are some."""

import datetime
import gzip
import json

import pytest
import stand_in

BUCKET = "noaa-ghcn-pds"


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """A bucket like NOAA's that anybody may read."""
    aws = stand_in.Aws(tmp_path_factory.mktemp("public"), checked=False)
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket=BUCKET, ACL="public-read",
        CreateBucketConfiguration={"LocationConstraint": stand_in.REGION},
    )  # fmt: skip
    yield aws, lambda key, body: s3.put_object(Bucket=BUCKET, Key=key, Body=body, ACL="public-read")
    aws.stop()


@pytest.fixture
def ingest(run, migrated, public, trouble):
    """ingest(*arguments) -> (exit code, report, stderr, requests)."""
    aws, _ = public

    def ingest(*arguments):
        proxy = trouble(lambda *_: None, aws.url)
        done = run(
            "ingest", *arguments, database=migrated,
            env={**aws.environment(), "AWS_ENDPOINT_URL": proxy.url},
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr, proxy.requests

    return ingest


def test_the_list_of_stations(ingest, public, data, migrated, query):
    _, put = public
    put("ghcnd-stations.txt", (data / "wx_stations.txt").read_bytes())
    code, report, stderr, requests = ingest("noaa://ghcn-daily/stations")
    assert code == 0, stderr
    assert query(migrated, "select count(*) > 100 from station") == [(True,)]
    assert query(migrated, "select uri from ingest_object") == [(f"s3://{BUCKET}/ghcnd-stations.txt",)]
    assert requests
    assert all("Authorization" not in headers for _, _, headers in requests)
    code, report, _, _ = ingest(f"s3://{BUCKET}/ghcnd-stations.txt")
    assert report["objects"]["taken"] == 0  # by either name


def test_recent_years(ingest, public, data):
    """The last year, and this one as soon as there is a file of it: by name, whatever the content."""
    _, put = public
    body = gzip.compress((data / "wx_stations.txt").read_bytes())
    year = datetime.datetime.now(datetime.UTC).year
    for number in (year - 2, year - 1):
        put(f"csv.gz/by_year/{number}.csv.gz", body)
    asked = [f"/{BUCKET}/csv.gz/by_year/{number}.csv.gz" for number in (year - 1, year)]
    code, report, stderr, requests = ingest("noaa://ghcn-daily/by_year/recent")
    assert code == 0, stderr
    assert [path for method, path, _ in requests if method == "HEAD"] == asked
    assert report["objects"]["taken"] == 1
    put(f"csv.gz/by_year/{year}.csv.gz", body)
    code, report, _, _ = ingest("noaa://ghcn-daily/by_year/recent")
    assert (report["objects"]["taken"], report["objects"]["skipped"]) == (1, 1)


def test_years_that_are_not_selected_are_not_fetched(ingest, public):
    _, put = public
    put("csv.gz/by_year/1899.csv.gz", gzip.compress(b""))
    _, _, _, requests = ingest("noaa://ghcn-daily/by_year", "--since", "1900-01-01")
    fetched = {path for method, path, _ in requests if method == "GET" and "?" not in path}
    assert fetched and not any("1899" in path for path in fetched)


def test_a_name_that_is_none(ingest):
    code, _, stderr, requests = ingest("noaa://ghcn-daily/by_day/2026")
    assert code == 1 and not requests
    assert "no such name of what NOAA publishes" in stderr
    assert "noaa://ghcn-daily/by_year/YEAR" in stderr
