/* Which members an answer's rows have, of those that a route could give. All [loop]. */
#ifndef ALMANAC_DOCUMENT_PROJECTION_H
#define ALMANAC_DOCUMENT_PROJECTION_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "document/member.h"
#include "format/format.h"
#include "format/units.h"
#include "route/request.h"

/* Columns that are shown come first; after them those that `where` and `sort` need
 * besides. */
struct projection {
	struct column *columns; /* in the units asked for */
	struct conversion *conversions;
	unsigned *members; /* of each column, its index among the members */
	size_t shown, count;
	bool converts; /* at least one column */
};

/* By the parameters `fields`, `where`, `sort` and `units`; what it makes is in the request's
 * arena. -1: a name is none of the members', or a condition cannot be read; replied. */
int projection_choose(struct alm_request *request, const struct member *members, size_t count,
	struct projection *projection);

/* Index of the column of that name; -1: there is none. */
long projection_find(const struct projection *projection, const char *name, size_t length);

#endif
