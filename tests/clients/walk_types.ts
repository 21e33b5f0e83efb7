// The same with the types that openapi-typescript makes, and openapi-fetch.
import createClient from "openapi-fetch";
import type { paths } from "./types";

const client = createClient<paths, "application/json">({
    baseUrl: process.argv[2],
    querySerializer: { array: { style: "form", explode: false } },
});
const station = process.argv[3];

async function walk() {
    const rows = [];
    let cursor: string | null = "*";
    while (cursor !== null) {
        const answer: Awaited<ReturnType<typeof page>> = await page(cursor);
        rows.push(...answer.data);
        cursor = answer.pagination.next_cursor;
    }
    return rows;
}

async function page(cursor: string) {
    const { data, error } = await client.GET("/api/weather", {
        params: { query: { station_id: [station], cursor, page: 1, page_size: 1000 } },
    });
    if (data === undefined) {
        throw new Error(JSON.stringify(error));
    }
    return data;
}

async function main() {
    const rows = await walk();
    const stations = await client.GET("/api/stations", { params: { query: { state: ["IL"], page_size: 1 } } });
    const years = await client.GET("/api/stats/yearly", {
        params: { query: { station_id: [station], year: 2012 } },
    });
    const refused = await client.GET("/api/weather", { params: { query: { station_id: ["NOWHERE"] } } });
    const day = rows[0];
    console.log(JSON.stringify({
        days: rows.length,
        first: [day.date, day.tmax, day.tmin, day.prcp],
        stations: stations.data?.pagination.total,
        years: years.data?.data.map((row) => row.year),
        problem: refused.error,
    }));
}

main();
