/* Periods of statistics: months, meteorological seasons (DJF, MAM, JJA, SON;
 * December counts to the year that follows), years, days, and parts of the calendar, which
 * are made of that part of all years. One table says all that is known of a kind of period. */
#ifndef ALMANAC_STAT_PERIOD_H
#define ALMANAC_STAT_PERIOD_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* Keys of periods, by which rows are found and ordered: year * 16 + part. */
	PERIOD_KEY_PARTS = 16,
	PERIOD_DAYS_MAX = 366,
	PERIOD_CALENDAR_DAYS = 366 /* days of a leap year: parts of ALM_CALENDAR_DAY */
};

struct period_kind {
	uint32_t bit;     /* ALM_MONTH ... */
	const char *name; /* "month": in tables, names and answers */
	bool stored;      /* rows of it can be stored; the others are computed for a request */
	bool calendar;    /* a part of the calendar, of all years */
	int parts;  /* of a year; parts of years have a member named as the kind; 0: years */
	int months; /* of a period */
	int lead;   /* months of the first part that lie in the year before */
	const char *year_help, *part_help; /* of the columns "year" and `name` */
	const char *member_help;           /* of the member `name` of answers; NULL: years */
	const char *members[3];            /* that say of which period a row is: "year" ... */
};

/* The table, the shortest period first. */
extern const struct period_kind period_kinds[];
extern const size_t period_kind_count;

/* NULL: no such kind. */
const struct period_kind *period_kind(uint32_t bit);
const struct period_kind *period_kind_named(const char *name);

/* All bits of kinds that are stored, or that are not. */
uint32_t period_kind_bits(bool stored);

/* "month,season" of the bits. `to` holds PERIOD_NAMES_MAX bytes; returns it. */
enum { PERIOD_NAMES_MAX = 128 };
const char *period_kind_names(uint32_t bits, char *to);

/* Month and day of the month of a day of a leap year, 1 to 366. */
void period_leap_date(int part, int *month, int *day);

/* The part of the calendar that the day belongs to, 0 for ALM_CALENDAR_YEAR. Days are numbered
 * as in a leap year: 1 March is 61. */
int period_calendar_part(uint32_t bit, int32_t day);

/* A period of the calendar. */
struct period {
	uint32_t kind; /* ALM_MONTH ... */
	int year;
	int part; /* month 1-12, season 1-4, day 1-366; 0 for a year */
	int32_t first_day;
	int days; /* of a part of the calendar: those of the record */
};

/* The period, of no part of the calendar, that holds the day. */
struct period period_of(uint32_t kind, int32_t day);

struct period period_next(const struct period *period);

int32_t period_key(const struct period *period);

/* Whether a key names a period of the kind; and how many days that has. */
int period_is_key(uint32_t kind, int32_t key);
int period_key_days(uint32_t kind, int32_t key);

#endif
