/* Rows of statistics as cells. */
#include <string.h>

#include "base/date.h"
#include "db/wire.h"
#include "http/fetch_batch.h"
#include "http/stat_statement.h"

enum { COLUMNS_MAX = 64 /* as many as a route has fields */ };

static int season_days(int year, int season)
{
	static const int first_month[] = { 12, 3, 6, 9 };
	int days = 0;

	for (int i = 0; i < 3; i++) {
		int month = (first_month[season - 1] + i - 1) % 12 + 1;

		days += date_month_days(month == 12 ? year - 1 : year, month);
	}
	return days;
}

static int period_days(enum alm_period kind, int32_t key)
{
	int year = key / STAT_KEY_PARTS, part = key % STAT_KEY_PARTS;

	return kind == ALM_YEAR    ? date_year_days(year)
	       : kind == ALM_MONTH ? date_month_days(year, part)
				   : season_days(year, part);
}

static int64_t bits_of(const char *value, const struct stat_field *field, int bits)
{
	return wire_int8(value) >> field->shift & ((1 << bits) - 1);
}

static void read_value(const struct stat_statement *statement, const struct stat_field *field,
	const char *value, int32_t key, struct cell *cell)
{
	cell->kind = CELL_INTEGER;
	switch (field->kind) {
	case STAT_FIELD_NUMBER:
		cell->kind = CELL_NUMBER;
		cell->number = wire_float8(value);
		break;
	case STAT_FIELD_INTEGER:
		cell->integer = wire_int8(value);
		break;
	case STAT_FIELD_COUNT:
		cell->integer = bits_of(value, field, STAT_COUNT_BITS);
		break;
	case STAT_FIELD_MISSING:
		cell->integer = period_days(statement->period, key) -
				bits_of(value, field, STAT_COUNT_BITS);
		break;
	case STAT_FIELD_FLAG:
		cell->kind = CELL_BOOLEAN;
		cell->integer = bits_of(value, field, 1);
		break;
	default:
		cell->kind = CELL_BOOLEAN;
		cell->integer = *value != 0;
	}
}

static void read_key(const struct stat_field *field, const struct catalog_station *station,
	int32_t key, struct cell *cell)
{
	if (field->kind == STAT_FIELD_STATION) {
		cell->kind = CELL_TEXT;
		cell->text = station->id;
		cell->length = strlen(station->id);
		return;
	}
	cell->kind = CELL_INTEGER;
	cell->integer =
		field->kind == STAT_FIELD_YEAR ? key / STAT_KEY_PARTS : key % STAT_KEY_PARTS;
}

void stat_statement_read(const struct stat_statement *statement, const PGresult *result,
	int row, const struct catalog_station *station, int32_t key, struct cell *cells)
{
	const char *values[COLUMNS_MAX];

	for (int i = 0; i < statement->column_count; i++) {
		values[i] = PQgetisnull(result, row, BATCH_FIRST + i)
				    ? NULL
				    : PQgetvalue(result, row, BATCH_FIRST + i);
	}
	for (size_t i = 0; i < statement->field_count; i++) {
		const struct stat_field *field = &statement->fields[i];
		const char *value;

		if (field->kind <= STAT_FIELD_PART) {
			read_key(field, station, key, &cells[i]);
			continue;
		}
		value = values[field->column - BATCH_FIRST];
		if (value == NULL) {
			cells[i].kind = CELL_NULL;
		} else {
			read_value(statement, field, value, key, &cells[i]);
		}
	}
}
