/* GET /api/records: records of a station that were set, or reached, since a date. */
#include <almanac/plugin.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { STATION_ID, SINCE, UNTIL, PERIOD };
enum {
	F_STATION_ID,
	F_PERIOD,
	F_PART,
	F_RECORD,
	F_VALUE,
	F_UNIT,
	F_SINCE,
	F_DATE,
	F_YEARS,
	FIELDS
};

static const char *const periods[] = { "day", "month", "season", "all_time", NULL };
static const uint32_t kinds[] = { ALM_CALENDAR_DAY, ALM_CALENDAR_MONTH, ALM_CALENDAR_SEASON,
	ALM_CALENDAR_YEAR };

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_REQUIRED,
		.help = "Station",
		.example = "USC00110072" },
	[SINCE] = { .name = "since",
		.type = ALM_DATE,
		.help = "Records that have stood since this day or later; all unless given",
		.example = "2012-01-01" },
	[UNTIL] = { .name = "until",
		.type = ALM_DATE,
		.help = "Records that were set on this day at the latest",
		.example = "2012-12-31" },
	[PERIOD] = { .name = "period",
		.type = ALM_TEXT,
		.help = "Records of calendar days, months, seasons, or of all time",
		.example = "month",
		.default_value = "all_time",
		.choices = periods },
	{ .name = NULL },
};

static const struct alm_field fields[] = {
	[F_STATION_ID] = { .name = "station_id", .type = ALM_STATION, .help = "Station" },
	[F_PERIOD] = { .name = "kind",
		.type = ALM_TEXT,
		.help = "day, month, season or all_time" },
	[F_PART] = { .name = "part",
		.type = ALM_TEXT,
		.flags = ALM_NULLABLE,
		.help = "Calendar day (03-22), month (03) or season (MAM); null for all_time" },
	[F_RECORD] = { .name = "record",
		.type = ALM_TEXT,
		.help = "Which record, by its column of the statistic `records`" },
	[F_VALUE] = { .name = "value", .type = ALM_NUMBER, .decimals = 1, .help = "Its value" },
	[F_UNIT] = { .name = "unit", .type = ALM_TEXT, .help = "Unit of the value" },
	[F_SINCE] = { .name = "set_on",
		.type = ALM_DATE,
		.help = "Day that reached it first, since which it stands" },
	[F_DATE] = { .name = "last_on", .type = ALM_DATE, .help = "Last day that reached it" },
	[F_YEARS] = { .name = "years",
		.type = ALM_INTEGER,
		.help = "Years with a value that compete" },
	[FIELDS] = { .name = NULL },
};

/* The records that have a date and since when they stand, and the years behind them. */
static const struct {
	const char *value, *years;
} listed[] = {
	{ "tmax_max", "tmax_years" },
	{ "tmax_min", "tmax_years" },
	{ "tmin_min", "tmin_years" },
	{ "tmin_max", "tmin_years" },
	{ "prcp_max", "prcp_years" },
};

/* Index of the column of that name and suffix, or -1. */
static int find_column(const struct alm_stat *stat, const char *name, const char *suffix)
{
	size_t length = strlen(name);

	for (int i = 0; stat->columns[i].name != NULL; i++) {
		if (strncmp(stat->columns[i].name, name, length) == 0 &&
			strcmp(stat->columns[i].name + length, suffix) == 0) {
			return i;
		}
	}
	return -1;
}

/* "03-22", "03", "MAM"; NULL for all years. `room` has 8 bytes. */
static const char *name_part(const struct alm_period *period, char *room)
{
	static const char *const seasons[] = { "DJF", "MAM", "JJA", "SON" };
	int year, month, day;

	switch (period->kind) {
	case ALM_CALENDAR_DAY:
		alm->date(
			alm->day(2000, 1, 1) + (int32_t)period->part - 1, &year, &month, &day);
		snprintf(room, 8, "%02d-%02d", month % 100, day % 100);
		return room;
	case ALM_CALENDAR_MONTH:
		snprintf(room, 8, "%02u", period->part % 100);
		return room;
	case ALM_CALENDAR_SEASON:
		return seasons[(period->part - 1) % 4];
	default:
		return NULL;
	}
}

/* Whether a record that stands since a day is asked for. */
static bool is_wanted(const struct alm_request *request, double since)
{
	return !isnan(since) &&
	       (alm->param->count(request, SINCE) == 0 ||
		       since >= (double)alm->param->integer(request, SINCE, 0)) &&
	       (alm->param->count(request, UNTIL) == 0 ||
		       since <= (double)alm->param->integer(request, UNTIL, 0));
}

static int add_row(struct alm_request *request, const struct alm_computed *computed,
	const struct alm_computed_row *row, const char *record, const char *years)
{
	int value = find_column(computed->stat, record, "");
	int date = find_column(computed->stat, record, "_date");
	int since = find_column(computed->stat, record, "_since");
	int counted = find_column(computed->stat, years, "");
	struct alm_cell cells[FIELDS] = { 0 };
	char part[8];

	if (value < 0 || date < 0 || since < 0 || counted < 0) {
		return alm->answer->fail(
			request, 500, "the statistic 'records' has no column for %s", record);
	}
	if (!is_wanted(request, row->value[since])) {
		return 0;
	}
	cells[F_STATION_ID].text = computed->station->id;
	cells[F_PERIOD].text = alm->param->text(request, PERIOD, 0);
	cells[F_PART].text = name_part(&row->period, part);
	cells[F_RECORD].text = record;
	cells[F_VALUE].number = row->value[value];
	cells[F_UNIT].text = computed->stat->columns[value].unit;
	cells[F_SINCE].integer = (int64_t)row->value[since];
	cells[F_DATE].integer = (int64_t)row->value[date];
	cells[F_YEARS].integer = (int64_t)row->value[counted];
	return alm->answer->row(request, cells);
}

static int on_computed(
	struct alm_request *request, const struct alm_computed *computed, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < computed->count; i++) {
		for (size_t k = 0; k < sizeof(listed) / sizeof(listed[0]); k++) {
			if (add_row(request, computed, &computed->rows[i], listed[k].value,
				    listed[k].years) < 0) {
				return -1;
			}
		}
	}
	return alm->answer->send(request);
}

static int handle(const struct alm_route *route, struct alm_request *request)
{
	const char *period = alm->param->text(request, PERIOD, 0);
	struct alm_computation computation = ALM_SIZED(alm_computation, .statistic = "records",
		.station = alm->param->text(request, STATION_ID, 0));

	(void)route;
	for (size_t i = 0; periods[i] != NULL; i++) {
		computation.kind =
			strcmp(periods[i], period) == 0 ? kinds[i] : computation.kind;
	}
	return alm->answer->compute(request, &computation, on_computed, NULL);
}

static const struct alm_route records = {
	.path = "/api/records",
	.summary = "Records, and which were broken since a date",
	.help = "Highest and lowest temperatures and the greatest precipitation of a day, of each "
		"calendar day, month, season, or of all time: value, the day that reached it first and "
		"since which it stands, and the last that did. With `since=2012-01-01` those that were "
		"broken from then on: `period=day` for the records of calendar days. The longest spells and "
		"wettest months are in `/api/stats/records`.",
	.params = params,
	.fields = fields,
	.flags = ALM_CACHEABLE | ALM_PAGED | ALM_FILTERED,
	.answer = ALM_ROWS,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &records, NULL };

ALM_PLUGIN(.name = "broken_records", .version = "1.0.0", .routes = routes);
