/* Plugins that must be refused, one for each value of BAD. tests/e2e/test_plugins.py
 * knows the message that each has to get. */
#include <almanac/plugin.h>

#define BAD_NO_SYMBOL 1
#define BAD_MAJOR 2
#define BAD_MINOR 3
#define BAD_UNRESOLVED 4
#define BAD_NO_CALLBACK 5
#define BAD_FIELD_LIST 6
#define BAD_PATH_PARAM 7
#define BAD_COLUMN_NAME 8
#define BAD_RESTS_ON 9
#define BAD_NOTHING 10
#define BAD_ELEMENT_BOUNDS 11
#define BAD_HOST_PARAM 12
#define BAD_DEFAULT 13
#define BAD_FLAGS 14
/* Sound alone, but not together with a shipped plugin. */
#define CLASH_ROUTE 15
#define CLASH_ELEMENT 16
#define CLASH_STAT 17
#define CLASH_NAME 18
#define BAD_ELEMENT_NAME 19
#define BAD_VERDICT 20
#define BAD_SYSTEM_COLUMN 21
#define BAD_TEXT 22
#define BAD_ELEMENT_TEXT 23
#define BAD_ANSWER 24
#define BAD_SELECT 25
#define BAD_BOTH 26
#define BAD_IDLE_FILTER 27
#define BAD_IDLE_STATIONS 28
#define BAD_IDLE_CURSOR 29
#define BAD_IDLE_COMPLETENESS 30
#define BAD_IDLE_COLUMN 31
#define BAD_DAY_FIELDS 32
#define BAD_STATION_FIELD 33
#define BAD_BYTES_FIELDS 34
#define BAD_RESERVED 35
#define BAD_STATISTIC_FIELDS 36
#define BAD_EXAMPLE 37
#define BAD_DEFAULT_TYPE 38
#define BAD_HOST_ROUTE 39
#define BAD_PROSE 40
#define BAD_CHOICE 41
#define BAD_CACHEABLE_POST 42
#define BAD_METHODS 43
#define BAD_RULE 44
#define BAD_KEY_COLUMN 45
#define BAD_PERIODS 46
#define BAD_INPUT_UNIT 47
#define BAD_NO_STATE 48
#define BAD_MEDIA_TYPE 60
#define BAD_IDLE_MEDIA_TYPE 61
#define BAD_STAT_PARAM 50
#define BAD_STAT_DEFAULT 51
#define BAD_BASE 52
#define BAD_LEAD 53
#define BAD_ON_REQUEST 54
#define BAD_COLUMN_TYPE 55
#define BAD_COLUMN_PERIODS 56
#define CLASH_INPUT 49

#define OF_STATISTICS \
	(BAD == CLASH_STAT || BAD == BAD_COLUMN_NAME || BAD == BAD_RESTS_ON || \
		BAD == BAD_VERDICT || BAD == BAD_SYSTEM_COLUMN || BAD == BAD_RULE || \
		BAD == BAD_KEY_COLUMN || BAD == BAD_PERIODS || BAD == BAD_INPUT_UNIT || \
		BAD == BAD_NO_STATE || BAD == CLASH_INPUT || BAD == BAD_STAT_PARAM || \
		BAD == BAD_STAT_DEFAULT || BAD == BAD_BASE || BAD == BAD_LEAD || \
		BAD == BAD_ON_REQUEST || BAD == BAD_COLUMN_TYPE || BAD == BAD_COLUMN_PERIODS)
#define OF_SOURCES \
	(BAD == CLASH_ELEMENT || BAD == BAD_ELEMENT_BOUNDS || BAD == BAD_ELEMENT_NAME || \
		BAD == BAD_ELEMENT_TEXT)

#if BAD == BAD_UNRESOLVED
int nobody_defines_this(void);
#endif

extern int handle(const struct alm_route *route, struct alm_request *request);
int handle(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
#if BAD == BAD_UNRESOLVED
	(void)request;
	return nobody_defines_this();
#else
	return alm->answer->send(request);
#endif
}

extern int choose(const struct alm_route *route, struct alm_request *request,
	struct alm_selection *selection);
int choose(const struct alm_route *route, struct alm_request *request,
	struct alm_selection *selection)
{
	(void)route;
	(void)request;
	selection->statistic = "yearly";
	return 0;
}

static const struct alm_param params[] = {
#if BAD == BAD_HOST_PARAM
	{ .name = "page_size", .type = ALM_INTEGER, .help = "Mine" },
#elif BAD == BAD_EXAMPLE
	{ .name = "kind", .type = ALM_DATE, .help = "Kind", .example = "2014-02-30" },
#elif BAD == BAD_DEFAULT_TYPE
	{ .name = "kind", .type = ALM_INTEGER, .help = "Kind", .default_value = "x" },
#elif BAD == BAD_CHOICE
	{ .name = "kind",
		.type = ALM_TEXT,
		.help = "Kind",
		.choices = (const char *const[]){ "a", "\xE4", NULL } },
#elif BAD == BAD_DEFAULT
	{ .name = "kind",
		.type = ALM_TEXT,
		.help = "Kind",
		.default_value = "x",
		.choices = (const char *const[]){ "a", "b", NULL } },
#else
	{ .name = "kind", .type = ALM_TEXT, .help = "Kind" },
#endif
	{ .name = NULL },
};

#if BAD != BAD_MEDIA_TYPE
static const struct alm_field fields[] = {
#if BAD == BAD_FIELD_LIST
	{ .name = "Kind", .type = ALM_TEXT, .help = "Upper case" },
#elif BAD == BAD_IDLE_COLUMN
	{ .name = "kind", .type = ALM_NUMBER, .flags = ALM_PER_COLUMN, .help = "Columns" },
#elif BAD == BAD_STATISTIC_FIELDS
	{ .name = "year", .type = ALM_INTEGER, .help = "Year" },
	{ .name = "rest", .type = ALM_NUMBER, .flags = ALM_PER_COLUMN, .help = "Columns" },
#elif BAD == BAD_RESERVED
	{ .name = "kind", .type = ALM_TEXT, .help = "Kind", .reserved = 1 },
#else
	{ .name = "kind", .type = ALM_TEXT, .help = "Kind" },
#endif
	{ .name = NULL },
};
#endif

static const struct alm_route route = {
#if BAD == BAD_PATH_PARAM
	.path = "/api/{thing}",
#elif BAD == CLASH_ROUTE
	.path = "/api/stations/{other_name}",
#elif BAD == BAD_HOST_ROUTE
	.path = "/livez",
#else
	.path = "/api/bad",
#endif
#if BAD == BAD_PROSE
	.help = "Lines\n\xE4",
#endif
#if BAD == BAD_TEXT
	.summary = "Answers \xE4nderungen",
#else
	.summary = "Answers nothing",
#endif
#if BAD == CLASH_ROUTE
	.params = (const struct alm_param[]){ { .name = "other_name",
						      .type = ALM_TEXT,
						      .flags = ALM_REQUIRED,
						      .help = "x" },
		{ .name = NULL } },
#else
	.params = params,
#endif
#if BAD != BAD_MEDIA_TYPE
	.fields = fields,
#endif
#if BAD == BAD_FLAGS
	.flags = ALM_CURSOR,
#elif BAD == BAD_IDLE_FILTER
	.flags = ALM_PAGED | ALM_FILTERED,
#elif BAD == BAD_IDLE_STATIONS
	.flags = ALM_STATION_FILTER,
#elif BAD == BAD_IDLE_CURSOR
	.flags = ALM_PAGED | ALM_CURSOR,
#elif BAD == BAD_CACHEABLE_POST
	.flags = ALM_CACHEABLE,
	.methods = ALM_GET | ALM_POST,
#elif BAD == BAD_METHODS
	.methods = 1u << 6,
#elif BAD == BAD_IDLE_COMPLETENESS
	.flags = ALM_COMPLETENESS,
#elif BAD == BAD_MEDIA_TYPE
	.media_type = "png",
#elif BAD == BAD_IDLE_MEDIA_TYPE
	.media_type = "image/png",
#endif
#if BAD == BAD_SELECT || BAD == BAD_STATISTIC_FIELDS
	.answer = ALM_STATISTICS,
#elif BAD == BAD_IDLE_FILTER
	.answer = ALM_SQL,
#elif BAD == BAD_DAY_FIELDS
	.answer = ALM_DAYS,
#elif BAD == BAD_STATION_FIELD
	.answer = ALM_STATIONS,
#elif BAD == BAD_BYTES_FIELDS || BAD == BAD_MEDIA_TYPE
	.answer = ALM_BYTES,
#elif BAD != BAD_ANSWER
	.answer = ALM_ROWS,
#endif
#if BAD == BAD_BOTH || BAD == BAD_STATISTIC_FIELDS
	.select = choose,
#endif
#if BAD != BAD_NO_CALLBACK && BAD != BAD_SELECT && BAD != BAD_DAY_FIELDS && \
	BAD != BAD_STATION_FIELD && BAD != BAD_STATISTIC_FIELDS
	.handle = handle,
#endif
};

static const struct alm_element elements[] = {
#if BAD == BAD_ELEMENT_NAME
	{ .code = "DATE",
#else
	{ .code = "TMAX",
#endif
#if BAD == BAD_ELEMENT_TEXT
		.name = "temp\xE9rature maximale", /* Latin-1 */
#else
		.name = "maximum air temperature",
#endif
		.unit = "degF",
		.decimals = 0,
#if BAD == BAD_ELEMENT_BOUNDS
		.min = 10,
		.max = -10 },
#else
		.min = -200,
		.max = 200 },
#endif
	{ .code = NULL },
};

static int sniff(const struct alm_source *me, const char *name, const char *head, size_t length)
{
	(void)me;
	return name == head ? (int)length : 0;
}

static int line(const struct alm_source *me, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	(void)me;
	return state == text ? (int)length : alm->source->reject_line(feed, "never read");
}

static const struct alm_source source = {
	.name = "bad_source",
	.summary = "Reads nothing",
	.elements = elements,
	.sniff = sniff,
	.line = line,
};

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	uint32_t first = period->first, days = period->days;

	(void)task;
	result[0] = (double)(first + days);
}

static const struct alm_column columns[] = {
#if BAD == BAD_COLUMN_NAME
	{ .name = "tmax_days",
#elif BAD == BAD_SYSTEM_COLUMN
	{ .name = "ctid",
#elif BAD == BAD_KEY_COLUMN
	{
		.name = "season",
#else
	{
		.name = "number",
#endif
		.unit = "1",
		.help = "A number",
		.method = ALM_COUNT,
#if BAD == BAD_COLUMN_TYPE
		.type = ALM_TEXT,
#elif BAD == BAD_COLUMN_PERIODS
		.periods = ALM_MONTH,
#endif
#if BAD == BAD_RULE
		.rules = "wmo,era5",
#endif
#if BAD == BAD_RESTS_ON
		.inputs = "TMAX,TMIN" },
#else
		.inputs = "TMAX" },
#endif
#if BAD == BAD_VERDICT
	{ .name = "number_wmo",
		.unit = "1",
		.help = "A number",
		.method = ALM_COUNT,
		.inputs = "TMAX" },
#endif
	{ .name = NULL },
};

static const struct alm_input inputs[] = {
#if BAD == CLASH_INPUT
	{ .code = "TMAX", .unit = "degF" },
#elif BAD == BAD_INPUT_UNIT
	{ .code = "TMAX" },
#else
	{ .code = "TMAX", .unit = "degC", .decimals = 1 },
#endif
	{ .code = NULL },
};

extern void forget(const struct alm_task *task);
void forget(const struct alm_task *task)
{
	(void)task;
}

#if BAD == BAD_STAT_PARAM || BAD == BAD_STAT_DEFAULT
static const struct alm_param params_of_stat[] = {
	{ .name = "base",
		.type = ALM_YEARS,
#if BAD == BAD_STAT_DEFAULT
		.default_value = "1961-19xx",
#endif
		.help = "Base period" },
	{ .name = NULL },
};
#elif BAD == BAD_BASE
static void make_base(const struct alm_task *task, void *base)
{
	(void)task;
	(void)base;
}
#endif

static const struct alm_stat stat = {
#if BAD == CLASH_INPUT
	.name = "warmth",
#else
	.name = "yearly",
#endif
	.summary = "Another yearly",
#if BAD == BAD_PERIODS
	.periods = ALM_YEAR << 1,
#else
	.periods = ALM_YEAR,
#endif
#if BAD == BAD_NO_STATE
	.release = forget,
#elif BAD == BAD_STAT_PARAM || BAD == BAD_STAT_DEFAULT
	.params = params_of_stat,
#elif BAD == BAD_BASE
	.base = make_base,
#elif BAD == BAD_LEAD
	.lead_days = 3661,
#elif BAD == BAD_ON_REQUEST
	.on_request = ALM_YEAR | ALM_DAY,
#endif
	.inputs = inputs,
	.columns = columns,
	.compute = compute,
};

static const struct alm_route *const routes[] = { &route, NULL };
static const struct alm_source *const sources[] = { &source, NULL };
static const struct alm_stat *const stats[] = { &stat, NULL };

const struct alm_host *alm;

#if BAD == BAD_NO_SYMBOL
#define SYMBOL alm_plugin_misspelt
#else
#define SYMBOL alm_plugin
#endif
extern ALM_EXPORT const struct alm_plugin SYMBOL;
const struct alm_plugin SYMBOL = {
#if BAD == BAD_MAJOR
	.abi_major = ALM_ABI_MAJOR + 1,
#else
	.abi_major = ALM_ABI_MAJOR,
#endif
#if BAD == BAD_MINOR
	.abi_minor = ALM_ABI_MINOR + 1,
#else
	.abi_minor = ALM_ABI_MINOR,
#endif
	.host = &alm,
#if BAD == CLASH_NAME
	.name = "wx_data",
#else
	.name = "bad",
#endif
	.version = "1.0.0",
#if BAD != BAD_NOTHING
#if !OF_SOURCES && !OF_STATISTICS
	.routes = routes,
#endif
#if OF_SOURCES
	.sources = sources,
#endif
#if OF_STATISTICS
	.stats = stats,
#endif
#endif
};

/* Keeps what a case does not use from being warned about. */
extern const void *const used[];
const void *const used[] = { routes, sources, stats, params };
