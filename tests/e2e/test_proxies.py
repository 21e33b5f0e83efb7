"""Behind real proxies that take a prefix away: every link holds, long answers come whole or visibly not,
what a client has is known again."""

import contextlib
import html
import re
import shutil
from urllib.parse import urljoin

import httpx
import psycopg
import pytest
import proxies
from playwright.sync_api import sync_playwright

import raw

pytestmark = pytest.mark.release

KINDS = {
    "nginx": proxies.nginx,
    "stock nginx": proxies.stock_nginx,
    "haproxy": proxies.haproxy,
    "apache": proxies.apache,
}
STATION = "USC00110072"
EVERYTHING = "api/weather?format=csv"


@pytest.fixture(scope="module", params=KINDS)
def proxy(request, served, tmp_path_factory):
    proxy = KINDS[request.param](tmp_path_factory.mktemp("proxy"), served)
    yield proxy
    proxy.stop()


@pytest.fixture(scope="module")
def client():
    with httpx.Client(timeout=60) as client:
        yield client


# -- Links -----------------------------------------------------------------------------------


def references(answer):
    """All that an answer leads to, as it stands there."""
    found = re.findall(r"<([^>]*)>; *rel=", answer.headers.get("link", ""))
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        found += [html.unescape(each) for each in re.findall(r'(?:href|src)="([^"]*)"', answer.text)]
        found = [each for each in found if not each.startswith("data:")]
    elif "json" in kind and "ndjson" not in kind:
        found += list(of_document(answer.json()))
    return found


def of_document(value):
    """Values of members that are references."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in ("self", "next", "prev", "href", "instance", "type") and isinstance(member, str):
                if name != "type" or "problems/" in member:
                    yield member
            elif name not in ("data", "components"):
                yield from of_document(member)
    elif isinstance(value, list):
        for member in value:
            yield from of_document(member)


BEGIN = [
    "", "docs", "redoc", "problems", "problems/not-found", "openapi.json",
    f"api/weather?station_id={STATION}&page_size=2&page=2",
    f"api/weather?station_id={STATION}&page_size=2&cursor=*",
    f"api/weather?station_id={STATION}&page_size=2&page=2&format=csv",
    f"api/weather?station_id={STATION}&page_size=2&page=2&format=columnar",
    "api/stations?page_size=3&page=2&format=geojson",
    f"api/stations/{STATION}", f"api/stations/{STATION}/inventory",
    "api/weather/stats?page_size=2&page=3&units=imperial&fields=*", "api/stats/yearly?page_size=1&page=2",
    "api/elements", "api/stats",
]  # fmt: skip
WRONG = [
    ("nothing", 404), ("a/b/c", 404), ("a/b/c/", 404), ("api/weather/", 404), ("docs/nothing", 404),
    ("problems/nothing", 404), ("api/weather?page=0", 422), ("api/stations/NOSUCH", 404),
    ("api/stations/NOSUCH/inventory?foo=a/b:c", 422), ("api/stats/nosuch", 404),
    ("api/weather/stats?where=zz", 422), ("api/weather?x=%zz", 400), ("a:b", 404), ("a/b:c?d", 404),
]  # fmt: skip


@pytest.mark.parametrize("accept", ["application/json, */*;q=0.1", "text/html"])
@pytest.mark.parametrize("target", BEGIN)
def test_every_link_holds(proxy, client, target, accept):
    if accept == "text/html" and target.startswith("api"):
        accept = "*/*"
    answer = client.get(proxy.url + target, headers={"accept": accept})
    assert answer.status_code == 200
    found = references(answer)
    assert found or "openapi" in target or "format=csv" in target
    for reference in found:
        url = urljoin(str(answer.url), reference)
        assert url.startswith(proxy.url), reference
        assert client.get(url).status_code == (404 if reference.endswith("not-found-page") else 200), url


@pytest.mark.parametrize(("target", "status"), WRONG)
def test_problems_lead_to_their_page(proxy, client, target, status):
    answer = client.get(proxy.url + target)
    assert answer.status_code == status
    problem = answer.json()
    assert urljoin(str(answer.url), problem["instance"]) == proxy.url + target
    kind = client.get(urljoin(str(answer.url), problem["type"]), headers={"accept": "text/html"})
    assert kind.status_code == 200 and str(kind.url).startswith(proxy.url + "problems/")
    assert f"Status {status}." in kind.text
    # and from there to all of them
    for reference in references(kind):
        assert client.get(urljoin(str(kind.url), reference)).status_code == 200


def test_walk_to_the_end(proxy, client):
    url, rows = f"{proxy.url}api/stations?page_size=60", 0
    while url is not None:
        document = client.get(url).json()
        rows += len(document["data"])
        following = document["links"]["next"]
        url = following and urljoin(url, following)
    assert rows == 167


def test_description_leads_to_the_routes(proxy, client):
    url = proxy.url + "openapi.json"
    document = client.get(url).json()
    (server,) = document["servers"]
    base = urljoin(url, server["url"]).rstrip("/")
    assert base + "/" == proxy.url
    for path, item in document["paths"].items():
        if "{" not in path:
            query = {
                parameter["name"]: parameter["example"] for parameter in item["get"].get("parameters", [])
                if parameter.get("required")
            }  # fmt: skip
            assert client.get(base + path, params=query).status_code == 200, path


def test_without_the_slash(proxy, client):
    """As people type it."""
    if proxy.folder.name.startswith("proxy") and "return 301" not in (proxy.folder / "conf").read_text():
        answer = client.get(proxy.url.rstrip("/"), follow_redirects=False)
        assert answer.status_code in (301, 302)
        assert urljoin(proxy.url.rstrip("/"), answer.headers["location"]) == proxy.url


def test_pages_can_be_used(proxy):
    """In a browser, which asks nothing outside the prefix."""
    program = shutil.which("chromium")
    outside = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda asked: asked.url.startswith((proxy.url, "data:", "blob:")) or outside.append(asked.url))
        page.goto(proxy.url + "docs")
        operation = page.locator("#operations-weather-get_api_weather")
        operation.locator(".opblock-summary").first.click()
        operation.locator("button.execute").click()
        status = operation.locator(".live-responses-table .response-col_status").nth(1)
        status.wait_for()
        assert status.inner_text().split()[0] == "200"
        page.goto(proxy.url + "redoc")
        page.locator("h2", has_text="Days of observations").first.wait_for()
        browser.close()
    assert not outside


# -- Long answers ----------------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_all_rows(proxy, client, served, coding):
    """As without the proxy."""
    headers = {"accept-encoding": coding}
    whole = client.get(f"{served.url}/{EVERYTHING}", headers=headers)
    through = client.get(proxy.url + EVERYTHING, headers=headers)
    assert through.status_code == 200 and through.content.count(b"\r\n") == 1_729_958
    assert through.content == whole.content


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_is_noticed(server, ingested_copy, tmp_path, kind):
    running = server(ingested_copy, "--cache-memory", "0")
    proxy = KINDS[kind](tmp_path, running)
    try:
        with raw.Connection(proxy, receive_buffer=4096) as connection:
            connection.send(raw.request("/climate/" + EVERYTHING))
            body = connection.socket.recv(100)
            assert body.startswith(b"HTTP/1.1 200")
            with psycopg.connect(ingested_copy, autocommit=True) as conn:
                conn.execute(
                    "with v as (update dataset_version set version = version + 1, changed_at = now() "
                    "returning version) update station set version = v.version from v "
                    "where station_id = 'USC00339312'"
                )
            with contextlib.suppress(ConnectionResetError):
                while piece := connection.socket.recv(1 << 16):
                    body += piece
                head = body.partition(b"\r\n\r\n")[0].lower()
                assert b"transfer-encoding: chunked" in head and not body.endswith(b"\r\n0\r\n\r\n")
        running.wait_for_line("is cut off")
    finally:
        proxy.stop()


# -- What a client has -----------------------------------------------------------------------

DEFLATE = "AddOutputFilterByType DEFLATE application/json"
GZIP = "gzip on; gzip_proxied any; gzip_types application/json; gzip_min_length 20; gzip_http_version 1.0;"


@pytest.mark.parametrize(("kind", "compress"), [("nginx", GZIP), ("stock nginx", GZIP), ("apache", DEFLATE)])
def test_tags_of_proxies_that_compress(served, tmp_path, kind, compress):
    """An answer that the server leaves alone, being short."""
    proxy = KINDS[kind](tmp_path, served, compress)
    try:
        with httpx.Client(headers={"accept-encoding": "gzip"}, timeout=60) as client:
            url = f"{proxy.url}api/weather?station_id={STATION}&page_size=2"
            first = client.get(url)
            assert first.headers["content-encoding"] == "gzip"
            straight = client.get(f"{served.url}/api/weather?station_id={STATION}&page_size=2")
            assert "content-encoding" not in straight.headers
            assert first.headers["etag"] != straight.headers["etag"]  # the proxy has altered it
            for _ in range(3):
                again = client.get(url, headers={"if-none-match": first.headers["etag"]})
                assert again.status_code == 304
    finally:
        proxy.stop()


def test_tags_of_the_server(proxy, client):
    url = f"{proxy.url}api/weather?station_id={STATION}&page_size=100"
    for coding in ("identity", "gzip"):
        headers = {"accept-encoding": coding}
        tag = client.get(url, headers=headers).headers["etag"]
        assert client.get(url, headers={**headers, "if-none-match": tag}).status_code == 304


def test_tags_pass_a_cache(served, tmp_path, client):
    """nginx's takes If-None-Match away, but for a line that the document tells."""
    line = re.search(r"`(proxy_set_header If-None-Match [^`]*;)`", proxies.DOCUMENT.read_text())[1]
    lines = proxies.documented("nginx").replace("proxy_http", f"proxy_cache kept;\n{line}\nproxy_http")
    zone = f"proxy_cache_path {tmp_path}/cache keys_zone=kept:1m;"
    proxy = proxies.nginx(tmp_path, served, zone, lines)
    try:
        url = f"{proxy.url}api/weather?station_id={STATION}"
        first = client.get(url)
        again = client.get(url, headers={"if-none-match": first.headers["etag"]})
        assert (first.status_code, again.status_code) == (200, 304)
    finally:
        proxy.stop()
