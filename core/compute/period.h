/* Periods of statistics: months, meteorological seasons (DJF, MAM, JJA, SON;
 * December counts to the year that follows), years. */
#ifndef ALMANAC_COMPUTE_PERIOD_H
#define ALMANAC_COMPUTE_PERIOD_H

#include <almanac/plugin.h>
#include <stdint.h>

struct period {
	enum alm_period kind;
	int year;
	int part; /* month 1-12, season 1-4; 0 for a year */
	int32_t first_day;
	int days;
};

/* The period that holds the day. */
struct period period_of(enum alm_period kind, int32_t day);

struct period period_next(const struct period *period);

#endif
