/* Making and extending a calculator's table; what its columns are says
 * stat_table.h. */
#ifndef ALMANAC_SCHEMA_STAT_DDL_H
#define ALMANAC_SCHEMA_STAT_DDL_H

#include <almanac/plugin.h>
#include <libpq-fe.h>

#include "base/buffer.h"
#include "base/error.h"

/* Within the caller's transaction; see declared.h for the rest. */
int stat_ddl_apply(
	PGconn *conn, const struct alm_stat *stat, struct buffer *done, struct error *err);

#endif
