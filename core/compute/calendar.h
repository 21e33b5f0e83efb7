/* Coverage of parts of the calendar: that part of all years of a record. */
#ifndef ALMANAC_COMPUTE_CALENDAR_H
#define ALMANAC_COMPUTE_CALENDAR_H

#include <almanac/plugin.h>
#include <stdbool.h>

#include "stat/coverage.h"
#include "stat/period.h"

/* Embedded by its owner. */
struct calendar {
	int first, last;                    /* parts */
	int days[PERIOD_CALENDAR_DAYS + 1]; /* of the record, by part */
	bool reported[PERIOD_CALENDAR_DAYS + 1];
	size_t input_count;
	struct coverage *coverage; /* by part and input; gaps are within the part */
};

void calendar_count(struct calendar *calendar, uint32_t kind, const struct alm_record *record);
void calendar_finish(struct calendar *calendar);

static inline const struct coverage *calendar_coverage(
	const struct calendar *calendar, int part)
{
	return calendar->coverage + (size_t)part * calendar->input_count;
}

#endif
