/* Trying a plugin on a file, for `almanac check`: no database. Each returns an enum
 * exit_code; results go to standard output, why it failed to *err. */
#ifndef ALMANAC_COMMANDS_TRIAL_H
#define ALMANAC_COMMANDS_TRIAL_H

#include "base/error.h"
#include "base/settings.h"
#include "plugin/registry.h"

/* Reads an object through the sources of the registry and prints what they made of
 * it: the stations described, a line per station and element, the lines rejected. */
int trial_source(const struct settings *settings, const struct registry *registry, char *uri,
	struct error *err);

/* Runs every calculator of the registry over a series (compute/series.h) and prints
 * its rows as CSV, as its table would hold them. */
int trial_stat(const struct registry *registry, const char *path, struct error *err);

#endif
