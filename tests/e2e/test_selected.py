"""Ingestion of a part of what is named: by station, place, element and day; what that leaves in the
database, against the sample's files and lists, and what a later run with another selection does."""

import json

import pytest
import sample
from contents import digest, report

FAILED = 1
CHOSEN = ("USC00110072", "USC00257715")
ELEMENTS = ("TMAX", "TMIN", "PRCP")
# Not told apart by which selection was read last.
LEDGER = ("ingest_run", "ingest_object", "origin")


@pytest.fixture
def take(run, data, migrated):
    """take(*arguments) -> the report of a run over the sample."""

    def take(*arguments, files=("wx_stations.txt", "wx_data.tar.xz")):
        done = run("ingest", *arguments, *(data / name for name in files), database=migrated)
        assert done.returncode == 0, done.stderr
        return report(done)

    return take


def states(data):
    """{station: state} of the sample's list."""
    lines = (data / "wx_stations.txt").read_text().splitlines()
    return {line[:11]: line[38:40].strip() for line in lines}


def boxes(data):
    """{station: (latitude, longitude)}."""
    lines = (data / "wx_stations.txt").read_text().splitlines()
    return {line[:11]: (float(line[12:20]), float(line[21:30])) for line in lines}


STORED = "select distinct station_id from block order by 1"


def stored(query, url):
    return [station for (station,) in query(url, STORED)]


def test_stations(take, query, migrated):
    """By the names of the archive's files: the others are not even read."""
    said = take("--stations", ",".join(CHOSEN))
    assert said["objects"]["taken"] == len(CHOSEN) + 1  # and the list
    assert stored(query, migrated) == sorted(CHOSEN)
    assert query(migrated, "select count(*) from station") == [(len(CHOSEN),)]
    values = {
        (str(date), element): float(value)
        for date, element, value in query(
            migrated, "select date, element, value from observation where station_id = %s and value is not null",
            (CHOSEN[0],),
        )
    }  # fmt: skip
    wanted = {
        (date, element): value / 10
        for date, row in sample.stations()[CHOSEN[0]].items()
        for element, value in zip(ELEMENTS, row, strict=True)
        if value is not None
    }
    assert values == wanted
    # The same again is known, a wider selection is not, and everything is what it always is.
    assert take("--stations", ", ".join(reversed(CHOSEN)))["objects"]["taken"] == 0
    assert take("--stations", ",".join((*CHOSEN, "USC00110187")))["objects"]["taken"] > 0


def test_everything_after_a_part(take, query, migrated, ingested):
    take("--states", "NE", "--elements", "PRCP", "--since", "2010-02-01")
    assert query(migrated, "select distinct element, min(date)::text from observation group by 1") == [
        ("PRCP", "2010-02-01")
    ]
    take()
    assert digest(migrated, without=LEDGER) == digest(ingested, without=LEDGER)
    # All of it is known, whatever is selected of it.
    assert take("--states", "NE")["objects"]["taken"] == 0
    assert digest(migrated, without=LEDGER) == digest(ingested, without=LEDGER)


def test_one_part_after_the_other(take, query, migrated):
    """A selection takes nothing away that another one took in."""
    for element in ("TMAX", "PRCP"):
        take("--stations", CHOSEN[0], "--elements", element)
    assert query(migrated, "select distinct element from block order by 1") == [("PRCP",), ("TMAX",)]


def test_places(take, data, query, migrated):
    """As the list says that is read with the files, or was stored before."""
    take("--states", "ne, ia")
    found = states(data)
    known = sample.stations()
    wanted = sorted(id for id, state in found.items() if state in ("NE", "IA") and id in known)
    assert len(wanted) > 20
    assert stored(query, migrated) == wanted
    take(files=("wx_stations.txt",))
    take("--bbox=-90,39,-88,41", files=("wx_data.tar.xz",))
    inside = [
        id for id, (latitude, longitude) in boxes(data).items()
        if 39 <= latitude <= 41 and -90 <= longitude <= -88 and id in known
    ]  # fmt: skip
    assert inside and set(inside).isdisjoint(wanted)
    assert stored(query, migrated) == sorted(wanted + inside)


def test_countries_need_no_list(take, query, migrated):
    take("--countries", "CA", files=("wx_data.tar.xz",))
    assert stored(query, migrated) == []
    take("--countries", "us", "--since", "2014-12-31", files=("wx_data.tar.xz",))
    assert len(stored(query, migrated)) > 100


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("--stations=a/b", "--stations: 'a/b' is no station id"),
        ("--states=Illinois", "--states: 'ILLINOIS' is no code of two letters"),
        ("--countries=1", "--countries: '1' is no code of two letters"),
        ("--elements=TMXA", "--elements: 'TMXA' is no element of any source"),
        ("--bbox=1,2,3", "--bbox: '1,2,3' is not west,south,east,north in degrees"),
        ("--bbox=1,5,3,4", "--bbox: '1,5,3,4' is not west,south,east,north in degrees"),
        ("--since=tomorrow", "--since: 'tomorrow' is no date"),
        ("--states=IL", "--states: of no station is it known where it is"),
    ],
)
def test_what_cannot_be(run, data, migrated, argument, reason):
    done = run("ingest", argument, data / "wx_data.tar.xz", database=migrated)
    assert done.returncode == FAILED
    assert reason in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["objects"]["taken"] == 0
