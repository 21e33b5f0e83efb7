"""The pages for people, in a real browser that may speak to nobody but the server."""

import gzip
import http.server
import json
import re
import shutil
import threading
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from raw import exchange, request
from links import lead

pytestmark = pytest.mark.release

# Chromium's own services stay quiet, and as root it has no sandbox.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

PAGES = ["/routes", "/docs", "/redoc", "/problems", "/problems/invalid-parameter"]
FILES = ["/docs", "/docs/start.js", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js",
         "/redoc", "/redoc/start.js", "/redoc/redoc.standalone.js"]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    program = shutil.which("chromium")
    assert program, "chromium is not installed; ./dev test e2e installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, served):
    """A page of the server; fails afterwards if anything went wrong or was asked of others."""
    context = browser.new_context(base_url=served.url, viewport={"width": 1200, "height": 1000})
    page = context.new_page()
    wrong = []
    page.on("console", lambda line: line.type == "error" and wrong.append(line.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def watch(asked):
        url = urlsplit(asked.url)
        if url.scheme in ("http", "https") and url.netloc != urlsplit(served.url).netloc:
            wrong.append(f"asked {asked.url}")

    page.on("request", watch)
    yield page
    context.close()
    assert not wrong


def test_landing_leads_everywhere(page, served):
    page.goto("/routes")
    assert "167 stations" in page.inner_text("p >> nth=0")
    links = page.eval_on_selector_all("a", "links => links.map(link => link.href)")
    paths = [urlsplit(link).path for link in links]
    assert {"/docs", "/redoc", "/openapi.json", "/api/weather", "/api/stats/yearly"} <= set(paths)
    for link in links:
        assert page.request.get(link).status == 200, link


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize("path", ["/routes", "/problems", "/problems/invalid-parameter"])
def test_pages_fit_a_phone(browser, served, path, width):
    context = browser.new_context(viewport={"width": width, "height": 700}, is_mobile=True)
    page = context.new_page()
    page.goto(served.url + path)
    assert page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
    context.close()


class Blank(http.server.BaseHTTPRequestHandler):
    """A page of another origin."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>front end</title>")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def elsewhere():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "application/json"}, {"Authorization": "Bearer x"},
     {"X-Requested-With": "XMLHttpRequest"}, {"Cache-Control": "no-cache", "Pragma": "no-cache"},
     {"If-None-Match": '"x"', "X-Own": "1"}],
)  # fmt: skip
def test_front_ends_of_other_origins(browser, served, elsewhere, headers):
    """As fetch() of a browser sends them, with a preflight."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(elsewhere)
    status, tag = page.evaluate(
        """async ([url, headers]) => {
            const answer = await fetch(url, { headers });
            return [answer.status, answer.headers.get("ETag")];
        }""",
        [f"{served.url}/api/weather?page_size=1", headers],
    )
    assert status == 200 and tag
    context.close()


def test_docs_can_be_tried(page, tmp_path):
    page.goto("/docs")
    page.locator("#operations-stations-get_api_stations_station_id .opblock-summary").first.click()
    operation = page.locator("#operations-stations-get_api_stations_station_id")
    field = operation.locator("tr[data-param-name=station_id] input")
    field.fill("USC00110072")
    operation.locator("button.execute").click()
    answer = operation.locator(".responses-inner .live-responses-table .highlight-code").first
    answer.wait_for()
    page.screenshot(path=tmp_path / "docs.png")
    # The line of this station in the sample's file of stations.
    assert '"station_id": "USC00110072"' in answer.inner_text()
    assert '"name": "ALEDO"' in answer.inner_text()
    status = operation.locator(".live-responses-table .response-col_status").nth(1)
    assert status.inner_text().split()[0] == "200"


def test_docs_ask_for_what_can_be_asked(page):
    """As it stands, without a parameter being touched, a request is a good one."""
    page.goto("/docs")
    operation = page.locator("#operations-weather-get_api_weather")
    operation.locator(".opblock-summary").first.click()
    operation.locator("button.execute").click()
    status = operation.locator(".live-responses-table .response-col_status").nth(1)
    status.wait_for()
    assert status.inner_text().split()[0] == "200"


def test_docs_show_every_route(page, served):
    (answer,) = exchange(served, request("/openapi.json"))
    page.goto("/docs")
    page.locator(".opblock").first.wait_for()
    shown = page.locator(".opblock-summary-path").all_inner_texts()
    shown = [text.replace("\u200b", "") for text in shown]
    assert sorted(shown) == sorted(json.loads(answer.body)["paths"])


def test_redoc_shows_every_route(page, served, tmp_path):
    (answer,) = exchange(served, request("/openapi.json"))
    page.goto("/redoc")
    page.locator("h2", has_text="Days of observations").first.wait_for()
    page.screenshot(path=tmp_path / "redoc.png")
    summaries = [path["get"]["summary"] for path in json.loads(answer.body)["paths"].values()]
    headings = [text.strip() for text in page.locator("h2").all_inner_texts()]
    assert set(summaries) <= set(headings)


def test_redoc_finds(page):
    """The search runs in a worker, which the policy must allow."""
    page.goto("/redoc")
    page.locator("input[aria-label=Search], input[placeholder='Search...']").first.fill("station")
    page.locator("[data-role='search:results']").wait_for()
    assert "station" in page.inner_text("[data-role='search:results']").lower()


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_shut(served, path):
    """Nothing of others is loaded, nobody shows them within a page of theirs."""
    (answer,) = exchange(served, request(path, headers=["Accept: text/html"]))
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy.get("script-src", "")
    assert not re.search(r"\*|https?:", answer.headers["content-security-policy"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", FILES)
def test_files_in_both_codings(served, path):
    plain, packed = exchange(served, request(path) + request(path, headers=["Accept-Encoding: gzip"]))
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert plain.headers["etag"] != packed.headers["etag"]


def test_a_file_known_is_not_sent_again(served):
    path = "/docs/swagger-ui.css"
    (first,) = exchange(served, request(path, headers=["Accept-Encoding: gzip"]))
    known = f"If-None-Match: {first.headers['etag']}"
    again, other = exchange(
        served,
        request(path, headers=["Accept-Encoding: gzip", known])
        + request(path, headers=[known]),
    )
    assert (again.status, again.body) == (304, b"")
    assert other.status == 200


def test_who_is_no_browser_gets_json(served):
    (answer,) = exchange(served, request("/routes"))
    assert answer.headers["content-type"] == "application/json"
    paths = [link["path"] for link in json.loads(answer.body)["paths"]]
    assert "/openapi.json" in paths
    assert "/api/weather" in paths


def test_pages_are_not_part_of_the_api(served):
    (answer,) = exchange(served, request("/openapi.json"))
    assert not {"/", "/docs", "/redoc"} & set(json.loads(answer.body)["paths"])


@pytest.mark.parametrize("path", ["/docs/nothing.js", "/redoc/..%2fdocs", "/docs/"])
def test_other_files_are_not_there(served, path):
    (answer,) = exchange(served, request(path))
    assert answer.status == 404
    assert lead(path, json.loads(answer.body)["type"]) == "/problems/not-found"
