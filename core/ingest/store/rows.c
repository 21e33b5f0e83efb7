#include "ingest/store/rows.h"

#include "base/date.h"
#include "catalog/block.h"
#include "ingest/store/copy.h"
#include "stat/period.h"
#include "stat/rule.h"
#include "stat/stat.h"

enum { BLOCK_FIELDS = 15, PART_FIELDS = 9 };

static void put_flags(struct buffer *buffer, const char *flags, size_t days)
{
	for (size_t i = 0; flags != NULL && i < days; i++) {
		if (flags[i] != ' ') {
			copy_bytes(buffer, flags, days);
			return;
		}
	}
	copy_null(buffer);
}

static void put_values(struct buffer *buffer, const int32_t *values, int days)
{
	unsigned char bytes[BLOCK_BYTES_MAX];
	int32_t base;
	size_t length = block_encode(values, days, &base, bytes);

	copy_int32(buffer, base);
	copy_bytes(buffer, bytes, length);
}

static void put_coverage(struct buffer *buffer, const struct block_coverage *coverage, int days)
{
	copy_int16(buffer, coverage->reported_days);
	copy_int16(buffer, coverage->present_days);
	copy_int16(buffer, coverage->longest_gap);
	copy_bytes(buffer, coverage->month_present, sizeof(coverage->month_present));
	copy_bytes(buffer, coverage->month_gap, sizeof(coverage->month_gap));
	if (coverage->reported_days < days) {
		copy_bytes(buffer, coverage->reported, sizeof(coverage->reported));
	} else {
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
	for (int kind = 0; kind < FLAG_KINDS; kind++) {
		put_flags(buffer, view->flags[kind], (size_t)days);
	}
	if (origin < 0) {
		copy_null(buffer);
	} else {
		copy_int32(buffer, origin);
	}
}

void rows_part(struct buffer *buffer, const char *station, int year, const char *element,
	int32_t origin, const struct merge_view *view)
{
	const int days = date_year_days(year);

	copy_row(buffer, PART_FIELDS);
	copy_text(buffer, station);
	copy_int16(buffer, year);
	copy_text(buffer, element);
	copy_int32(buffer, origin);
	if (view != NULL) {
		put_values(buffer, view->values, days);
	} else {
		copy_int32(buffer, 0);
		copy_null(buffer);
	}
	for (int kind = 0; kind < FLAG_KINDS; kind++) {
		put_flags(buffer, view != NULL ? view->flags[kind] : NULL, (size_t)days);
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
		copy_double(buffer, row->value[i]);
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
