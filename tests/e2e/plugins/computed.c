/* For test_computed.py: a route that asks for several computations at a time. */
#include <almanac/plugin.h>

enum { STATION_ID, THRESHOLD };
enum { KINDS = 4 };

static const uint32_t kinds[KINDS] = { ALM_YEAR, ALM_MONTH, ALM_CALENDAR_MONTH,
	ALM_CALENDAR_DAY };

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_REQUIRED,
		.help = "Station",
		.example = "ALPHA" },
	[THRESHOLD] = { .name = "threshold", .type = ALM_TEXT, .help = "Of test_several" },
	{ .name = NULL },
};

static const struct alm_field fields[] = {
	{ .name = "kind", .type = ALM_INTEGER, .help = "Bit of the kind of period" },
	{ .name = "year", .type = ALM_INTEGER, .help = "Year" },
	{ .name = "part", .type = ALM_INTEGER, .help = "Part" },
	{ .name = "days", .type = ALM_INTEGER, .help = "Days of the period" },
	{ .name = "above", .type = ALM_INTEGER, .flags = ALM_NULLABLE, .help = "Days above" },
	{ .name = "base_sum", .type = ALM_INTEGER, .flags = ALM_NULLABLE, .help = "Base" },
	{ .name = "present", .type = ALM_INTEGER, .help = "Days with a value" },
	{ .name = "complete", .type = ALM_BOOLEAN, .help = "By the rule of ETCCDI" },
	{ .name = "first", .type = ALM_DATE, .help = "First day of the station" },
	{ .name = "latitude", .type = ALM_NUMBER, .flags = ALM_NULLABLE, .help = "Where" },
	{ .name = NULL },
};

/* What has come, in the order of `kinds`. */
struct state {
	const struct alm_computed *results[KINDS];
	int count;
};

struct part {
	struct state *state;
	int index;
};

static int is_etccdi(const char *name)
{
	return name[0] == 'e' && name[1] == 't';
}

static int send_row(struct alm_request *request, const struct alm_computed *of,
	const struct alm_computed_row *row)
{
	uint8_t rule = 0;

	while (!is_etccdi(of->rules[rule])) {
		rule++;
	}
	const struct alm_cell cells[] = { { .integer = row->period.kind },
		{ .integer = row->period.year }, { .integer = row->period.part },
		{ .integer = row->days }, { .integer = (int64_t)row->value[0] },
		{ .integer = (int64_t)row->value[3] }, { .integer = row->present[0] },
		{ .integer = row->complete[0] >> rule & 1 }, { .integer = of->first_day },
		{ .number = of->station->latitude,
			.null = (of->station->has & ALM_HAS_POSITION) == 0 } };

	return alm->answer->row(request, cells);
}

static int on_computed(
	struct alm_request *request, const struct alm_computed *computed, void *arg)
{
	const struct part *part = arg;
	struct state *state = part->state;

	state->results[part->index] = computed;
	if (++state->count < KINDS) {
		return 0;
	}
	for (int i = 0; i < KINDS; i++) {
		for (size_t row = 0; row < state->results[i]->count; row++) {
			if (send_row(request, state->results[i],
				    &state->results[i]->rows[row]) < 0) {
				return -1;
			}
		}
	}
	return alm->answer->send(request);
}

static int handle(const struct alm_route *route, struct alm_request *request)
{
	struct state *state = alm->request->alloc(request, sizeof(*state));
	struct alm_header *given = alm->request->alloc(request, 2 * sizeof(*given));

	(void)route;
	if (alm->param->count(request, THRESHOLD) > 0) {
		given[0].name = "threshold";
		given[0].value = alm->param->text(request, THRESHOLD, 0);
	}
	for (int i = 0; i < KINDS; i++) {
		struct part *part = alm->request->alloc(request, sizeof(*part));
		struct alm_computation computation = ALM_SIZED(alm_computation,
			.kind = kinds[i], .statistic = "test_several",
			.station = alm->param->text(request, STATION_ID, 0), .params = given);

		*part = (struct part){ state, i };
		if (alm->answer->compute(request, &computation, on_computed, part) < 0) {
			return -1;
		}
	}
	return 0;
}

static const struct alm_route computed = {
	.path = "/api/computed",
	.summary = "Several computations",
	.params = params,
	.fields = fields,
	.flags = ALM_PAGED | ALM_CACHEABLE | ALM_FILTERED,
	.answer = ALM_ROWS,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &computed, NULL };

ALM_PLUGIN(.name = "computed", .version = "1.0.0", .routes = routes);
