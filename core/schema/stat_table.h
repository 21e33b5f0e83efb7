/* The table of a calculator: stat_<name>, one row per station and period. Made
 * from the declaration, with units and help as comments. */
#ifndef ALMANAC_SCHEMA_STAT_TABLE_H
#define ALMANAC_SCHEMA_STAT_TABLE_H

#include <almanac/plugin.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Columns, in order:
 *   station_id text, year smallint, and for parts of years month, season ... smallint
 *   (stat/period.h): the primary key;
 *   one double precision, bigint or date per declared column;
 *   per input, lower case: <input>_days, <input>_missing, <input>_longest_gap
 *   smallint: days of the period present, not present, and the longest run of
 *   those;
 *   per declared column and rule that judges it: <column>_<rule> boolean: whether it has a
 *   value and the inputs it needs satisfy that rule (stat/rule.h) in the period. */
enum stat_column_kind { STAT_KEY, STAT_VALUE, STAT_COUNT, STAT_VERDICT };

struct stat_column {
	char name[64];
	enum stat_column_kind kind;
	uint32_t type;    /* of a STAT_VALUE: ALM_NUMBER, ALM_INTEGER, ALM_DATE */
	const char *unit; /* NULL: none */
	char help[256];
};

/* The columns of a calculator's table. *columns is the caller's to free. Returns
 * their number. */
size_t stat_table_columns(const struct alm_stat *stat, struct stat_column **columns);

/* "stat_yearly". `to` holds 64 bytes. */
void stat_table_name(const struct alm_stat *stat, char *to);

/* Hash of everything that decides the rows: declaration, plugin version, host
 * rules. 33 bytes with the NUL: XXH3-128, hexadecimal. */
void stat_table_definition(const struct alm_stat *stat, const char *plugin_version, char *to);

#endif
