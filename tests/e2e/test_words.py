"""What is said about a request that is wrong: what of this very value, and what to write instead.
Users of another API, of a spreadsheet or of a notebook sent these."""

import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

pytestmark = pytest.mark.release  # what is said; parsing it is test_params' and the fuzzers'

DAYS, YEARS, STATIONS = "/api/weather", "/api/weather/stats", "/api/stations"
STATION = "USC00110072"


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def problem_of(client, target, **options):
    answer = client.get(target, **options)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.json()


# -- One fault ------------------------------------------------------------------------

NEAR = "near: it must be latitude,longitude in degrees, such as 40.1,-88.2"
BOX = "bbox: it must be west,south,east,north in degrees, such as -91.5,36.9,-87,42.6"
CONDITION = "write a field, one of = != < <= > >=, and a value, such as tmax>=35"
SAID = [
    # Names of other interfaces, words before letters.
    (DAYS, "start_year=1999", "there is no parameter 'start_year' here; take start_date=1999-01-01"),
    (DAYS, "end_year=1999", "there is no parameter 'end_year' here; take end_date=1999-12-31"),
    (DAYS, "start=2012-01-01", "there is no parameter 'start' here; did you mean 'start_date'?"),
    (DAYS, "end=2012-01-01", "there is no parameter 'end' here; did you mean 'end_date'?"),
    (DAYS, "startDate=2012-01-01", "there is no parameter 'startDate' here; did you mean 'start_date'?"),
    (DAYS, "limit=10", "there is no parameter 'limit' here; did you mean 'page_size'?"),
    (DAYS, "per_page=10", "there is no parameter 'per_page' here; did you mean 'page_size'?"),
    (DAYS, "offset=200", "there is no parameter 'offset' here; rows are counted in pages: "
     "page=3&page_size=100 begins at row 201"),
    (DAYS, "lat=40.1", "there is no parameter 'lat' here; a place is near=latitude,longitude, such as "
     "near=40.1,-88.2"),
    (DAYS, "lon=-88.2", "there is no parameter 'lon' here; a place is near=latitude,longitude, such as "
     "near=40.1,-88.2"),
    (DAYS, "q=aledo", "there is no parameter 'q' here; did you mean 'name'?"),
    (DAYS, "search=aledo", "there is no parameter 'search' here; did you mean 'name'?"),
    (DAYS, f"id={STATION}", "there is no parameter 'id' here; did you mean 'station_id'?"),
    (DAYS, f"station={STATION}", "there is no parameter 'station' here; did you mean 'station_id'?"),
    (DAYS, f"station_id[]={STATION}", "there is no parameter 'station_id[]' here; did you mean 'station_id'?"),
    (DAYS, "order=tmax", "there is no parameter 'order' here; did you mean 'sort'?"),
    (DAYS, "filter=tmax>3", "there is no parameter 'filter' here; did you mean 'where'?"),
    (DAYS, "datatype=TMAX", "there is no parameter 'datatype' here; did you mean 'elements'?"),
    (DAYS, "element=TMAX", "there is no parameter 'element' here; did you mean 'elements'?"),
    (DAYS, "tmax>=35", "there is no parameter 'tmax>' here; conditions are written where=tmax>=35"),
    (YEARS, "start=1999", "there is no parameter 'start' here; did you mean 'start_year'?"),
    (YEARS, "start_date=1999-05-01", "there is no parameter 'start_date' here; take start_year=1999"),
    (YEARS, "coverage=0.9", "there is no parameter 'coverage' here; did you mean 'min_coverage'?"),
    (STATIONS, "month=7", "there is no parameter 'month' here"),
    (STATIONS, "year=July", "year: 'July' is not an integer"),
    (STATIONS, "nmae=aledo", "there is no parameter 'nmae' here; did you mean 'name'?"),
    ("/api/elements", "limit=10", "there is no parameter 'limit' here"),
    (DAYS, "tmax=35", "there is no parameter 'tmax' here; conditions are written where=tmax=35"),
    (DAYS, "tmax__gte=35", "there is no parameter 'tmax__gte' here; conditions are written where=tmax>=35"),
    (DAYS, "date[lt]=2012-01-01", "there is no parameter 'date[lt]' here; conditions are written "
     "where=date<2012-01-01"),
    (STATIONS, "wmo_id=72295", "there is no parameter 'wmo_id' here; conditions are written where=wmo_id=72295"),
    (DAYS, "maxResults=10", "there is no parameter 'maxResults' here; did you mean 'page_size'?"),
    # Conditions.
    (DAYS, "where=tmax>30;tmin>20", "where: 'tmax>30;tmin>20' is more than one condition: put a comma, and or or "
     "between them"),
    (DAYS, "where=tmax>30 || tmin>20", "where: 'tmax>30 || tmin>20' is more than one condition: put a comma, and or "
     "or between them"),
    (DAYS, "where=tmax>30 and", "where: 'tmax>30 and' has no condition after 'and': write a field, an operator and "
     "a value there, too"),
    (DAYS, "where=tmax>30 OR tmin", "where: 'tmax>30 OR tmin' has no condition after 'or': write a field, an "
     "operator and a value there, too"),
    (DAYS, "where=(tmax>30", "where: at character 1: the bracket is not closed"),
    (DAYS, "where=tmax>30)", "where: at character 8: there is no bracket open to be closed here"),
    (DAYS, "where=tmax>30 or (tmin>20 and prcp)", "where: at character 13: 'tmin>20 and prcp' has no "
     "condition after 'and': write a field, an operator and a value there, too"),
    (DAYS, "where=tmax>30 or (prcp and tmin>20)", "where: at character 13: 'prcp' is no condition: " + CONDITION),
    (DAYS, "where=tmax>30 or tmin>hot", "where: at character 12: after 'tmin>' a number was expected, got 'hot'"),
    (DAYS, "where=tmax>30 or snow>1", "where: at character 12: there is no field 'snow'; there are station_id, date, "
     "tmax, tmin, prcp"),
    (DAYS, "where=tmax>30,()", "where: at character 10: before ')' a condition is missing"),
    (DAYS, "where=,tmax>30", "where: at character 1: before ',' a condition is missing"),
    (DAYS, "where=tmax is null tmin>3", "where: at character 14: a comma, and or or was expected"),
    (DAYS, "where=station_id='A", "where: at character 12: the quotation mark ' is not closed"),
    (DAYS, "where='tmax'>3", "where: at character 1: a field is written without quotation marks"),
    (DAYS, "where=tmax in 20,30", "where: at character 1: after 'tmax in' a list in brackets was expected, such as "
     "month in (6,7,8)"),
    (DAYS, "where=tmax in (20,)", "where: at character 13: in the list a value is missing"),
    (DAYS, "where=tmax in (20,30", "where: at character 9: the bracket is not closed"),
    (DAYS, "where=tmax in (20,hot)", "where: after 'tmax in' a number was expected, got 'hot'"),
    (DAYS, "where=tmax in (20,null)", "where: after 'tmax in' a number was expected, got 'null'; nulls are found by "
     "is null alone"),
    (DAYS, "where=tmax>date", "where: 'tmax>date' compares a number with a date such as 2014-12-31"),
    (DAYS, "where=not", "where: at character 4: after 'not' a condition is missing"),
    (DAYS, "where=" + "(" * 17 + "tmax>3" + ")" * 17, "where: at character 17: more than 16 brackets are open"),
    (DAYS, "where=" + " or ".join(["tmax>3"] * 65), "where: at character 641: there are more than 64 conditions"),
    (DAYS, "where=tmax in (" + ",".join(["1"] * 257) + ")", "where: at character 522: lists have more than 256 "
     "values"),
    (DAYS, "where= ", "where: at character 2: a condition is missing, such as tmax>=35"),
    (DAYS, "where=30<tmax", "where: '30<tmax' begins with a number: write the field first, such as tmax>=35"),
    (DAYS, "where=tmax!", f"where: 'tmax!' is no condition: {CONDITION}"),
    (DAYS, "where=tmax===30", f"where: 'tmax===30' is no condition: {CONDITION}"),
    (DAYS, "where=tmax!>30", f"where: 'tmax!>30' is no condition: {CONDITION}"),
    (DAYS, "where=tmax>>30", f"where: 'tmax>>30' is no condition: {CONDITION}"),
    (DAYS, "where=tmax<>", "where: after 'tmax<>' a number is missing"),
    (DAYS, "where=!tmax", f"where: '!tmax' is no condition: {CONDITION}"),
    (DAYS, "where=tmax=null", "where: after 'tmax=' a number was expected, got 'null'; write tmax is null"),
    (DAYS, "where=tmax>86F", "where: after 'tmax>' a number was expected, got '86F'; write the number alone, in "
     "degC"),
    (DAYS, "where=tmax>30\u00b0C", "where: after 'tmax>' a number was expected, got '30\u00b0C'; leave out the unit: "
     "30"),
    (DAYS, "where=tmax>86 degF&units=imperial", "where: after 'tmax>' a number was expected, got '86 degF'; leave "
     "out the unit: 86"),
    (DAYS, "where=tmax>0x10", "where: after 'tmax>' a number was expected, got '0x10'"),
    (DAYS, "where=tmax>30,", "where: at character 9: after ',' a condition is missing"),
    (DAYS, "where=tmax!=null", "where: after 'tmax!=' a number was expected, got 'null'; write tmax is not null"),
    (DAYS, "where=tmax=>38", "where: 'tmax=>38' is no condition: write tmax>=38"),
    (DAYS, "where=tmax>", "where: after 'tmax>' a number is missing"),
    (DAYS, "where=tmax>=38C", "where: after 'tmax>=' a number was expected, got '38C'; leave out the unit: 38"),
    (DAYS, "where=tmax>=38,3", "where: at character 10: '3' is no condition (decimals take a point; a comma separates conditions)"),
    (DAYS, "where=hot", f"where: 'hot' is no condition: {CONDITION}"),
    (DAYS, "where=tmin>20&elements=TMAX", "where: tmin is not among elements=TMAX; add TMIN"),
    (DAYS, "fields=tmin&elements=TMAX,PRCP", "fields: tmin is not among elements=TMAX,PRCP; add TMIN"),
    (DAYS, "where=snow>1", "where: there is no field 'snow'; there are station_id, date, tmax, tmin, prcp"),
    (YEARS, "sort=snowfall", "sort: there is no field 'snowfall'; there are station_id, year, avg_tmax, avg_tmin, "
     "total_prcp, and those that fields=* shows"),
    (DAYS, "where=year>2010", "where: there is no field 'year'; the year is a part of date, such as "
     "date>=2012-01-01"),
    (DAYS, "where=month=7", "where: there is no field 'month'; months are chosen by the parameter month"),
    (DAYS, "where=station_id>A", "where: station_id is a text, and texts take only = and !=: there is no order of "
     "them"),
    (YEARS, "where=avg_tmax_wmo=yes", "where: after 'avg_tmax_wmo=' true or false was expected, got 'yes'"),
    (YEARS, "where=tmax>30", "where: there is no field 'tmax'; did you mean 'avg_tmax'?"),
    (STATIONS, "where=name!=null", "where: after 'name!=' a text was expected, got 'null'; write name is not "
     "null"),
    # Order and fields.
    (DAYS, "sort=+tmax", "sort: ' tmax' begins with a space, which + in a URL is; without a sign the order is "
     "ascending already: tmax"),
    (DAYS, "sort=%2Btmax", "sort: '+tmax' begins with a +; without a sign the order is ascending already: tmax"),
    (DAYS, "sort=tmax desc", "sort: for descending write -tmax"),
    (DAYS, "sort=tmax:desc", "sort: for descending write -tmax"),
    (DAYS, "sort=tmax asc", "sort: ascending needs no word: write tmax"),
    (DAYS, "fields=time", "fields: there is no field 'time'; did you mean 'date'?"),
    (DAYS, "fields=date, tmax", "fields: ' tmax' begins with a space; leave it out: tmax"),
    (DAYS, "sort=tmax&cursor=*", "cursor: it walks in the default order; leave out sort, or take page instead of "
     "cursor"),
    (STATIONS, "sort=name&cursor=*", "cursor: it walks in the default order; leave out sort, or take page instead "
     "of cursor"),
    (STATIONS, "fields=name&format=geojson", "fields: format=geojson needs latitude and longitude; add them, or "
     "take another format"),
    (DAYS, "fields=tmax;tmin", "fields: 'tmax;tmin' is no field; names are separated by commas alone"),
    (DAYS, "sort=tmax;tmin", "sort: 'tmax;tmin' is no field; names are separated by commas alone"),
    (DAYS, "sort=tmax tmin", "sort: 'tmax tmin' is no field; names are separated by commas alone"),
    (DAYS, "sort=tmax,-", "sort: after '-' the name of a field is missing"),
    # Values that are chosen.
    (DAYS, "elements=TMAX;TMIN", "elements: 'TMAX;TMIN' is more than one value; separate values by commas alone"),
    (DAYS, "elements=TMAX TMIN", "elements: 'TMAX TMIN' is more than one value; separate values by commas alone"),
    (DAYS, "elements=,", "elements: one of its 2 values is empty; leave out the comma that is too many, or give a "
     "value"),
    (DAYS, "country=UnitedStates", "country: it must have 1 to 8 characters, such as US, and has 12"),
    (DAYS, "state=Massachusetts", "state: it must have 1 to 8 characters, such as IL, and has 13"),
    (DAYS, "state=IL;IN", "state: 'IL;IN' is more than one value; separate values by commas alone"),
    (DAYS, "state=IL IN", "state: 'IL IN' is more than one value; separate values by commas alone"),
    (DAYS, "format=excel", "format: 'excel' is not one of json, columnar, csv, ndjson, arrow, xlsx, svg; did you mean 'xlsx'?"),
    (DAYS, "format=CSV", "format: 'CSV' is not one of json, columnar, csv, ndjson, arrow, xlsx, svg; did you mean 'csv'?"),
    (DAYS, "season=winter", "season: 'winter' is not one of DJF, MAM, JJA, SON; did you mean 'DJF'?"),
    (DAYS, "season=djf", "season: 'djf' is not one of DJF, MAM, JJA, SON; did you mean 'DJF'?"),
    (DAYS, "units=us", "units: 'us' is not one of metric, imperial, raw; did you mean 'imperial'?"),
    (DAYS, "units=furlongs", "units: 'furlongs' is not one of metric, imperial, raw"),
    (DAYS, "count=yes", "count: 'yes' is not one of exact, none; did you mean 'exact'?"),
    (DAYS, "elements=SNOW,TMAX", "elements: 'SNOW' is not stored; there are PRCP, TMAX, TMIN"),
    # Dates.
    (DAYS, "date=2012-02-30", "date: '2012-02-30' is not a date; February 2012 has 29 days"),
    (DAYS, "date=2012-13-01", "date: '2012-13-01' is not a date; there is no month 13"),
    (DAYS, "date=2012-07-00", "date: '2012-07-00' is not a date; there is no day 00"),
    (DAYS, "date=2012-07-04 ", "date: '2012-07-04 ' is not a date; write it 2012-07-04"),
    (DAYS, "date=2012-07-04/2012-07-06", "date: '2012-07-04/2012-07-06' is not a date; write one date alone: "
     "2012-07-04"),
    (DAYS, "date='2012-07-04'", "date: ''2012-07-04'' is not a date; leave out the quotation marks: 2012-07-04"),
    (DAYS, "date=12-07-04", "date: '12-07-04' is not a date; write the year with four digits, then month and day"),
    (DAYS, "date=undefined", "date: 'undefined' is no value; leave the parameter out, or give one"),
    (DAYS, "date=0000-01-01", "date: '0000-01-01' is not a date; years are 0001 to 9999"),
    (DAYS, "date=2012-07-04T12:00", "date: '2012-07-04T12:00' is not a date; leave out the time: 2012-07-04"),
    (DAYS, "date=2012-07-04T00:00%2B02:00", "date: '2012-07-04T00:00+02:00' is not a date; leave out the time: "
     "2012-07-04"),
    (DAYS, "date=2012-13", "date: '2012-13' is not a date; there is no month 13"),
    (DAYS, "date=0000", "date: '0000' is not a date; years are 0001 to 9999"),
    (DAYS, "date=2012&year=2012", "year is for one year: leave out date, or year"),
    (DAYS, "date=20121304", "date: '20121304' is not a date; there is no month 13"),
    (DAYS, "date=2012-7-4", "date: '2012-7-4' is not a date; write it 2012-07-04"),
    (DAYS, "date=2012/07/04", "date: '2012/07/04' is not a date; write it 2012-07-04"),
    (DAYS, "date=07/04/2012", "date: '07/04/2012' is not a date; write the year first, then month and day"),
    (DAYS, "date=yesterday", "date: 'yesterday' is not a date such as 2014-12-31 (year-month-day)"),
    # Numbers.
    (DAYS, "page_size=5000", "page_size: it must be 1 to 1000; for all rows at once take format=csv or ndjson"),
    (DAYS, "page=99999999999999999999", "page: it must be 1 to 1000000000"),
    (DAYS, "page=-99999999999999999999", "page: it must be 1 to 1000000000"),
    (DAYS, "page=1.5", "page: '1.5' is not an integer"),
    (DAYS, "near=40.1,-88.2&radius=50km", "radius: '50km' is not a number; leave out the unit: 50"),
    (DAYS, "near=40.1,-88.2&radius=far", "radius: 'far' is not a number such as 50"),
    (DAYS, "near=40.1,-88.2&radius=50mi", "radius: '50mi' is not a number; write the number alone, in km"),
    (DAYS, "near=40.1,-88.2&radius=1,000", "radius: '1,000' is not a number; write it 1000, or 1.000"),
    (DAYS, "page_size=100.0", "page_size: '100.0' is not an integer; write it 100"),
    (DAYS, "page=1,000", "page: '1,000' is not an integer; write it 1000"),
    (DAYS, "page=1e3", "page: '1e3' is not an integer; write it 1000"),
    (DAYS, "page=0x10", "page: '0x10' is not an integer"),
    (DAYS, "month=july", "month: 'july' is not an integer; write its number: 7"),
    (DAYS, "month=Sep", "month: 'Sep' is not an integer; write its number: 9"),
    (DAYS, "month=6-8", "month: '6-8' is not an integer; write each number, with commas alone between them"),
    (DAYS, "month=6 7", "month: '6 7' is not an integer; write each number, with commas alone between them"),
    (YEARS, "year=2012,2013", "year: '2012,2013' is not an integer; write one number"),
    (YEARS, "year=2012-07-04", "year: '2012-07-04' is not an integer; write one number"),
    # Places.
    (DAYS, "near=40.1, -88.2", f"{NEAR}; leave out the spaces: 40.1,-88.2"),
    (DAYS, "near=40.1 -88.2", f"{NEAR}; put commas between its numbers"),
    (DAYS, "near=Chicago", f"{NEAR}; 'Chicago' is no number"),
    (DAYS, "near=40.1", f"{NEAR}; it has 1 number"),
    (DAYS, "near=40,1,-88,2", f"{NEAR}; it has 4 numbers, and decimals take a point"),
    (STATIONS, "bbox=[-91,36,-87,42]", f"{BOX}; '[-91' is no number"),
    (STATIONS, "bbox=-91,36,-87", f"{BOX}; it has 3 numbers"),
    (YEARS, "min_coverage=90%25", "min_coverage: '90%' is not a number; write it as a share of 1: 0.9"),
    (YEARS, "min_coverage=0,9", "min_coverage: '0,9' is not a number; decimals take a point: 0.9"),
    # Stations.
    (f"{STATIONS}/ALEDO", "", "there is no station 'ALEDO'; look for names with /api/stations?name=ALEDO"),
    (DAYS, f"station_id={STATION};USC00110187", f"station_id: '{STATION};USC00110187' is no station id: it has a "
     "semicolon in it; ids are separated by commas alone"),
    (DAYS, f"station_id='{STATION}'", f"station_id: leave out the quotation marks: {STATION}"),
    ("/api/stats/monthly", "", "there are no statistics 'monthly'; there are degree_days, summary, yearly"),
    # Paths.
    (f"{STATIONS}/{STATION}/", "", f"there is nothing at {STATIONS}/{STATION}/; did you mean {STATIONS}/{STATION}?"),
    (f"{STATIONS}/{STATION}/inventroy", "", f"there is nothing at {STATIONS}/{STATION}/inventroy; did you mean "
     f"{STATIONS}/{STATION}/inventory?"),
    (f"/api/station/{STATION}", "", f"there is nothing at /api/station/{STATION}; did you mean "
     f"{STATIONS}/{STATION}?"),
    ("/API/WEATHER", "", "there is nothing at /API/WEATHER; did you mean /api/weather?"),
    ("/v1/weather", "", "there is nothing at /v1/weather; did you mean /api/weather?"),
    ("/stats", "", "there is nothing at /stats; did you mean /api/stats?"),
    ("/api/docs", "", "there is nothing at /api/docs; did you mean /docs?"),
    ("/api/weather/2012", "", "there is nothing at /api/weather/2012"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "query", "says"), SAID, ids=[f"{p}?{q}" for p, q, _ in SAID])
def test_one_fault(client, path, query, says):
    problem = problem_of(client, f"{path}?{quote(query, safe='=&%+,:/')}")
    assert problem["detail"] == says
    assert problem["status"] in (404, 422)
    assert "errors" not in problem


# What is advised is taken: the request as it was meant.
ADVISED = re.compile(
    r"(?:take|write|leave out the \w+|leave it out|point|share of 1|already|names with)[ :]+"
    r"(/?[\w.<>=!&?/-]*[\w*])$"
)


def test_advice_is_good(client):
    """Where the answer ends with what to write, that is taken."""
    tried = 0
    for path, query, says in SAID:
        advice = ADVISED.search(says)
        if advice is None:
            continue
        text = advice[1]
        name, _, value = query.partition("=")
        if text.startswith("/"):
            target = text
        elif " parameter '" in says:
            target = f"{path}?{text}"
        elif after := re.search("after '([^']+)'", says):
            target = f"{path}?{name}={after[1]}{text}"
        elif "&" in query:
            target = f"{path}?{query.rpartition('=')[0]}={text}"
        else:
            target = f"{path}?{name}={quote(text)}"
        answer = client.get(target)
        assert answer.status_code == 200, (says, target, answer.text)
        tried += 1
    assert tried >= 15


# -- Several ------------------------------------------------------------------------------


def faults(problem):
    return {(error["parameter"], error.get("value")) for error in problem["errors"]}


def test_all_faults_at_once(client):
    query = "foo=1&page=0&date=x&where=zz>1,tmax>hot&sort=qq&fields=ww&units=k"
    problem = problem_of(client, f"{DAYS}?{query}")
    assert problem["status"] == 422
    assert faults(problem) == {
        ("foo", "1"), ("page", "0"), ("date", "x"), ("where", "zz>1"), ("where", "tmax>hot"),
        ("sort", "qq"), ("fields", "ww"), ("units", "k"),
    }  # fmt: skip
    assert problem["detail"] in [error["detail"] for error in problem["errors"]]


@pytest.mark.parametrize(
    ("path", "wrong", "right"),
    [(DAYS, "zz", "tmax"), (YEARS, "zz", "avg_tmax"), (STATIONS, "zz", "name"),
     ("/api/stats/yearly", "zz", "total_prcp")],
)  # fmt: skip
def test_fields_are_judged_with_the_rest(client, path, wrong, right):
    query = "fields={0}&where={0}!=1&sort={0}"
    others = {("fields", wrong), ("where", f"{wrong}!=1"), ("sort", wrong)}
    problem = problem_of(client, f"{path}?page=0&{query.format(wrong)}")
    assert faults(problem) == others | {("page", "0")}
    problem = problem_of(client, f"{path}?{query.format(wrong)}")
    assert faults(problem) == others
    problem = problem_of(client, f"{path}?page=0&{query.format(right)}")
    assert "errors" not in problem and problem["parameter"] == "page"


def test_a_wrong_period_leaves_no_fields_to_judge(client):
    problem = problem_of(client, "/api/stats/yearly?period=week&where=zz>1&fields=zz&sort=zz")
    assert problem["parameter"] == "period" and "errors" not in problem


def test_places_are_judged_with_the_rest(client):
    problem = problem_of(client, f"{DAYS}?near=91,0&bbox=1&page=0&sort=tmax&cursor=*")
    assert {parameter for parameter, _ in faults(problem)} == {"near", "bbox", "page", "cursor"}
    # What was said about one of them is not said again about what goes with it.
    problem = problem_of(client, f"{DAYS}?near=91,0&radius=5")
    assert problem["parameter"] == "near" and "errors" not in problem


def test_what_a_route_refuses_is_told_with_the_rest(client):
    problem = problem_of(client, f"{DAYS}?start_date=2014-02-01&end_date=2014-01-31&where=zz>1&fields=ww")
    assert faults(problem) == {("start_date", "2014-02-01"), ("where", "zz>1"), ("fields", "ww")}
    problem = problem_of(client, f"{YEARS}?year=2012&start_year=2010&sort=zz")
    assert faults(problem) == {("year", "2012"), ("sort", "zz")}


def test_elements_that_are_wrong_do_not_make_fields_wrong(client):
    problem = problem_of(client, f"{DAYS}?elements=SNOW&where=tmax>3&sort=prcp")
    assert problem["parameter"] == "elements" and "errors" not in problem


# -- Media types --------------------------------------------------------------------------

SERIES = (DAYS, YEARS, "/api/stats/yearly")
GEO = "application/geo+json"


@pytest.mark.parametrize("path", [
    DAYS, YEARS, STATIONS, f"{STATIONS}/{STATION}", f"{STATIONS}/{STATION}/inventory", "/api/elements",
    "/api/stats", "/api/stats/yearly",
])  # fmt: skip
def test_media_types_that_there_are(client, path):
    problem = problem_of(client, path, headers={"accept": "application/xml"})
    assert problem["status"] == 406
    assert problem["detail"].startswith("nothing that the Accept header asks for is available here")
    assert (GEO in problem["allowed"]) == (path.startswith(STATIONS) and not path.endswith("inventory"))
    assert ("image/svg+xml" in problem["allowed"]) == (path in SERIES)
    for kind in problem["allowed"]:
        answer = client.get(path, headers={"accept": kind}, params={"station_id": STATION} if path in SERIES else {})
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == kind


# -- URLs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "says"), [
    ("/api/stations?name=s\u00fcd", "the URL has a character that must be percent-encoded"),
    ("/api/stations?name=a b", "a space in a URL is %20"),
])  # fmt: skip
def test_raw_characters(served, target, says):
    from raw import exchange

    (answer,) = exchange(served, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.status == 400
    assert says in answer.body.decode()


@pytest.mark.parametrize(("head", "status", "says"), [
    ("GET api/weather HTTP/1.1\r\nHost: x\r\n\r\n", 400, "the URL must begin with '/' or http://"),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "only HTTP/1.1 and HTTP/1.0 are spoken here"),
    ("GET /api%2Fweather HTTP/1.1\r\nHost: x\r\n\r\n", 404, "there is nothing at /api%2Fweather; did you mean "
     "/api/weather?"),
])  # fmt: skip
def test_first_lines(served, head, status, says):
    from raw import exchange

    (answer,) = exchange(served, head.encode())
    assert answer.status == status
    assert says in answer.body.decode()


# -- Words of the code --------------------------------------------------------------------

OURS = re.compile(r"\bmembers? of (a|the) row|\bit got\b|\bnames no member\b|\bcalculators?\b", re.I)


def texts_of(part):
    """All texts for people in the document; names of fields and parameters are no such texts."""
    if isinstance(part, list):
        for item in part:
            yield from texts_of(item)
    elif isinstance(part, dict):
        for name, item in part.items():
            if name in ("description", "summary", "title") and isinstance(item, str):
                yield item
            else:
                yield from texts_of(item)


def test_no_words_of_the_code(client):
    said = [says for _, _, says in SAID] + list(texts_of(client.get("/openapi.json").json()))
    for kind in client.get("/problems", headers={"accept": "application/json"}).json()["problems"]:
        said += [kind["title"], kind["meaning"], kind["remedy"]]
    readme = Path(__file__).parents[2] / "README.md"
    said += readme.read_text().split("\n")
    assert not [text for text in said if OURS.search(text)]
