/* The columns, names and definition of a calculator's table. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/stat_table.h"
#include "unit.h"

static const struct alm_input inputs[] = {
	{ .code = "TMAX", .unit = "degC", .decimals = 1 },
	{ .code = "WT**", .unit = "1" },
	{ .code = NULL },
};

static const struct alm_column columns[] = {
	{ .name = "mean",
		.unit = "degC",
		.help = "Mean",
		.decimals = 1,
		.method = ALM_MEAN,
		.inputs = "TMAX" },
	{ .name = "days", .unit = "1", .help = "Days", .method = ALM_COUNT, .inputs = NULL },
	{ 0 },
};

static const struct alm_stat monthly = { .name = "monthly",
	.summary = "A summary",
	.periods = ALM_MONTH,
	.inputs = inputs,
	.columns = columns };

static void expect_columns(
	const struct alm_stat *stat, const struct stat_column *wanted, size_t n)
{
	struct stat_column *got;

	assert_int_equal(stat_table_columns(stat, &got), n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(got[i].name, wanted[i].name);
		assert_int_equal(got[i].kind, wanted[i].kind);
		if (wanted[i].unit == NULL) {
			assert_null(got[i].unit);
		} else {
			assert_string_equal(got[i].unit, wanted[i].unit);
		}
		assert_true(got[i].help[0] != '\0');
	}
	free(got);
}

static void lists_columns_in_order(void **state)
{
	static const struct stat_column wanted[] = {
		{ .name = "station_id", .kind = STAT_KEY },
		{ .name = "year", .kind = STAT_KEY },
		{ .name = "month", .kind = STAT_KEY },
		{ .name = "mean", .kind = STAT_VALUE, .unit = "degC" },
		{ .name = "days", .kind = STAT_VALUE, .unit = "1" },
		{ .name = "tmax_days", .kind = STAT_COUNT, .unit = "d" },
		{ .name = "tmax_missing", .kind = STAT_COUNT, .unit = "d" },
		{ .name = "tmax_longest_gap", .kind = STAT_COUNT, .unit = "d" },
		{ .name = "wt**_days", .kind = STAT_COUNT, .unit = "d" },
		{ .name = "wt**_missing", .kind = STAT_COUNT, .unit = "d" },
		{ .name = "wt**_longest_gap", .kind = STAT_COUNT, .unit = "d" },
		{ .name = "mean_wmo", .kind = STAT_VERDICT },
		{ .name = "mean_ncei", .kind = STAT_VERDICT },
		{ .name = "mean_etccdi", .kind = STAT_VERDICT },
		{ .name = "days_wmo", .kind = STAT_VERDICT },
		{ .name = "days_ncei", .kind = STAT_VERDICT },
		{ .name = "days_etccdi", .kind = STAT_VERDICT },
	};

	(void)state;
	expect_columns(&monthly, wanted, sizeof(wanted) / sizeof(wanted[0]));
}

static void keys_follow_the_period(void **state)
{
	static const struct {
		uint32_t period;
		const char *part; /* NULL: no third key */
	} cases[] = { { ALM_MONTH, "month" }, { ALM_SEASON, "season" }, { ALM_YEAR, NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct alm_stat stat = monthly;
		struct stat_column *got;
		size_t keys = 0, n;

		stat.periods = cases[i].period;
		n = stat_table_columns(&stat, &got);
		while (keys < n && got[keys].kind == STAT_KEY) {
			keys++;
		}
		assert_int_equal(keys, cases[i].part != NULL ? 3 : 2);
		if (cases[i].part != NULL) {
			assert_string_equal(got[2].name, cases[i].part);
		}
		free(got);
	}
}

static void help_says_what_a_verdict_rests_on(void **state)
{
	struct stat_column *got;
	size_t n = stat_table_columns(&monthly, &got);

	(void)state;
	assert_non_null(strstr(got[n - 6].help, "TMAX complete under WMO"));
	assert_non_null(strstr(got[n - 6].help, "11 or more days"));
	assert_non_null(strstr(got[n - 3].help, "TMAX, WT** complete under WMO"));
	assert_non_null(strstr(got[n - 3].help, "no day missing"));
	assert_non_null(strstr(got[n - 2].help, "more than 5 days"));
	assert_non_null(strstr(got[n - 1].help, "no year with more than 15"));
	free(got);
}

static void holds_a_large_declaration(void **state)
{
	enum { INPUTS = 100, COLUMNS = 300 };
	static char codes[INPUTS][9], names[COLUMNS][33];
	static struct alm_input many_inputs[INPUTS + 1];
	static struct alm_column many_columns[COLUMNS + 1];
	struct alm_stat stat = monthly;
	struct stat_column *got;

	(void)state;
	for (int i = 0; i < INPUTS; i++) {
		snprintf(codes[i], sizeof(codes[i]), "INPUT%03d", i);
		many_inputs[i] = (struct alm_input){ .code = codes[i], .unit = "1" };
	}
	for (int i = 0; i < COLUMNS; i++) {
		memset(names[i], 'x', 32);
		names[i][0] = (char)('a' + i % 26);
		names[i][1] = (char)('a' + i / 26);
		many_columns[i] = columns[0];
		many_columns[i].name = names[i];
		many_columns[i].inputs = i % 2 == 0 ? NULL : codes[99];
		many_columns[i].rules = i % 2 == 0 ? NULL : "ncei";
	}
	stat.inputs = many_inputs;
	stat.columns = many_columns;
	assert_int_equal(stat_table_columns(&stat, &got),
		3 + COLUMNS + INPUTS * 3 + COLUMNS / 2 * 3 + COLUMNS / 2);
	free(got);
}

static void names_the_table(void **state)
{
	char name[64];

	(void)state;
	stat_table_name(&monthly, name);
	assert_string_equal(name, "stat_monthly");
}

static void expect_same(const struct alm_stat *stat, const char *version, bool same)
{
	char first[33], second[33];

	stat_table_definition(&monthly, "1.0", first);
	stat_table_definition(stat, version, second);
	assert_int_equal(strlen(first), 32);
	assert_int_equal(strspn(first, "0123456789abcdef"), 32);
	assert_int_equal(strcmp(first, second) == 0, same);
}

static void definition_is_what_decides_the_rows(void **state)
{
	static const struct alm_input fewer[] = { { .code = "TMAX", .unit = "degC" },
		{ .code = NULL } };
	static const struct alm_param params[] = {
		{ .name = "threshold", .type = ALM_INTEGER, .default_value = "25" },
		{ .name = NULL }
	};
	struct alm_column changed[3];
	struct alm_stat stat = monthly;

	(void)state;
	expect_same(&stat, "1.0", true);
	expect_same(&stat, "1.1", false);
	stat.summary = "Another";
	expect_same(&stat, "1.0", true);
	stat.inputs = fewer;
	expect_same(&stat, "1.0", false);
	stat.inputs = inputs;
	stat.periods = ALM_YEAR;
	expect_same(&stat, "1.0", false);
	stat.periods = ALM_MONTH;
	stat.flags = ALM_WHOLE_RECORD;
	expect_same(&stat, "1.0", false);
	stat.flags = 0;
	stat.lead_days = 1;
	expect_same(&stat, "1.0", false);
	stat.lead_days = 0;
	stat.params = params;
	expect_same(&stat, "1.0", false);
	stat.params = NULL;
	stat.columns = changed;
	memcpy(changed, columns, sizeof(changed));
	changed[0].help = "other words";
	changed[0].decimals = 3;
	expect_same(&stat, "1.0", true);
	changed[0].unit = "K";
	expect_same(&stat, "1.0", false);
	changed[0] = columns[0];
	changed[1].inputs = "TMAX";
	expect_same(&stat, "1.0", false);
	changed[1] = columns[1];
	changed[1].method = ALM_SUM;
	expect_same(&stat, "1.0", false);
	changed[1] = columns[1];
	changed[1].type = ALM_INTEGER;
	expect_same(&stat, "1.0", false);
}

/* The database refuses a comment that ends within a character. */
static void cuts_long_help_after_a_character(void **state)
{
	struct alm_stat stat = monthly;
	struct alm_column changed[3];
	struct stat_column *got;
	char help[400];
	size_t length;

	(void)state;
	for (size_t shift = 0; shift < 2; shift++) {
		memset(help, 'a', sizeof(help));
		for (size_t i = shift; i < sizeof(help) - 2; i += 2) {
			memcpy(help + i, "\xC3\xA4", 2);
		}
		help[sizeof(help) - 1] = '\0';
		memcpy(changed, columns, sizeof(changed));
		changed[0].help = help;
		stat.columns = changed;
		stat_table_columns(&stat, &got);
		length = strlen(got[3].help);
		assert_true(length >= 250 && length % 2 == shift);
		assert_memory_equal(got[3].help, help, length);
		free(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_columns_in_order),
		cmocka_unit_test(keys_follow_the_period),
		cmocka_unit_test(help_says_what_a_verdict_rests_on),
		cmocka_unit_test(holds_a_large_declaration),
		cmocka_unit_test(cuts_long_help_after_a_character),
		cmocka_unit_test(names_the_table),
		cmocka_unit_test(definition_is_what_decides_the_rows),
	};

	return cmocka_run_group_tests_name("stat table", tests, NULL, NULL);
}
