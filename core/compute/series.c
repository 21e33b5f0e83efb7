#include "compute/series.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "plugin/station.h"

enum { INPUTS_MAX = 32, COLUMNS_MAX = 64, DAYS_MAX = 366 * 1000 };

struct series {
	struct alm_record record;
	char *station;
	size_t input_count;
	int column_of_input[INPUTS_MAX]; /* from 1: column 0 is the date */
	const int32_t *value[INPUTS_MAX];
	int32_t *days[INPUTS_MAX];
	unsigned char *reported;
};

struct field {
	const char *text;
	size_t length;
};

static size_t split(const char *line, struct field *fields)
{
	size_t count = 0;

	for (;;) {
		size_t length = strcspn(line, ",");

		if (count < COLUMNS_MAX) {
			fields[count] = (struct field){ line, length };
		}
		count++;
		if (line[length] == '\0') {
			return count;
		}
		line += length + 1;
	}
}

static int read_header(struct series *series, const char *line, const char *const *inputs,
	size_t *columns, struct error *err)
{
	struct field fields[COLUMNS_MAX];

	*columns = split(line, fields);
	if (*columns > COLUMNS_MAX || fields[0].length != 4 ||
		memcmp(fields[0].text, "date", 4) != 0) {
		return error_set(err,
			"the first line is not date,ELEMENT,... with at most %d columns",
			COLUMNS_MAX);
	}
	for (size_t i = 0; inputs[i] != NULL; i++) {
		for (size_t c = 1; c < *columns; c++) {
			if (strlen(inputs[i]) == fields[c].length &&
				memcmp(inputs[i], fields[c].text, fields[c].length) == 0) {
				series->column_of_input[i] = (int)c;
			}
		}
		if (series->column_of_input[i] == 0) {
			return error_set(err, "the first line has no column %s", inputs[i]);
		}
		series->input_count = i + 1;
	}
	return 0;
}

/* Makes room up to and with `day`; what lies between is not reported. */
static int extend(struct series *series, int32_t day, struct error *err)
{
	size_t old = series->record.days;
	size_t days = (size_t)(day - series->record.first_day) + 1;

	if (days > DAYS_MAX) {
		return error_set(err, "the days span more than %d", DAYS_MAX);
	}
	for (size_t i = 0; i < series->input_count; i++) {
		series->days[i] = memory_resize(series->days[i], days, sizeof(int32_t));
		for (size_t d = old; d < days; d++) {
			series->days[i][d] = ALM_MISSING;
		}
	}
	series->reported = memory_resize(series->reported, days, 1);
	memset(series->reported + old, 0, days - old);
	series->reported[days - 1] = 1;
	series->record.days = days;
	return 0;
}

static int read_value(const struct field *field, int32_t *value, struct error *err)
{
	int64_t integer;

	if (field->length == 0) {
		*value = ALM_MISSING;
		return 0;
	}
	if (!number_parse_integer(field->text, field->length, &integer) ||
		integer <= ALM_MISSING + 1 || integer > INT32_MAX) {
		return error_set(
			err, "'%.*s' is not an integer", (int)field->length, field->text);
	}
	*value = (int32_t)integer;
	return 0;
}

static int read_day(struct series *series, const char *line, size_t columns, struct error *err)
{
	struct field fields[COLUMNS_MAX];
	size_t count = split(line, fields);
	int32_t day = date_parse(fields[0].text, fields[0].length);
	struct alm_record *record = &series->record;

	if (count != columns) {
		return error_set(err, "%zu columns, not %zu", count, columns);
	}
	if (day == DATE_NONE) {
		return error_set(
			err, "'%.*s' is not a date", (int)fields[0].length, fields[0].text);
	}
	if (record->days == 0) {
		record->first_day = day;
	} else if (day < record->first_day + (int32_t)record->days) {
		return error_set(err, "%.10s is not after the day before it", fields[0].text);
	}
	if (extend(series, day, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < series->input_count; i++) {
		if (read_value(&fields[series->column_of_input[i]],
			    &series->days[i][record->days - 1], err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int read_lines(
	struct series *series, FILE *file, const char *const *inputs, struct error *err)
{
	char *line = NULL;
	size_t capacity = 0, columns = 0;
	int number = 0, result = 0;

	while (result == 0 && getline(&line, &capacity, file) >= 0) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0') {
			continue;
		}
		result = columns == 0 ? read_header(series, line, inputs, &columns, err)
				      : read_day(series, line, columns, err);
		if (result < 0) {
			error_prefix(err, "line %d: ", number);
		}
	}
	free(line);
	if (result == 0 && series->record.days == 0) {
		result = error_set(err, "holds no days");
	}
	return result;
}

/* The file's name up to its first dot. */
static char *station_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	return memory_copy_text(name, strcspn(name, "."));
}

struct series *series_read(const char *path, const char *const *inputs, struct error *err)
{
	struct series *series = memory_new(struct series);
	FILE *file = fopen(path, "r");
	int result = file != NULL ? read_lines(series, file, inputs, err)
				  : error_set(err, "%s", strerror(errno));

	if (file != NULL) {
		fclose(file);
	}
	if (result < 0) {
		error_prefix(err, "%s: ", path);
		series_destroy(series);
		return NULL;
	}
	series->station = station_of(path);
	series->record.station = station_complete((struct alm_station){
		.id = series->station, .latitude = NAN, .longitude = NAN, .elevation = NAN });
	for (size_t i = 0; i < series->input_count; i++) {
		series->value[i] = series->days[i];
	}
	series->record.value = series->value;
	return series;
}

void series_destroy(struct series *series)
{
	if (series == NULL) {
		return;
	}
	for (size_t i = 0; i < INPUTS_MAX; i++) {
		free(series->days[i]);
	}
	free(series->reported);
	free(series->station);
	free(series);
}

const struct alm_record *series_record(const struct series *series)
{
	return &series->record;
}

const unsigned char *series_reported(const struct series *series)
{
	return series->reported;
}
