/* The plugins of this process: loaded and checked at start-up, frozen after it,
 * never unloaded. Loading runs none of a plugin's functions. */
#ifndef ALMANAC_PLUGIN_REGISTRY_H
#define ALMANAC_PLUGIN_REGISTRY_H

#include <almanac/plugin.h>
#include <stddef.h>

#include "base/error.h"
#include "plugin/load.h"
#include "plugin/stat_view.h"

/* What plugins declare, each with the plugin it came from. The declarations are
 * the host's copies too. */
struct plugin_route {
	const struct plugin *plugin;
	struct alm_route route;
	const struct alm_route *table; /* the plugin's own */
};
struct plugin_asset {
	const struct plugin *plugin;
	const struct alm_asset *asset; /* the plugin's own */
};
struct plugin_source {
	const struct plugin *plugin;
	struct alm_source source;
	const struct alm_source *declared; /* the plugin's own, for its callbacks */
};

/* Lists in order of path, then declaration. Owned by the registry. */
struct registry {
	struct plugin **plugins;
	size_t plugin_count;
	struct plugin_route *routes;
	size_t route_count;
	struct plugin_source *sources;
	size_t source_count;
	struct plugin_asset *assets;
	size_t asset_count;
	struct plugin_stat *stats;
	size_t stat_count;
	/* Of all statistics those that are stored: a table each. */
	const struct stat_view **stored;
	size_t stored_count;
};

/* Loads every plugin of `text`: colon-separated files and directories, of which
 * every *.so is taken in order of name. One unsound plugin fails all of it:
 * *err says which, why and what to do. `host` is given to every plugin and must
 * live as long as the process. Returns NULL on error. */
struct registry *registry_load(
	const char *text, const struct alm_host *host, struct error *err);

/* [main thread] Runs start() of all plugins, in order. -1: one failed, those before it are
 * stopped, *err says which. */
int registry_start(const struct registry *registry, struct error *err);

/* [main thread] Runs stop() of those that were started, the last first. */
void registry_stop(const struct registry *registry);

/* [any] What the first plugin that knows it offers by that name, or NULL. */
const void *registry_extension(const char *id);

/* Frees the tables; the shared objects stay mapped, since their code may still
 * run at exit. NULL is fine. */
void registry_destroy(struct registry *registry);

/* Calls `each` for every input of a statistic that no source of the registry declares. */
void registry_unknown_inputs(const struct registry *registry,
	void (*each)(const struct plugin_stat *stat, const char *code, void *arg), void *arg);

/* The statistic of that name; NULL: there is none. */
const struct plugin_stat *registry_stat(const struct registry *registry, const char *name);

/* The element that sources declare by this code, or NULL. */
const struct alm_element *registry_element(const struct registry *registry, const char *code);

#endif
