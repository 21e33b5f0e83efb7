/* Layout of statistics rows in memory, and the statement that reads them from a calculator's
 * table. All [loop]. */
#ifndef ALMANAC_FETCH_STAT_LAYOUT_H
#define ALMANAC_FETCH_STAT_LAYOUT_H

#include <almanac/plugin.h>
#include <libpq-fe.h>
#include <stdbool.h>

#include "catalog/catalog.h"
#include "fetch/statements.h"

enum {
	STAT_COUNT_BITS = 9 /* days of a period, 0 to 366 */
};

/* Head of a row. Behind it: a double per column (NAN: null), then days present and longest gap
 * of each input as uint16_t, uint32_t in a wide one, then a byte per column: bit i: it
 * satisfies stat_rules[i]. */
struct stat_head {
	int32_t key;   /* period_key(); of ALM_DAY the day, of parts of the calendar the part */
	uint32_t days; /* of the period; 0 in rows that were read: those of the key */
};

struct stat_layout {
	struct kept_statement kept; /* first: one is cast to the other */
	char *sql;
	const struct period_kind *period;
	uint8_t *rules; /* by column: those that judge it */
	size_t column_count, input_count;
	int fields;  /* of the statement's result */
	size_t size; /* bytes of a row, a multiple of 8 */
	bool wide;
};

/* Bytes of a row. */
size_t stat_layout_size(size_t columns, size_t inputs, bool wide);

/* The calculator's layout, made at the first call. Its statement is for fetch_statistics(). */
const struct stat_layout *stat_layout_get(
	struct statements *statements, const struct catalog_calculator *calculator);

/* Decodes a row of the result to `to`. False: the result is not of the layout's statement. */
bool stat_layout_read(const struct stat_layout *layout, const PGresult *result, int row,
	int32_t key, void *to);

#endif
