#include "compute/record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"
#include "catalog/block.h"

_Static_assert((int32_t)BLOCK_MISSING == ALM_MISSING &&
		       (int32_t)BLOCK_NOT_REPORTED == ALM_NOT_REPORTED,
	"values of blocks are those of records");

void record_init(struct record *record, const struct alm_input *inputs)
{
	size_t count = 0;

	while (inputs[count].code != NULL) {
		count++;
	}
	*record = (struct record){ .elements = memory_array(count, sizeof(struct alm_element)),
		.series = memory_array(count, sizeof(struct alm_series)) };
	for (size_t i = 0; i < count; i++) {
		record->elements[i] = (struct alm_element){ .code = inputs[i].code,
			.unit = inputs[i].unit,
			.decimals = inputs[i].decimals };
		record->series[i].element = &record->elements[i];
	}
	record->view.size = (uint32_t)sizeof(record->view);
	record->view.series = record->series;
	record->view.series_count = count;
}

void record_finish(struct record *record)
{
	free(record->elements);
	free(record->series);
	free(record->values);
	*record = (struct record){ 0 };
}

void record_start(
	struct record *record, const struct alm_station *station, int first_year, int last_year)
{
	int32_t first = date_year_start(first_year);
	size_t days = (size_t)(date_year_start(last_year + 1) - first);
	size_t count = record->view.series_count * days;

	assert(first_year <= last_year && count > 0);
	if (count > record->capacity) {
		record->capacity = count;
		record->values = memory_resize(record->values, count, sizeof(*record->values));
	}
	for (size_t i = 0; i < count; i++) {
		record->values[i] = ALM_NOT_REPORTED;
	}
	for (size_t i = 0; i < record->view.series_count; i++) {
		record->series[i].value = record->values + i * days;
	}
	record->station = *station;
	record->view.station = &record->station;
	record->view.first_day = first;
	record->view.days = (uint32_t)days;
}

void record_add(struct record *record, size_t input, int year, const int32_t *values,
	const char *quality)
{
	const size_t days = (size_t)date_year_days(year);
	const size_t first = (size_t)(date_year_start(year) - record->view.first_day);
	int32_t *to = record->values + input * record->view.days + first;

	assert(input < record->view.series_count);
	assert(date_year_start(year) >= record->view.first_day);
	assert(first + days <= record->view.days);
	memcpy(to, values, days * sizeof(*to));
	for (size_t i = 0; quality != NULL && i < days; i++) {
		if (quality[i] != ' ' && alm_is_value(to[i])) {
			to[i] = ALM_MISSING;
		}
	}
}
