#include "compute/calendar.h"

#include <stdlib.h>

#include "base/memory.h"

/* One input: its days one after the other, each of a part. */
static void count_input(
	struct calendar *calendar, uint32_t kind, const struct alm_record *record, size_t input)
{
	const int32_t *values = record->series[input].value;
	int run = 0, before = -1;

	for (uint32_t i = 0; i < record->days; i++) {
		int part = period_calendar_part(kind, record->first_day + (int32_t)i);
		struct coverage *coverage =
			&calendar->coverage[(size_t)part * calendar->input_count + input];
		bool missing = !alm_is_value(values[i]);

		run = !missing ? 0 : part == before ? run + 1 : 1;
		before = part;
		coverage->present += !missing;
		coverage->missing += missing;
		coverage->longest_gap =
			run > coverage->longest_gap ? run : coverage->longest_gap;
		calendar->reported[part] |= values[i] != ALM_NOT_REPORTED;
		calendar->days[part] += input == 0;
	}
}

void calendar_count(struct calendar *calendar, uint32_t kind, const struct alm_record *record)
{
	const struct period_kind *of = period_kind(kind);

	*calendar = (struct calendar){ .first = of->parts > 0 ? 1 : 0,
		.last = of->parts,
		.input_count = record->series_count };
	calendar->coverage = memory_array((size_t)(of->parts + 1) * record->series_count + 1,
		sizeof(*calendar->coverage));
	for (size_t i = 0; i < record->series_count; i++) {
		count_input(calendar, kind, record, i);
	}
}

void calendar_finish(struct calendar *calendar)
{
	free(calendar->coverage);
}
