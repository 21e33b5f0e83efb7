/* Statements of plugins, each within one of ours that also says which data its rows are of: one
 * statement has one snapshot. All [loop]. */
#ifndef ALMANAC_ANSWER_SQL_TEXT_H
#define ALMANAC_ANSWER_SQL_TEXT_H

#include "document/answer.h"

enum sql_result { SQL_TEXT, SQL_BINARY };

/* Columns before those of the plugin. There is always a row. */
enum sql_column {
	SQL_IDENTITY, /* of the data */
	SQL_TOTAL,    /* what the statement that counts says, bigint; null if there is none */
	SQL_PRESENT,  /* null if the plugin's statement has no row */
	SQL_FIRST
};

/* The statement of constant texts, `total` may be NULL, with `argc` text parameters. */
const struct statement *sql_statement(struct alm_request *request, const char *rows,
	const char *total, unsigned argc, enum sql_result result);

/* The most rows that a statement may give; one more shows that there are more. */
enum { SQL_ROWS_MAX = 100000 };

/* Number of the plugin's rows. */
int sql_rows(const PGresult *result);

/* In the request's arena; an argument may be NULL. */
const char *const *sql_copy(
	struct alm_request *request, unsigned argc, const char *const *argv);

/* Notes which data the rows are of; rows of others make the answer one that is not kept. */
void sql_note_data(struct alm_request *request, struct dataset_id id);

#endif
