/* The statement that reads a calculator's rows for a route, and where in its result
 * each field is. All [loop]. */
#ifndef ALMANAC_HTTP_STAT_STATEMENT_H
#define ALMANAC_HTTP_STAT_STATEMENT_H

#include "db/catalog.h"
#include "http/format.h"
#include "http/request.h"
#include "http/statements.h"

enum {
	STAT_KEY_PARTS = 16, /* a key is year * 16 + month or season */
	STAT_COUNT_BITS = 9  /* days of a period, 0 to 366 */
};

/* How a field is made of a row of the result. */
struct stat_field {
	enum stat_field_kind {
		STAT_FIELD_STATION,
		STAT_FIELD_YEAR, /* of the key */
		STAT_FIELD_PART, /* of the key: month or season */
		STAT_FIELD_NUMBER,
		STAT_FIELD_INTEGER,
		STAT_FIELD_BOOLEAN,
		STAT_FIELD_COUNT,   /* some bits of a column */
		STAT_FIELD_MISSING, /* the days of the period that such a count leaves */
		STAT_FIELD_FLAG     /* one bit of a column */
	} kind;
	int column; /* of the result, from BATCH_FIRST */
	int shift;
};

struct stat_statement {
	struct kept_statement kept; /* first: one is cast to the other */
	char *sql;
	enum alm_period period;
	int column_count; /* from BATCH_FIRST */
	size_t field_count;
	struct stat_field fields[];
};

/* Made when it is asked for the first time. NULL: the fields of the route cannot be
 * columns of a calculator's table; replied. */
const struct stat_statement *stat_statement_get(
	struct alm_request *request, const struct catalog_calculator *calculator);

/* The cells of one row, by field. */
void stat_statement_read(const struct stat_statement *statement, const PGresult *result,
	int row, const struct catalog_station *station, int32_t key, struct cell *cells);

#endif
