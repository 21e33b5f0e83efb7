"""The page of the stations in a real browser: what it shows are the sample's numbers, and all its controls work."""

import csv
import datetime
import io
import os
from pathlib import Path

import places
import pytest
import sample
import test_rank
import test_stats
from playwright.sync_api import TimeoutError
from test_pages import browser, page  # noqa: F401  fixtures

pytestmark = pytest.mark.release

STATION, OTHER = "USC00110072", "USC00110187"


def cells(page, caption):
    """Rows of the table with that caption, as texts."""
    return page.eval_on_selector_all(
        "table", "(tables, caption) => [...tables.find(table => table.caption?.textContent.includes(caption))"
        ".querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))", caption,
    )  # fmt: skip


def test_stations_are_listed_and_found(page):
    page.goto("/")
    page.wait_for_selector("table")
    page.wait_for_selector("#holdings:has-text('167 stations, 1985 to 2014: PRCP, TMAX, TMIN')")
    stations = places.stations()
    rows = cells(page, "167 stations")
    assert [row[0] for row in rows] == [station["station_id"] for station in stations]
    assert [row[1] for row in rows] == [station["name"] for station in stations]
    page.fill("input[name=q]", "aledo")
    assert [row[0] for row in cells(page, "1 stations")] == [STATION]
    page.fill("input[name=q]", "")
    page.select_option("select[name=state]", "IA")
    wanted = [station["station_id"] for station in stations if station["state"] == "IA"]
    assert [row[0] for row in cells(page, f"{len(wanted)} stations")] == wanted
    page.wait_for_selector(f".legend:has-text('{len(wanted)} on the map')")
    page.select_option("select[name=state]", "OH")
    page.fill("input[name=years]", "30")
    wanted = [station["station_id"] for station in stations if station["state"] == "OH"
              and station["last_year"] - station["first_year"] >= 29]  # fmt: skip
    assert [row[0] for row in cells(page, f"{len(wanted)} stations")] == wanted


# Where the first pixel of the darkest colour is, which is that of a station alone.
FIND_STATION = """() => { const canvas = document.querySelector(".map canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) if (data[i] === 68 && data[i + 1] === 1 && data[i + 2] === 84)
        return [(i / 4) % canvas.width, Math.floor(i / 4 / canvas.width)].map(x => x * canvas.clientWidth / canvas.width);
    return null; }"""


def test_the_map_shows_stations_and_opens_them(page):
    page.goto("/")
    page.wait_for_selector(".legend span")
    page.fill("input[name=q]", STATION)  # alone: what is painted in its colour is it
    page.wait_for_selector(".legend:has-text('1 on the map')")
    page.click("text=Closer")
    page.click("text=All >> nth=-1")
    for _ in range(20):  # the page may still be laying itself out: then it is elsewhere a moment later
        found = page.evaluate(FIND_STATION)
        if found:
            page.click(".map canvas", position={"x": found[0] + 3, "y": found[1] + 3})
        try:
            page.wait_for_selector("h2:has-text('ALEDO')", timeout=3000)
            break
        except TimeoutError:
            continue
    assert page.url.endswith(f"#/station/{STATION}")


def test_a_station_is_described(page):
    page.goto(f"/#/station/{STATION}")
    page.wait_for_selector("canvas.heat")
    assert page.title().startswith("ALEDO")
    days = sample.stations()[STATION]
    months = cells(page, "Means of all days")
    for month, row in enumerate(months, 1):
        for column in (0, 1):
            values = [value[column] for date, value in days.items() if int(date[5:7]) == month and value[column] is not None]
            assert float(row[1 + column]) == pytest.approx(sum(values) / len(values) / 10, abs=0.051)
    years = {row[0]: row for row in cells(page, "Years; grey")}
    for year in (1985, 1998, 2012):
        wanted = test_stats.expected_row(STATION, year, days)
        for column, name in enumerate(("avg_tmax", "avg_tmin", "total_prcp"), 1):
            assert float(years[str(year)][column]) == wanted[name]
    void = page.eval_on_selector_all("td.void", "all => all.map(cell => cell.parentElement.cells[0].textContent)")
    assert "1986" in void and "1987" not in void  # months of 1986 have no temperature


def test_a_day_is_ranked(page):
    page.goto(f"/#/station/{STATION}")
    page.fill("input[name=date]", "2012-03-22")
    page.click("text=Rank it")
    page.wait_for_selector("caption:has-text('2012-03-22')")
    for row in cells(page, "2012-03-22 among"):
        element = row[0].partition(",")[0]
        wanted = test_rank.expected(STATION, "2012-03-22", element, 3)
        assert [float(row[1]), int(row[2]), int(row[3])] == [wanted["value"], wanted["rank"], wanted["n"]]


def test_data_and_pictures_are_to_be_had(page, served):
    page.goto(f"/#/station/{STATION}")
    page.wait_for_selector("canvas.heat")
    links = page.eval_on_selector_all("figcaption a:has-text('CSV')", "links => links.map(link => link.href)")
    assert len(links) >= 5
    for link in links:
        answer = page.request.get(link)
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(page.request.get(links[-1]).text())))
    assert len(rows) == len(sample.stations()[STATION]) + 1
    assert f"curl '{served.url}/api/weather?station_id={STATION}'" in page.locator("figure code").first.text_content()
    with page.expect_download() as download:
        page.click("text=Save as PNG >> nth=0")
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_two_stations(page):
    page.goto(f"/#/compare/{STATION}")
    page.wait_for_selector("table a")
    page.fill("input[name=q]", OTHER)
    page.click(f"table a:has-text('{OTHER}')")
    page.wait_for_selector("h2:has-text('ALEDO and ANNA')")
    rows = {row[0]: row for row in cells(page, "avg_tmin")}
    for column, station in enumerate((STATION, OTHER), 1):
        wanted = test_stats.expected_row(station, 2000, sample.stations()[station])
        assert float(rows["2000"][column]) == wanted["avg_tmin"]


def test_a_place_that_there_is_not(page):
    page.goto("/")
    page.wait_for_selector("table")
    page.fill("input[name=q]", "no such place")
    assert cells(page, "0 stations") == []


@pytest.mark.parametrize("width", [360, 768])
@pytest.mark.parametrize("view", ["", f"#/station/{STATION}", f"#/compare/{STATION}/{OTHER}"])
def test_views_fit_and_are_accessible(page, view, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/{view}")
    page.wait_for_selector("canvas")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate((Path(os.environ["ALMANAC_CLIENTS_NODE"]) / "axe-core/axe.min.js").read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    serious = [(one["id"], [node["html"] for node in one["nodes"][:2]]) for one in found if one["impact"] in ("serious", "critical")]
    assert not serious


def test_a_date_picker_starts_with_the_last_day(page):
    page.goto(f"/#/station/{STATION}")
    page.wait_for_selector("input[name=date]")
    assert datetime.date.fromisoformat(page.input_value("input[name=date]")) == datetime.date(2014, 12, 31)
