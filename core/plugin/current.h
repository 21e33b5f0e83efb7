/* Which plugin this thread is calling: for the log, which has no other way to
 * know. [any thread] */
#ifndef ALMANAC_PLUGIN_CURRENT_H
#define ALMANAC_PLUGIN_CURRENT_H

struct plugin;

/* Set around every call of a plugin's function. Returns the one before, to be
 * restored. NULL: none. */
const struct plugin *current_enter(const struct plugin *plugin);
void current_leave(const struct plugin *before);

/* Name of the plugin being called, or NULL. */
const char *current_name(void);

#endif
