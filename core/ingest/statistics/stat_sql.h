/* The statements that fill the table of a calculator. */
#ifndef ALMANAC_INGEST_STATISTICS_STAT_SQL_H
#define ALMANAC_INGEST_STATISTICS_STAT_SQL_H

#include <almanac/plugin.h>

/* Owned texts. Rows come straight into the table if it has none of their stations,
 * else through a temporary one, the stage. */
struct stat_sql {
	char *copy;       /* COPY into the table */
	char *stage;      /* make the stage, unless the session has it */
	char *copy_stage; /* COPY into the stage */
	char *empty;      /* empty the stage */
	char *clear;      /* remove all rows of the stations $1 */
	/* Rows of the stations $1 in the years $2 to $3 that the stage does not have
	 * go; returns the station ids. Seasons go by dirty_has_period(). */
	char *remove;
	/* Rows of the stage that are new or different come in; returns station ids and
	 * numbers of rows. */
	char *merge;
};

void stat_sql_init(struct stat_sql *sql, const struct alm_stat *stat);
void stat_sql_finish(struct stat_sql *sql);

#endif
