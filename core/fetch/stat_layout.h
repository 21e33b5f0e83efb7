/* Layout of statistics rows in memory, and the statement that reads them from a calculator's
 * table. All [loop]. */
#ifndef ALMANAC_FETCH_STAT_LAYOUT_H
#define ALMANAC_FETCH_STAT_LAYOUT_H

#include <almanac/plugin.h>
#include <libpq-fe.h>

#include "catalog/catalog.h"
#include "fetch/statements.h"

enum {
	STAT_KEY_PARTS = 16, /* a key is year * 16 + month or season */
	STAT_COUNT_BITS = 9  /* days of a period, 0 to 366 */
};

/* Head of a row. Behind it: a double per column (NAN: null), then days present and longest gap
 * of each input as uint16_t. */
struct stat_head {
	int32_t key;
	uint64_t wmo, ncei; /* bit i: column i satisfies the rule */
};

struct stat_layout {
	struct kept_statement kept; /* first: one is cast to the other */
	char *sql;
	enum alm_period period;
	size_t column_count, input_count;
	int fields;  /* of the statement's result */
	size_t size; /* bytes of a row, a multiple of 8 */
};

/* The calculator's layout, made at the first call. Its statement is for fetch_statistics(). */
const struct stat_layout *stat_layout_get(
	struct statements *statements, const struct catalog_calculator *calculator);

/* Decodes a row of the result to `to`. False: the result is not of the layout's statement. */
bool stat_layout_read(const struct stat_layout *layout, const PGresult *result, int row,
	int32_t key, void *to);

#endif
