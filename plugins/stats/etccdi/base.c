#include "base.h"

#include <stdlib.h>
#include <string.h>

enum {
	WINDOW = 5,       /* days around a calendar day */
	PRESENT_PART = 10 /* a window needs a tenth of its days */
};

const struct percentile percentiles[PERCENTILES] = {
	[TX10] = { { 3, -19, 30 }, TMAX, 0 },
	[TX90] = { { 27, -11, 30 }, TMAX, 1 },
	[TN10] = { { 3, -19, 30 }, TMIN, 0 },
	[TN90] = { { 27, -11, 30 }, TMIN, 1 },
};

const struct quantile wet_quantiles[WET_PERCENTILES] = {
	[WET95] = { 19, -7, 20 },
	[WET99] = { 297, -101, 300 },
};

/* Where a percentile of n values in order lies: between value `index` and the next, `part` of
 * quantile.parts on. */
struct place {
	int32_t index, part;
};

static struct place find_place(const struct quantile *quantile, int32_t n)
{
	int32_t at = quantile->scale * n + quantile->offset;
	struct place place = { 0, 0 };

	if (at > 0) {
		place.index = at / quantile->parts;
		place.part = at % quantile->parts;
	}
	if (place.index >= n - 1) {
		place.index = n - 1;
		place.part = 0;
	}
	return place;
}

/* In parts of a unit of the values; `next` counts only if part is not 0. */
static int64_t interpolate(
	const struct quantile *quantile, const struct place *place, int32_t value, int32_t next)
{
	int64_t step = place->part > 0 ? (int64_t)next - value : 0;

	return (int64_t)value * quantile->parts + place->part * step;
}

/* Percentile of n values in order; n is not 0. */
static int64_t quantile_of(const struct quantile *quantile, const int32_t *sorted, int32_t n)
{
	struct place place = find_place(quantile, n);

	return interpolate(quantile, &place, sorted[place.index],
		sorted[place.part > 0 ? place.index + 1 : place.index]);
}

/* Element `k` of two sequences in order, merged. `few` is short. */
static int32_t merged(
	const int32_t *many, int32_t count, const int32_t *few, int32_t few_count, int32_t k)
{
	for (int32_t i = k > count ? k - count : 0; i < few_count; i++) {
		int32_t before = k - i; /* values of `many` that precede, if few[i] is next */

		if (before < count && many[before] <= few[i]) {
			return many[before];
		}
		if (before == 0 || many[before - 1] <= few[i]) {
			return few[i];
		}
	}
	return many[k - few_count];
}

/* Percentile of both sequences together. */
static int64_t quantile_of_both(const struct quantile *quantile, const int32_t *many,
	int32_t count, const int32_t *few, int32_t few_count)
{
	struct place place = find_place(quantile, count + few_count);
	int32_t value = merged(many, count, few, few_count, place.index);
	int32_t next =
		place.part > 0 ? merged(many, count, few, few_count, place.index + 1) : value;

	return interpolate(quantile, &place, value, next);
}

/* As the host: without memory the program ends. */
static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL) {
		alm->log(ALM_ERROR, "out of memory");
		abort();
	}
	return memory;
}

/* -- Days of the base period -------------------------------------------- */

/* One element's days of the base period, without February 29; UNKNOWN: no value. */
struct sample {
	int32_t first_year, years;
	int32_t (*day)[CALENDAR_DAYS]; /* by year */
	int32_t *ordered;              /* by calendar day: its values in order, `years` each */
	int32_t ordered_count[CALENDAR_DAYS];
	/* The window around one calendar day: all values in order, and those of each year. */
	int32_t *all, all_count; /* WINDOW * years */
	int32_t (*of_year)[WINDOW], *of_year_count;
	int32_t *room; /* WINDOW * years */
};

static void insert(int32_t *ordered, int32_t count, int32_t value)
{
	while (count > 0 && ordered[count - 1] > value) {
		ordered[count] = ordered[count - 1];
		count--;
	}
	ordered[count] = value;
}

int month_start(int leap, int month)
{
	static const int16_t starts[MONTHS + 1] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273,
		304, 334, 365 };

	return starts[month] + (leap && month > 1);
}

/* Value of a day of the record, or UNKNOWN. */
static int32_t value_at(const struct alm_record *record, int element, int64_t day)
{
	int64_t at = day - record->first_day;
	int32_t value = at >= 0 && at < (int64_t)record->days
				? record->series[element].value[at]
				: ALM_MISSING;

	return alm_is_value(value) ? value : UNKNOWN;
}

static void fill_sample(struct sample *sample, const struct alm_record *record, int element)
{
	memset(sample->ordered_count, 0, sizeof(sample->ordered_count));
	for (int32_t y = 0; y < sample->years; y++) {
		int leap = is_leap(sample->first_year + y);
		int32_t first = alm->day(sample->first_year + y, 1, 1);

		for (int day = 0; day < CALENDAR_DAYS; day++) {
			int32_t value = value_at(
				record, element, (int64_t)first + day + (leap && day >= 59));

			sample->day[y][day] = value;
			if (value != UNKNOWN) {
				insert(sample->ordered + (size_t)day * (size_t)sample->years,
					sample->ordered_count[day]++, value);
			}
		}
	}
}

/* Both in order, as is the result; returns their number. */
static int32_t merge(
	int32_t *to, const int32_t *a, int32_t a_count, const int32_t *b, int32_t b_count)
{
	int32_t i = 0, k = 0;

	while (i < a_count || k < b_count) {
		int from_a = k == b_count || (i < a_count && a[i] <= b[k]);

		to[i + k] = from_a ? a[i] : b[k];
		i += from_a;
		k += !from_a;
	}
	return a_count + b_count;
}

/* The window around a calendar day. Its days before January 1 and after December 31 are of
 * the other end of the same year, so that all of a year's days are in that year's window. */
static void gather_window(struct sample *sample, int day)
{
	sample->all_count = 0;
	memset(sample->of_year_count, 0,
		(size_t)sample->years * sizeof(*sample->of_year_count));
	for (int i = -(WINDOW / 2); i <= WINDOW / 2; i++) {
		int at = (day + i + CALENDAR_DAYS) % CALENDAR_DAYS;
		int32_t *merged_so_far = sample->all;

		sample->all = sample->room;
		sample->room = merged_so_far;
		sample->all_count = merge(sample->all, merged_so_far, sample->all_count,
			sample->ordered + (size_t)at * (size_t)sample->years,
			sample->ordered_count[at]);
		for (int32_t y = 0; y < sample->years; y++) {
			int32_t value = sample->day[y][at];

			if (value != UNKNOWN) {
				insert(sample->of_year[y], sample->of_year_count[y]++, value);
			}
		}
	}
}

/* The window's values without those of one year, in order. */
static int32_t without_year(const struct sample *sample, int32_t y, int32_t *rest)
{
	int32_t left = 0, taken = 0;

	for (int32_t i = 0; i < sample->all_count; i++) {
		if (taken < sample->of_year_count[y] &&
			sample->all[i] == sample->of_year[y][taken]) {
			taken++;
		} else {
			rest[left++] = sample->all[i];
		}
	}
	return left;
}

/* Of the thresholds that have another year in place of year `y`: how many the value is beyond.
 * To leave out a year and to have another twice moves a threshold by no more places than
 * both have days, which decides most values without a look at each of the thresholds. */
static int count_beyond(const struct sample *sample, const struct percentile *percentile,
	int32_t y, int32_t value)
{
	const struct quantile *quantile = &percentile->quantile;
	struct place least = find_place(quantile, sample->all_count - WINDOW);
	struct place most = find_place(quantile, sample->all_count + WINDOW);
	int32_t low = least.index - WINDOW, high = most.index + 1 + WINDOW;
	int32_t others;
	int beyond = 0;

	if (low >= 0 && value < sample->all[low]) {
		return percentile->above ? 0 : sample->years - 1;
	}
	if (high < sample->all_count && value > sample->all[high]) {
		return percentile->above ? sample->years - 1 : 0;
	}
	others = without_year(sample, y, sample->room);
	for (int32_t z = 0; z < sample->years; z++) {
		if (z != y && others + sample->of_year_count[z] > 0) {
			beyond += is_beyond(percentile, value,
				quantile_of_both(quantile, sample->room, others,
					sample->of_year[z], sample->of_year_count[z]));
		}
	}
	return beyond;
}

/* Adds the days of the base period on one calendar day; those of February 29 to the 28th's. */
static void count_years(const struct alm_record *record, const struct sample *sample, int which,
	int day, struct etccdi_base *base)
{
	const struct percentile *percentile = &percentiles[which];
	int month = 0;

	while (month_start(0, month + 1) <= day) {
		month++;
	}
	for (int32_t y = 0; y < sample->years; y++) {
		int year = sample->first_year + y, count = 0;

		if (sample->day[y][day] != UNKNOWN) {
			count += count_beyond(sample, percentile, y, sample->day[y][day]);
		}
		if (day == 58 && is_leap(year)) {
			int32_t value =
				value_at(record, percentile->element, alm->day(year, 2, 29));

			count += value != UNKNOWN ? count_beyond(sample, percentile, y, value)
						  : 0;
		}
		base->exceeded[which][y][month] += (uint16_t)count;
	}
}

static void sum_up_element(const struct alm_record *record, struct sample *sample, int element,
	struct etccdi_base *base)
{
	fill_sample(sample, record, element);
	for (int day = 0; day < CALENDAR_DAYS; day++) {
		gather_window(sample, day);
		for (int which = 0; which < PERCENTILES; which++) {
			if (percentiles[which].element != element) {
				continue;
			}
			if (sample->all_count * PRESENT_PART < WINDOW * sample->years) {
				base->threshold[which][day] = NO_THRESHOLD;
				continue;
			}
			base->threshold[which][day] = quantile_of(
				&percentiles[which].quantile, sample->all, sample->all_count);
			count_years(record, sample, which, day, base);
		}
	}
}

/* -- Wet days ----------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

	return (left > right) - (left < right);
}

static void sum_up_wet_days(const struct alm_record *record, struct etccdi_base *base)
{
	int64_t first = alm->day(base->first_year, 1, 1);
	int64_t end = alm->day(base->first_year + base->years, 1, 1);
	int32_t *wet = allocate((size_t)(end - first), sizeof(*wet));
	int32_t count = 0;

	for (int64_t day = first; day < end; day++) {
		int32_t value = value_at(record, PRCP, day);

		if (value >= WET) { /* which UNKNOWN is not */
			wet[count++] = value;
		}
	}
	if (count > 0) {
		qsort(wet, (size_t)count, sizeof(*wet), compare);
	}
	for (int i = 0; i < WET_PERCENTILES; i++) {
		base->wet[i] =
			count > 0 ? quantile_of(&wet_quantiles[i], wet, count) : NO_THRESHOLD;
	}
	free(wet);
}

void etccdi_sum_up(const struct alm_task *task, unsigned param, struct etccdi_base *base)
{
	const struct alm_value *span = &task->params[param];
	size_t years = (size_t)(span->last_year - span->first_year + 1);
	struct sample sample = { .first_year = span->first_year,
		.years = (int32_t)years,
		.day = allocate(years, sizeof(*sample.day)),
		.ordered = allocate(years * CALENDAR_DAYS, sizeof(*sample.ordered)),
		.all = allocate(years * WINDOW, sizeof(*sample.all)),
		.room = allocate(years * WINDOW, sizeof(*sample.room)),
		.of_year = allocate(years, sizeof(*sample.of_year)),
		.of_year_count = allocate(years, sizeof(*sample.of_year_count)) };

	base->first_year = sample.first_year;
	base->years = sample.years;
	sum_up_element(task->record, &sample, TMAX, base);
	sum_up_element(task->record, &sample, TMIN, base);
	sum_up_wet_days(task->record, base);
	free(sample.day);
	free(sample.ordered);
	free(sample.all);
	free(sample.room);
	free(sample.of_year);
	free(sample.of_year_count);
}
