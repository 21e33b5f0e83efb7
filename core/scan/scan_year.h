/* The days of a station's year on which a selected element was reported. For
 * scan.c. [any thread] */
#ifndef ALMANAC_SCAN_SCAN_YEAR_H
#define ALMANAC_SCAN_SCAN_YEAR_H

#include "scan/scan.h"

struct scan_year {
	int year;
	int first, last;            /* days of the year, from 0, that the walk's bounds leave */
	int count;                  /* of days reported, within them */
	bool whole;                 /* all days from first to last */
	uint8_t days[BLOCK_BITMAP]; /* unless whole; not cut to first and last */
};

/* The years of the walk's first and last day. */
struct scan_bounds {
	int first_year, last_year;
};

/* Index of the first block that the walk's first day leaves. */
size_t scan_year_begin(const struct scan *scan, const struct catalog_station *station,
	struct scan_bounds *bounds);

/* Reads the year that begins at blocks[*i], and moves *i past it. False: there is
 * none, or the walk's last day was before it. */
bool scan_year_read(const struct scan *scan, const struct scan_bounds *bounds,
	const struct catalog_station *station, size_t *i, struct scan_year *year);

/* Day of the year of the n-th of its `count` days, from 0. */
int scan_year_day(const struct scan_year *year, int n);

#endif
