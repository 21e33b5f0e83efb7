/* One plugin: from a file to the host's copy of its table. */
#ifndef ALMANAC_PLUGIN_LOAD_H
#define ALMANAC_PLUGIN_LOAD_H

#include <almanac/plugin.h>

#include <stdbool.h>

#include "base/error.h"

/* A loaded plugin. The table is the host's copy, in the newest form: members
 * that the plugin is too old to know are zero. */
struct plugin {
	char *path;
	struct alm_plugin table;
	struct alm_host *host; /* the plugin's own copy; lives as long as its code */
	bool started;
};

/* Maps the file, checks symbol and ABI version, copies what both sides know and
 * gives the plugin its host. Runs none of its functions. NULL: *err names the file.
 * The caller frees path and plugin; the shared object stays mapped. */
struct plugin *load_plugin(const char *path, const struct alm_host *host, struct error *err);

/* Copies of a declaration in the newest form; what the plugin's minor version does
 * not know yet is zero. */
struct alm_route load_route(const struct plugin *plugin, const struct alm_route *declared);
struct alm_source load_source(const struct plugin *plugin, const struct alm_source *declared);
struct alm_stat load_stat(const struct plugin *plugin, const struct alm_stat *declared);

#endif
