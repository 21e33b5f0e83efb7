#include "stat/period.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"

enum { MONTHS = 12 };

const struct period_kind period_kinds[] = {
	{ .bit = ALM_MONTH,
		.name = "month",
		.stored = true,
		.parts = 12,
		.months = 1,
		.year_help = "year",
		.part_help = "1 to 12",
		.member_help = "1 to 12, if the periods are months.",
		.members = { "year", "month" } },
	{ .bit = ALM_SEASON,
		.name = "season",
		.stored = true,
		.parts = 4,
		.months = 3,
		.lead = 1,
		.year_help = "December counts to the year that follows",
		.part_help = "1 December to February, 2 March to May, 3 June to August, "
			     "4 September to November",
		.member_help =
			"1 to 4, if the periods are seasons: DJF, MAM, JJA, SON. A December "
			"counts to the year that follows.",
		.members = { "year", "season" } },
	{ .bit = ALM_YEAR,
		.name = "year",
		.stored = true,
		.months = 12,
		.year_help = "year",
		.members = { "year" } },
	{ .bit = ALM_DAY, .name = "day", .parts = PERIOD_CALENDAR_DAYS, .members = { "date" } },
	{ .bit = ALM_CALENDAR_DAY,
		.name = "calendar_day",
		.calendar = true,
		.parts = PERIOD_CALENDAR_DAYS,
		.members = { "month", "day" } },
	{ .bit = ALM_CALENDAR_MONTH,
		.name = "calendar_month",
		.calendar = true,
		.parts = 12,
		.months = 1,
		.members = { "month" } },
	{ .bit = ALM_CALENDAR_SEASON,
		.name = "calendar_season",
		.calendar = true,
		.parts = 4,
		.months = 3,
		.lead = 1,
		.members = { "season" } },
	{ .bit = ALM_CALENDAR_YEAR, .name = "calendar_year", .calendar = true, .months = 12 },
};
const size_t period_kind_count = sizeof(period_kinds) / sizeof(period_kinds[0]);

const struct period_kind *period_kind(uint32_t bit)
{
	for (size_t i = 0; i < period_kind_count; i++) {
		if (period_kinds[i].bit == bit) {
			return &period_kinds[i];
		}
	}
	return NULL;
}

const struct period_kind *period_kind_named(const char *name)
{
	for (size_t i = 0; i < period_kind_count; i++) {
		if (strcmp(period_kinds[i].name, name) == 0) {
			return &period_kinds[i];
		}
	}
	return NULL;
}

uint32_t period_kind_bits(bool stored)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < period_kind_count; i++) {
		bits |= period_kinds[i].stored == stored ? period_kinds[i].bit : 0;
	}
	return bits;
}

const char *period_kind_names(uint32_t bits, char *to)
{
	size_t used = 0;

	to[0] = '\0';
	for (size_t i = 0; i < period_kind_count; i++) {
		if ((bits & period_kinds[i].bit) != 0) {
			used += (size_t)snprintf(to + used, PERIOD_NAMES_MAX - used, "%s%s",
				used > 0 ? "," : "", period_kinds[i].name);
		}
	}
	assert(used < PERIOD_NAMES_MAX);
	return to;
}

/* Days of a leap year before each month. */
static const int leap_start[MONTHS] = { 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335 };

/* Day of a leap year, 1 to 366. */
static int leap_day(struct date date)
{
	return leap_start[date.month - 1] + date.day;
}

void period_leap_date(int part, int *month, int *day)
{
	*month = MONTHS;
	while (leap_start[*month - 1] >= part) {
		(*month)--;
	}
	*day = part - leap_start[*month - 1];
}

int period_calendar_part(uint32_t bit, int32_t day)
{
	const struct period_kind *kind = period_kind(bit);
	struct date date = date_from_day(day);

	if (kind->parts == 0) {
		return 0;
	}
	return kind->months == 0 ? leap_day(date)
				 : (date.month - 1 + kind->lead) % MONTHS / kind->months + 1;
}

static int32_t month_start(int year, int month)
{
	int32_t day = date_year_start(year);

	for (int before = 1; before < month; before++) {
		day += date_month_days(year, before);
	}
	return day;
}

/* Part `part` of a year: its months one after the other, the first `lead` of the first part
 * in the year before. */
static struct period make(const struct period_kind *kind, int year, int part)
{
	struct period period = { .kind = kind->bit, .year = year, .part = part };
	int month = (part > 0 ? part - 1 : 0) * kind->months - kind->lead; /* from 0 */

	for (int i = 0; i < kind->months; i++, month++) {
		int of = month < 0 ? year - 1 : year;
		int number = (month + MONTHS) % MONTHS + 1;

		if (i == 0) {
			period.first_day = month_start(of, number);
		}
		period.days += date_month_days(of, number);
	}
	return period;
}

struct period period_of(uint32_t bit, int32_t day)
{
	const struct period_kind *kind = period_kind(bit);
	struct date date = date_from_day(day);
	int month = date.month - 1;

	assert(kind != NULL && !kind->calendar);
	if (bit == ALM_DAY) {
		return (struct period){ bit, date.year, leap_day(date), day, 1 };
	}
	if (month + kind->lead >= MONTHS) {
		date.year++;
	}
	return make(kind, date.year,
		kind->parts > 0 ? (month + kind->lead) % MONTHS / kind->months + 1 : 0);
}

struct period period_next(const struct period *period)
{
	return period_of(period->kind, period->first_day + period->days);
}

int32_t period_key(const struct period *period)
{
	return period->year * PERIOD_KEY_PARTS + period->part;
}

int period_is_key(uint32_t bit, int32_t key)
{
	const struct period_kind *kind = period_kind(bit);
	int32_t part = key % PERIOD_KEY_PARTS;

	return kind != NULL && key >= 0 && part <= kind->parts &&
	       (part > 0 || kind->parts == 0);
}

int period_key_days(uint32_t bit, int32_t key)
{
	return make(period_kind(bit), key / PERIOD_KEY_PARTS, key % PERIOD_KEY_PARTS).days;
}
