/* Parameters that name fields of rows: `fields`, `where` and `sort`. All [loop]. */
#ifndef ALMANAC_DOCUMENT_ROW_PARAMS_H
#define ALMANAC_DOCUMENT_ROW_PARAMS_H

#include <stddef.h>

#include "document/member.h"
#include "reply/problem.h"

/* Adds their violations, for rows with these members. */
void row_params_check(struct alm_request *request, const struct member *members, size_t count,
	struct violations *violations);

/* The same before the route has selected rows, by the members they have if the route sends what
 * its parameters name: so that these violations are told together with others. A request must
 * not be refused for them alone. */
void row_params_check_early(struct alm_request *request, struct violations *violations);

#endif
