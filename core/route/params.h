/* Parameters of a request: from path and query, against what the route declares.
 * All [loop]. */
#ifndef ALMANAC_ROUTE_PARAMS_H
#define ALMANAC_ROUTE_PARAMS_H

#include <almanac/plugin.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "reply/problem.h"
#include "route/request.h"
#include "route/route.h"

enum { PARAMS_LIST_MAX = 1024 /* values in a list, if the plugin sets no limit */ };

/* Fills request->params and request->page from request->query and `captures` of the
 * path, by request->route and, for stations and elements, request->catalog. Flaws
 * are added to *flaws; with any, params are incomplete. */
void params_parse(struct alm_request *request, const struct capture *captures,
	size_t capture_count, struct violations *violations);

/* The query that asks for the same: parameters in declared order, each at most once,
 * without those that say what holds anyway and without page, page_size and cursor.
 * "" or "a=1&b=2". */
void params_canonical(struct alm_request *request, struct buffer *out);

/* At start-up: every default value and example must be a value of its own parameter. */
int params_check_declared(const struct route *route, struct error *err);

#endif
