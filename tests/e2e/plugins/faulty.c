/* For test_faulty.py: routes whose flags promise what their way of answering may not do, and
 * plugins' mistakes. */
#include <almanac/plugin.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* -- Rows under conditions ---------------------------------------------- */

static const struct alm_field number_fields[] = {
	{ .name = "i", .type = ALM_INTEGER, .help = "0 and up" },
	{ .name = "eighth",
		.type = ALM_NUMBER,
		.flags = ALM_NULLABLE,
		.unit = "mm",
		.decimals = 2,
		.help = "i eighths; null if i is a multiple of 7" },
	{ .name = "word", .type = ALM_TEXT, .help = "even or odd" },
	{ .name = "big", .type = ALM_INTEGER, .help = "2^53 + i" },
	{ .name = "tiny", .type = ALM_NUMBER, .decimals = 1, .help = "-i thousandths" },
	{ .name = NULL },
};

static int add_number(struct alm_request *request, int i)
{
	char word[8];
	struct alm_cell cells[5] = { { .integer = i },
		{ .null = i % 7 == 0, .number = i / 8.0 }, { .text = word },
		{ .integer = (INT64_C(1) << 53) + i }, { .number = -i / 1000.0 } };

	/* The text is good for this call alone. */
	snprintf(word, sizeof(word), "%s", i % 2 == 0 ? "even" : "odd");
	if (alm->row(request, cells) < 0) {
		return -1;
	}
	snprintf(word, sizeof(word), "gone");
	return 0;
}

static int numbers(struct alm_request *request)
{
	for (int i = 0; i < 200; i++) {
		if (add_number(request, i) < 0) {
			return -1;
		}
	}
	return alm->send(request);
}

static const struct alm_route filtered_rows = { "/f/filtered_rows", "Rows", NULL, NULL,
	number_fields, ALM_PAGED | ALM_FILTERED, numbers };
static const struct alm_route verdict_rows = { "/f/verdict_rows", "Rows", NULL, NULL,
	number_fields, ALM_PAGED | ALM_VERDICTS, numbers };
static const struct alm_route cursor_rows = { "/f/cursor_rows", "Rows", NULL, NULL,
	number_fields, ALM_PAGED | ALM_CURSOR, numbers };
static const struct alm_route blind_rows = { "/f/blind_rows", "Rows", NULL, NULL, number_fields,
	ALM_PAGED | ALM_STATIONS, numbers };

/* -- Rows of stations --------------------------------------------------- */

static const struct alm_field station_fields[] = {
	{ .name = "number", .type = ALM_INTEGER, .help = "0 and up" },
	{ .name = "station_id", .type = ALM_STATION, .help = "Station" },
	{ .name = NULL },
};

static int on_stations(struct alm_request *request, const struct alm_rows *rows, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < alm->row_count(rows); i++) {
		struct alm_cell cells[2] = { { .integer = (int64_t)i },
			{ .text = alm->cell(rows, i, 0) } };

		if (alm->row(request, cells) < 0) {
			return -1;
		}
	}
	return alm->send(request);
}

static int ask_stations(struct alm_request *request)
{
	return alm->query(request, "select station_id from station order by 1", 0, NULL,
		on_stations, NULL);
}

static const struct alm_route station_rows = { "/f/station_rows", "Rows", NULL, NULL,
	station_fields, ALM_PAGED | ALM_STATIONS | ALM_FILTERED, ask_stations };

/* -- Statements --------------------------------------------------------- */

static int send_stations_sql(struct alm_request *request)
{
	return alm->send_sql(request,
		"select 1, station_id from station order by 2 limit $1::bigint offset $2::bigint",
		"select count(*) from station", 0, NULL);
}

#define SQL_ROUTE(name, flag) \
	static const struct alm_route name = { "/f/" #name, "SQL", NULL, NULL, station_fields, \
		ALM_PAGED | (flag), send_stations_sql }
SQL_ROUTE(plain_sql, 0);
SQL_ROUTE(stations_sql, ALM_STATIONS);
SQL_ROUTE(filtered_sql, ALM_FILTERED);
SQL_ROUTE(verdict_sql, ALM_VERDICTS);
SQL_ROUTE(cursor_sql, ALM_CURSOR);

/* -- Days and records --------------------------------------------------- */

static const struct alm_field day_fields[] = {
	{ .name = "station_id", .type = ALM_STATION, .help = "Station" },
	{ .name = "date", .type = ALM_DATE, .help = "Day" },
	{ .name = "values", .type = ALM_NUMBER, .flags = ALM_PER_ELEMENT, .help = "Values" },
	{ .name = NULL },
};

static const struct alm_selection everything = { .first_day = INT32_MIN,
	.last_day = INT32_MAX };

static int send_all_days(struct alm_request *request)
{
	return alm->send_days(request, &everything);
}

static const struct alm_route verdict_days = { "/f/verdict_days", "Days", NULL, NULL,
	day_fields, ALM_PAGED | ALM_VERDICTS, send_all_days };

static const struct alm_param station_param[] = {
	{ .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_REQUIRED,
		.help = "Station",
		.example = "USC00110072" },
	{ .name = NULL },
};

static const struct alm_field record_fields[] = {
	{ .name = "days", .type = ALM_INTEGER, .help = "Days of the record" },
	{ .name = NULL },
};

static int on_record(struct alm_request *request, const struct alm_record *record, void *arg)
{
	struct alm_cell cells[1] = { { .integer = (int64_t)record->days } };

	(void)arg;
	return alm->row(request, cells) < 0 ? -1 : alm->send(request);
}

static int ask_record(struct alm_request *request)
{
	struct alm_selection selection = everything;

	selection.stations = alm->texts(request, 0);
	selection.station_count = 1;
	return alm->read_record(request, &selection, on_record, NULL);
}

static const struct alm_route record = { "/f/record", "A record", NULL, station_param,
	record_fields, ALM_SINGLE | ALM_STATIONS, ask_record };

/* -- Mistakes ----------------------------------------------------------- */

static const struct alm_param which_param[] = {
	{ .name = "which",
		.type = ALM_INTEGER,
		.flags = ALM_REQUIRED,
		.help = "Mistake",
		.example = "0",
		.min = 0,
		.max = 99 },
	{ .name = NULL },
};

static int answer_in_full(struct alm_request *request)
{
	struct alm_cell cells[2] = { { .integer = 1 }, { .text = "A" } };

	return alm->row(request, cells) < 0 ? -1 : alm->send(request);
}

static int mistake(struct alm_request *request)
{
	static const char *const holes[] = { "USC00110072", NULL };
	struct alm_selection selection = everything;

	switch (alm->integer(request, 0, 0)) {
	case 0:
		return alm->row(request, NULL);
	case 1:
		return alm->send_days(request, NULL);
	case 2:
		return alm->send_statistics(request, NULL, &everything);
	case 3:
		return alm->send_statistics(request, "yearly", NULL);
	case 4:
		return alm->send_stations(request, NULL);
	case 5:
		return alm->send_sql(request, NULL, NULL, 0, NULL);
	case 6:
		return alm->send_sql(request, "select $1::text", NULL, 1, NULL);
	case 7:
		return alm->query(request, NULL, 0, NULL, on_stations, NULL);
	case 8:
		return alm->query(request, "select 1", 0, NULL, NULL, NULL);
	case 9:
		return alm->read_record(request, NULL, on_record, NULL);
	case 10:
		selection.stations = holes;
		selection.station_count = 1;
		return alm->read_record(request, &selection, NULL, NULL);
	case 11:
		selection.stations = holes;
		selection.station_count = 2;
		return alm->send_stations(request, &selection);
	case 12:
		selection.elements = NULL;
		selection.element_count = 3;
		return alm->send_stations(request, &selection);
	case 13:
		return alm->alloc(request, SIZE_MAX - 20) == NULL ? -1 : 0;
	case 14:
		return alm->alloc(request, (size_t)100 << 30) == NULL ? -1 : 0;
	case 15: {
		struct alm_cell cells[2] = { { .integer = 1 }, { .text = NULL } };

		return alm->row(request, cells);
	}
	case 16: /* whole, then one that fails */
		answer_in_full(request);
		return alm->send_days(request, &everything);
	case 17:
		answer_in_full(request);
		return alm->send_sql(request, NULL, NULL, 0, NULL);
	case 18:
		answer_in_full(request);
		return answer_in_full(request);
	case 19: /* two that are asked for */
		alm->send_sql(request, "select 1, 'A'", NULL, 0, NULL);
		return alm->send_sql(request, "select 1, 'B'", NULL, 0, NULL);
	case 20:
		alm->log((enum alm_level)99, "a level that is none");
		alm->log((enum alm_level)0, "another one");
		return answer_in_full(request);
	case 21:
		alm->log(ALM_ERROR, NULL);
		return answer_in_full(request);
	default:
		return alm->fail(request, 404, "no such mistake");
	}
}

static const struct alm_route mistakes = { "/f/mistake", "Mistakes", NULL, which_param,
	station_fields, 0, mistake };

static const struct alm_field nan_fields[] = {
	{ .name = "number", .type = ALM_NUMBER, .decimals = 1, .help = "Never null" },
	{ .name = NULL },
};

static int send_nan(struct alm_request *request)
{
	struct alm_cell cells[1] = { { .number = NAN } };

	return alm->row(request, cells) < 0 ? -1 : alm->send(request);
}

static const struct alm_route not_a_number = { "/f/nan", "Not a number", NULL, NULL, nan_fields,
	0, send_nan };

static const struct alm_route *const routes[] = { &filtered_rows, &verdict_rows, &cursor_rows,
	&blind_rows, &station_rows, &plain_sql, &stations_sql, &filtered_sql, &verdict_sql,
	&cursor_sql, &verdict_days, &record, &mistakes, &not_a_number, NULL };

ALM_PLUGIN(.name = "faulty", .version = "1.0.0", .routes = routes);
