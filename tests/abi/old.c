/* A plugin built with the header as it was released in 1.0: it must load for ever.
 * One of each kind. */
#include "plugin_1_0.h"

static int handle(const struct alm_route *table, struct alm_request *request)
{
	struct alm_cell cell = { .text = table->data };

	return alm->answer->row(request, &cell) < 0 ? -1 : alm->answer->send(request);
}

static const struct alm_field fields[] = {
	{ .name = "text", .type = ALM_TEXT, .help = "A text" },
	{ .name = NULL },
};

static const struct alm_route route = {
	.path = "/api/old",
	.summary = "Says that it is here",
	.fields = fields,
	.answer = ALM_ROWS,
	.data = "still here",
	.handle = handle,
};

static const struct alm_element elements[] = {
	{ .code = "SNOW", .name = "snowfall", .unit = "mm", .min = 0, .max = 3000 },
	{ .code = NULL },
};

static int sniff(const struct alm_source *me, const char *name, const char *head, size_t length)
{
	(void)me;
	(void)name;
	return length > 0 && head[0] == '!' ? 100 : 0;
}

static int begin(
	const struct alm_source *me, struct alm_feed *feed, void *state, const char *name)
{
	(void)me;
	(void)state;
	(void)name;
	return alm->source->station(feed, "OLD", 3);
}

/* "!" and a day of January 2000 as one digit: whole blocks, so that what is stored
 * of the other days goes. */
static int line(const struct alm_source *me, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	struct alm_observation seen = { .value = 7 };

	(void)me;
	(void)state;
	if (length != 2) {
		return alm->source->reject_line(feed, "not two characters");
	}
	seen.day = alm->day(2000, 1, text[1] - '0');
	return alm->source->put_values(feed, &seen, 1);
}

static const struct alm_source source = {
	.name = "old",
	.summary = "Reads exclamations",
	.elements = elements,
	.flags = ALM_WHOLE_BLOCKS,
	.sniff = sniff,
	.begin = begin,
	.line = line,
};

static const struct alm_input inputs[] = { { .code = "SNOW", .unit = "mm" }, { .code = NULL } };

static const struct alm_column columns[] = {
	{ .name = "total",
		.unit = "mm",
		.help = "Snow until the end of the period",
		.method = ALM_SUM,
		.inputs = "SNOW" },
	{ .name = NULL },
};

/* Rests on all that came before, so it needs ALM_WHOLE_RECORD. */
static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	uint32_t first = period->first, days = period->days;

	result[0] = 0;
	for (size_t i = 0; i < first + days; i++) {
		result[0] += alm_is_value(task->record->series[0].value[i])
				     ? task->record->series[0].value[i]
				     : 0;
	}
}

static const struct alm_stat stat = {
	.name = "snow_so_far",
	.summary = "Snow since the record began",
	.periods = ALM_SEASON,
	.inputs = inputs,
	.columns = columns,
	.flags = ALM_WHOLE_RECORD,
	.compute = compute,
};

static const struct alm_route *const routes[] = { &route, NULL };
static const struct alm_source *const sources[] = { &source, NULL };
static const struct alm_stat *const stats[] = { &stat, NULL };

ALM_PLUGIN(.name = "old", .version = "1.0.0", .routes = routes, .sources = sources,
	.stats = stats);
