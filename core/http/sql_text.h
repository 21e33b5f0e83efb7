/* Statements that plugins bring. All [loop]. */
#ifndef ALMANAC_HTTP_SQL_TEXT_H
#define ALMANAC_HTTP_SQL_TEXT_H

#include "http/answer.h"

enum sql_result { SQL_TEXT, SQL_BINARY };

/* The statement of a constant text with `argc` text parameters. */
const struct statement *sql_statement(
	struct alm_request *request, const char *sql, unsigned argc, enum sql_result result);

#endif
