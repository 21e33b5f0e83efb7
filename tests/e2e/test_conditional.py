"""If-None-Match and Accept-Encoding: RFC 9110, 8.8.3, 12.5.3 and 13.1.2, whether an answer is made or
was kept in memory."""

import gzip
import json

import httpx
import pytest
from raw import Connection

DAYS = "/api/weather?station_id=USC00110072"
PAGE = f"{DAYS}&page_size=100"  # long enough to be compressed
SHORT = f"{DAYS}&page_size=2&fields=date"  # too short
STREAM = "/api/weather?format=csv"
OWN = ["/", "/problems", "/problems/not-found", "/openapi.json"]
PAGES = ["/docs", "/redoc/start.js"]


@pytest.fixture
def ask(served):
    with Connection(served) as connection:

        def ask(target, coding=None, known=None, method="GET", more=()):
            lines = [f"Accept-Encoding: {coding}"] if coding is not None else []
            lines += [f"If-None-Match: {tag}" for tag in ([known] if isinstance(known, str) else known or [])]
            return connection.ask(target, headers=[*lines, *more], method=method)

        yield ask


def tag_of(ask, target=PAGE, coding=None):
    answer = ask(target, coding)
    assert answer.status == 200
    assert answer.headers.get("content-encoding") == (coding if target != SHORT else None)
    return answer.headers["etag"]


def is_new(answer):
    assert answer.status in (200, 304)
    assert answer.status == 200 or answer.body == b""
    return answer.status == 200


# -- Lists -----------------------------------------------------------------------------------

KNOWN = [
    "{}", "W/{}", '"other", {}', '{} , W/"other"', ',{},', '"a,b", {}',
    ["{}", '"other"'], ['"other"', "W/{}"],
    "*",
]  # fmt: skip
# A tag as proxies alter it: Apache, Jetty, and as older ones wrote it.
KNOWN += ["{-gzip}", "{--gzip}", "{;gzip}", "W/{-gzip}"]
UNKNOWN = [
    '"a"{}"b"', '"a, {}', '"a, {}, "b"', '{}, "a', '{} "a"', "{}, *", "*, {}", '"x{}x"',
    "w/{}", "W/ {}", '"*"', ['"a', '{}'], "",
]  # fmt: skip


def fill(form, tag):
    if isinstance(form, list):
        return [fill(each, tag) for each in form]
    for mark in ("-gzip", "--gzip", ";gzip"):
        form = form.replace("{%s}" % mark, f'{tag[:-1]}{mark}"')
    return form.replace("{}", tag)


@pytest.mark.parametrize("target", [PAGE, SHORT, *OWN, *PAGES])
@pytest.mark.parametrize("form", KNOWN)
def test_known(ask, target, form):
    """Again and again: answers that are asked for twice are kept."""
    tag = tag_of(ask, target)
    for _ in range(4):
        answer = ask(target, known=fill(form, tag))
        assert answer.status == 304 and answer.headers["etag"] == tag


@pytest.mark.parametrize("target", [PAGE, SHORT, *OWN, *PAGES])
@pytest.mark.parametrize("form", UNKNOWN)
def test_unknown(ask, target, form):
    tag = tag_of(ask, target)
    for _ in range(4):
        assert ask(target, known=fill(form, tag)).status == 200


@pytest.mark.parametrize(
    "target",
    ["/nothing", "/api/stats/nosuch", "/api/stations/NOSUCH", "/api/stations/NOSUCH/inventory",
     "/api/weather?page=0", "/api/weather?foo=1", "/docs/nothing.js", "/problems/nothing"],
)  # fmt: skip
def test_any_is_not_nothing(ask, target):
    """"*" stands for a representation that exists."""
    for _ in range(4):
        plain, answer = ask(target), ask(target, known="*")
        assert answer.status == plain.status in (404, 422)
        assert json.loads(answer.body) == json.loads(plain.body)


def test_any_of_what_is_long(ask):
    answer = ask(STREAM, known="*")
    assert answer.status == 304 and answer.body == b""
    assert answer.headers["etag"] == ask(STREAM, method="HEAD").headers["etag"]
    assert ask("/livez").status == 200


# -- Codings ---------------------------------------------------------------------------------

CODINGS = [None, "", "identity", "gzip", "zstd", "gzip, zstd", "zstd;q=0.1, gzip", "gzip;q=0", "*",
           "gzip;q=0, *", "identity;q=0.5, gzip;q=0.1"]  # fmt: skip


def names(accept, coding):
    """Whether the header names the coding, with a weight that is not 0."""
    items = [item.strip().partition(";q=") for item in (accept or "").split(",")]
    return any(name == coding and weight != "0" for name, _, weight in items)


@pytest.mark.parametrize("accept", CODINGS)
@pytest.mark.parametrize("target", [PAGE, "/openapi.json"])
def test_tags_of_codings(ask, target, accept):
    """The tag of identity, and those of the codings that the request names: a cache that has one of them
    may give it to this client. From memory it is the same."""
    tags = {coding: tag_of(ask, target, coding) for coding in (None, "gzip", "zstd")}
    assert len(set(tags.values())) == 3
    for coding, tag in tags.items():
        known = coding is None or names(accept, coding)
        for _ in range(4):
            answer = ask(target, accept, tag)
            assert is_new(answer) != known
            assert answer.status == 200 or answer.headers["etag"] == tag
        for _ in range(3):
            ask(target, accept)  # now it is kept
        assert is_new(ask(target, accept, tag)) != known


def test_memory_was_asked(ask, served):
    """Else the tests above say less than they seem to."""
    ask(PAGE, "gzip")
    for _ in range(200):
        assert ask(PAGE, "gzip").status == 200
        figures = httpx.get(served.operation + "/metrics", timeout=60).text
        (hits,) = [line for line in figures.splitlines() if line.startswith("almanac_answers_hits_total ")]
        if float(hits.split()[1]) > 0:
            return
    raise AssertionError("no answer came from memory")


@pytest.mark.parametrize("target", [PAGE, "/openapi.json", "/docs"])
@pytest.mark.parametrize(
    "accept",
    [None, "", "*", "br, *", "gzip;q=0, *", "*;q=0.1", "gzip ; q = 0", "gzip, gzip;q=0", "gzip;q=nan",
     "gzip;q=1.5", "identity;q=0.5, gzip;q=0.1", "identity, gzip;q=0.5", "identity;q=0", "*;q=0"],
)  # fmt: skip
def test_not_encoded(ask, target, accept):
    assert "content-encoding" not in ask(target, accept).headers


@pytest.mark.parametrize("target", [PAGE, "/openapi.json", "/docs"])
@pytest.mark.parametrize(
    "accept", ["x-gzip", "X-Gzip;q=0.2", "identity;q=0, *", "*;q=0, gzip", "GZIP\t;\tq=1.000"]
)
def test_in_gzip(ask, target, accept):
    answer = ask(target, accept)
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == ask(target).body


# -- What answers say of themselves ----------------------------------------------------------


@pytest.mark.parametrize("target", [PAGE, *OWN, *PAGES])
def test_a_304_says_what_the_200_would(ask, target):
    for coding in (None, "gzip"):
        full = ask(target, coding)
        again = ask(target, coding, full.headers["etag"])
        assert again.status == 304
        for name in ("etag", "vary", "cache-control"):
            assert again.headers[name] == full.headers[name]
        # RFC 9110, 15.4.5: nothing else that describes the representation
        assert not {"content-encoding", "content-type", "content-length"} & set(again.headers)
        assert "Accept-Encoding" in full.headers["vary"]


# -- Ranges: RFC 9110, 13.1.5 and 14 ---------------------------------------------------------

RANGES = {  # what is asked: what is sent
    "bytes=0-0": slice(0, 1),
    "bytes=10-99": slice(10, 100),
    "Bytes=100-": slice(100, None),
    "bytes=-50": slice(-50, None),
    "bytes=7-99999999": slice(7, None),
    "bytes=-99999999": slice(0, None),
}
WHOLE = [
    "bytes=9-5", "bytes=99999999-", "bytes=-0", "bytes=0-1,3-4", "bytes=0-1, 5-", "bytes=", "bytes=-", "bytes=a-b",
    "bytes=1-x", "bytes=+1-2", "bytes=1--2", "lines=0-1", "0-1", "bytes=99999999999999999999-", "",
]  # fmt: skip


@pytest.mark.parametrize("target", [STREAM, *OWN, *PAGES])
def test_without_ranges(ask, target):
    assert ask(target, method="HEAD").headers["accept-ranges"] == "none"


@pytest.mark.parametrize("target", [PAGE, SHORT, DAYS + "&format=arrow&page_size=500"])
@pytest.mark.parametrize("coding", [None, "gzip", "zstd"])
def test_ranges(ask, target, coding):
    """Of answers that are made, then of those that are kept: parts of the same bytes."""
    full = ask(target, coding)
    assert full.status == 200 and full.headers["accept-ranges"] == "bytes"
    for _ in range(3):
        for text, wanted in RANGES.items():
            part = ask(target, coding, more=[f"Range: {text}"])
            first = wanted.indices(len(full.body))[0]
            assert part.status == 206 and part.body == full.body[wanted], text
            said = f"bytes {first}-{first + len(part.body) - 1}/{len(full.body)}"
            assert part.headers["content-range"] == said
            for name in ("etag", "content-type", "vary", "content-encoding"):
                assert part.headers.get(name) == full.headers.get(name)


def test_what_is_no_range(ask):
    full = ask(PAGE)
    for text in WHOLE:
        for _ in range(2):
            answer = ask(PAGE, more=[f"Range: {text}"])
            assert answer.status == 200 and answer.body == full.body, text
    for method, status in (("HEAD", 200), ("OPTIONS", 204)):
        answer = ask(PAGE, more=["Range: bytes=0-9"], method=method)
        assert answer.status == status and "content-range" not in answer.headers
    assert int(ask(PAGE, more=["Range: bytes=0-9"], method="HEAD").headers["content-length"]) == len(full.body)
    assert ask(PAGE, known=full.headers["etag"], more=["Range: bytes=0-9"]).status == 304
    assert ask("/api/weather?page=0", more=["Range: bytes=0-9"]).status == 422
    assert ask("/api/weather/stats?format=csv", more=["Range: bytes=0-9"]).status == 200


def test_parts_of_the_same_answer(ask):
    """A download goes on only with the bytes that it began with."""
    tag, zipped = tag_of(ask), tag_of(ask, coding="gzip")
    for known, status in ((tag, 206), (zipped, 200), (f"W/{tag}", 200), ('"other"', 200),
                          ("Sat, 01 Jan 2050 00:00:00 GMT", 200)):  # fmt: skip
        for _ in range(2):
            assert ask(PAGE, more=["Range: bytes=5-9", f"If-Range: {known}"]).status == status


ONE, BOTH = "station_id=USC00110072", "station_id=USC00110072,USC00110187"
FILES = {
    f"/api/weather?format=csv&{ONE}&start_date=1985-01-01&end_date=2014-12-31": "weather_USC00110072_1985-2014.csv",
    f"/api/weather?format=csv&{BOTH}&date=2012-07-04": "weather_USC00110072_USC00110187_2012-07-04.csv",
    f"/api/weather?format=csv&{ONE}&start_date=2012-07-01&end_date=2012-07-31": "weather_USC00110072_2012-07-01_2012-07-31.csv",
    f"/api/weather?format=ndjson&{ONE}&start_date=2014-01-01": "weather_USC00110072_from-2014.ndjson",
    f"/api/weather?format=ndjson&{ONE}&end_date=1985-06-30": "weather_USC00110072_to-1985-06-30.ndjson",
    "/api/weather?format=csv&state=IL,IN&page=3&page_size=5": "weather_IL_IN_page-3.csv",
    f"/api/weather/stats?format=csv&year=2012": "weather-stats_2012.csv",
    "/api/stats/yearly?format=csv&start_year=2000&end_year=2009": "stats-yearly_2000-2009.csv",
    "/api/stations?format=geojson": "stations.geojson",
    "/api/stations/USC00110072?format=csv": "stations-USC00110072.csv",
    "/api/stations/USC00110072/inventory?format=csv": "stations-USC00110072-inventory.csv",
}  # fmt: skip


def test_file_names(ask):
    disposition = lambda target: ask(target, method="HEAD").headers.get("content-disposition")
    for target, name in FILES.items():
        assert disposition(target) == f'inline; filename="{name}"'
    assert disposition(PAGE) is None and disposition(PAGE + "&format=columnar") is None


def test_head_of_the_description(ask):
    get, head = ask("/openapi.json", "gzip"), ask("/openapi.json", "gzip", method="HEAD")
    assert head.body == b"" and head.headers["etag"] == get.headers["etag"]
    assert int(head.headers["content-length"]) == len(get.body)
    assert json.loads(gzip.decompress(get.body))["openapi"].startswith("3.1")
