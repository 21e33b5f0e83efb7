/* Cells of an answer from the binary values of a result, by type. All [loop]. */
#ifndef ALMANAC_ANSWER_SQL_CELL_H
#define ALMANAC_ANSWER_SQL_CELL_H

#include "document/answer.h"

/* Whether the columns of the result, from `first` on, are what the fields declare; else replies
 * with a 500, logs which is not, and returns -1. */
int sql_cell_check(struct alm_request *request, const struct member *members, size_t count,
	const PGresult *result, int first);

/* Texts are the result's. */
void sql_cell_read(const PGresult *result, int row, int column, struct cell *cell);

#endif
