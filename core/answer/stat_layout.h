/* The rows of a calculator's table in memory: what the statement that reads them gives, and
 * how a member of an answer is found in one. All [loop]. */
#ifndef ALMANAC_ANSWER_STAT_LAYOUT_H
#define ALMANAC_ANSWER_STAT_LAYOUT_H

#include <almanac/plugin.h>
#include <libpq-fe.h>

#include "answer/shape.h"
#include "catalog/catalog.h"
#include "fetch/statements.h"
#include "format/format.h"

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

/* Where a member is found. */
struct stat_member {
	enum stat_member_kind {
		STAT_STATION,
		STAT_YEAR,
		STAT_PART, /* month or season */
		STAT_VALUE,
		STAT_DAYS,
		STAT_MISSING,
		STAT_LONGEST_GAP,
		STAT_WMO,
		STAT_NCEI
	} kind;
	size_t index; /* of the column or input */
};

/* False: the calculator's rows have no such member. */
bool stat_member_find(const struct catalog_calculator *calculator, const char *name,
	struct stat_member *member);

/* All members of its rows, as they would be declared: what the host counts and judges is on
 * request. Returns how many; the lists are in the arena. */
size_t stat_member_list(const struct catalog_calculator *calculator, struct arena *arena,
	const struct member **members, const struct stat_member **places);

/* `rule`: null what does not satisfy it. */
enum stat_rule { STAT_RULE_NONE, STAT_RULE_WMO, STAT_RULE_NCEI };
void stat_member_read(const struct stat_layout *layout, const struct stat_member *member,
	const void *row, const struct catalog_station *station, enum stat_rule rule,
	struct cell *cell);

/* Bit i: the member rests on the calculator's inputs[i]. */
uint32_t stat_member_inputs(
	const struct catalog_calculator *calculator, const struct stat_member *member);

/* Least share of days with a value, over the inputs of these bits. */
double stat_row_coverage(const struct stat_layout *layout, const void *row, uint32_t inputs);

#endif
