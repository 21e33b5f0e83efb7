/* The rows of a calculator's table in memory: what the statement that reads them gives. All
 * [loop]. */
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

/* A row: this, a double per column (NAN: null), days present and longest gap of each input
 * as uint16_t. */
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

/* Made when it is asked for the first time. The statement is that of fetch_statistics(). */
const struct stat_layout *stat_layout_get(
	struct statements *statements, const struct catalog_calculator *calculator);

/* Makes a row of a row of the result. False: the result is not that of the statement. */
bool stat_layout_read(const struct stat_layout *layout, const PGresult *result, int row,
	int32_t key, void *to);

#endif
