"""The requests: the same 100 rows, asked of each server in its own way.

A page of days is a random station and a random start, a page of years a random
place in the list of all stations' years. The typical peer asks for them by page
number, the tuned one by start position, Almanac by start date and page number.
"""

import random
from dataclasses import dataclass

from dataset import PAGE_SIZE
from settings import BenchError

POOL_SIZE = 5000
SEED = 20140229


@dataclass(frozen=True)
class Page:
    typical: str
    tuned: str
    almanac: str
    key: tuple  # for the data set's day_rows() or year_rows()

    def path(self, server_name):
        return getattr(self, server_name.removesuffix("-1s"))


def day_page(code, number, start):
    return Page(
        typical=f"/api/weather?station_id={code}&page={number}&page_size={PAGE_SIZE}",
        tuned=f"/api/weather?station_id={code}&start={start}&limit={PAGE_SIZE}",
        almanac=f"/api/weather?station_id={code}&start_date={start}&page_size={PAGE_SIZE}",
        key=(code, start),
    )


def year_page(dataset, number):
    first = (number - 1) * PAGE_SIZE
    after = ""
    if first > 0:
        code, year = dataset.station_years[first - 1]
        after = f"after_station={code}&after_year={year}&"
    by_number = f"/api/weather/stats?page={number}&page_size={PAGE_SIZE}"
    by_position = f"/api/weather/stats?{after}limit={PAGE_SIZE}"
    return Page(typical=by_number, tuned=by_position, almanac=by_number, key=(first,))


def make_day_pages(dataset):
    every = [
        (station.code, number, start)
        for station in dataset.stations.values()
        for number, start in enumerate(station.starts, 1)
    ]
    return draw(lambda choice: day_page(*choice), every, "days")


def make_year_pages(dataset):
    full_pages = len(dataset.station_years) // PAGE_SIZE
    return draw(lambda number: year_page(dataset, number), range(1, full_pages + 1), "years")


def draw(make, every, what):
    if not every:
        raise BenchError(f"the data set has no full page of {PAGE_SIZE} {what}")
    chance = random.Random(SEED)
    return [make(chance.choice(every)) for _ in range(POOL_SIZE)]
