#include "route/route.h"

#include <string.h>

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
