/* Percentiles of a base period, and how often its own years exceed them. */
#ifndef ETCCDI_BASE_H
#define ETCCDI_BASE_H

#include <almanac/plugin.h>

enum { TMAX, TMIN, PRCP };

/* Percentiles of calendar days. */
enum { TX10, TX90, TN10, TN90, PERCENTILES };
/* Percentiles of wet days. */
enum { WET95, WET99, WET_PERCENTILES };

enum {
	CALENDAR_DAYS = 365,
	BASE_YEARS_MAX = 500, /* the years that can be stored */
	MONTHS = 12,
	WET = 10,           /* 0.1 mm: a wet day has at least this much */
	UNKNOWN = INT32_MIN /* no value */
};
#define NO_THRESHOLD INT64_MIN

/* A percentile of integers lies at (scale * n + offset) / parts, counted from 0, in n of them
 * in order: quantiles of type 8 of Hyndman and Fan (1996), exactly. */
struct quantile {
	int32_t scale, offset, parts;
};

/* An element's percentile of the days of a window. */
struct percentile {
	struct quantile quantile;
	int element; /* TMAX or TMIN */
	int above;   /* whether days above it are counted, or those below */
};
extern const struct percentile percentiles[PERCENTILES];
extern const struct quantile wet_quantiles[WET_PERCENTILES];

/* Kept by the host: integers only. Thresholds are in parts of 0.1 of the unit, see struct
 * quantile; NO_THRESHOLD: too few days. */
struct etccdi_base {
	int32_t first_year, years;
	int64_t threshold[PERCENTILES][CALENDAR_DAYS];
	int64_t wet[WET_PERCENTILES];
	/* By year of the base period and month: days beyond the threshold, once for each of the
	 * years - 1 thresholds that replace that year by another (Zhang et al. 2005). */
	uint16_t exceeded[PERCENTILES][BASE_YEARS_MAX][MONTHS];
};

/* Fills in `base`, zeroed before, for the years of task->params[param]. */
void etccdi_sum_up(const struct alm_task *task, unsigned param, struct etccdi_base *base);

/* Whether a value lies beyond a percentile's threshold; nothing lies
 * beyond NO_THRESHOLD. */
static inline int is_beyond(
	const struct percentile *percentile, int32_t value, int64_t threshold)
{
	int64_t scaled = (int64_t)value * percentile->quantile.parts;

	if (threshold == NO_THRESHOLD) {
		return 0;
	}
	return percentile->above ? scaled > threshold : scaled < threshold;
}

/* First day of a month of a year of 365 or 366 days, from 0; month 12: the year's length. */
int month_start(int leap, int month);

/* Calendar day of a day of the year, both from 0: February 29 counts as the 28th. */
static inline int calendar_day(int leap, int day)
{
	return leap && day >= 59 ? day - 1 : day;
}

static inline int is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

#endif
