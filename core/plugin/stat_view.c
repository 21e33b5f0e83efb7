#include "plugin/stat_view.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "plugin/value.h"
#include "stat/period.h"
#include "stat/stat.h"

static bool has_column(const struct alm_column *column, uint32_t kind)
{
	return column->periods == 0 || (column->periods & kind) != 0;
}

/* Columns of that kind, and where they are among all. */
static void set_columns(struct stat_view *view, const struct alm_stat *stat, uint32_t kind)
{
	size_t most = stat_count_columns(stat), count = 0;
	struct alm_column *columns = memory_array(most + 1, sizeof(*columns));
	size_t *places = memory_array(most, sizeof(*places));

	for (size_t i = 0; i < most; i++) {
		if (has_column(&stat->columns[i], kind)) {
			columns[count] = stat->columns[i];
			places[count++] = i;
		}
	}
	columns[count] = (struct alm_column){ .name = NULL };
	view->stat.columns = columns;
	view->columns = places;
	view->column_count = count;
}

static void set_name(struct stat_view *view, bool several)
{
	const char *name = view->of->stat.name;

	if (several && view->stored) {
		snprintf(view->name, sizeof(view->name), "%s_%s", name,
			period_kind(view->stat.periods)->name);
	} else {
		snprintf(view->name, sizeof(view->name), "%s", name);
	}
	view->stat.name = view->name;
}

static void set_defaults(struct plugin_stat *stat)
{
	const struct alm_param *params = stat->stat.params;
	struct error err = { 0 };

	stat->param_count = 0;
	while (params != NULL && params[stat->param_count].name != NULL) {
		stat->param_count++;
	}
	stat->defaults = stat->param_count > 0
				 ? memory_array(stat->param_count, sizeof(*stat->defaults))
				 : NULL;
	for (size_t i = 0; i < stat->param_count; i++) {
		int failed = value_parse(
			&params[i], params[i].default_value, &stat->defaults[i], &err);

		assert(failed == 0);
		(void)failed;
	}
}

static void add_view(struct plugin_stat *stat, uint32_t kind, bool is_stored)
{
	const uint32_t stored = stat->stat.periods;
	struct stat_view *view = &stat->views[stat->view_count++];

	*view = (struct stat_view){ .of = stat, .stat = stat->stat, .stored = is_stored };
	view->stat.periods = kind;
	view->stat.on_request = 0;
	set_name(view, (stored & (stored - 1)) != 0);
	set_columns(view, &stat->stat, kind);
	stat->stored_count += is_stored;
}

static void add_views(struct plugin_stat *stat, uint32_t kinds, bool are_stored)
{
	for (size_t i = 0; i < period_kind_count; i++) {
		if ((kinds & period_kinds[i].bit) != 0) {
			add_view(stat, period_kinds[i].bit, are_stored);
		}
	}
}

void stat_views_make(struct plugin_stat *stat)
{
	const uint32_t stored = stat->stat.periods;

	set_defaults(stat);
	stat->view_count = stat->stored_count = 0;
	stat->views = memory_array(period_kind_count, sizeof(*stat->views));
	add_views(stat, stored, true);
	add_views(stat, stat->stat.on_request & ~stored, false);
}

void stat_views_free(struct plugin_stat *stat)
{
	for (size_t i = 0; i < stat->view_count; i++) {
		free((void *)(uintptr_t)stat->views[i].stat.columns);
		free((void *)(uintptr_t)stat->views[i].columns);
	}
	free(stat->views);
	free(stat->defaults);
}

const struct stat_view *stat_view_find(const struct plugin_stat *stat, uint32_t kind)
{
	for (size_t i = 0; i < stat->view_count; i++) {
		if (stat->views[i].stat.periods == kind) {
			return &stat->views[i];
		}
	}
	return NULL;
}
