/* For test_answers.py: routes that answer in every way there is, and in ways that are
 * wrong. */
#include <almanac/plugin.h>
#include <stddef.h>

#define END \
	{ \
		.name = NULL \
	}
#define FIELD(field_name, field_type) \
	{ \
		.name = field_name, .type = field_type, .help = "." \
	}
#define MAYBE(field_name, field_type) \
	{ \
		.name = field_name, .type = field_type, .flags = ALM_NULLABLE, .help = "." \
	}

/* -- Selections --------------------------------------------------------- */

enum { STATION_ID, START_DATE, END_DATE };

static const struct alm_param selection_params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_LIST,
		.help = "." },
	[START_DATE] = { .name = "start_date", .type = ALM_DATE, .help = "." },
	[END_DATE] = { .name = "end_date", .type = ALM_DATE, .help = "." },
	END,
};

static const char *const elements[] = { "tmax", "PRCP", "TMIN" };

static void fill(struct alm_request *request, struct alm_selection *selection)
{
	selection->stations = alm->param->texts(request, STATION_ID);
	selection->station_count = alm->param->count(request, STATION_ID);
	selection->elements = elements;
	selection->element_count = 3;
	if (alm->param->count(request, START_DATE) > 0) {
		selection->has |= ALM_SINCE;
		selection->first_day = (int32_t)alm->param->integer(request, START_DATE, 0);
	}
	if (alm->param->count(request, END_DATE) > 0) {
		selection->has |= ALM_UNTIL;
		selection->last_day = (int32_t)alm->param->integer(request, END_DATE, 0);
	}
}

/* The statistic is the route's own data. */
static int select_statistic(const struct alm_route *route, struct alm_request *request,
	struct alm_selection *selection)
{
	selection->statistic = route->data;
	fill(request, selection);
	return 0;
}

/* -- Statistics of months and seasons ----------------------------------- */

static const struct alm_field month_fields[] = {
	FIELD("station_id", ALM_STATION),
	FIELD("year", ALM_INTEGER),
	FIELD("month", ALM_INTEGER),
	MAYBE("total", ALM_NUMBER),
	FIELD("tmax_missing", ALM_INTEGER), /* its days are not answered */
	FIELD("tmax_longest_gap", ALM_INTEGER),
	FIELD("total_wmo", ALM_BOOLEAN),
	MAYBE("total_ncei", ALM_BOOLEAN),
	END,
};

static const struct alm_route months = {
	.path = "/t/months",
	.summary = ".",
	.params = selection_params,
	.fields = month_fields,
	.flags = ALM_PAGED | ALM_CURSOR,
	.answer = ALM_STATISTICS,
	.data = "test_monthly",
	.select = select_statistic,
};

static const struct alm_field season_fields[] = {
	FIELD("season", ALM_INTEGER),
	FIELD("year", ALM_INTEGER),
	FIELD("station_id", ALM_STATION),
	MAYBE("days", ALM_NUMBER),
	MAYBE("tmax_days", ALM_INTEGER),
	FIELD("tmax_missing", ALM_INTEGER),
	END,
};

/* Without pages. */
static const struct alm_route seasons = {
	.path = "/t/seasons",
	.summary = ".",
	.params = selection_params,
	.fields = season_fields,
	.answer = ALM_STATISTICS,
	.data = "test_seasonal",
	.select = select_statistic,
};

static const struct alm_route unknown = {
	.path = "/t/unknown",
	.summary = ".",
	.params = selection_params,
	.fields = season_fields,
	.answer = ALM_STATISTICS,
	.data = "nobody_computes",
	.select = select_statistic,
};

/* -- Days --------------------------------------------------------------- */

static const struct alm_field day_fields[] = {
	FIELD("at", ALM_STATION),
	FIELD("on", ALM_DATE),
	{ .name = "elements",
		.type = ALM_NUMBER,
		.flags = ALM_PER_ELEMENT | ALM_NULLABLE,
		.help = "." },
	END,
};

/* All elements, without pages. */
static int select_all_days(const struct alm_route *route, struct alm_request *request,
	struct alm_selection *selection)
{
	(void)route;
	fill(request, selection);
	selection->element_count = 0;
	return 0;
}

static const struct alm_route all_days = {
	.path = "/t/days",
	.summary = ".",
	.params = selection_params,
	.fields = day_fields,
	.answer = ALM_DAYS,
	.select = select_all_days,
};

/* -- Records ------------------------------------------------------------ */

static const struct alm_field record_fields[] = {
	FIELD("station_id", ALM_STATION),
	MAYBE("name", ALM_TEXT),
	MAYBE("latitude", ALM_NUMBER),
	FIELD("first_day", ALM_DATE),
	FIELD("days", ALM_INTEGER),
	FIELD("input", ALM_INTEGER),
	FIELD("missing", ALM_INTEGER),
	FIELD("sum", ALM_INTEGER),
	END,
};

static int send_record(struct alm_request *request, const struct alm_record *record, void *arg)
{
	const size_t *inputs = arg;

	for (size_t input = 0; input < *inputs; input++) {
		struct alm_cell cells[] = { { .text = record->station->id },
			{ .text = record->station->name },
			{ .number = record->station->latitude },
			{ .integer = record->first_day }, { .integer = (int64_t)record->days },
			{ .integer = (int64_t)input }, { .integer = 0 }, { .integer = 0 } };

		for (size_t i = 0; i < record->days; i++) {
			int32_t value = record->series[input].value[i];

			cells[6].integer += !alm_is_value(value);
			cells[7].integer += alm_is_value(value) ? value : 0;
		}
		if (alm->answer->row(request, cells) < 0) {
			return -1;
		}
	}
	return alm->answer->send(request);
}

static int read_record(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	struct alm_selection selection = { .size = sizeof(selection) };
	size_t *inputs = alm->request->alloc(request, sizeof(*inputs));

	fill(request, &selection);
	*inputs = selection.element_count;
	return alm->answer->record(request, &selection, send_record, inputs);
}

static const struct alm_route record = {
	.path = "/t/record",
	.summary = ".",
	.params = selection_params,
	.fields = record_fields,
	.answer = ALM_ROWS,
	.handle = read_record,
};

/* -- Queries ------------------------------------------------------------ */

enum { COUNT, TEXT };

static const struct alm_param query_params[] = {
	[COUNT] = { .name = "rows",
		.type = ALM_INTEGER,
		.default_value = "3",
		.help = ".",
		.max = 100000 },
	[TEXT] = { .name = "text", .type = ALM_TEXT, .help = ".", .max = 100 },
	END,
};

static const struct alm_field query_fields[] = {
	FIELD("number", ALM_INTEGER),
	MAYBE("text", ALM_TEXT),
	MAYBE("nothing", ALM_TEXT),
	END,
};

static int on_rows(struct alm_request *request, const struct alm_rows *rows, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < alm->rows->count(rows); i++) {
		struct alm_cell cells[] = { { .integer = (int64_t)i },
			{ .text = alm->rows->cell(rows, i, 1) },
			{ .text = alm->rows->cell(rows, i, 7) } };

		if (alm->answer->row(request, cells) < 0) {
			return -1;
		}
	}
	return alm->answer->send(request);
}

static int ask(struct alm_request *request, alm_rows_fn *then)
{
	const char *argv[] = { alm->param->text(request, COUNT, 0),
		alm->param->text(request, TEXT, 0) };

	return alm->answer->query(request,
		"select i, $2 || i from generate_series(1, $1::int) i order by i", 2, argv,
		then, NULL);
}

static int send_query(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return ask(request, on_rows);
}

static const struct alm_route query = {
	.path = "/t/query",
	.summary = ".",
	.params = query_params,
	.fields = query_fields,
	.flags = ALM_PAGED,
	.answer = ALM_ROWS,
	.handle = send_query,
};

static int ask_again(struct alm_request *request, const struct alm_rows *rows, void *arg)
{
	(void)rows;
	(void)arg;
	return ask(request, on_rows);
}

static int send_second_query(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return ask(request, ask_again);
}

static const struct alm_route second_query = {
	.path = "/t/second_query",
	.summary = ".",
	.params = query_params,
	.fields = query_fields,
	.flags = ALM_SINGLE,
	.answer = ALM_ROWS,
	.handle = send_second_query,
};

static int fail_late(struct alm_request *request, const struct alm_rows *rows, void *arg)
{
	(void)arg;
	return alm->answer->fail(request, 409, "%zu rows are too many", alm->rows->count(rows));
}

static int send_failure(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return ask(request, fail_late);
}

static const struct alm_route late_failure = {
	.path = "/t/fail_late",
	.summary = ".",
	.params = query_params,
	.fields = query_fields,
	.answer = ALM_ROWS,
	.handle = send_failure,
};

static int say_nothing(struct alm_request *request, const struct alm_rows *rows, void *arg)
{
	(void)request;
	(void)rows;
	(void)arg;
	return 0;
}

static int send_nothing_late(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return ask(request, say_nothing);
}

static const struct alm_route silent_late = {
	.path = "/t/silent_late",
	.summary = ".",
	.params = query_params,
	.fields = query_fields,
	.answer = ALM_ROWS,
	.handle = send_nothing_late,
};

static int send_nothing(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	(void)request;
	return 0;
}

static const struct alm_route silent = {
	.path = "/t/silent",
	.summary = ".",
	.fields = query_fields,
	.answer = ALM_ROWS,
	.handle = send_nothing,
};

/* Fails one and asks for another: the first answer counts. */
static int send_both(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	ask(request, on_rows);
	return alm->answer->fail(request, 400, "never mind");
}

static const struct alm_route both = {
	.path = "/t/both",
	.summary = ".",
	.params = query_params,
	.fields = query_fields,
	.answer = ALM_ROWS,
	.handle = send_both,
};

/* -- Statements --------------------------------------------------------- */

static const struct alm_field type_fields[] = {
	MAYBE("yes", ALM_BOOLEAN),
	MAYBE("small", ALM_INTEGER),
	MAYBE("medium", ALM_INTEGER),
	MAYBE("large", ALM_INTEGER),
	{ .name = "single",
		.type = ALM_NUMBER,
		.flags = ALM_NULLABLE,
		.decimals = 2,
		.help = "." },
	{ .name = "double",
		.type = ALM_NUMBER,
		.flags = ALM_NULLABLE,
		.decimals = 3,
		.help = "." },
	MAYBE("letters", ALM_TEXT),
	MAYBE("varying", ALM_TEXT),
	MAYBE("day", ALM_DATE),
	MAYBE("never", ALM_DATE),
	END,
};

static int send_types(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->sql(request,
		"select true, 1::int2, (-2147483648)::int4, 9223372036854775807::int8, 1.125::float4, "
		"-2.0005::float8, E'a\"b\\\\c\\n'::text, 'x'::varchar(3), '1969-12-31'::date, "
		"'infinity'::date union all select false, null, null, null, null, null, null, null, "
		"null, null order by 1 desc",
		NULL, 0, NULL);
}

static const struct alm_route types = { .path = "/t/types",
	.summary = ".",
	.fields = type_fields,
	.answer = ALM_SQL,
	.handle = send_types };

/* One statement for each way to be wrong. */
static const char *const wrong[] = {
	"select 1.5::numeric",
	"select 1, 2",
	"select 1 / 0",
	"selekt",
	"select 1 from nowhere",
	"delete from block returning 1",
	"select pg_sleep(60)::text::int",
	"select count(*) from block, block b where block.base > $1",
	NULL,
};

static const struct alm_param wrong_params[] = {
	{ .name = "which", .type = ALM_INTEGER, .flags = ALM_REQUIRED, .help = ".", .max = 7 },
	END,
};

static const struct alm_field number_fields[] = { FIELD("number", ALM_INTEGER), END };

static int send_wrong(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->sql(
		request, wrong[alm->param->integer(request, 0, 0)], NULL, 0, NULL);
}

static const struct alm_route wrong_sql = {
	.path = "/t/wrong",
	.summary = ".",
	.params = wrong_params,
	.fields = number_fields,
	.answer = ALM_SQL,
	.handle = send_wrong,
};

/* As many rows as there may be, one more, and too many bytes. */
static const char *const large[] = {
	"select n::int8 from generate_series(1, 100000) n order by n",
	"select n::int8 from generate_series(1, 100001) n",
	"select repeat('x', 1000000) from generate_series(1, 100)",
};

static const struct alm_param large_params[] = {
	{ .name = "which", .type = ALM_INTEGER, .flags = ALM_REQUIRED, .help = ".", .max = 2 },
	END,
};

static int send_large(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->sql(
		request, large[alm->param->integer(request, 0, 0)], NULL, 0, NULL);
}

static const struct alm_route large_sql = {
	.path = "/t/large",
	.summary = ".",
	.params = large_params,
	.fields = number_fields,
	.answer = ALM_SQL,
	.handle = send_large,
};

static int send_uncounted(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->sql(request, "select 1 limit $1 offset $2", NULL, 0, NULL);
}

static const struct alm_route uncounted = {
	.path = "/t/uncounted",
	.summary = ".",
	.fields = number_fields,
	.flags = ALM_PAGED,
	.answer = ALM_SQL,
	.handle = send_uncounted,
};

static const struct alm_route *const routes[] = { &months, &seasons, &unknown, &all_days,
	&record, &query, &second_query, &late_failure, &silent_late, &silent, &both, &types,
	&wrong_sql, &large_sql, &uncounted, NULL };

ALM_PLUGIN(.name = "answers", .version = "1.0.0", .routes = routes);
