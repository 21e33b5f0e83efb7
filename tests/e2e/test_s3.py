"""Objects of S3: read as files are, found again by their tags, whatever their names are and
whatever goes wrong on the way."""

import collections
import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

import sample
from contents import digest

STATION = "USC00110072"


def data_of(database):
    """Everything but where it came from."""
    return digest(database, without=("ingest_run", "ingest_object", "origin"))


@pytest.fixture
def ingest(run, migrated, aws):
    """ingest(*arguments, env={}) -> (exit code, report, stderr)."""

    def ingest(*arguments, env=None, database=migrated):
        done = run("ingest", *arguments, database=database, env={**aws.environment(), **(env or {})})
        return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr

    return ingest


@pytest.fixture(scope="session")
def put(aws, bucket):
    """put(key, body) stores an object."""
    s3 = aws.client("s3")
    return lambda key, body: s3.put_object(Bucket=bucket, Key=key, Body=body)


def test_a_prefix_is_what_the_files_are(ingest, bucket, migrated, query, ingested):
    code, report, _ = ingest(f"s3://{bucket}/wx_stations.txt", f"s3://{bucket}/wx_data/")
    assert (code, report["objects"]["taken"]) == (0, 168)
    assert data_of(migrated) == data_of(ingested)


def test_what_has_not_changed_is_not_fetched(ingest, bucket, trouble):
    proxy = trouble(lambda number, request: None)
    env = {"AWS_ENDPOINT_URL": proxy.url}
    _, first, _ = ingest(f"s3://{bucket}/wx_data/", env=env)
    assert first["objects"]["taken"] == 167
    proxy.requests.clear()
    code, again, _ = ingest(f"s3://{bucket}/wx_data/", env=env)
    assert (code, again["objects"]["skipped"], again["version"]) == (0, 167, None)
    assert [path.split("?")[0] for _, path, _ in proxy.requests] == [f"/{bucket}/"]


def test_changed_content_is_taken(ingest, bucket, put, migrated, query):
    lines = sample.texts()[f"{STATION}.txt"].decode().splitlines()
    put("changing/USC00110072.txt", "\n".join(lines[:-1]) + "\n")
    ingest(f"s3://{bucket}/changing/")
    count = "select count(*) from day"
    before = query(migrated, count)[0][0]
    put("changing/USC00110072.txt", "\n".join(lines) + "\n")
    _, report, _ = ingest(f"s3://{bucket}/changing/")
    assert report["objects"]["taken"] == 1
    assert query(migrated, count)[0][0] == before + 1


def test_another_tag_with_the_same_content(ingest, bucket, put, aws, migrated, query):
    """As after an upload in parts: read once more, found to be known, and remembered."""
    s3 = aws.client("s3")
    body = sample.texts()[f"{STATION}.txt"]
    put("parts/USC00110072.txt", body)
    ingest(f"s3://{bucket}/parts/")
    version = query(migrated, "select version from dataset_version")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts/USC00110072.txt")["UploadId"]
    part = s3.upload_part(
        Bucket=bucket, Key="parts/USC00110072.txt", UploadId=upload, PartNumber=1, Body=body
    )
    s3.complete_multipart_upload(
        Bucket=bucket, Key="parts/USC00110072.txt", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )  # fmt: skip
    _, report, _ = ingest(f"s3://{bucket}/parts/")
    assert report["objects"]["skipped"] == 1
    tag = s3.head_object(Bucket=bucket, Key="parts/USC00110072.txt")["ETag"]
    assert query(migrated, "select etag from ingest_object") == [(tag,)]
    assert query(migrated, "select version from dataset_version") == version


ODD = [
    "a b+c=d&e/year=2020/USC00110072.txt",
    "percent%20and%2Fslash/USC00110072.txt",
    "x//y/./../USC00110072.txt",
    "q?u#e/USC00110072.txt",
    "ümläut/日本/USC00110072.txt",
    "quotes'\"()*!~,;:@$/USC00110072.txt",
    "<xml>&amp;/USC00110072.txt",
    "back\\slash|pipe^`{}[]/USC00110072.txt",
    "tab\tand\x01control/USC00110072.txt",
]


@pytest.mark.parametrize("key", ODD)
def test_odd_keys(ingest, bucket, put, key):
    """By the listing and by their names, each signed rightly and read under its own name."""
    put(f"odd/{key}", sample.texts()[f"{STATION}.txt"])
    code, report, stderr = ingest(f"s3://{bucket}/odd/{key}")
    assert (code, report["objects"]["taken"]) == (0, 1), stderr
    code, report, stderr = ingest(f"s3://{bucket}/odd/{key.partition('/')[0]}")
    assert (code, report["objects"]["skipped"]) == (0, 1), stderr


@pytest.mark.release
def test_a_listing_of_many_pages(ingest, bucket, put, run, migrated, aws):
    line = "19850101\t-22\t-128\t94\n"
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda i: put(f"many/USC{i:08}.txt", line), range(1100)))
    code, report, _ = ingest(f"s3://{bucket}/many/")
    assert (code, report["objects"]["taken"], report["stations"]["added"]) == (0, 1100, 1100)


def test_a_big_object_comes_in_parts(ingest, bucket, trouble, put, migrated, query):
    lines = sample.days(2 * 1024 * 1024 + 150)
    body = lines.encode()
    assert len(body) > 2 * 1024 * 1024
    put("big/USC00999999.txt", body)
    proxy = trouble(lambda number, request: None)
    code, report, _ = ingest(f"s3://{bucket}/big/", env={"AWS_ENDPOINT_URL": proxy.url})
    assert (code, report["rows"]) == (0, lines.count("\n"))
    ranges = [headers["Range"] for _, _, headers in proxy.requests if "Range" in headers]
    assert len(ranges) == -(-len(body) // (1024 * 1024))
    ((tmax, tmin, prcp),) = query(
        migrated, "select tmax, tmin, prcp from day where station_id = 'USC00999999' "
        "and date = '2030-12-28'"
    )  # fmt: skip
    assert (float(tmax), float(tmin), float(prcp)) == (33.0, -1.2, 2.8)


def test_packed_objects(ingest, bucket, put, data, migrated, query, ingested):
    put("packed/wx_data.tar.xz", (data / "wx_data.tar.xz").read_bytes())
    put("packed/wx_stations.txt.gz", gzip.compress((data / "wx_stations.txt").read_bytes()))
    code, report, _ = ingest(f"s3://{bucket}/packed/")
    assert (code, report["objects"]["taken"]) == (0, 168)
    assert data_of(migrated) == data_of(ingested)
    code, report, _ = ingest(f"s3://{bucket}/packed/")
    assert (code, report["objects"]["taken"], report["version"]) == (0, 0, None)


def failure(code, message):
    """As S3 says it."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
        "<RequestId>4442587FB7D0A2F9</RequestId><HostId>"
        "vPlYw1yRvj3Ri7wWYPlWZbYzRcGgEMk1YcCKPEXAMPLEhostIDyQ0XLjlEs5nHx4Q2bLk1VtUIo=</HostId></Error>"
    ).encode()


SLOW_DOWN = failure("SlowDown", "Please reduce your request rate.")


@pytest.mark.parametrize("what", [
    (503, SLOW_DOWN), pytest.param((500, b""), marks=pytest.mark.release),
    pytest.param("reset", marks=pytest.mark.release), "cut",
], ids=["slow down", "500", "reset", "cut"])  # fmt: skip
def test_trouble_that_passes(ingest, bucket, trouble, what, migrated, query, ingested):
    """The first two requests for some objects, and for all that is no object of a station, come to
    nothing; the data are the same in the end."""
    seen = collections.Counter()

    def spoil(_, request):
        seen[request.path] += 1
        spoilt = "USC" not in request.path or zlib.crc32(request.path.encode()) % 5 == 0
        return what if spoilt and seen[request.path] <= 2 else None

    proxy = trouble(spoil)
    code, report, stderr = ingest(
        f"s3://{bucket}/wx_stations.txt", f"s3://{bucket}/wx_data/",
        env={"AWS_ENDPOINT_URL": proxy.url},
    )  # fmt: skip
    assert (code, report["objects"]["taken"]) == (0, 168), stderr
    assert sum(count == 3 for count in seen.values()) > 20
    assert data_of(migrated) == data_of(ingested)


@pytest.mark.parametrize("body", [SLOW_DOWN, b"<html>" + b"x" * 100000], ids=["xml", "long"])
def test_an_error_longer_than_the_object(ingest, bucket, trouble, put, migrated, query, body):
    """It says to come again, however long it is: for a small object, and for the last part."""
    whole = sample.days(2 * 1024 * 1024 + 150)
    put("errors/USC00000001.txt", "19850101\t-22\t-128\t94\n")
    put("errors/USC00000002.txt", whole)
    seen = collections.Counter()

    def spoil(_, request):
        last = request.headers.get("Range", "").startswith("bytes=2097152-")
        if request.command == "GET" and (last or "USC00000001" in request.path):
            seen[request.path] += 1
            return (503, body) if seen[request.path] == 1 else None
        return None

    proxy = trouble(spoil)
    code, report, stderr = ingest(f"s3://{bucket}/errors/", env={"AWS_ENDPOINT_URL": proxy.url})
    assert (code, report["rows"]) == (0, 1 + whole.count("\n")), stderr
    assert set(seen.values()) == {2}


def test_what_s3_says_is_said(ingest, bucket, trouble):
    denied = failure("AccessDenied", "User: arn:aws:iam::123456789012:user/x is not authorized")
    proxy = trouble(lambda _, request: (403, denied) if STATION in request.path else None)
    _, report, _ = ingest(f"s3://{bucket}/wx_data/", env={"AWS_ENDPOINT_URL": proxy.url})
    (failed,) = report["failures"]["first"]
    assert "status 403, AccessDenied: User: arn:aws:iam::123456789012:user/x" in failed["reason"]
    assert "s3:GetObject" in failed["hint"]


def test_trouble_that_stays(ingest, bucket, trouble):
    """One object of many cannot be had: it is named, the others are taken."""
    proxy = trouble(lambda _, request: (500, b"") if STATION in request.path else None)
    code, report, stderr = ingest(f"s3://{bucket}/wx_data/", env={"AWS_ENDPOINT_URL": proxy.url})
    assert (code, report["objects"]["taken"], report["objects"]["failed"]) == (3, 166, 1)
    (failure,) = report["failures"]["first"]
    assert failure["uri"] == f"s3://{bucket}/wx_data/{STATION}.txt"
    assert "status 500" in failure["reason"]


def test_an_object_that_changes_while_it_is_read(ingest, bucket, put, trouble):
    body = sample.texts()[f"{STATION}.txt"]
    put(f"moving/{STATION}.txt", body)

    def change(_, request):
        if request.command == "GET" and STATION in request.path:
            put(f"moving/{STATION}.txt", body + b"20150101\t0\t0\t0\n")

    proxy = trouble(change)
    code, report, _ = ingest(f"s3://{bucket}/moving/", env={"AWS_ENDPOINT_URL": proxy.url})
    assert (code, report["objects"]["taken"]) == (1, 0)
    assert "changed while it was read" in report["failures"]["first"][0]["reason"]


PARTS = {
    "another": lambda start: f"bytes {start - 21}-{{last}}/{{size}}",
    "another end": lambda start: f"bytes {start}-{start + 20}/{{size}}",
    "another size": lambda start: f"bytes {start}-{{last}}/1",
    "none": lambda start: None,
}


@pytest.mark.parametrize("what", PARTS)
def test_parts_that_are_others(ingest, bucket, put, answers, what):
    """What they are is said by the server, and not assumed."""
    body = sample.days(1024 * 1024 + 500).encode()
    tag = put("wrong/USC00000001.txt", body)["ETag"]

    def answer(handler):
        if handler.command == "HEAD":
            return 200, {"ETag": tag, "Content-Length": str(len(body))}, b""
        start, last = map(int, handler.headers["Range"].removeprefix("bytes=").split("-"))
        said = f"bytes {start}-{last}/{len(body)}"
        if start > 0:
            said = PARTS[what](start)
        said = said and said.format(last=last, size=len(body))
        return 206, {"ETag": tag, **({"Content-Range": said} if said else {})}, body[start : last + 1]

    code, report, _ = ingest(
        f"s3://{bucket}/wrong/USC00000001.txt", env={"AWS_ENDPOINT_URL": answers(answer).url}
    )
    assert code == 1
    assert "Content-Range" in report["failures"]["first"][0]["reason"]


def test_parts_of_no_version(ingest, bucket, answers):
    body = b"19850101\t-22\t-128\t94\n"

    def answer(handler):
        if handler.command == "HEAD":
            return 200, {"ETag": '"1"', "Content-Length": str(len(body))}, b""
        return 200, {}, body

    code, report, _ = ingest(
        f"s3://{bucket}/USC00000001.txt", env={"AWS_ENDPOINT_URL": answers(answer).url}
    )
    assert code == 1
    assert "ETag" in report["failures"]["first"][0]["reason"]


def test_an_empty_object_is_no_data(ingest, bucket, put, trouble):
    put("empty/USC00000001.txt", b"")
    proxy = trouble(lambda *_: None)
    for number, uri in enumerate([f"s3://{bucket}/empty/", f"s3://{bucket}/empty/USC00000001.txt"]):
        code, report, stderr = ingest(uri, env={"AWS_ENDPOINT_URL": proxy.url})
        assert (code, report["objects"]["skipped"], report["notes"]["count"]) == (
            0, number, 1 - number
        ), stderr  # fmt: skip
    assert all(method == "HEAD" or "list-type" in path for method, path, _ in proxy.requests)


def listing(*parts):
    return b"<ListBucketResult>" + b"".join(parts) + b"</ListBucketResult>"


MORE = b"<IsTruncated>true</IsTruncated>"
LISTS = [
    (listing(MORE), "not where"),
    (listing(MORE, b"<NextContinuationToken>again</NextContinuationToken>"), "not where"),
    (b"<html><body>Sign in</body></html>", "no list of objects"),
    (b"<Error><Code>InternalError</Code></Error>", "no list of objects"),
    (b"<ListBucketResult><Contents>", "no XML"),
    (b"", "no XML"),
    (listing(b"<Contents><Size>1</Size></Contents>"), "without key or size"),
    (listing(b"<Contents><Key>a</Key></Contents>"), "without key or size"),
    (listing(b"<Contents><Key>a</Key><Size>-1</Size></Contents>"), "without key or size"),
]


@pytest.mark.parametrize("answer, said", LISTS, ids=lambda value: str(value)[:40])
def test_lists_that_are_none(ingest, bucket, trouble, answer, said):
    """They end the run: objects that they leave out would be missed by nobody."""
    proxy = trouble(lambda *_: (200, answer))
    code, _, stderr = ingest(f"s3://{bucket}/x/", env={"AWS_ENDPOINT_URL": proxy.url})
    assert code == 1
    assert said in stderr


def test_tags_without_quotes(ingest, bucket, put, trouble):
    """Some servers list them so, but want them in quotes."""
    tag = put(f"bare/{STATION}.txt", sample.texts()[f"{STATION}.txt"])["ETag"].strip('"')
    size = len(sample.texts()[f"{STATION}.txt"])
    answer = listing(
        f"<Contents><Key>bare/{STATION}.txt</Key><Size>{size}</Size><ETag>{tag}</ETag></Contents>".encode()
    )
    proxy = trouble(lambda _, request: (200, answer) if "list-type" in request.path else None)
    code, report, stderr = ingest(f"s3://{bucket}/bare/", env={"AWS_ENDPOINT_URL": proxy.url})
    assert (code, report["objects"]["taken"]) == (0, 1), stderr


WRONG = [
    ("s3://weather/nothing/", {}, "no object has this key"),
    ("s3://weatherless/x", {}, "NoSuchBucket"),
    ("s3://UPPER/x", {}, "no name of a bucket"),
    ("s3://", {}, "no name of a bucket"),
    ("s3://weather/wx_data/", {"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch"),
    ("s3://weather/wx_data/", {"AWS_ACCESS_KEY_ID": "AKIAWRONG"}, "InvalidAccessKeyId"),
    ("s3://weather/wx_data/", {"AWS_ACCESS_KEY_ID": None}, "AWS_ACCESS_KEY_ID is not"),
    ("s3://weather/x", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "Failed to connect"),
    ("http://127.0.0.1/x", {}, "unsupported scheme http://"),
    ("https://user:pw@example.org/x", {}, "may not hold a user"),
]


@pytest.mark.parametrize("uri, env, said", WRONG, ids=[said for _, _, said in WRONG])
def test_what_is_wrong_is_said(ingest, bucket, aws, uri, env, said):
    code, report, stderr = ingest(uri, env=env)
    assert code == 1
    assert said in stderr
    for secret in (aws.secret, "user:pw"):
        assert secret not in stderr + json.dumps(report)


def test_a_public_bucket_needs_no_credentials(ingest, bucket, trouble):
    """Without any in sight, and with some that are not to be used."""
    proxy = trouble(lambda *_: (200, b"<ListBucketResult></ListBucketResult>"))
    for env in (
        {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
         "AWS_EC2_METADATA_DISABLED": "true"},
        {"ALMANAC_S3_UNSIGNED": "yes"},
    ):  # fmt: skip
        proxy.requests.clear()
        ingest(f"s3://{bucket}/x/", env={**env, "AWS_ENDPOINT_URL": proxy.url})
        assert proxy.requests
        assert all("Authorization" not in headers for _, _, headers in proxy.requests)


def test_a_bucket_elsewhere(ingest, bucket, trouble):
    """A bucket tells in which region it is, and is asked again with a signature for that."""

    def send_away(_, request):
        if "/eu-central-1/" not in request.headers["Authorization"]:
            return 400, (
                b"<Error><Code>AuthorizationHeaderMalformed</Code>"
                b"<Region>eu-central-1</Region></Error>"
            )
        return None

    proxy = trouble(send_away)
    code, report, stderr = ingest(
        f"s3://{bucket}/wx_data/USC001100",
        env={"AWS_ENDPOINT_URL": proxy.url, "AWS_REGION": "us-west-2"},
    )
    assert code == 0, stderr
    assert report["objects"]["taken"] >= 1
