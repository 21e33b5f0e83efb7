/* Statistics as rows of one kind of period: what a table of them, or an answer, has. */
#ifndef ALMANAC_PLUGIN_STAT_VIEW_H
#define ALMANAC_PLUGIN_STAT_VIEW_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct plugin;
struct plugin_stat;

enum { STAT_NAME_MAX = 48 }; /* of a stored name, with its NUL */

struct stat_view {
	const struct plugin_stat *of;
	/* As the table of that kind declares it: one kind in `periods`, and the columns that it
	 * has. Its name is that of the table without "stat_": of a statistic with rows of one
	 * kind its own, else with the kind behind it: "summary_month". */
	struct alm_stat stat;
	bool stored;
	const size_t *columns; /* indexes among the declared ones, of each of stat.columns */
	size_t column_count;
	char name[STAT_NAME_MAX];
};

/* What a plugin declares as a statistic. Its copy and what hangs on it are the registry's. */
struct plugin_stat {
	const struct plugin *plugin;
	struct alm_stat stat;
	const struct alm_stat *declared; /* the plugin's own, for its callbacks */
	struct alm_value *defaults;      /* by parameter; NULL: there are none */
	size_t param_count;
	struct stat_view *views; /* of each kind of period, by bit: the stored ones first */
	size_t view_count, stored_count;
};

/* Sets defaults and views from `stat`, which has been checked. Views point to *stat: it must
 * stay where it is. */
void stat_views_make(struct plugin_stat *stat);
void stat_views_free(struct plugin_stat *stat);

/* NULL: the statistic has no periods of that kind. */
const struct stat_view *stat_view_find(const struct plugin_stat *stat, uint32_t kind);

#endif
