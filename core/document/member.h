/* Members that rows of a route can have, as it declares them. All [loop]. */
#ifndef ALMANAC_DOCUMENT_MEMBER_H
#define ALMANAC_DOCUMENT_MEMBER_H

#include <stdbool.h>

#include "format/cell.h"
#include "format/units.h"
#include "route/request.h"

/* A member that a row can have. */
struct member {
	struct column column; /* metric */
	bool on_request;      /* only if the parameter `fields` names it */
};

/* Whether the route's fields are whatever columns a calculator has. */
bool member_is_per_column(const struct alm_request *request);

/* A member for each declared field of the route; none may stand for several. */
const struct member *member_declared(struct alm_request *request);

/* The units that the request asks for. */
enum units member_units(const struct alm_request *request);

#endif
