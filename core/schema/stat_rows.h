/* The stored rows of a calculator whose definition changes. Rows are read with the columns of
 * the definition that they were computed with: those of other columns than are declared now
 * are kept in a table of their own, former_stat_<name>, for servers to read until the rows of
 * the new definition are computed. For `almanac migrate`, in its transaction; functions
 * return 0 or -1 with *err. */
#ifndef ALMANAC_SCHEMA_STAT_ROWS_H
#define ALMANAC_SCHEMA_STAT_ROWS_H

#include <almanac/plugin.h>
#include <libpq-fe.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

struct stat_rows {
	PGconn *conn;
	const struct alm_stat *stat;
	const char *name; /* the calculator's */
	const char *definition;
	char table[64], former[80];
	bool redefined; /* it is stored with another definition */
};

/* What is stored of it. If that is to change, waits for ingestions under way; others wait, and
 * find then that their plugin is another one. The texts must live on. */
int stat_rows_read(struct stat_rows *rows, PGconn *conn, const struct alm_stat *stat,
	const char *definition, struct error *err);

/* The new declaration is stored, the table is as it was: rows of other columns leave it. */
int stat_rows_set_aside(struct stat_rows *rows, struct buffer *done, struct error *err);

/* Drops what was needed of definitions before, once the rows of this one are computed. */
int stat_rows_clean(struct stat_rows *rows, struct buffer *done, struct error *err);

#endif
