/* The parameters that name fields of the rows: `fields`, `where` and `sort`. All [loop]. */
#ifndef ALMANAC_DOCUMENT_ROW_PARAMS_H
#define ALMANAC_DOCUMENT_ROW_PARAMS_H

#include <stddef.h>

#include "document/member.h"
#include "reply/problem.h"

/* Notes all that is wrong with them, where rows have these members. */
void row_params_judge(struct alm_request *request, const struct member *members, size_t count,
	struct violations *violations);

/* The same before the route has said what it sends, so that it is told together with what is
 * wrong elsewhere: by what the rows have if the route sends what its parameters name. Not to
 * refuse a request by that alone. */
void row_params_judge_early(struct alm_request *request, struct violations *violations);

#endif
