// What a page would do with the client that openapi-generator makes (typescript-fetch).
import { Configuration, ResponseError, StationsApi, StatsApi, WeatherApi } from "./fetch";
import type { WeatherRow } from "./fetch";

const configuration = new Configuration({ basePath: process.argv[2] });
const station = process.argv[3];
const weather = new WeatherApi(configuration);

async function walk(): Promise<WeatherRow[]> {
    const rows: WeatherRow[] = [];
    let cursor: string | null = "*";
    while (cursor !== null) {
        const page = await weather.getApiWeather({ stationId: [station], cursor, page: 1, pageSize: 1000 });
        rows.push(...page.data);
        cursor = page.pagination.nextCursor;
    }
    return rows;
}

async function refused(): Promise<object> {
    try {
        await weather.getApiWeather({ stationId: ["NOWHERE"] });
    } catch (error) {
        if (error instanceof ResponseError) {
            return await error.response.json();
        }
        throw error;
    }
    return {};
}

async function main() {
    const rows = await walk();
    const stations = await new StationsApi(configuration).getApiStations({ state: ["IL"], pageSize: 1 });
    const years = await new StatsApi(configuration).getApiStatsYearly({
        stationId: [station], year: 2012,
    });
    const day = rows[0];
    console.log(JSON.stringify({
        days: rows.length,
        first: [day.date?.toISOString().slice(0, 10), day.tmax, day.tmin, day.prcp],
        stations: stations.pagination.total,
        years: years.data.map((row) => row.year),
        problem: await refused(),
    }));
}

main();
