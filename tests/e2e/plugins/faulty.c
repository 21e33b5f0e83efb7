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
	if (alm->answer->row(request, cells) < 0) {
		return -1;
	}
	snprintf(word, sizeof(word), "gone");
	return 0;
}

static int numbers(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	for (int i = 0; i < 200; i++) {
		if (add_number(request, i) < 0) {
			return -1;
		}
	}
	return alm->answer->send(request);
}

static const struct alm_route filtered_rows = { .path = "/f/filtered_rows",
	.summary = "Rows",
	.fields = number_fields,
	.flags = ALM_PAGED | ALM_FILTERED,
	.answer = ALM_ROWS,
	.handle = numbers };

/* -- Rows of stations --------------------------------------------------- */

static const struct alm_field station_fields[] = {
	{ .name = "number", .type = ALM_INTEGER, .help = "0 and up" },
	{ .name = "station_id", .type = ALM_STATION, .help = "Station" },
	{ .name = NULL },
};

static int on_stations(struct alm_request *request, const struct alm_rows *rows, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < alm->rows->count(rows); i++) {
		struct alm_cell cells[2] = { { .integer = (int64_t)i },
			{ .text = alm->rows->cell(rows, i, 0) } };

		if (alm->answer->row(request, cells) < 0) {
			return -1;
		}
	}
	return alm->answer->send(request);
}

static int ask_stations(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->query(request, "select station_id from station order by 1", 0, NULL,
		on_stations, NULL);
}

static const struct alm_route station_rows = { .path = "/f/station_rows",
	.summary = "Rows",
	.fields = station_fields,
	.flags = ALM_PAGED | ALM_STATION_FILTER | ALM_FILTERED,
	.answer = ALM_ROWS,
	.handle = ask_stations };

/* Columns of rows by name. */
static int on_columns(struct alm_request *request, const struct alm_rows *rows, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i <= alm->rows->columns(rows); i++) {
		const char *name = alm->rows->name(rows, i);
		struct alm_cell cells[2] = { { .integer = i },
			{ .text = name != NULL ? name : "none" } };

		if (alm->answer->row(request, cells) < 0) {
			return -1;
		}
	}
	return alm->answer->send(request);
}

static int ask_columns(const struct alm_route *route, struct alm_request *request)
{
	return alm->answer->query(request, route->data, 0, NULL, on_columns, NULL);
}

static const struct alm_field column_fields[] = {
	{ .name = "number", .type = ALM_INTEGER, .help = "0 and up" },
	{ .name = "column", .type = ALM_TEXT, .help = "Name" },
	{ .name = NULL },
};

static const struct alm_route columns = { .path = "/f/columns",
	.summary = "Columns",
	.fields = column_fields,
	.answer = ALM_ROWS,
	.data = "select station_id, 1 as one from station where false",
	.handle = ask_columns };

/* -- Statements --------------------------------------------------------- */

static int send_stations_sql(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->sql(request,
		"select 1, station_id from station order by 2 limit $1::bigint offset $2::bigint",
		"select count(*) from station", 0, NULL);
}

static const struct alm_route plain_sql = { .path = "/f/plain_sql",
	.summary = "SQL",
	.fields = station_fields,
	.flags = ALM_PAGED,
	.answer = ALM_SQL,
	.handle = send_stations_sql };

/* -- Days and records --------------------------------------------------- */

static const struct alm_selection everything = { .size = sizeof(everything) };

static const struct alm_param station_param[] = {
	{ .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_REQUIRED,
		.help = "Station",
		.example = "USC00110072" },
	{ .name = NULL },
};

static const struct alm_field record_fields[] = {
	{ .name = "station_id", .type = ALM_STATION, .help = "Station" },
	{ .name = "days", .type = ALM_INTEGER, .help = "Days of the record" },
	{ .name = NULL },
};

static int on_record(struct alm_request *request, const struct alm_record *record, void *arg)
{
	struct alm_cell cells[2] = { { .text = record->station->id },
		{ .integer = (int64_t)record->days } };

	(void)arg;
	return alm->answer->row(request, cells) < 0 ? -1 : alm->answer->send(request);
}

static int ask_record(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	struct alm_selection selection = everything;

	selection.stations = alm->param->texts(request, 0);
	selection.station_count = 1;
	return alm->answer->record(request, &selection, on_record, NULL);
}

static const struct alm_route record = { .path = "/f/record",
	.summary = "A record",
	.params = station_param,
	.fields = record_fields,
	.flags = ALM_SINGLE | ALM_STATION_FILTER,
	.answer = ALM_ROWS,
	.handle = ask_record };

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

	return alm->answer->row(request, cells) < 0 ? -1 : alm->answer->send(request);
}

static int mistake(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	static const char *const holes[] = { "USC00110072", NULL };
	struct alm_selection selection = everything;

	switch (alm->param->integer(request, 0, 0)) {
	case 0:
		return alm->answer->row(request, NULL);
	case 1: /* without a size */
		return alm->answer->record(
			request, &(struct alm_selection){ .has = 0 }, on_record, NULL);
	case 2:
		selection.size = 1 << 20;
		return alm->answer->record(request, &selection, on_record, NULL);
	case 3:
		selection.has = 1u << 7;
		return alm->answer->record(request, &selection, on_record, NULL);
	case 4:
		selection.period = ALM_MONTH | ALM_YEAR;
		return alm->answer->record(request, &selection, on_record, NULL);
	case 5: /* the route declares ALM_ROWS */
		return alm->answer->sql(request, "select 1, 'A'", NULL, 0, NULL);
	case 6:
		return alm->answer->query(
			request, "select $1::text", 1, NULL, on_stations, NULL);
	case 7:
		return alm->answer->query(request, NULL, 0, NULL, on_stations, NULL);
	case 8:
		return alm->answer->query(request, "select 1", 0, NULL, NULL, NULL);
	case 9:
		return alm->answer->record(request, NULL, on_record, NULL);
	case 10:
		selection.stations = holes;
		selection.station_count = 1;
		return alm->answer->record(request, &selection, NULL, NULL);
	case 11:
		selection.stations = holes;
		selection.station_count = 2;
		return alm->answer->record(request, &selection, on_record, NULL);
	case 12:
		selection.elements = NULL;
		selection.element_count = 3;
		return alm->answer->record(request, &selection, on_record, NULL);
	case 13:
		return alm->request->alloc(request, SIZE_MAX - 20) == NULL ? -1 : 0;
	case 14:
		return alm->request->alloc(request, (size_t)100 << 30) == NULL ? -1 : 0;
	case 15: {
		struct alm_cell cells[2] = { { .integer = 1 }, { .text = NULL } };

		return alm->answer->row(request, cells);
	}
	case 16: /* whole, then one that fails */
		answer_in_full(request);
		return alm->answer->fail(request, 404, "too late");
	case 17:
		answer_in_full(request);
		return alm->answer->sql(request, NULL, NULL, 0, NULL);
	case 18:
		answer_in_full(request);
		return answer_in_full(request);
	case 20:
		alm->log((enum alm_level)99, "a level that is none");
		alm->log((enum alm_level)0, "another one");
		return answer_in_full(request);
	case 21:
		alm->log(ALM_ERROR, NULL);
		return answer_in_full(request);
	default:
		return alm->answer->fail(request, 404, "no such mistake");
	}
}

static const struct alm_route mistakes = { .path = "/f/mistake",
	.summary = "Mistakes",
	.params = which_param,
	.fields = station_fields,
	.answer = ALM_ROWS,
	.handle = mistake };

/* Statements that are none. */
static int send_no_sql(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->param->integer(request, 0, 0) == 0
		       ? alm->answer->sql(request, NULL, NULL, 0, NULL)
		       : alm->answer->sql(request, "select $1::text", NULL, 1, NULL);
}

static const struct alm_route no_sql = { .path = "/f/no_sql",
	.summary = "Mistakes",
	.params = which_param,
	.fields = station_fields,
	.answer = ALM_SQL,
	.handle = send_no_sql };

/* Selections that name nothing, or fail. */
static int choose(const struct alm_route *route, struct alm_request *request,
	struct alm_selection *selection)
{
	static const char *const holes[] = { NULL };

	(void)route;
	selection->statistic = "yearly";
	switch (alm->param->integer(request, 0, 0)) {
	case 0:
		selection->statistic = NULL;
		return 0;
	case 1:
		selection->size = 0;
		return 0;
	case 2:
		selection->stations = holes;
		selection->station_count = 1;
		return 0;
	case 3:
		return -1;
	case 4:
		return alm->answer->fail(request, 409, "not now");
	case 5:
		alm->answer->fail(request, 409, "not now");
		return 0;
	default:
		selection->has = ALM_SINCE | ALM_UNTIL;
		selection->first_day = alm->day(2012, 1, 1);
		selection->last_day = alm->day(2012, 12, 31);
		return 0;
	}
}

static const struct alm_field year_fields[] = {
	{ .name = "station_id", .type = ALM_STATION, .help = "Station" },
	{ .name = "year", .type = ALM_INTEGER, .help = "Year" },
	{ .name = NULL },
};

static const struct alm_route selected = { .path = "/f/selected",
	.summary = "Years",
	.params = which_param,
	.fields = year_fields,
	.flags = ALM_PAGED,
	.answer = ALM_STATISTICS,
	.select = choose };

static const struct alm_field nan_fields[] = {
	{ .name = "number", .type = ALM_NUMBER, .decimals = 1, .help = "Never null" },
	{ .name = NULL },
};

static int send_nan(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	struct alm_cell cells[1] = { { .number = NAN } };

	return alm->answer->row(request, cells) < 0 ? -1 : alm->answer->send(request);
}

static const struct alm_route not_a_number = { .path = "/f/nan",
	.summary = "Not a number",
	.fields = nan_fields,
	.answer = ALM_ROWS,
	.handle = send_nan };

static const struct alm_route *const routes[] = { &filtered_rows, &station_rows, &columns,
	&plain_sql, &record, &mistakes, &no_sql, &selected, &not_a_number, NULL };

ALM_PLUGIN(.name = "faulty", .version = "1.0.0", .routes = routes);
