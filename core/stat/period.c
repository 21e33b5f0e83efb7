#include "stat/period.h"

#include <assert.h>
#include <string.h>

#include "base/date.h"

enum { MONTHS = 12 };

const struct period_kind period_kinds[] = {
	{ .bit = ALM_MONTH,
		.name = "month",
		.parts = 12,
		.months = 1,
		.year_help = "year",
		.part_help = "1 to 12",
		.member_help = "1 to 12, if the periods are months." },
	{ .bit = ALM_SEASON,
		.name = "season",
		.parts = 4,
		.months = 3,
		.lead = 1,
		.year_help = "December counts to the year that follows",
		.part_help = "1 December to February, 2 March to May, 3 June to August, "
			     "4 September to November",
		.member_help =
			"1 to 4, if the periods are seasons: DJF, MAM, JJA, SON. A December "
			"counts to the year that follows." },
	{ .bit = ALM_YEAR, .name = "year", .months = 12, .year_help = "year" },
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

uint32_t period_kind_bits(void)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < period_kind_count; i++) {
		bits |= period_kinds[i].bit;
	}
	return bits;
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

	assert(kind != NULL);
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
