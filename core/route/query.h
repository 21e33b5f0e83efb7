/* From path and query to pairs of parameter and text. All [loop]. */
#ifndef ALMANAC_ROUTE_QUERY_H
#define ALMANAC_ROUTE_QUERY_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/url.h"
#include "reply/problem.h"
#include "route/request.h"
#include "route/route.h"

enum { QUERY_PARTS_MAX = 256 }; /* name=value in a query */

struct query_pair {
	unsigned param;        /* index into query->declared */
	struct url_text value; /* decoded */
};

struct query {
	struct alm_request *request; /* routed; what is kept is in its arena */
	const struct alm_param *const *declared;
	size_t declared_count;
	struct violations *violations;
	struct query_pair *pairs; /* as they came, those of the path first */
	size_t pair_count;
};

/* Fills the pairs. Names that are not declared are noted; so is what cannot be read,
 * and then it answers false and has read no further. */
bool query_read(struct query *query, const struct capture *captures, size_t capture_count);

#endif
