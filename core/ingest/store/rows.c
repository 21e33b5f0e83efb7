#include "ingest/store/rows.h"

#include "base/date.h"
#include "catalog/block.h"
#include "ingest/store/copy.h"

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

static size_t count_inputs(const struct alm_stat *stat)
{
	size_t count = 0;

	while (stat->inputs[count] != NULL) {
		count++;
	}
	return count;
}

static size_t count_columns(const struct alm_stat *stat)
{
	size_t count = 0;

	while (stat->columns[count].name != NULL) {
		count++;
	}
	return count;
}

void rows_stat(struct buffer *buffer, const char *station, const struct alm_stat *stat,
	const struct compute_row *row)
{
	const size_t inputs = count_inputs(stat), columns = count_columns(stat);
	const int keys = stat->period == ALM_YEAR ? 2 : 3; /* station_id, year, part */

	copy_row(buffer, keys + (int)(3 * columns + 3 * inputs));
	copy_text(buffer, station);
	copy_int16(buffer, row->period.year);
	if (stat->period != ALM_YEAR) {
		copy_int16(buffer, row->period.part);
	}
	for (size_t i = 0; i < columns; i++) {
		copy_double(buffer, row->value[i]);
	}
	for (size_t i = 0; i < inputs; i++) {
		copy_int16(buffer, row->coverage[i].present);
		copy_int16(buffer, row->coverage[i].missing);
		copy_int16(buffer, row->coverage[i].longest_gap);
	}
	for (size_t i = 0; i < columns; i++) {
		copy_bool(buffer, row->wmo[i]);
		copy_bool(buffer, row->ncei[i]);
	}
}
