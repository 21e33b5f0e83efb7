/* GET /api/rank: how unusual a day was, among the same days of all years of its station. */
#include <almanac/plugin.h>
#include <stddef.h>

enum { STATION_ID, DATE, ELEMENTS, WINDOW };
enum {
	F_STATION_ID,
	F_DATE,
	F_ELEMENT,
	F_UNIT,
	F_VALUE,
	F_RANK,
	F_RANK_LOW,
	F_COUNT,
	F_PERCENTILE,
	F_RETURN_YEARS,
	F_RETURN_YEARS_LOW,
	F_YEARS,
	F_FIRST_YEAR,
	F_LAST_YEAR,
	F_MEAN,
	F_HIGHEST,
	F_HIGHEST_DATE,
	F_LOWEST,
	F_LOWEST_DATE,
	FIELDS
};
enum { WINDOW_MAX = 15, FEBRUARY = 2 };

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_REQUIRED,
		.help = "Station",
		.example = "USC00110072" },
	[DATE] = { .name = "date",
		.type = ALM_DATE,
		.flags = ALM_REQUIRED,
		.help = "Day to be ranked",
		.example = "2012-03-22" },
	[ELEMENTS] = { .name = "elements",
		.type = ALM_ELEMENT,
		.flags = ALM_LIST,
		.help = "Elements to be ranked; all that the station has unless given",
		.example = "TMAX" },
	[WINDOW] = { .name = "window",
		.type = ALM_INTEGER,
		.help = "Days before and after the date, of each year, to compare with; 0: the same "
			"calendar day alone",
		.example = "7",
		.default_value = "0",
		.max = WINDOW_MAX },
	{ .name = NULL },
};

#define NUMBER(field, text) \
	{ \
		.name = field, .type = ALM_NUMBER, .flags = ALM_NULLABLE, .decimals = 2, \
		.help = text \
	}
#define INTEGER(field, of, text) \
	{ \
		.name = field, .type = ALM_INTEGER, .flags = ALM_NULLABLE, .unit = of, \
		.help = text \
	}
#define DAY(field, text) \
	{ \
		.name = field, .type = ALM_DATE, .flags = ALM_NULLABLE, .help = text \
	}

static const struct alm_field fields[] = {
	[F_STATION_ID] = { .name = "station_id", .type = ALM_STATION, .help = "Station" },
	[F_DATE] = { .name = "date", .type = ALM_DATE, .help = "Ranked day" },
	[F_ELEMENT] = { .name = "element", .type = ALM_TEXT, .help = "Element" },
	[F_UNIT] = { .name = "unit",
		.type = ALM_TEXT,
		.help = "Unit of value, mean, highest and lowest" },
	[F_VALUE] =
		NUMBER("value", "Value of that day; null: none, or one with a quality flag"),
	[F_RANK] = INTEGER("rank", NULL,
		"Place among the compared days from the highest: 1 if none was higher"),
	[F_RANK_LOW] = INTEGER("rank_low", NULL, "Place from the lowest: 1 if none was lower"),
	[F_COUNT] = INTEGER("n", NULL, "Compared days with a value, this one among them"),
	[F_PERCENTILE] = NUMBER("percentile",
		"Percent of the compared days that were lower; equal ones count half"),
	[F_RETURN_YEARS] = NUMBER("return_years",
		"Years + 1, over the number of years with a value at least as high in the window"),
	[F_RETURN_YEARS_LOW] = NUMBER("return_years_low", "The same for values as low"),
	[F_YEARS] = INTEGER("years", "a", "Years with a value in the window"),
	[F_FIRST_YEAR] = INTEGER("first_year", NULL, "First of these years"),
	[F_LAST_YEAR] = INTEGER("last_year", NULL, "Last of these years"),
	[F_MEAN] = NUMBER("mean", "Mean of the compared days"),
	[F_HIGHEST] = NUMBER("highest", "Highest value of the compared days"),
	[F_HIGHEST_DATE] = DAY("highest_date", "Last day with it"),
	[F_LOWEST] = NUMBER("lowest", "Lowest value of the compared days"),
	[F_LOWEST_DATE] = DAY("lowest_date", "Last day with it"),
	[FIELDS] = { .name = NULL },
};

/* The days around one date in all years of a record. */
struct comparison {
	int32_t value; /* of the ranked day; see alm_is_value() */
	int64_t sum;
	int32_t count, lower, equal, higher;
	int32_t years, years_as_high, years_as_low, first_year, last_year;
	int32_t highest, lowest, highest_day, lowest_day;
};

/* The date in another year: February 29 is the 28th where there is none. */
static int32_t same_day(int year, int month, int day_of_month)
{
	int32_t day = alm->day(year, month, day_of_month);

	return day == ALM_NO_DAY ? alm->day(year, FEBRUARY, 28) : day;
}

static void add_day(struct comparison *all, int32_t value, int32_t day)
{
	if (all->count == 0 || value >= all->highest) {
		all->highest = value;
		all->highest_day = day;
	}
	if (all->count == 0 || value <= all->lowest) {
		all->lowest = value;
		all->lowest_day = day;
	}
	all->count++;
	all->sum += value;
	all->lower += value < all->value;
	all->equal += value == all->value;
	all->higher += value > all->value;
}

/* Adds the days of one year's window that the record has. */
static void add_year(struct comparison *all, const struct alm_record *record,
	const int32_t *values, int year, int32_t center, int32_t window)
{
	int known = 0, as_high = 0, as_low = 0;

	for (int32_t day = center - window; day <= center + window; day++) {
		int64_t at = (int64_t)day - record->first_day;

		if (at >= 0 && at < (int64_t)record->days && alm_is_value(values[at])) {
			add_day(all, values[at], day);
			known = 1;
			as_high |= values[at] >= all->value;
			as_low |= values[at] <= all->value;
		}
	}
	if (known) {
		all->first_year = all->years == 0 ? year : all->first_year;
		all->last_year = year;
		all->years++;
		all->years_as_high += as_high;
		all->years_as_low += as_low;
	}
}

static struct comparison compare(
	const struct alm_record *record, const int32_t *values, int32_t date, int32_t window)
{
	int64_t at = (int64_t)date - record->first_day;
	int year, month, day_of_month, first_year, last_year, unused[2];
	struct comparison all = {
		.value = at >= 0 && at < (int64_t)record->days ? values[at] : ALM_NOT_REPORTED
	};

	alm->date(date, &year, &month, &day_of_month);
	alm->date(record->first_day, &first_year, &unused[0], &unused[1]);
	alm->date(record->first_day + (int32_t)record->days - 1, &last_year, &unused[0],
		&unused[1]);
	for (year = first_year - 1; year <= last_year + 1; year++) {
		add_year(&all, record, values, year, same_day(year, month, day_of_month),
			window);
	}
	return all;
}

static struct alm_cell number(int known, double value)
{
	return (struct alm_cell){ .null = !known, .number = value };
}

static struct alm_cell integer(int known, int64_t value)
{
	return (struct alm_cell){ .null = !known, .integer = value };
}

/* Fills in what is told of one element. */
static void fill(struct alm_cell *cells, const struct comparison *all, double scale)
{
	int any = all->count > 0, ranked = alm_is_value(all->value);

	cells[F_VALUE] = number(ranked, all->value / scale);
	cells[F_RANK] = integer(ranked, all->higher + 1);
	cells[F_RANK_LOW] = integer(ranked, all->lower + 1);
	cells[F_COUNT] = integer(1, all->count);
	cells[F_PERCENTILE] =
		number(ranked, 100.0 * (all->lower + all->equal / 2.0) / (double)all->count);
	cells[F_RETURN_YEARS] = number(ranked, (all->years + 1.0) / all->years_as_high);
	cells[F_RETURN_YEARS_LOW] = number(ranked, (all->years + 1.0) / all->years_as_low);
	cells[F_YEARS] = integer(1, all->years);
	cells[F_FIRST_YEAR] = integer(any, all->first_year);
	cells[F_LAST_YEAR] = integer(any, all->last_year);
	cells[F_MEAN] = number(any, (double)all->sum / (all->count * scale));
	cells[F_HIGHEST] = number(any, all->highest / scale);
	cells[F_HIGHEST_DATE] = integer(any, all->highest_day);
	cells[F_LOWEST] = number(any, all->lowest / scale);
	cells[F_LOWEST_DATE] = integer(any, all->lowest_day);
}

static int on_record(struct alm_request *request, const struct alm_record *record, void *arg)
{
	int32_t date = (int32_t)alm->param->integer(request, DATE, 0);
	int32_t window = (int32_t)alm->param->integer(request, WINDOW, 0);

	(void)arg;
	for (size_t i = 0; i < record->series_count && record->days > 0; i++) {
		const struct alm_series *series = &record->series[i];
		struct alm_cell cells[FIELDS] = { 0 };
		struct comparison all = compare(record, series->value, date, window);
		double scale = 1;

		if (all.count == 0 && alm->param->count(request, ELEMENTS) == 0) {
			continue; /* other stations have it */
		}
		for (int32_t place = 0; place < series->element->decimals; place++) {
			scale *= 10;
		}
		cells[F_STATION_ID].text = record->station->id;
		cells[F_DATE].integer = date;
		cells[F_ELEMENT].text = series->element->code;
		cells[F_UNIT].text = series->element->unit;
		fill(cells, &all, scale);
		if (alm->answer->row(request, cells) < 0) {
			return -1;
		}
	}
	return alm->answer->send(request);
}

static int handle(const struct alm_route *route, struct alm_request *request)
{
	struct alm_selection selection = ALM_SIZED(alm_selection, .station_count = 1);

	(void)route;
	selection.stations = alm->param->texts(request, STATION_ID);
	selection.elements = alm->param->texts(request, ELEMENTS);
	selection.element_count = alm->param->count(request, ELEMENTS);
	return alm->answer->record(request, &selection, on_record, NULL);
}

static const struct alm_route rank = {
	.path = "/api/rank",
	.summary = "How unusual a day was",
	.help = "A day of a station among the same days of all its years: its place from the highest "
		"and the lowest, its percentile, in how many years a value as high is to be expected "
		"once, the mean, and the records of these days. `n` and `years` say how much it "
		"rests on. With `window=7` the days of a fortnight around the date are compared.",
	.params = params,
	.fields = fields,
	.flags = ALM_CACHEABLE,
	.answer = ALM_ROWS,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &rank, NULL };

ALM_PLUGIN(.name = "rank", .version = "1.0.0", .routes = routes);
