#include "ingest/store/rows.h"

#include <math.h>

#include "base/date.h"
#include "catalog/block.h"
#include "catalog/runs.h"
#include "ingest/store/copy.h"
#include "stat/period.h"
#include "stat/rule.h"
#include "stat/stat.h"

enum { BLOCK_FIELDS = 18, PART_FIELDS = 11, PART_REST = PART_FIELDS - 5 /* after base */ };

/* `symbols` NULL: none. */
static void put_symbols(struct buffer *buffer, const struct merge_view *view,
	const uint16_t *symbols, uint16_t none)
{
	unsigned char bytes[RUNS_BYTES_MAX];
	size_t length = 0;

	if (symbols != NULL) {
		length = runs_encode(
			symbols, view->values, date_year_days(view->year), none, bytes);
	}
	if (length > 0) {
		copy_bytes(buffer, bytes, length);
	} else {
		copy_null(buffer);
	}
}

static void put_flags(struct buffer *buffer, const struct merge_view *view, enum flag_kind kind)
{
	const char *flags = view->flags[kind];
	uint16_t symbols[BLOCK_DAYS_MAX];

	for (int i = 0; flags != NULL && i < BLOCK_DAYS_MAX; i++) {
		symbols[i] = (unsigned char)flags[i];
	}
	put_symbols(buffer, view, flags != NULL ? symbols : NULL, ' ');
}

static void put_values(struct buffer *buffer, const int32_t *values, int days)
{
	unsigned char bytes[BLOCK_BYTES_MAX];
	int32_t base;
	size_t length = block_encode(values, days, &base, bytes);

	copy_int32(buffer, base);
	copy_bytes(buffer, bytes, length);
}

static void put_reported(
	struct buffer *buffer, const uint8_t *reported, int reported_days, int days)
{
	if (reported_days < days) {
		copy_bytes(buffer, reported, BLOCK_BITMAP);
	} else {
		copy_null(buffer);
	}
}

static void put_coverage(struct buffer *buffer, const struct block_coverage *coverage, int days)
{
	copy_int16(buffer, coverage->reported_days);
	copy_int16(buffer, coverage->present_days);
	copy_int16(buffer, coverage->longest_gap);
	copy_bytes(buffer, coverage->month_present, sizeof(coverage->month_present));
	copy_bytes(buffer, coverage->month_gap, sizeof(coverage->month_gap));
	put_reported(buffer, coverage->reported, coverage->reported_days, days);
}

static void put_extremes(struct buffer *buffer, const struct block_coverage *coverage)
{
	if (coverage->present_days > 0) {
		copy_int32(buffer, coverage->least);
		copy_int32(buffer, coverage->greatest);
	} else {
		copy_null(buffer);
		copy_null(buffer);
	}
}

void rows_block(struct buffer *buffer, const char *station, const char *element,
	const struct merge_view *view, int32_t origin)
{
	const int days = date_year_days(view->year);
	struct block_coverage coverage;

	block_count(view->values, view->flags[FLAG_QUALITY], view->year, &coverage);
	copy_row(buffer, BLOCK_FIELDS);
	copy_text(buffer, station);
	copy_int16(buffer, view->year);
	copy_text(buffer, element);
	put_coverage(buffer, &coverage, days);
	put_values(buffer, view->values, days);
	for (enum flag_kind kind = 0; kind < FLAG_KINDS; kind++) {
		put_flags(buffer, view, kind);
	}
	if (origin < 0) {
		copy_null(buffer);
	} else {
		copy_int32(buffer, origin);
	}
	put_symbols(buffer, view, view->times, 0);
	put_extremes(buffer, &coverage);
}

void rows_part(struct buffer *buffer, const char *station, int year, const char *element,
	int32_t origin, const struct merge_view *view)
{
	const int days = date_year_days(year);
	uint8_t reported[BLOCK_BITMAP];

	copy_row(buffer, PART_FIELDS);
	copy_text(buffer, station);
	copy_int16(buffer, year);
	copy_text(buffer, element);
	copy_int32(buffer, origin);
	if (view == NULL) {
		copy_int32(buffer, 0);
		for (int i = 0; i < PART_REST; i++) {
			copy_null(buffer);
		}
		return;
	}
	put_values(buffer, view->values, days);
	for (enum flag_kind kind = 0; kind < FLAG_KINDS; kind++) {
		put_flags(buffer, view, kind);
	}
	put_symbols(buffer, view, view->times, 0);
	put_reported(buffer, reported, block_mark(view->values, days, reported), days);
}

static void put_value(struct buffer *buffer, uint32_t type, double value)
{
	enum { POSTGRES_EPOCH = 10957 }; /* 2000-01-01 */

	if (type == ALM_NUMBER) {
		copy_double(buffer, value);
	} else if (isnan(value)) {
		copy_null(buffer);
	} else if (type == ALM_DATE) {
		copy_int32(buffer, (int32_t)value - POSTGRES_EPOCH);
	} else {
		copy_int64(buffer, (int64_t)value);
	}
}

/* The columns of the table in their order: schema/stat_table.h. */
void rows_stat(struct buffer *buffer, const char *station, const struct alm_stat *stat,
	const struct compute_row *row)
{
	const bool has_part = period_kind(stat->periods)->parts > 0;
	size_t verdicts = 0;

	for (size_t i = 0; i < row->column_count; i++) {
		verdicts += (size_t)__builtin_popcount(stat_rule_set(stat->columns[i].rules));
	}
	copy_row(buffer, (int)(2 + has_part + row->column_count +
				 STAT_COUNTS * row->input_count + verdicts));
	copy_text(buffer, station);
	copy_int16(buffer, row->period.year);
	if (has_part) {
		copy_int16(buffer, row->period.part);
	}
	for (size_t i = 0; i < row->column_count; i++) {
		put_value(buffer, stat_column_type(&stat->columns[i]), row->value[i]);
	}
	for (size_t i = 0; i < row->input_count; i++) {
		copy_int16(buffer, row->coverage[i].present);
		copy_int16(buffer, row->coverage[i].missing);
		copy_int16(buffer, row->coverage[i].longest_gap);
	}
	for (size_t i = 0; i < row->column_count; i++) {
		unsigned set = stat_rule_set(stat->columns[i].rules);

		for (size_t rule = 0; rule < stat_rule_count; rule++) {
			if ((set >> rule & 1) != 0) {
				copy_bool(buffer, (row->verdicts[i] >> rule & 1) != 0);
			}
		}
	}
}
