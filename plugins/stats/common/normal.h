/* Normals and period averages of months, seasons, years and calendar days (WMO-No. 1203). */
#ifndef ALMANAC_STATS_NORMAL_H
#define ALMANAC_STATS_NORMAL_H

#include "aggregate.h"

/* Inputs of statistics that have normals, in this order. */
enum { NORMAL_TMAX, NORMAL_TMIN, NORMAL_PRCP, NORMAL_INPUTS };

#define NORMAL_INPUT_TABLE \
	{ \
		[NORMAL_TMAX] = { .code = "TMAX", .unit = "degC", .decimals = 1 }, \
		[NORMAL_TMIN] = { .code = "TMIN", .unit = "degC", .decimals = 1 }, \
		[NORMAL_PRCP] = { .code = "PRCP", .unit = "mm", .decimals = 1 }, \
		{ .code = NULL }, \
	}

/* Parameters that statistics with normals have, in this order; then their own. */
enum { NORMAL_BASE, NORMAL_WINDOW, NORMAL_COMPLETENESS, NORMAL_PARAMS };

/* How normals are made. */
struct normal_rule {
	int32_t first_year, last_year;
	enum completeness completeness;
	int window; /* days around a calendar day, an even number as the next one */
};

struct normal_rule normal_rule_of(const struct alm_value *params);

struct normal {
	double mean;   /* NAN: no year */
	int32_t years; /* of which it is made; of several months the least */
};

/* Mean of monthly values of that input over the years that have a complete one; of several
 * months the mean of their normals, or, of precipitation, the sum. */
struct normal normal_of_months(const struct alm_record *record, const struct normal_rule *rule,
	unsigned input, uint32_t kind, uint32_t part);

/* Mean of all values in the windows around that day, 1 to 366, of the years whose window has
 * at least 80 % of its days. Days outside the base period belong to no window. */
struct normal normal_of_day(const struct alm_record *record, const struct normal_rule *rule,
	unsigned input, int leap_day);

/* The value of one year: of months that are complete, as above. NAN: one is not. */
double value_of_months(const struct alm_record *record, enum completeness completeness,
	unsigned input, struct months months);

/* Whether it may be called a normal: 30 years that end with one whose number ends in 0, of
 * which at least 80 % count. */
bool is_normal(const struct normal_rule *rule, int32_t years);

#define NORMAL_PARAM_ROWS \
	[NORMAL_BASE] = { .name = "base_years", \
		.type = ALM_YEARS, \
		.help = "The base period. Thirty years of which the last ends in 0, such as " \
			"1991-2020 or 1961-1990, make normals; other years make period averages", \
		.example = "1961-1990", \
		.default_value = "1991-2020" }, \
	[NORMAL_WINDOW] = { .name = "window", \
		.type = ALM_INTEGER, \
		.help = "Days around a calendar day that make its normal: 15 are 7 before " \
			"to 7 after; an even number counts as the next one", \
		.example = "31", \
		.default_value = "15", \
		.min = 1, \
		.max = 91 }, \
	[NORMAL_COMPLETENESS] = { \
		.name = "completeness", \
		.type = ALM_TEXT, \
		.help = COMPLETENESS_HELP, \
		.example = "ncei", \
		.default_value = "wmo", \
		.choices = completeness_choices, \
	}

#endif
