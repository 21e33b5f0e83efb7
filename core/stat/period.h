/* Periods of statistics: months, meteorological seasons (DJF, MAM, JJA, SON;
 * December counts to the year that follows), years. One table says all that is known
 * of a kind of period. */
#ifndef ALMANAC_STAT_PERIOD_H
#define ALMANAC_STAT_PERIOD_H

#include <almanac/plugin.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* Keys of periods, by which rows are found and ordered: year * 16 + part. */
	PERIOD_KEY_PARTS = 16,
	PERIOD_DAYS_MAX = 366
};

struct period_kind {
	uint32_t bit;     /* ALM_MONTH ... */
	const char *name; /* "month": in tables, names and answers */
	int parts;  /* of a year; parts of years have a member named as the kind; 0: years */
	int months; /* of a period */
	int lead;   /* months of the first part that lie in the year before */
	const char *year_help, *part_help; /* of the columns "year" and `name` */
	const char *member_help;           /* of the member `name` of answers; NULL: years */
};

/* The table, the shortest period first. */
extern const struct period_kind period_kinds[];
extern const size_t period_kind_count;

/* NULL: no such kind. */
const struct period_kind *period_kind(uint32_t bit);
const struct period_kind *period_kind_named(const char *name);

/* All bits. */
uint32_t period_kind_bits(void);

/* A period of the calendar. */
struct period {
	uint32_t kind; /* ALM_MONTH ... */
	int year;
	int part; /* month 1-12, season 1-4; 0 for a year */
	int32_t first_day;
	int days;
};

/* The period that holds the day. */
struct period period_of(uint32_t kind, int32_t day);

struct period period_next(const struct period *period);

int32_t period_key(const struct period *period);

/* Whether a key names a period of the kind; and how many days that has. */
int period_is_key(uint32_t kind, int32_t key);
int period_key_days(uint32_t kind, int32_t key);

#endif
