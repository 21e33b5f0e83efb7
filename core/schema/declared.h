/* What plugins declare, as far as the database keeps it: elements, calculators and
 * their tables. For `almanac migrate`; both act within the caller's transaction,
 * block, return 0 or -1 with *err, and write a line to `done` for each thing that
 * they changed. */
#ifndef ALMANAC_SCHEMA_DECLARED_H
#define ALMANAC_SCHEMA_DECLARED_H

#include <almanac/plugin.h>
#include <libpq-fe.h>

#include "base/buffer.h"
#include "base/error.h"

/* Table element. Another unit or scale than is stored would give what is stored
 * another meaning: an error. */
int declared_store_element(PGconn *conn, const struct alm_element *element, struct buffer *done,
	struct error *err);

/* Tables calculator and calculator_column, and stat_<name>, which is made, or gets
 * the columns that it lacks. Columns that are no longer declared stay. Another
 * period than the table's is an error. */
int declared_store_stat(PGconn *conn, const struct alm_stat *stat, const char *plugin_version,
	struct buffer *done, struct error *err);

#endif
