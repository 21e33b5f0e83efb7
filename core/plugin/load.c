#include "plugin/load.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* How much of a struct a plugin of each minor version has: up to and with the last
 * member that version knew. A new minor version adds a line. */
#define UP_TO(type, member) (offsetof(type, member) + sizeof(((type *)NULL)->member))

static const struct {
	size_t plugin, route, source, stat;
} known[ALM_ABI_MINOR + 1] = {
	{ UP_TO(struct alm_plugin, assets), UP_TO(struct alm_route, handle),
		UP_TO(struct alm_source, release), UP_TO(struct alm_stat, release) }, /* 1.0 */
};

struct alm_route load_route(const struct plugin *plugin, const struct alm_route *declared)
{
	struct alm_route route = { 0 };

	memcpy(&route, declared, known[plugin->table.abi_minor].route);
	return route;
}

struct alm_source load_source(const struct plugin *plugin, const struct alm_source *declared)
{
	struct alm_source source = { 0 };

	memcpy(&source, declared, known[plugin->table.abi_minor].source);
	return source;
}

struct alm_stat load_stat(const struct plugin *plugin, const struct alm_stat *declared)
{
	struct alm_stat stat = { 0 };

	memcpy(&stat, declared, known[plugin->table.abi_minor].stat);
	return stat;
}

/* Major equal, the plugin's minor not above ours. Nothing else of the table may be
 * read before this. */
static int check_version(const struct alm_plugin *table, struct error *err)
{
	if (table->abi_major == ALM_ABI_MAJOR && table->abi_minor <= ALM_ABI_MINOR) {
		return 0;
	}
	error_set(err, "built for plugin ABI %d.%d, this program offers %d.%d",
		table->abi_major, table->abi_minor, ALM_ABI_MAJOR, ALM_ABI_MINOR);
	if (table->abi_major == ALM_ABI_MAJOR) {
		return error_hint(err,
			"upgrade almanac, or rebuild the plugin with the header of "
			"this version");
	}
	return error_hint(err, "rebuild the plugin with <almanac/plugin.h> of this version");
}

static int open_error(struct error *err)
{
	const char *reason = dlerror();

	error_set(err, "cannot be loaded: %s", reason != NULL ? reason : "unknown reason");
	if (reason != NULL && strstr(reason, "undefined symbol") != NULL) {
		return error_hint(err,
			"link the plugin with what it uses; with -Wl,-z,defs the "
			"linker tells when it is built");
	}
	return error_hint(
		err, "a plugin is a shared object for this machine, see docs/plugins.md");
}

static const struct alm_plugin *open_table(const char *path, struct error *err)
{
	const struct alm_plugin *table;
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (object == NULL) {
		open_error(err);
		return NULL;
	}
	table = dlsym(object, ALM_PLUGIN_SYMBOL);
	if (table == NULL) {
		error_set(
			err, "is no Almanac plugin: it has no symbol '" ALM_PLUGIN_SYMBOL "'");
		error_hint(err, "end one of its files with ALM_PLUGIN(...)");
		return NULL;
	}
	return check_version(table, err) < 0 ? NULL : table;
}

/* -- Who could have written it ------------------------------------------ */

static int refuse_writable(
	const char *what, const char *path, const char *remedy, struct error *err)
{
	error_set(err,
		"everybody may write to the %s %s, and what is in a plugin runs with this "
		"program's rights",
		what, path);
	return error_hint(err, "%s", remedy);
}

/* A directory in which everybody may write but nobody may replace what is another's, as /tmp.
 */
static bool is_shared(const struct stat *directory)
{
	return (directory->st_mode & S_ISVTX) != 0;
}

static int check_directory(const char *path, const struct stat *file, struct error *err)
{
	char *copy = memory_copy_text(path, strlen(path));
	const char *directory = dirname(copy);
	struct stat status;
	int result = 0;

	if (stat(directory, &status) == 0 && (status.st_mode & S_IWOTH) != 0) {
		if (!is_shared(&status)) {
			result = refuse_writable("directory", directory, "chmod o-w it", err);
		} else if (file->st_uid != 0 && file->st_uid != geteuid()) {
			result = refuse_writable("directory", directory,
				"keep plugins elsewhere, or own this one", err);
		}
	}
	free(copy);
	return result;
}

/* Neither the file nor, in its directory, another in its place may be anybody's. Who is above
 * that is not looked at. */
static int check_writers(const char *path, struct error *err)
{
	struct stat file;

	if (stat(path, &file) < 0) {
		return error_set(err, "%s", strerror(errno));
	}
	if ((file.st_mode & S_IWOTH) != 0) {
		return refuse_writable("file", path, "chmod o-w it", err);
	}
	return check_directory(path, &file, err);
}

struct plugin *load_plugin(const char *path, const struct alm_host *host, struct error *err)
{
	const struct alm_plugin *table;
	struct plugin *plugin;
	char *real = realpath(path, NULL); /* a name without '/' would be searched for */

	if (real == NULL) {
		error_set(err, "plugin %s: %s", path, strerror(errno));
		return NULL;
	}
	table = check_writers(real, err) == 0 ? open_table(real, err) : NULL;
	if (table == NULL) {
		error_prefix(err, "plugin %s: ", path);
		free(real);
		return NULL;
	}
	assert(table->abi_minor <= ALM_ABI_MINOR);
	plugin = memory_new(struct plugin);
	plugin->path = real;
	memcpy(&plugin->table, table, known[table->abi_minor].plugin);
	plugin->host = memory_new(struct alm_host);
	*plugin->host = *host;
	if (plugin->table.host != NULL) {
		*plugin->table.host = plugin->host;
	}
	return plugin;
}
