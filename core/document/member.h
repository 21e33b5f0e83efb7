/* Members: the fields that rows of a route can have. All [loop]. */
#ifndef ALMANAC_DOCUMENT_MEMBER_H
#define ALMANAC_DOCUMENT_MEMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "format/cell.h"
#include "format/units.h"
#include "route/request.h"

/* Member. */
struct member {
	struct column column; /* metric */
	bool on_request;      /* only if the parameter `fields` names it */
};

/* What follows the name of an element in those of its flags and time: "_mflag" and the like;
 * ends with NULL. */
extern const char *const member_marks[];

/* Whether a name is that of an element, which `length` becomes the length of, and a mark. */
bool member_is_mark(const char *name, size_t *length);

/* Whether the route's fields are the columns of a calculator. */
bool member_is_per_column(const struct alm_request *request);

/* The member of each declared field of the route, which must stand for one each. */
const struct member *member_declared(struct alm_request *request);

/* The units of the request's answer. */
enum units member_units(const struct alm_request *request);

#endif
