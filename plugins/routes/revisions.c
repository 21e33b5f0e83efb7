/* GET /api/revisions: values that were changed after they had been stored. */
#include <almanac/plugin.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { STATION_ID, ELEMENTS, START_DATE, END_DATE, SINCE, RUN, ARGUMENTS };
enum { DECIMALS = 6 /* no element has more */, NUMBER_MAX = 24 };

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_LIST,
		.help = "Stations; all unless given",
		.example = "USC00110072",
		.max_values = 100 },
	[ELEMENTS] = { .name = "elements",
		.type = ALM_ELEMENT,
		.flags = ALM_LIST,
		.help = "Elements; all unless given",
		.example = "TMAX" },
	[START_DATE] = { .name = "start_date",
		.type = ALM_DATE,
		.flags = ALM_SPAN,
		.help = "First day whose value changed; of a month (`2012-07`) or year (`2012`) its "
			"first day",
		.example = "2014-01-01" },
	[END_DATE] = { .name = "end_date",
		.type = ALM_DATE,
		.flags = ALM_SPAN,
		.help = "Last day whose value changed; of a month or year its last day",
		.example = "2014-12-31" },
	[SINCE] = { .name = "since",
		.type = ALM_DATE,
		.help = "Changes that were taken in on this day, UTC, or later",
		.example = "2020-01-01" },
	[RUN] = { .name = "run",
		.type = ALM_INTEGER,
		.help = "Number of a run, as `/api/ingestions` has it: its changes alone",
		.example = "1",
		.min = 1,
		.max = INT32_MAX },
	{ .name = NULL },
};

static const struct alm_field fields[] = {
	{ .name = "station_id", .type = ALM_STATION, .help = "Station" },
	{ .name = "element", .type = ALM_ELEMENT, .help = "Code of the element" },
	{ .name = "date", .type = ALM_DATE, .help = "Day whose value changed" },
	{ .name = "was",
		.type = ALM_NUMBER,
		.decimals = DECIMALS,
		.help = "Value before the change" },
	{ .name = "became",
		.type = ALM_NUMBER,
		.flags = ALM_NULLABLE,
		.decimals = DECIMALS,
		.help = "Value after it; null: it was withdrawn, or reported as missing" },
	{ .name = "was_quality",
		.type = ALM_TEXT,
		.flags = ALM_NULLABLE,
		.help = "Quality flag before the change (GHCN-Daily QFLAG); null: none" },
	{ .name = "became_quality",
		.type = ALM_TEXT,
		.flags = ALM_NULLABLE,
		.help = "Quality flag after it; null: none, or no value" },
	{ .name = "unit", .type = ALM_TEXT, .help = "Unit of was and became (UDUNITS symbol)" },
	{ .name = "revised_at",
		.type = ALM_TEXT,
		.help = "When the change was taken in, UTC (RFC 3339)" },
	{ .name = "run_id", .type = ALM_INTEGER, .help = "Number of the run that took it in" },
	{ .name = "uri",
		.type = ALM_TEXT,
		.flags = ALM_NULLABLE,
		.help = "Object that brought it, or is gone or no longer has the value; null: none, "
			"the order of objects changed, of which a later one counts more" },
	{ .name = NULL },
};

/* Blocks of other years are skipped before their days are listed. */
#define CHOSEN \
	"from revision where ($1::text is null or station_id = any (string_to_array($1, ','))) " \
	"and ($2::text is null or element = any (string_to_array($2, ','))) " \
	"and ($3::integer is null or date >= date '1970-01-01' + $3::integer) " \
	"and ($3::integer is null or year >= extract(year from date '1970-01-01' + $3::integer)) " \
	"and ($4::integer is null or date <= date '1970-01-01' + $4::integer) " \
	"and ($4::integer is null or year <= extract(year from date '1970-01-01' + $4::integer)) " \
	"and ($5::integer is null or " \
	"changed_at >= (date '1970-01-01' + $5::integer)::timestamp at time zone 'UTC') " \
	"and ($6::bigint is null or run_id = $6::bigint)"

static const char rows[] =
	"select station_id, element, date, was::float8, became::float8, was_quality, "
	"became_quality, unit, "
	"to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), run_id, "
	"uri " CHOSEN " order by change desc, date limit $7::bigint offset $8::bigint";
static const char total[] = "select count(*) " CHOSEN;

/* The values of a parameter with commas between them, which neither stations nor elements have;
 * NULL: none are given. */
static const char *join(struct alm_request *request, unsigned param)
{
	const char *const *texts = alm->param->texts(request, param);
	const size_t count = alm->param->count(request, param);
	size_t length = 1;
	char *joined, *end;

	if (count == 0) {
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		length += strlen(texts[i]) + 1;
	}
	joined = end = alm->request->alloc(request, length);
	for (size_t i = 0; i < count; i++) {
		if (i > 0) {
			*end++ = ',';
		}
		end = stpcpy(end, texts[i]);
	}
	return joined;
}

/* NULL: not given. */
static const char *number(struct alm_request *request, unsigned param)
{
	char *text;

	if (alm->param->count(request, param) == 0) {
		return NULL;
	}
	text = alm->request->alloc(request, NUMBER_MAX);
	snprintf(text, NUMBER_MAX, "%lld",
		param == END_DATE ? (long long)alm->param->number(request, param, 0)
				  : (long long)alm->param->integer(request, param, 0));
	return text;
}

static int handle(const struct alm_route *route, struct alm_request *request)
{
	const char *const arguments[ARGUMENTS] = { [STATION_ID] = join(request, STATION_ID),
		[ELEMENTS] = join(request, ELEMENTS),
		[START_DATE] = number(request, START_DATE),
		[END_DATE] = number(request, END_DATE),
		[SINCE] = number(request, SINCE),
		[RUN] = number(request, RUN) };

	(void)route;
	return alm->answer->sql(request, rows, total, ARGUMENTS, arguments);
}

static const struct alm_route revisions = {
	.path = "/api/revisions",
	.summary = "Values that were changed later",
	.help = "Sources correct what they have published: what each value was, what it became, when "
		"and from which object. Days that had a value and have another, none, or another "
		"quality flag, the last changes first; days that are reported for the first time "
		"are none.",
	.params = params,
	.fields = fields,
	.flags = ALM_PAGED | ALM_CACHEABLE,
	.answer = ALM_SQL,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &revisions, NULL };

ALM_PLUGIN(.name = "revisions", .version = "1.0.0", .routes = routes);
