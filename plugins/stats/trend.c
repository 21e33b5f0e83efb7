/* Trends over years: the slope of Theil and Sen with its confidence interval, and the test of
 * Mann and Kendall. */
#include <math.h>
#include <stdlib.h>

#include "common/normal.h"

enum { SPAN, COMPLETENESS };
enum { SLOPE, SLOPE_LOW, SLOPE_HIGH, TAU, P_VALUE, COUNT, GAPS, FIRST, LAST, PARTS };
enum { LEAST_YEARS = 10, YEARS_MAX = 500 };

/* Values of a part of the calendar by year. */
struct series {
	int32_t count;
	double year[YEARS_MAX], value[YEARS_MAX];
	double sorted[YEARS_MAX];
};

struct state {
	struct series series;
	double slope[YEARS_MAX * (YEARS_MAX - 1) / 2];
};

static void read_series(const struct alm_task *task, const struct alm_period *period,
	unsigned input, struct series *series)
{
	const struct alm_value *span = &task->params[SPAN];
	enum completeness rule = completeness_of(&task->params[COMPLETENESS]);
	struct years years = years_within(task->record, span->first_year, span->last_year);

	series->count = 0;
	for (int32_t y = 0; y < years.count && series->count < YEARS_MAX; y++) {
		int32_t year = years.first + y;
		double value = value_of_months(task->record, rule, input,
			months_of_part(period->kind, period->part, year));

		if (!isnan(value)) {
			series->year[series->count] = year;
			series->value[series->count] = value;
			series->sorted[series->count++] = value;
		}
	}
	sort_numbers(series->sorted, (size_t)series->count);
}

static double middle(const double *sorted, size_t count)
{
	return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/* Variance of the statistic S of Kendall, with ties. */
static double variance(const struct series *series)
{
	double n = series->count, sum = n * (n - 1) * (2 * n + 5);
	int32_t equal = 1;

	for (int32_t i = 1; i <= series->count; i++) {
		if (i < series->count && series->sorted[i] - series->sorted[i - 1] <= 0) {
			equal++;
			continue;
		}
		sum -= (double)equal * (equal - 1) * (2 * equal + 5);
		equal = 1;
	}
	return sum / 18;
}

/* Pairs of equal values. */
static double count_ties(const struct series *series)
{
	double ties = 0;
	int32_t equal = 0;

	for (int32_t i = 1; i < series->count; i++) {
		equal = series->sorted[i] - series->sorted[i - 1] <= 0 ? equal + 1 : 0;
		ties += equal;
	}
	return ties;
}

static void put_test(const struct series *series, double s, double *result)
{
	double n = series->count, pairs = n * (n - 1) / 2, spread = sqrt(variance(series));
	double continuous = fmax(fabs(s) - 1, 0); /* for continuity */

	result[TAU] = s / sqrt(pairs * (pairs - count_ties(series)));
	result[P_VALUE] = spread > 0 ? erfc(continuous / spread / sqrt(2)) : 1;
}

/* Sen (1968): ranks of slopes around the middle, at 95 %. */
static void put_interval(
	const struct series *series, const double *slopes, size_t count, double *result)
{
	static const double deviate = 1.959963984540054;
	double half = deviate * sqrt(variance(series)), n = (double)count;
	double low = fmax(nearbyint((n - half) / 2) - 1, 0);
	double high = fmin(nearbyint((n + half) / 2), n - 1);

	result[SLOPE_LOW] = slopes[(size_t)low];
	result[SLOPE_HIGH] = slopes[(size_t)high];
}

static void put_trend(struct state *state, double *result)
{
	const struct series *series = &state->series;
	size_t count = 0;
	double s = 0;

	for (int32_t i = 0; i < series->count; i++) {
		for (int32_t j = i + 1; j < series->count; j++) {
			double rise = series->value[j] - series->value[i];

			s += (rise > 0) - (rise < 0);
			state->slope[count++] = rise / (series->year[j] - series->year[i]);
		}
	}
	sort_numbers(state->slope, count);
	result[SLOPE] = middle(state->slope, count);
	put_interval(series, state->slope, count, result);
	put_test(series, s, result);
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	struct state *state = task->state;
	const struct series *series = &state->series;

	for (unsigned input = 0; input < NORMAL_INPUTS; input++) {
		double *to = result + input * PARTS;

		read_series(task, period, input, &state->series);
		to[COUNT] = series->count;
		if (series->count > 0) {
			to[FIRST] = series->year[0];
			to[LAST] = series->year[series->count - 1];
			to[GAPS] = to[LAST] - to[FIRST] + 1 - to[COUNT];
		}
		if (series->count >= LEAST_YEARS) {
			put_trend(state, to);
		}
	}
}

/* -- Declaration ------------------------------------------------------------- */

static const struct alm_input inputs[] = NORMAL_INPUT_TABLE;

static const struct alm_param params[] = {
	[SPAN] = { .name = "span",
		.type = ALM_YEARS,
		.help = "Years of which the trend is computed, as far as they have values",
		.example = "1961-2020",
		.default_value = "1700-2199" },
	[COMPLETENESS] = { .name = "completeness",
		.type = ALM_TEXT,
		.help = COMPLETENESS_HELP,
		.example = "wmo",
		.default_value = "ncei",
		.choices = completeness_choices },
	{ .name = NULL },
};

#define COLUMN(i, id, of, in, places, from, text) \
	[(i)*PARTS + (id)] = { .name = of, \
		.unit = in, \
		.decimals = places, \
		.method = ALM_MEAN, \
		.help = text, \
		.inputs = from, \
		.rules = "" }
#define NUMBER(i, id, of, from, text) \
	[(i)*PARTS + (id)] = { .name = of, \
		.unit = "1", \
		.method = ALM_COUNT, \
		.help = text, \
		.inputs = from, \
		.rules = "", \
		.type = ALM_INTEGER }
#define TREND(i, of, in, from, what) \
	COLUMN(i, SLOPE, of "_slope", in, 4, from, \
		"Slope of " what " by year (Theil and Sen)"), \
		COLUMN(i, SLOPE_LOW, of "_slope_low", in, 4, from, \
			"Lower end of its confidence interval at 95 %"), \
		COLUMN(i, SLOPE_HIGH, of "_slope_high", in, 4, from, \
			"Upper end of its confidence interval at 95 %"), \
		COLUMN(i, TAU, of "_tau", "1", 4, from, \
			"Kendall's rank correlation of " what " with the year (tau-b)"), \
		COLUMN(i, P_VALUE, of "_p", "1", 6, from, \
			"Two-sided p-value of the test of Mann and Kendall for no trend"), \
		NUMBER(i, COUNT, of "_years", from, "Years with a value of " what), \
		NUMBER(i, GAPS, of "_gaps", from, \
			"Years without one between the first and the last"), \
		NUMBER(i, FIRST, of "_first_year", from, "First year with a value"), \
		NUMBER(i, LAST, of "_last_year", from, "Last year with a value")

static const struct alm_column columns[] = {
	TREND(NORMAL_TMAX, "tmax", "K a-1", "TMAX", "mean maximum temperature"),
	TREND(NORMAL_TMIN, "tmin", "K a-1", "TMIN", "mean minimum temperature"),
	TREND(NORMAL_PRCP, "prcp", "mm a-1", "PRCP", "total precipitation"),
	{ .name = NULL },
};

static const char help[] =
	"Trends of yearly values (`calendar_year`), or of the values that one month or season has "
	"in each year.\n\n"
	"- A month counts if it is complete enough (`completeness`), a season or a year if all its "
	"months do: the mean of the monthly means, or the sum of the monthly totals.\n"
	"- `..._slope` is the median of the slopes of all pairs of years (Theil 1950, Sen 1968), "
	"per year; `..._slope_low` and `..._slope_high` are Sen's interval at 95 %.\n"
	"- `..._p` is the two-sided p-value of the test of Mann (1945) and Kendall (1975), by the "
	"normal approximation, with ties and correction for continuity.\n"
	"- `..._years` and `..._gaps` tell of how many years it is made and how many are missing "
	"between. Of fewer than 10 years there is no trend.\n\n"
	"What differs elsewhere: scipy.stats.theilslopes has the same slope and interval, "
	"scipy.stats.kendalltau no correction for continuity, so that its p-value is a little "
	"smaller. Values of years that follow each other are correlated: then p is too small, "
	"here as there. Nothing is homogenised: moves of the station and new instruments are "
	"part of the trend.\n";

static const struct alm_stat trend = {
	.name = "trend",
	.summary = "Slopes of Theil and Sen and tests of Mann and Kendall over years",
	.on_request = ALM_CALENDAR_MONTH | ALM_CALENDAR_SEASON | ALM_CALENDAR_YEAR,
	.flags = ALM_WHOLE_RECORD,
	.state_size = sizeof(struct state),
	.inputs = inputs,
	.columns = columns,
	.params = params,
	.help = help,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &trend, NULL };

ALM_PLUGIN(.name = "trend", .version = "1.0.0", .stats = stats);
