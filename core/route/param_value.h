/* One value of a parameter: from text to what the plugin gets, or to what is wrong
 * with it. All [loop]. */
#ifndef ALMANAC_ROUTE_PARAM_VALUE_H
#define ALMANAC_ROUTE_PARAM_VALUE_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/url.h"
#include "reply/problem.h"
#include "route/request.h"

struct catalog;

/* What texts are judged by, and where to. */
struct judge {
	struct arena *arena;
	const struct catalog *catalog; /* NULL: all stations and elements are taken */
	struct violations *violations;
	const struct alm_request *request; /* NULL: none yet */
	bool keep_unknown; /* stations and elements that are not stored stay as written */
};

/* False: *value is untouched and the flaw is noted. */
bool param_value_parse(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value);

/* Whether a plugin could not tell them apart. */
bool param_value_equal(enum alm_type type, const struct value *a, const struct value *b);

#endif
