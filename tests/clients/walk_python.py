"""The same with the client that openapi-python-client makes."""

import json
import sys

from almanac_client import Client
from almanac_client.api.stations import get_api_stations
from almanac_client.api.stats import get_api_stats_yearly
from almanac_client.api.weather import get_api_weather

client, station = Client(sys.argv[1]), sys.argv[2]


def walk():
    cursor = "*"
    while cursor is not None:
        page = get_api_weather.sync(client=client, station_id=[station], cursor=cursor, page=1, page_size=1000)
        yield from page.data
        cursor = page.pagination.next_cursor


rows = list(walk())
stations = get_api_stations.sync(client=client, state=["IL"], page_size=1)
years = get_api_stats_yearly.sync(client=client, station_id=[station], year=2012)
refused = get_api_weather.sync(client=client, station_id=["NOWHERE"])
day = rows[0]
print(
    json.dumps(
        {
            "days": len(rows),
            "first": [day.date.isoformat(), day.tmax, day.tmin, day.prcp],
            "stations": stations.pagination.total,
            "years": [row.year for row in years.data],
            "problem": refused.to_dict(),
        }
    )
)
