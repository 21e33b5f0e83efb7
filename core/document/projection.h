/* Projection: the columns of an answer's rows, of the members that a route offers. All [loop].
 */
#ifndef ALMANAC_DOCUMENT_PROJECTION_H
#define ALMANAC_DOCUMENT_PROJECTION_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "document/member.h"
#include "format/format.h"
#include "format/units.h"
#include "route/request.h"

/* Columns that are shown come first, then hidden ones that only `where` and `sort` need. */
struct projection {
	struct column *columns; /* in the units of the request */
	struct conversion *conversions;
	unsigned *members; /* index of each column's member */
	size_t shown, count;
	bool converts; /* at least one column */
};

/* Makes the projection of the parameters `fields`, `where`, `sort` and `units`, in the
 * request's arena. -1: a name is unknown, or a condition is malformed; replied. */
int projection_choose(struct alm_request *request, const struct member *members, size_t count,
	struct projection *projection);

/* Index of the column of that name; -1: there is none. */
long projection_find(const struct projection *projection, const char *name, size_t length);
long projection_find_any_case(const struct projection *projection, const char *name);

#endif
