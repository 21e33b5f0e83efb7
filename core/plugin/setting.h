/* Settings of plugins: declared in their tables, given by ALMANAC_<PLUGIN>_<NAME>. */
#ifndef ALMANAC_PLUGIN_SETTING_H
#define ALMANAC_PLUGIN_SETTING_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

struct plugin;

enum { SETTING_ENV_MAX = 128 };

/* Writes the name of the environment variable. */
void setting_env(char env[SETTING_ENV_MAX], const char *plugin, const char *setting);

/* Checks the declarations of the plugin, takes the values from the environment, gives them to
 * the plugin (alm->settings) and adds to its version what they change. -1: *err says what is
 * wrong with a declaration, or with a value and its variable. */
int setting_load(struct plugin *plugin, struct error *err);

/* The settings of the plugin as lines of help, and as JSON objects each after a comma; see
 * settings_help() and settings_json(). */
void setting_help(const struct plugin *plugin, struct buffer *out);
void setting_json(const struct plugin *plugin, struct buffer *out);

#endif
