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

enum { DAYS_MAX = 366 * 1000 };

/* One field of a line. */
struct field {
	const char *text;
	size_t length;
};

struct series {
	struct alm_record record;
	struct alm_station station;
	char *id;
	size_t input_count;
	int *column_of_input; /* from 1: column 0 is the date */
	int32_t **days;       /* by input: what `series` shows */
	struct alm_element *elements;
	struct alm_series *series;
	struct field *fields; /* of the line at hand */
	size_t field_room;
};

static size_t split(struct series *series, const char *line)
{
	size_t count = 0;

	for (;;) {
		size_t length = strcspn(line, ",");

		if (count == series->field_room) {
			series->field_room = count > 0 ? 2 * count : 16;
			series->fields = memory_resize(
				series->fields, series->field_room, sizeof(*series->fields));
		}
		series->fields[count++] = (struct field){ line, length };
		if (line[length] == '\0') {
			return count;
		}
		line += length + 1;
	}
}

static void set_inputs(struct series *series, const struct alm_input *inputs)
{
	while (inputs[series->input_count].code != NULL) {
		series->input_count++;
	}
	series->column_of_input = memory_array(series->input_count, sizeof(int));
	series->days = memory_array(series->input_count, sizeof(*series->days));
	series->elements = memory_array(series->input_count, sizeof(*series->elements));
	series->series = memory_array(series->input_count, sizeof(*series->series));
	for (size_t i = 0; i < series->input_count; i++) {
		series->elements[i] = (struct alm_element){ .code = inputs[i].code,
			.unit = inputs[i].unit,
			.decimals = inputs[i].decimals };
		series->series[i].element = &series->elements[i];
	}
}

static int read_header(
	struct series *series, const char *line, size_t *columns, struct error *err)
{
	const struct field *fields;

	*columns = split(series, line);
	fields = series->fields;
	if (fields[0].length != 4 || memcmp(fields[0].text, "date", 4) != 0) {
		return error_set(err, "the first line is not date,ELEMENT,...");
	}
	for (size_t i = 0; i < series->input_count; i++) {
		const char *code = series->elements[i].code;

		for (size_t c = 1; c < *columns; c++) {
			if (strlen(code) == fields[c].length &&
				memcmp(code, fields[c].text, fields[c].length) == 0) {
				series->column_of_input[i] = (int)c;
			}
		}
		if (series->column_of_input[i] == 0) {
			return error_set(err, "the first line has no column %s", code);
		}
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
			series->days[i][d] = ALM_NOT_REPORTED;
		}
		series->series[i].value = series->days[i];
	}
	series->record.days = (uint32_t)days;
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
		integer < INT32_MIN || integer > INT32_MAX || !alm_is_value((int32_t)integer)) {
		return error_set(
			err, "'%.*s' is not an integer", (int)field->length, field->text);
	}
	*value = (int32_t)integer;
	return 0;
}

static int read_day(struct series *series, const char *line, size_t columns, struct error *err)
{
	size_t count = split(series, line);
	const struct field *fields = series->fields;
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

static int read_lines(struct series *series, FILE *file, struct error *err)
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
		result = columns == 0 ? read_header(series, line, &columns, err)
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

struct series *series_read(const char *path, const struct alm_input *inputs, struct error *err)
{
	struct series *series = memory_new(struct series);
	FILE *file = fopen(path, "r");
	int result;

	set_inputs(series, inputs);
	result = file != NULL ? read_lines(series, file, err)
			      : error_set(err, "%s", strerror(errno));
	if (file != NULL) {
		fclose(file);
	}
	if (result < 0) {
		error_prefix(err, "%s: ", path);
		series_destroy(series);
		return NULL;
	}
	series->id = station_of(path);
	series->station = station_complete((struct alm_station){
		.id = series->id, .latitude = NAN, .longitude = NAN, .elevation = NAN });
	series->record.size = (uint32_t)sizeof(series->record);
	series->record.station = &series->station;
	series->record.series = series->series;
	series->record.series_count = series->input_count;
	return series;
}

void series_destroy(struct series *series)
{
	if (series == NULL) {
		return;
	}
	for (size_t i = 0; i < series->input_count; i++) {
		free(series->days[i]);
	}
	free(series->column_of_input);
	free(series->days);
	free(series->elements);
	free(series->series);
	free(series->fields);
	free(series->id);
	free(series);
}

const struct alm_record *series_record(const struct series *series)
{
	return &series->record;
}
