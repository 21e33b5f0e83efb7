#include "compute/record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"
#include "catalog/block.h"

void record_finish(struct record *record)
{
	free(record->reported);
	free(record->values);
	free(record->value);
	*record = (struct record){ 0 };
}

static void make_room(struct record *record, size_t inputs, size_t days)
{
	if (inputs > record->input_capacity) {
		record->value = memory_resize(record->value, inputs, sizeof(*record->value));
		record->input_capacity = inputs;
	}
	if (inputs * days > record->capacity) {
		record->capacity = inputs * days;
		record->values = memory_resize(
			record->values, record->capacity, sizeof(*record->values));
		record->reported = memory_resize(record->reported, record->capacity, 1);
	}
}

void record_start(struct record *record, const struct alm_station *station, size_t inputs,
	int first_year, int last_year)
{
	int32_t first = date_year_start(first_year);
	size_t days = (size_t)(date_year_start(last_year + 1) - first);

	assert(first_year <= last_year && inputs > 0);
	make_room(record, inputs, days);
	for (size_t i = 0; i < inputs * days; i++) {
		record->values[i] = ALM_MISSING;
	}
	for (size_t i = 0; i < inputs; i++) {
		record->value[i] = record->values + i * days;
	}
	memset(record->reported, 0, days);
	record->inputs = inputs;
	record->view = (struct alm_record){
		.station = *station, .first_day = first, .days = days, .value = record->value
	};
}

void record_add(struct record *record, size_t input, int year, const int32_t *values,
	const char *quality)
{
	const int days = date_year_days(year);
	const size_t first = (size_t)(date_year_start(year) - record->view.first_day);
	int32_t *to = record->values + input * record->view.days + first;
	unsigned char *reported = record->reported + first;

	assert(input < record->inputs);
	assert(date_year_start(year) >= record->view.first_day);
	assert(first + (size_t)days <= record->view.days);
	for (int i = 0; i < days; i++) {
		to[i] = values[i] < BLOCK_VALUE_MIN ? ALM_MISSING : values[i];
		reported[i] |= values[i] != BLOCK_NOT_REPORTED;
	}
	for (int i = 0; quality != NULL && i < days; i++) {
		to[i] = quality[i] == ' ' ? to[i] : ALM_MISSING;
	}
}
