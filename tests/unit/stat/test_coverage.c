/* Days present and missing, gaps, and the completeness rules at their limits. */
#include <string.h>

#include "base/date.h"
#include "stat/rule.h"
#include "unit.h"

enum { DAYS = 366 };

/* A stretch of missing days of 2001 (365 days), by month and day of month. */
struct stretch {
	int month, day, days;
};

static bool satisfies(const struct coverage *coverage, const char *rule, uint32_t method)
{
	return stat_rules[stat_rule_find(rule, strlen(rule))].is_complete(coverage, method);
}

static struct coverage count(uint32_t kind, int month, const struct stretch *gaps)
{
	struct period period = period_of(kind, date_day(2001, month, 1));
	int32_t values[DAYS];
	struct coverage coverage;

	for (int i = 0; i < DAYS; i++) {
		values[i] = i % 7 - 3;
	}
	for (; gaps->days > 0; gaps++) {
		int first = date_day(2001, gaps->month, gaps->day) - period.first_day;

		for (int i = 0; i < gaps->days; i++) {
			values[first + i] = ALM_MISSING;
		}
	}
	coverage_count(&period, values, &coverage);
	return coverage;
}

static void counts_a_complete_year(void **state)
{
	static const struct stretch none[] = { { 0 } };
	struct coverage c = count(ALM_YEAR, 1, none);

	(void)state;
	assert_int_equal(c.present, 365);
	assert_int_equal(c.missing, 0);
	assert_int_equal(c.longest_gap, 0);
	assert_true(satisfies(&c, "wmo", ALM_MEAN) && satisfies(&c, "wmo", ALM_SUM) &&
		    satisfies(&c, "ncei", ALM_MEAN));
}

static void counts_a_year_without_values(void **state)
{
	static const struct stretch all[] = { { 1, 1, 365 }, { 0 } };
	struct coverage c = count(ALM_YEAR, 1, all);

	(void)state;
	assert_int_equal(c.present, 0);
	assert_int_equal(c.missing, 365);
	assert_int_equal(c.longest_gap, 365);
	assert_false(satisfies(&c, "wmo", ALM_MEAN) || satisfies(&c, "wmo", ALM_SUM) ||
		     satisfies(&c, "ncei", ALM_MEAN));
}

static const struct {
	struct stretch gaps[8];
	int missing, longest;
	bool wmo_mean, ncei;
} rules[] = {
	{ { { 5, 31, 1 } }, 1, 1, true, true },
	{ { { 3, 10, 3 } }, 3, 3, true, true },
	{ { { 3, 10, 4 } }, 4, 4, true, false },  /* NCEI: more than 3 in a row */
	{ { { 3, 10, 5 } }, 5, 5, false, false }, /* WMO: 5 in a row */
	/* NCEI: 5 days may be missing, 6 not. */
	{ { { 3, 2, 2 }, { 3, 10, 2 }, { 3, 20, 1 } }, 5, 2, true, true },
	{ { { 3, 2, 2 }, { 3, 10, 2 }, { 3, 20, 2 } }, 6, 2, true, false },
	/* WMO: 10 may, 11 not. */
	{ { { 3, 1, 4 }, { 3, 10, 4 }, { 3, 20, 2 } }, 10, 4, true, false },
	{ { { 3, 1, 4 }, { 3, 10, 4 }, { 3, 20, 3 } }, 11, 4, false, false },
	/* A gap over the end of a month counts in each month by itself. */
	{ { { 3, 29, 6 } }, 6, 6, true, true },
	{ { { 3, 28, 8 } }, 8, 8, true, false },
	{ { { 1, 29, 3 + 28 + 1 } }, 32, 32, false, false },
	/* Months are judged one by one: 5 days in each of three. */
	{ { { 1, 1, 3 }, { 1, 9, 2 }, { 2, 1, 3 }, { 2, 9, 2 }, { 12, 27, 3 }, { 12, 31, 1 } },
		14, 3, true, true },
};

static void judges_by_month(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct coverage c = count(ALM_YEAR, 1, rules[i].gaps);

		assert_int_equal(c.missing, rules[i].missing);
		assert_int_equal(c.present, 365 - rules[i].missing);
		assert_int_equal(c.longest_gap, rules[i].longest);
		assert_int_equal(satisfies(&c, "wmo", ALM_MEAN), rules[i].wmo_mean);
		assert_int_equal(satisfies(&c, "ncei", ALM_MEAN), rules[i].ncei);
		assert_false(satisfies(&c, "wmo", ALM_SUM));
	}
}

static void months_and_seasons(void **state)
{
	static const struct stretch gap[] = { { 2, 26, 3 }, { 3, 1, 2 }, { 0 } };
	struct coverage february = count(ALM_MONTH, 2, gap);

	(void)state;
	assert_int_equal(february.present, 25);
	assert_int_equal(february.longest_gap, 3);
	assert_true(satisfies(&february, "wmo", ALM_MEAN) &&
		    satisfies(&february, "ncei", ALM_MEAN));
	assert_false(satisfies(&february, "wmo", ALM_SUM));
	static const struct stretch spring[] = { { 4, 28, 3 }, { 5, 1, 4 }, { 0 } };
	struct coverage season = count(ALM_SEASON, 3, spring);

	assert_int_equal(season.present, 92 - 7);
	assert_int_equal(season.longest_gap, 7);
	assert_true(satisfies(&season, "wmo", ALM_MEAN));
	assert_false(satisfies(&season, "ncei", ALM_MEAN));
}

static void a_day_ends_before_the_next(void **state)
{
	static const struct stretch gap[] = { { 3, 1, 3 }, { 0 } };
	struct coverage day = count(ALM_DAY, 3, gap);

	(void)state;
	assert_int_equal(day.present, 0);
	assert_int_equal(day.missing, 1);
	assert_int_equal(day.longest_gap, 1);
}

static void methods_choose_the_rule(void **state)
{
	static const struct stretch gap[] = { { 3, 10, 3 }, { 0 } };
	struct coverage c = count(ALM_YEAR, 1, gap);

	(void)state;
	assert_true(satisfies(&c, "wmo", ALM_MEAN));
	assert_true(satisfies(&c, "wmo", ALM_MINIMUM));
	assert_true(satisfies(&c, "wmo", ALM_MAXIMUM));
	assert_false(satisfies(&c, "wmo", ALM_SUM));
	assert_false(satisfies(&c, "wmo", ALM_COUNT));
	assert_true(satisfies(&c, "ncei", ALM_SUM));
}

static void columns_name_their_rules(void **state)
{
	const unsigned wmo = 1u << stat_rule_find("wmo", 3),
		       ncei = 1u << stat_rule_find("ncei", 4);

	(void)state;
	assert_int_equal(stat_rule_set(NULL) & (wmo | ncei), wmo | ncei);
	assert_int_equal(stat_rule_set(""), 0);
	assert_int_equal(stat_rule_set("ncei"), ncei);
	assert_int_equal(stat_rule_set("ncei,wmo"), wmo | ncei);
	assert_int_equal(stat_rule_set("wmo2,cei"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_a_complete_year),
		cmocka_unit_test(counts_a_year_without_values),
		cmocka_unit_test(judges_by_month),
		cmocka_unit_test(months_and_seasons),
		cmocka_unit_test(a_day_ends_before_the_next),
		cmocka_unit_test(methods_choose_the_rule),
		cmocka_unit_test(columns_name_their_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
