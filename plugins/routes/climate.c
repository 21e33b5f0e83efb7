/* GET /api/climate/{station_id}: what people want to know of a place, in one document. */
#include <almanac/plugin.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATION_ID, BASE };

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_REQUIRED,
		.help = "Station",
		.example = "USC00110072" },
	[BASE] = { .name = "base_years",
		.type = ALM_YEARS,
		.help = "Base period of the normals",
		.example = "1985-2014",
		.default_value = "1991-2020" },
	{ .name = NULL },
};

/* What the document is made of; a statistic is a member of it, a kind of period one of that. */
static const struct part {
	const char *statistic;
	const char *name;
	uint32_t kind;
	bool based; /* whether it has the parameter "base_years" */
} parts[] = {
	{ "normals", "months", ALM_CALENDAR_MONTH, true },
	{ "normals", "year", ALM_CALENDAR_YEAR, true },
	{ "records", "months", ALM_CALENDAR_MONTH, false },
	{ "records", "all_time", ALM_CALENDAR_YEAR, false },
	{ "trend", "year", ALM_CALENDAR_YEAR, false },
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

/* The document in the making. Request memory. */
struct document {
	size_t missing; /* parts that are not computed yet */
	struct alm_header base[2];
	struct waiting {
		struct document *document;
		const struct alm_computed *computed;
	} part[PARTS];
};

/* Rounded half away from zero, as rows of answers are: halves that binary cannot represent
 * (1.005) count as halves. */
static double round_to(double value, int places)
{
	double scale = pow(10, places);
	double magnitude = floor(fabs(value) * scale + 0.5 + 1e-9) / scale;

	return magnitude > 0 ? copysign(magnitude, value) : 0;
}

/* A number as its column shows it; null: none. */
static cJSON *make_value(const struct alm_column *column, double value)
{
	int places = column->type == ALM_INTEGER ? 0 : (int)column->decimals;
	char text[400];
	int year, month, day;

	if (isnan(value)) {
		return cJSON_CreateNull();
	}
	if (column->type == ALM_DATE) {
		alm->date((int32_t)value, &year, &month, &day);
		snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
		return cJSON_CreateString(text);
	}
	snprintf(text, sizeof(text), "%.*f", places, round_to(value, places));
	return cJSON_CreateRaw(text);
}

static bool has_column(const struct alm_column *column, uint32_t kind)
{
	return column->periods == 0 || (column->periods & kind) != 0;
}

static cJSON *make_row(const struct alm_stat *stat, const struct alm_computed_row *row)
{
	cJSON *object = cJSON_CreateObject();

	if (row->period.kind == ALM_CALENDAR_MONTH) {
		cJSON_AddNumberToObject(object, "month", row->period.part);
	}
	for (size_t i = 0; stat->columns[i].name != NULL; i++) {
		if (has_column(&stat->columns[i], row->period.kind)) {
			cJSON_AddItemToObject(object, stat->columns[i].name,
				make_value(&stat->columns[i], row->value[i]));
		}
	}
	return object;
}

/* Months are an array, the others one object; null: nothing was reported. */
static cJSON *make_rows(const struct part *part, const struct alm_computed *computed)
{
	cJSON *array;

	if (part->kind != ALM_CALENDAR_MONTH) {
		return computed->count > 0 ? make_row(computed->stat, &computed->rows[0])
					   : cJSON_CreateNull();
	}
	array = cJSON_CreateArray();
	for (size_t i = 0; i < computed->count; i++) {
		cJSON_AddItemToArray(array, make_row(computed->stat, &computed->rows[i]));
	}
	return array;
}

static void add_station(cJSON *to, const struct alm_station *station)
{
	cJSON *object = cJSON_AddObjectToObject(to, "station");

	cJSON_AddStringToObject(object, "station_id", station->id);
	if (station->name != NULL) {
		cJSON_AddStringToObject(object, "name", station->name);
	}
	if ((station->has & ALM_HAS_POSITION) != 0) {
		cJSON_AddNumberToObject(object, "latitude", station->latitude);
		cJSON_AddNumberToObject(object, "longitude", station->longitude);
	}
	if ((station->has & ALM_HAS_ELEVATION) != 0) {
		cJSON_AddNumberToObject(object, "elevation", station->elevation);
	}
}

/* Parameters and units of a statistic. */
static void add_description(cJSON *to, const struct alm_computed *computed)
{
	const struct alm_stat *stat = computed->stat;
	cJSON *settings = cJSON_AddObjectToObject(to, "parameters");
	cJSON *units = cJSON_AddObjectToObject(to, "units");

	for (size_t i = 0; stat->params != NULL && stat->params[i].name != NULL; i++) {
		cJSON_AddStringToObject(
			settings, stat->params[i].name, computed->params[i].text);
	}
	for (size_t i = 0; stat->columns[i].name != NULL; i++) {
		if (strcmp(stat->columns[i].unit, "1") != 0) {
			cJSON_AddStringToObject(
				units, stat->columns[i].name, stat->columns[i].unit);
		}
	}
}

static cJSON *make_document(const struct document *document)
{
	const struct alm_computed *first = document->part[0].computed;
	cJSON *root = cJSON_CreateObject(), *days;
	char text[16];
	int year, month, day;

	add_station(root, first->station);
	days = cJSON_AddObjectToObject(root, "days");
	for (int end = 0; end < 2; end++) {
		alm->date(end == 0 ? first->first_day : first->last_day, &year, &month, &day);
		snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
		cJSON_AddStringToObject(days, end == 0 ? "first" : "last", text);
	}
	for (size_t i = 0; i < PARTS; i++) {
		cJSON *of = cJSON_GetObjectItemCaseSensitive(root, parts[i].statistic);

		if (of == NULL) {
			of = cJSON_AddObjectToObject(root, parts[i].statistic);
			add_description(of, document->part[i].computed);
		}
		cJSON_AddItemToObject(
			of, parts[i].name, make_rows(&parts[i], document->part[i].computed));
	}
	return root;
}

static int send(struct alm_request *request, const struct document *document)
{
	cJSON *root = make_document(document);
	char *text = cJSON_PrintUnformatted(root);
	struct alm_bytes bytes = ALM_SIZED(alm_bytes, .media_type = "application/json");
	int result;

	cJSON_Delete(root);
	if (text == NULL) {
		return alm->answer->fail(request, 503, "there is no memory for the document");
	}
	bytes.data = text;
	bytes.length = strlen(text);
	result = alm->answer->bytes(request, &bytes);
	cJSON_free(text);
	return result;
}

static int on_computed(
	struct alm_request *request, const struct alm_computed *computed, void *arg)
{
	struct waiting *waiting = arg;

	waiting->computed = computed;
	if (--waiting->document->missing > 0) {
		return 0;
	}
	if (computed->first_day > computed->last_day) {
		return alm->answer->fail(request, 404,
			"station '%s' has no days of temperature or precipitation",
			computed->station->id);
	}
	return send(request, waiting->document);
}

static int handle(const struct alm_route *route, struct alm_request *request)
{
	struct document *document = alm->request->alloc(request, sizeof(*document));

	(void)route;
	if (document == NULL) {
		return -1;
	}
	document->missing = PARTS;
	document->base[0] =
		(struct alm_header){ "base_years", alm->param->text(request, BASE, 0) };
	for (size_t i = 0; i < PARTS; i++) {
		struct alm_computation computation = ALM_SIZED(alm_computation,
			.kind = parts[i].kind, .statistic = parts[i].statistic,
			.station = alm->param->text(request, STATION_ID, 0),
			.params = parts[i].based ? document->base : NULL);

		document->part[i].document = document;
		if (alm->answer->compute(
			    request, &computation, on_computed, &document->part[i]) < 0) {
			return -1;
		}
	}
	return 0;
}

static const struct alm_route climate = {
	.path = "/api/climate/{station_id}",
	.summary = "The climate of a place: normals, records, trends",
	.help = "One document: what is known of the station; normals by month and of the year, with "
		"quintiles, threshold days and chances of freezes; records by month and of all "
		"time; trends of the yearly values. The members of `normals`, `records` and `trend` are "
		"those of the statistics of that name, which say how they are made: "
		"`/api/stats/normals` and so on. `parameters` says what they were computed with.",
	.params = params,
	.answer = ALM_BYTES,
	.media_type = "application/json",
	.handle = handle,
};

static const struct alm_route *const routes[] = { &climate, NULL };

ALM_PLUGIN(.name = "climate", .version = "1.0.0", .routes = routes);
