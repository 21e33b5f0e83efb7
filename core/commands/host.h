/* Host table: the functions that plugins call, collected from the rooms that have them, and
 * plugins loaded with it. */
#ifndef ALMANAC_COMMANDS_HOST_H
#define ALMANAC_COMMANDS_HOST_H

#include <almanac/plugin.h>

#include "base/error.h"
#include "base/settings.h"

struct registry;

/* registry_load(), and all that any command would refuse later: `check` and `migrate` refuse a
 * route that `serve` would. */
struct registry *host_load(
	const char *paths, const struct settings *settings, struct error *err);

#endif
