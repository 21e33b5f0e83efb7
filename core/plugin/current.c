#include "plugin/current.h"

#include <stddef.h>

#include "plugin/registry.h"

static _Thread_local const struct plugin *current;

const struct plugin *current_enter(const struct plugin *plugin)
{
	const struct plugin *before = current;

	current = plugin;
	return before;
}

void current_leave(const struct plugin *before)
{
	current = before;
}

const char *current_name(void)
{
	return current != NULL ? current->table.name : NULL;
}
