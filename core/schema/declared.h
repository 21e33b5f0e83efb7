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
 * period than the table's is an error. `rows`: of one kind of period; `statistic`: whose. */
int declared_store_stat(PGconn *conn, const struct alm_stat *rows, const char *statistic,
	const char *plugin_version, struct buffer *done, struct error *err);

/* Tables statistic and statistic_column: all that it declares. */
int declared_store_statistic(PGconn *conn, const struct alm_stat *stat, const char *plugin,
	const char *plugin_version, struct buffer *done, struct error *err);

/* Statistics of the database that are not in the list of `count` names; `each` is called with
 * statistic and plugin, NULL if that is not known. */
int declared_find_others(PGconn *conn, const char *const *names, size_t count,
	void (*each)(const char *statistic, const char *plugin, void *arg), void *arg,
	struct error *err);

/* Drops the tables and all else of a statistic. */
int declared_prune(PGconn *conn, const char *statistic, struct buffer *done, struct error *err);

#endif
