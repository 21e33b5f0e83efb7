/* For test_flags.py: values with flags, times of observation and withdrawn days, and records
 * that have them. A line is "STATION,ELEMENT,19990101,VALUE,MQS,HHMM"; VALUE "-" is missing,
 * "x" withdraws the day; '.' is no flag, HHMM -1 is not known. */
#include <almanac/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct alm_element elements[] = {
	{ .code = "TMAX",
		.name = "maximum air temperature",
		.unit = "degC",
		.decimals = 1,
		.min = -900,
		.max = 600 },
	{ .code = "SNOW", .name = "snowfall", .unit = "mm", .max = 10000 },
	{ .code = NULL },
};

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	const char *suffix = strrchr(name, '.');

	(void)source, (void)head, (void)length;
	return suffix != NULL && strcmp(suffix, ".flagged") == 0 ? 100 : 0;
}

static char flag(char letter)
{
	return letter == '.' ? ' ' : letter;
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	char station[33], element[9], value[12], flags[4];
	struct alm_observation observation = { .reserved = 0 };
	int year, month, day, time;

	(void)source, (void)state, (void)length;
	if (sscanf(text, "%32[^,],%8[^,],%4d%2d%2d,%11[^,],%3[^,],%d", station, element, &year,
		    &month, &day, value, flags, &time) != 8) {
		return alm->source->reject_line(feed, "not a line");
	}
	if (alm->source->station(feed, station, strlen(station)) != 0) {
		return -1;
	}
	observation.day = alm->day(year, month, day);
	observation.element = strcmp(element, "SNOW") == 0;
	observation.time = ALM_TIME(time);
	observation.value = value[0] == 'x' ? ALM_NOT_REPORTED
			    : value[0] == '-' && value[1] == '\0'
				    ? ALM_MISSING
				    : (int32_t)strtol(value, NULL, 10);
	observation.measurement = flag(flags[0]);
	observation.quality = flag(flags[1]);
	observation.source = flag(flags[2]);
	return alm->source->put_values(feed, &observation, 1);
}

static const struct alm_source source = { .name = "flagged",
	.summary = "Values with flags",
	.elements = elements,
	.sniff = sniff,
	.line = line };

/* -- Records ---------------------------------------------------------------- */

enum { STATION_ID, FLAGS, QC };

static const struct alm_param params[] = {
	{ .name = "station_id", .type = ALM_STATION, .flags = ALM_REQUIRED, .help = "Station" },
	{ .name = "flags", .type = ALM_BOOLEAN, .help = "Flags", .default_value = "false" },
	{ .name = "all", .type = ALM_BOOLEAN, .help = "Flagged", .default_value = "false" },
	{ .name = NULL },
};

static const struct alm_field fields[] = {
	{ .name = "date", .type = ALM_DATE, .help = "Day" },
	{ .name = "value", .type = ALM_INTEGER, .flags = ALM_NULLABLE, .help = "Value" },
	{ .name = "flags", .type = ALM_TEXT, .flags = ALM_NULLABLE, .help = "Flags" },
	{ .name = "time", .type = ALM_INTEGER, .flags = ALM_NULLABLE, .help = "Time" },
	{ .name = NULL },
};

static char letter(const char *flags, uint32_t day)
{
	return flags == NULL ? '?' : flags[day];
}

static int show(struct alm_request *request, const struct alm_record *record, void *arg)
{
	const struct alm_series *series = &record->series[0];

	(void)arg;
	for (uint32_t i = 0; i < record->days; i++) {
		const char text[] = { letter(series->measurement, i),
			letter(series->quality, i), letter(series->source, i), '\0' };
		const struct alm_cell cells[] = { { .integer = record->first_day + (int32_t)i },
			{ .null = !alm_is_value(series->value[i]),
				.integer = series->value[i] },
			{ .text = text },
			{ .null = series->time == NULL,
				.integer = series->time != NULL ? alm_time_hhmm(series->time[i])
								: 0 } };

		if (series->value[i] != ALM_NOT_REPORTED &&
			alm->answer->row(request, cells) != 0) {
			return -1;
		}
	}
	return alm->answer->send(request);
}

static int handle(const struct alm_route *route, struct alm_request *request)
{
	static const char *const codes[] = { "TMAX" };
	struct alm_selection selection =
		ALM_SIZED(alm_selection, .stations = alm->param->texts(request, STATION_ID),
			.station_count = 1, .elements = codes, .element_count = 1);

	(void)route;
	selection.has = (alm->param->integer(request, FLAGS, 0) ? ALM_WITH_FLAGS : 0u) |
			(alm->param->integer(request, QC, 0) ? ALM_WITH_FLAGGED : 0u);
	return alm->answer->record(request, &selection, show, NULL);
}

static const struct alm_route record_route = { .path = "/api/record",
	.summary = "A record with its flags",
	.params = params,
	.fields = fields,
	.answer = ALM_ROWS,
	.handle = handle };

static const struct alm_route *const routes[] = { &record_route, NULL };
static const struct alm_source *const sources[] = { &source, NULL };

ALM_PLUGIN(.name = "flagged", .version = "1.0.0", .routes = routes, .sources = sources);
