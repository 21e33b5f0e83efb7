#include "normal.h"

#include <math.h>

enum { TENTHS = 10 };
enum { NORMAL_YEARS = 30, DECADE = 10 };

/* 80 %: WMO-No. 1203, 4.4.2 */
static bool is_most(int32_t part, int32_t of)
{
	return 5 * part >= 4 * of;
}

bool is_normal(const struct normal_rule *rule, int32_t years)
{
	int32_t count = rule->last_year - rule->first_year + 1;

	return count == NORMAL_YEARS && rule->last_year % DECADE == 0 && is_most(years, count);
}

struct normal_rule normal_rule_of(const struct alm_value *params)
{
	return (struct normal_rule){ .first_year = params[NORMAL_BASE].first_year,
		.last_year = params[NORMAL_BASE].last_year,
		.completeness = completeness_of(&params[NORMAL_COMPLETENESS]),
		.window = (int)params[NORMAL_WINDOW].integer };
}

double value_of_months(const struct alm_record *record, enum completeness completeness,
	unsigned input, struct months months)
{
	return input == NORMAL_PRCP ? sum_of_months(record, input, months, completeness)
				    : mean_of_months(record, input, months, completeness);
}

/* `of_first`: the month in the first year of the base period. */
static struct normal normal_of_month(const struct alm_record *record,
	const struct normal_rule *rule, unsigned input, int32_t of_first)
{
	int32_t years = rule->last_year - rule->first_year + 1;
	int32_t from = month_of_day(record->first_day);
	int32_t until = month_of_day(record->first_day + (int32_t)record->days - 1);
	struct normal normal = { 0, 0 };

	for (int32_t y = 0; y < years; y++) {
		struct months month = { of_first + y * MONTHS_OF_YEAR, 1 };
		double value = NAN;

		if (month.first >= from && month.first <= until) {
			value = value_of_months(record, rule->completeness, input, month);
		}
		if (!isnan(value)) {
			normal.mean += value;
			normal.years++;
		}
	}
	normal.mean = normal.years > 0 ? normal.mean / normal.years : NAN;
	return normal;
}

struct normal normal_of_months(const struct alm_record *record, const struct normal_rule *rule,
	unsigned input, uint32_t kind, uint32_t part)
{
	struct months months = months_of_part(kind, part, rule->first_year);
	struct normal all = { 0, INT32_MAX };

	if (record->days == 0) {
		return (struct normal){ NAN, 0 };
	}
	for (int32_t m = 0; m < months.count; m++) {
		struct normal month = normal_of_month(record, rule, input, months.first + m);

		all.mean += month.mean;
		all.years = month.years < all.years ? month.years : all.years;
	}
	all.mean /= input == NORMAL_PRCP ? 1 : months.count;
	return all;
}

/* Days around a calendar day of a year, within the base period. */
static struct span find_window(const struct normal_rule *rule, int32_t year, int leap_day)
{
	int32_t half = rule->window / 2, day = day_of_year(year, leap_day);
	int32_t first = day - half, end = day + half + 1;
	int32_t from = month_first_day(month_number(rule->first_year, 1));
	int32_t until = month_first_day(month_number(rule->last_year + 1, 1));

	first = first > from ? first : from;
	end = end < until ? end : until;
	return (struct span){ first, end - first };
}

struct normal normal_of_day(const struct alm_record *record, const struct normal_rule *rule,
	unsigned input, int leap_day)
{
	struct years years = years_within(record, rule->first_year, rule->last_year);
	int64_t sum = 0, days = 0;
	int32_t count = 0;

	for (int32_t y = 0; y < years.count; y++) {
		struct span window = find_window(rule, years.first + y, leap_day);
		struct span held = span_within(record, window);
		const int32_t *values = held.days > 0 ? values_at(record, input, held) : NULL;
		int64_t of_year = 0;
		int32_t present = 0;

		for (int32_t i = 0; i < held.days; i++) {
			bool good = alm_is_value(values[i]);

			of_year += good ? values[i] : 0;
			present += good;
		}
		if (present > 0 && is_most(present, window.days)) {
			sum += of_year;
			days += present;
			count++;
		}
	}
	return (struct normal){ count > 0 ? (double)sum / (double)(days * TENTHS) : NAN,
		count };
}
