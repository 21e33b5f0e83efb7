#include "route/route.h"

#include <assert.h>
#include <string.h>

#include "base/method.h"

static_assert(ALM_GET == METHOD_BIT(METHOD_GET) && ALM_HEAD == METHOD_BIT(METHOD_HEAD) &&
		      ALM_POST == METHOD_BIT(METHOD_POST) &&
		      ALM_PUT == METHOD_BIT(METHOD_PUT) &&
		      ALM_PATCH == METHOD_BIT(METHOD_PATCH) &&
		      ALM_DELETE == METHOD_BIT(METHOD_DELETE),
	"methods of the plugin ABI are those of HTTP here");

/* HEAD is GET without the body (RFC 9110, 9.3.2). */
uint32_t route_methods(const struct route *route)
{
	uint32_t methods = route->declared->methods;

	return methods == 0               ? METHODS_READING
	       : (methods & ALM_GET) != 0 ? methods | ALM_HEAD
					  : methods;
}

bool route_is_of_path(const struct route *route, size_t i)
{
	const char *name = route->params[i]->name;

	return route_path_names(route->declared, name) ||
	       (route->stat != NULL && strcmp(name, "statistic") == 0);
}

bool route_path_names(const struct alm_route *declared, const char *name)
{
	size_t length = strlen(name);

	for (const char *p = strchr(declared->path, '{'); p != NULL; p = strchr(p + 1, '{')) {
		if (strncmp(p + 1, name, length) == 0 && p[1 + length] == '}') {
			return true;
		}
	}
	return false;
}

bool route_requires(const struct route *route, size_t i)
{
	bool computed = route->stat != NULL && route->stat->stored_count == 0;

	return (route->params[i]->flags & ALM_REQUIRED) != 0 ||
	       (computed && route->params[i]->type == ALM_STATION);
}
