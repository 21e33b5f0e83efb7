#include "plugin/registry.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/memory.h"
#include "plugin/check.h"
#include "plugin/current.h"
#include "plugin/load.h"
#include "plugin/setting.h"

/* -- Which files ---------------------------------------------------------- */

struct paths {
	char **list;
	size_t count;
	struct arena arena;
};

static void add_path(struct paths *paths, const char *path, size_t length)
{
	paths->list = memory_resize(paths->list, paths->count + 1, sizeof(*paths->list));
	paths->list[paths->count++] = arena_copy(&paths->arena, path, length);
}

static int select_entry(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_shared_object(const char *name)
{
	size_t length = strlen(name);

	return length > 3 && strcmp(name + length - 3, ".so") == 0;
}

/* Every *.so, also those one directory deeper (routes, sources, stats), by name. */
static int add_directory(
	struct paths *paths, const char *directory, bool deeper, struct error *err)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, select_entry, alphasort);
	int result = 0;

	if (count < 0) {
		return error_set(err, "plugins in %s: %s", directory, strerror(errno));
	}
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		const char *path = arena_printf(&paths->arena, "%s/%s", directory, name);
		struct stat status;

		if (is_shared_object(name)) {
			add_path(paths, path, strlen(path));
		} else if (deeper && stat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
			   result == 0) {
			result = add_directory(paths, path, false, err);
		}
		free(entries[i]);
	}
	free(entries);
	return result;
}

static int add_argument(struct paths *paths, const char *text, size_t length, struct error *err)
{
	const char *path = arena_copy(&paths->arena, text, length);
	struct stat status;

	if (stat(path, &status) < 0) {
		error_set(err, "plugins in %s: %s", path, strerror(errno));
		return error_hint(err,
			"ALMANAC_PLUGINS or --plugins is a colon-separated list of "
			"directories or files");
	}
	if (S_ISDIR(status.st_mode)) {
		return add_directory(paths, path, true, err);
	}
	add_path(paths, path, length);
	return 0;
}

static int find_paths(struct paths *paths, const char *text, struct error *err)
{
	while (*text != '\0') {
		size_t length = strcspn(text, ":");

		if (length > 0 && add_argument(paths, text, length, err) < 0) {
			return -1;
		}
		text += length + (text[length] == ':');
	}
	return 0;
}

/* -- What they declare ----------------------------------------------------- */

static int add_routes(struct registry *registry, const struct plugin *plugin, struct error *err)
{
	const struct alm_route *const *list = plugin->table.routes;

	for (; list != NULL && *list != NULL; list++) {
		struct plugin_route *all = memory_resize(
			registry->routes, registry->route_count + 1, sizeof(*all));
		struct plugin_route *new = &all[registry->route_count];

		registry->routes = all;
		*new = (struct plugin_route){ plugin, load_route(plugin, *list), *list };
		if (check_route(&new->route, err) < 0) {
			return -1;
		}
		registry->route_count++;
	}
	return 0;
}

static int add_sources(
	struct registry *registry, const struct plugin *plugin, struct error *err)
{
	const struct alm_source *const *list = plugin->table.sources;

	for (; list != NULL && *list != NULL; list++) {
		struct plugin_source *all = memory_resize(
			registry->sources, registry->source_count + 1, sizeof(*all));
		struct plugin_source *new = &all[registry->source_count];

		registry->sources = all;
		*new = (struct plugin_source){ plugin, load_source(plugin, *list), *list };
		if (check_source(&new->source, err) < 0) {
			return -1;
		}
		registry->source_count++;
	}
	return 0;
}

static int add_assets(struct registry *registry, const struct plugin *plugin, struct error *err)
{
	const struct alm_asset *asset = plugin->table.assets;

	for (; asset != NULL && asset->path != NULL; asset++) {
		if (check_asset(asset, err) < 0) {
			return -1;
		}
		registry->assets = memory_resize(
			registry->assets, registry->asset_count + 1, sizeof(*registry->assets));
		registry->assets[registry->asset_count++] =
			(struct plugin_asset){ plugin, asset };
	}
	return 0;
}

static int add_stats(struct registry *registry, const struct plugin *plugin, struct error *err)
{
	const struct alm_stat *const *list = plugin->table.stats;

	for (; list != NULL && *list != NULL; list++) {
		struct plugin_stat *all =
			memory_resize(registry->stats, registry->stat_count + 1, sizeof(*all));
		struct plugin_stat *new = &all[registry->stat_count];

		registry->stats = all;
		*new = (struct plugin_stat){
			.plugin = plugin, .stat = load_stat(plugin, *list), .declared = *list
		};
		if (check_stat(&new->stat, err) < 0) {
			return -1;
		}
		registry->stat_count++;
	}
	return 0;
}

static int check_plugin(const struct plugin *plugin, struct error *err)
{
	const struct alm_plugin *table = &plugin->table;

	if (!check_is_name(table->name, CHECK_NAME_MAX)) {
		return error_set(err, "the plugin's name must be 1 to %d of a-z, 0-9, '_'",
			CHECK_NAME_MAX);
	}
	if (table->host == NULL) {
		return error_set(err, "the plugin has no place for its host");
	}
	if (check_text(table->version, "version", err) < 0) {
		return -1;
	}
	if (table->reserved != 0) {
		return error_set(err, "the reserved member of the plugin's table must be 0");
	}
	if (table->routes == NULL && table->sources == NULL && table->stats == NULL &&
		table->assets == NULL) {
		return error_set(err, "declares no routes, sources, statistics or assets");
	}
	return 0;
}

static int add_plugin(struct registry *registry, const char *path, const struct alm_host *host,
	struct error *err)
{
	struct plugin *plugin = load_plugin(path, host, err);

	if (plugin == NULL) {
		return -1;
	}
	registry->plugins = memory_resize(
		registry->plugins, registry->plugin_count + 1, sizeof(struct plugin *));
	registry->plugins[registry->plugin_count++] = plugin;
	if (check_plugin(plugin, err) < 0 || setting_load(plugin, err) < 0 ||
		add_routes(registry, plugin, err) < 0 ||
		add_sources(registry, plugin, err) < 0 ||
		add_stats(registry, plugin, err) < 0 || add_assets(registry, plugin, err) < 0) {
		if (err->hint[0] == '\0') {
			error_hint(err, "<almanac/plugin.h> says what is expected");
		}
		return error_prefix(err, "plugin %s: ", path);
	}
	return 0;
}

/* -- Whether they go together ----------------------------------------------- */

static int clash(const struct plugin *a, const struct plugin *b, const char *what,
	const char *name, struct error *err)
{
	error_set(err, "plugins %s and %s both declare %s '%s'", a->path, b->path, what, name);
	return error_hint(err, "leave one of them out of --plugins");
}

/* Two plugins, one variable: "a_b" has a setting "c", "a" has one "b_c". */
static int check_settings(const struct plugin *a, const struct plugin *b, struct error *err)
{
	const struct alm_param *x = a->table.settings;

	for (; x != NULL && x->name != NULL; x++) {
		const struct alm_param *y = b->table.settings;

		for (; y != NULL && y->name != NULL; y++) {
			char one[SETTING_ENV_MAX], other[SETTING_ENV_MAX];

			setting_env(one, a->table.name, x->name);
			setting_env(other, b->table.name, y->name);
			if (strcmp(one, other) == 0) {
				return clash(a, b, "the setting", one, err);
			}
		}
	}
	return 0;
}

static int check_names(const struct registry *registry, struct error *err)
{
	for (size_t i = 0; i < registry->plugin_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct plugin *a = registry->plugins[j],
					    *b = registry->plugins[i];

			if (strcmp(a->table.name, b->table.name) == 0) {
				return clash(a, b, "the plugin name", b->table.name, err);
			}
			if (check_settings(a, b, err) < 0) {
				return -1;
			}
		}
	}
	return 0;
}

/* Whether two paths are the same but for the names in braces. */
static bool is_same_path(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		if (*a != *b) {
			return false;
		}
		if (*a == '{') {
			a += strcspn(a, "}");
			b += strcspn(b, "}");
		}
		a += *a != '\0';
		b += *b != '\0';
	}
	return *a == *b;
}

static int check_routes(const struct registry *registry, struct error *err)
{
	for (size_t i = 0; i < registry->route_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct plugin_route *a = &registry->routes[j];
			const struct plugin_route *b = &registry->routes[i];

			if (is_same_path(a->route.path, b->route.path)) {
				return clash(
					a->plugin, b->plugin, "the route", b->route.path, err);
			}
		}
	}
	return 0;
}

static int check_assets(const struct registry *registry, struct error *err)
{
	for (size_t i = 0; i < registry->asset_count; i++) {
		const struct plugin_asset *b = &registry->assets[i];

		for (size_t j = 0; j < i; j++) {
			const struct plugin_asset *a = &registry->assets[j];

			if (strcmp(a->asset->path, b->asset->path) == 0) {
				return clash(
					a->plugin, b->plugin, "the asset", b->asset->path, err);
			}
		}
		for (size_t j = 0; j < registry->route_count; j++) {
			const struct plugin_route *a = &registry->routes[j];

			if (strcmp(a->route.path, b->asset->path) == 0) {
				return clash(
					a->plugin, b->plugin, "the path", b->asset->path, err);
			}
		}
	}
	return 0;
}

static int check_stats(const struct registry *registry, struct error *err)
{
	for (size_t i = 0; i < registry->stat_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct plugin_stat *a = &registry->stats[j];
			const struct plugin_stat *b = &registry->stats[i];

			if (strcmp(a->stat.name, b->stat.name) == 0) {
				return clash(a->plugin, b->plugin, "the statistic",
					b->stat.name, err);
			}
		}
	}
	return 0;
}

/* Statistics stay where they are from here on. */
static void make_views(struct registry *registry)
{
	size_t count = 0;

	for (size_t i = 0; i < registry->stat_count; i++) {
		stat_views_make(&registry->stats[i]);
		count += registry->stats[i].stored_count;
	}
	registry->stored = memory_array(count, sizeof(*registry->stored));
	for (size_t i = 0; i < registry->stat_count; i++) {
		for (size_t k = 0; k < registry->stats[i].stored_count; k++) {
			registry->stored[registry->stored_count++] =
				&registry->stats[i].views[k];
		}
	}
}

/* "summary" by months and years, "summary_month" by years: one table. */
static int check_tables(const struct registry *registry, struct error *err)
{
	for (size_t i = 0; i < registry->stored_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct stat_view *a = registry->stored[j],
					       *b = registry->stored[i];

			if (strcmp(a->name, b->name) == 0) {
				return clash(a->of->plugin, b->of->plugin,
					"a statistic with the table stat_", b->name, err);
			}
		}
	}
	return 0;
}

static const struct alm_element *find_element(const struct alm_source *source, const char *code)
{
	const struct alm_element *element = source->elements;

	for (; element != NULL && element->code != NULL; element++) {
		if (strcmp(element->code, code) == 0) {
			return element;
		}
	}
	return NULL;
}

static int check_pair(
	const struct plugin_source *a, const struct plugin_source *b, struct error *err)
{
	const struct alm_element *other, *one = b->source.elements;

	if (strcmp(a->source.name, b->source.name) == 0) {
		return clash(a->plugin, b->plugin, "the source", b->source.name, err);
	}
	for (; one != NULL && one->code != NULL; one++) {
		other = find_element(&a->source, one->code);
		if (other != NULL && (strcmp(one->unit, other->unit) != 0 ||
					     one->decimals != other->decimals)) {
			error_set(err,
				"element '%s' is in %s with %d decimals in plugin %s, in %s "
				"with %d decimals in plugin %s",
				one->code, other->unit, (int)other->decimals, a->plugin->path,
				one->unit, (int)one->decimals, b->plugin->path);
			return error_hint(
				err, "give one of them another code, or convert its values");
		}
	}
	return 0;
}

static int check_sources(const struct registry *registry, struct error *err)
{
	for (size_t i = 0; i < registry->source_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (check_pair(&registry->sources[j], &registry->sources[i], err) < 0) {
				return -1;
			}
		}
	}
	return 0;
}

/* Whether the statistic takes what the source gives in the same unit and scale. */
static int check_agrees(const struct plugin_stat *stat, const struct alm_input *input,
	const struct plugin_source *source, struct error *err)
{
	const struct alm_element *element = find_element(&source->source, input->code);

	if (element == NULL || (strcmp(element->unit, input->unit) == 0 &&
				       element->decimals == input->decimals)) {
		return 0;
	}
	error_set(err,
		"statistic '%s' of plugin %s takes element %s in %s with %d decimals, but source "
		"'%s' of plugin %s gives it in %s with %d",
		stat->stat.name, stat->plugin->path, input->code, input->unit,
		(int)input->decimals, source->source.name, source->plugin->path, element->unit,
		(int)element->decimals);
	return error_hint(err, "convert in the source, or use a statistic that is made for it");
}

static int check_inputs(const struct registry *registry, struct error *err)
{
	for (size_t s = 0; s < registry->stat_count; s++) {
		const struct plugin_stat *stat = &registry->stats[s];

		for (const struct alm_input *i = stat->stat.inputs; i->code != NULL; i++) {
			for (size_t n = 0; n < registry->source_count; n++) {
				if (check_agrees(stat, i, &registry->sources[n], err) < 0) {
					return -1;
				}
			}
		}
	}
	return 0;
}

/* -- Beginning and end of their work ------------------------------------------ */

/* Plugins ask without saying of which registry they are: there is one that has been started. */
static const struct registry *started;

static int start_plugin(struct plugin *plugin, struct error *err)
{
	struct current_call call = { .name = plugin->table.name };
	int result = 0;

	if (plugin->table.start != NULL) {
		current_enter(&call);
		current_begin("start()", 0);
		result = plugin->table.start();
		current_leave(&call);
	}
	plugin->started = result == 0;
	if (result != 0) {
		error_set(err, "plugin %s: its start() failed", plugin->path);
		return error_hint(err, "a line of the plugin before this one says why");
	}
	return 0;
}

int registry_start(const struct registry *registry, struct error *err)
{
	started = registry;
	for (size_t i = 0; i < registry->plugin_count; i++) {
		if (start_plugin(registry->plugins[i], err) < 0) {
			registry_stop(registry);
			return -1;
		}
	}
	return 0;
}

void registry_stop(const struct registry *registry)
{
	for (size_t i = registry->plugin_count; i-- > 0;) {
		struct plugin *plugin = registry->plugins[i];
		struct current_call call = { .name = plugin->table.name };

		if (plugin->started && plugin->table.stop != NULL) {
			current_enter(&call);
			current_begin("stop()", 0);
			plugin->table.stop();
			current_leave(&call);
		}
		plugin->started = false;
	}
	started = NULL;
}

const void *registry_extension(const char *id)
{
	for (size_t i = 0; id != NULL && started != NULL && i < started->plugin_count; i++) {
		const struct alm_plugin *table = &started->plugins[i]->table;
		const void *found = table->extension != NULL ? table->extension(id) : NULL;

		if (found != NULL) {
			return found;
		}
	}
	return NULL;
}

/* -- The registry ------------------------------------------------------------ */

struct registry *registry_load(const char *text, const struct alm_host *host, struct error *err)
{
	struct registry *registry = memory_new(struct registry);
	struct paths paths = { 0 };
	int result = find_paths(&paths, text, err);

	for (size_t i = 0; i < paths.count && result == 0; i++) {
		result = add_plugin(registry, paths.list[i], host, err);
	}
	if (result == 0 &&
		(check_names(registry, err) < 0 || check_routes(registry, err) < 0 ||
			check_sources(registry, err) < 0 || check_stats(registry, err) < 0 ||
			check_assets(registry, err) < 0 || check_inputs(registry, err) < 0)) {
		result = -1;
	}
	if (result == 0) {
		make_views(registry);
		result = check_tables(registry, err);
	}
	free(paths.list);
	arena_finish(&paths.arena);
	if (result < 0) {
		registry_destroy(registry);
		return NULL;
	}
	return registry;
}

void registry_destroy(struct registry *registry)
{
	if (registry == NULL) {
		return;
	}
	for (size_t i = 0; i < registry->plugin_count; i++) {
		free(registry->plugins[i]->path);
		free(registry->plugins[i]);
	}
	free(registry->plugins);
	free(registry->routes);
	free(registry->assets);
	free(registry->sources);
	for (size_t i = 0; i < registry->stat_count; i++) {
		stat_views_free(&registry->stats[i]);
	}
	free(registry->stored);
	free(registry->stats);
	free(registry);
}

const struct plugin_stat *registry_stat(const struct registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->stat_count; i++) {
		if (strcmp(registry->stats[i].stat.name, name) == 0) {
			return &registry->stats[i];
		}
	}
	return NULL;
}

const struct alm_element *registry_element(const struct registry *registry, const char *code)
{
	for (size_t i = 0; i < registry->source_count; i++) {
		const struct alm_element *element =
			find_element(&registry->sources[i].source, code);

		if (element != NULL) {
			return element;
		}
	}
	return NULL;
}

void registry_unknown_inputs(const struct registry *registry,
	void (*each)(const struct plugin_stat *stat, const char *code, void *arg), void *arg)
{
	for (size_t s = 0; s < registry->stat_count; s++) {
		const struct plugin_stat *stat = &registry->stats[s];

		for (const struct alm_input *i = stat->stat.inputs; i->code != NULL; i++) {
			if (registry_element(registry, i->code) == NULL) {
				each(stat, i->code, arg);
			}
		}
	}
}
