#include "commands/host.h"

#include <stdarg.h>
#include <stdbool.h>

#include "answer/host.h"
#include "base/date.h"
#include "base/log.h"
#include "ingest/parse/feed.h"
#include "plugin/current.h"
#include "plugin/registry.h"
#include "route/router.h"
#include "server/builtin.h"

static void host_log(enum alm_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void host_log(enum alm_level level, const char *format, ...)
{
	bool known = level >= ALM_DEBUG && level <= ALM_ERROR;
	va_list args;

	/* Maps a plugin's log level; an unknown one is logged, too. */
	va_start(args, format);
	log_writev(known ? (enum log_level)level : LOG_ERROR, current_name(),
		format != NULL ? format : "log() got NULL for a line", args);
	va_end(args);
}

static void host_date(int32_t day, int *year, int *month, int *day_of_month)
{
	struct date date = date_from_day(day);

	*year = date.year;
	*month = date.month;
	*day_of_month = date.day;
}

static const struct alm_host *host_table(void)
{
	static struct alm_host table; /* filled once, before other threads start */

	table.log = host_log;
	table.extension = registry_extension; /* the host has none of its own yet */
	table.day = date_day;
	table.date = host_date;
	answer_host(&table);
	feed_host(&table);
	return &table;
}

struct registry *host_load(
	const char *paths, const struct settings *settings, struct error *err)
{
	struct registry *registry = registry_load(paths, host_table(), err);
	struct router *router;
	size_t count;
	const struct builtin *builtins = builtin_list(&count);

	if (registry == NULL) {
		return NULL;
	}
	router = router_create(registry, builtins, count,
		settings_integer(settings, SETTING_PAGE_SIZE_MAX), err);
	if (router == NULL) {
		registry_destroy(registry);
		return NULL;
	}
	router_destroy(router);
	return registry;
}
