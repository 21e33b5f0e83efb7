#include "plugin/host_param.h"

#include <string.h>

#define AS_ROW(enumerator, name, needs, reserved) [enumerator] = { name, needs, reserved },

static const struct {
	const char *name;
	uint32_t needs;
	bool reserved;
} table[HOST_PARAMS] = { HOST_PARAMS_EACH(AS_ROW) };

const char *host_param_name(enum host_param param)
{
	return table[param].name;
}

uint32_t host_param_needs(enum host_param param)
{
	return table[param].needs;
}

bool host_param_is_brought(enum host_param param, const struct alm_route *route)
{
	uint32_t needs = table[param].needs;

	return (route->flags & needs) == needs &&
	       (param != HOST_YEAR || route->answer == ALM_STATIONS);
}

enum host_param host_param_find(const char *name, const struct alm_route *route)
{
	enum host_param i = 0;

	while (i < HOST_PARAMS &&
		(strcmp(table[i].name, name) != 0 ||
			(!table[i].reserved && !host_param_is_brought(i, route)))) {
		i++;
	}
	return i;
}
