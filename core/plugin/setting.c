#include "plugin/setting.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/settings.h"
#include "plugin/check.h"
#include "plugin/load.h"
#include "plugin/value.h"

void setting_env(char env[SETTING_ENV_MAX], const char *plugin, const char *setting)
{
	snprintf(env, SETTING_ENV_MAX, "ALMANAC_%s_%s", plugin, setting);
	for (char *c = env; *c != '\0'; c++) {
		*c = (char)toupper((unsigned char)*c);
	}
}

/* -- A declaration -------------------------------------------------------------- */

static int check_setting(
	const struct plugin *plugin, const struct alm_param *p, struct error *err)
{
	char env[SETTING_ENV_MAX];

	if (!check_is_name(p->name, CHECK_NAME_MAX)) {
		return error_set(
			err, "the name must be 1 to %d of a-z, 0-9, '_'", CHECK_NAME_MAX);
	}
	if (p->type < ALM_TEXT || p->type > ALM_DATE) {
		return error_set(err,
			"the type %d is none of text, integer, number, boolean, date",
			(int)p->type);
	}
	if ((p->flags & ~(uint32_t)(ALM_REQUIRED | ALM_SECRET)) != 0) {
		return error_set(err, "flags 0x%x are not for settings", (unsigned)p->flags);
	}
	if (p->min > p->max || (p->choices != NULL && p->type != ALM_TEXT)) {
		return error_set(err, "the bounds or choices hold no value of its type");
	}
	setting_env(env, plugin->table.name, p->name);
	if (settings_has_env(env)) {
		return error_set(err, "%s is a setting of the program", env);
	}
	if (check_text(p->help, "help", err) < 0 ||
		value_check(p, "example", p->example, err) < 0) {
		return -1;
	}
	return value_check(p, "default", p->default_value, err);
}

/* -- All of a plugin ------------------------------------------------------------- */

static int load_value(struct plugin *plugin, const struct alm_param *p, struct alm_value *value,
	struct error *err)
{
	char env[SETTING_ENV_MAX];
	const char *given;

	setting_env(env, plugin->table.name, p->name);
	given = getenv(env);
	if (given == NULL || given[0] == '\0') {
		if ((p->flags & ALM_REQUIRED) != 0) {
			error_set(err, "%s is not set", env);
			return error_hint(err, "%s", p->help);
		}
		*value = (struct alm_value){ 0 };
		return p->default_value != NULL ? value_parse(p, p->default_value, value, err)
						: 0;
	}
	if (value_parse(p, memory_copy_text(given, strlen(given)), value, err) == 0) {
		return 0;
	}
	if ((p->flags & ALM_SECRET) != 0) {
		error_prefix(err, "%s: its value ", env);
	} else {
		error_prefix(err, "%s: '%s' ", env, given);
	}
	return error_hint(err, "%s", p->help);
}

/* FNV-1a of what is not the default: results rest on it as on the plugin's code. */
static uint64_t hash_value(uint64_t hash, const struct alm_param *p, const char *text)
{
	const char *const parts[] = { p->name, "=", text, ";" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (const char *c = parts[i]; *c != '\0'; c++) {
			hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
		}
	}
	return hash;
}

static bool changes_results(const struct alm_param *p, const struct alm_value *value)
{
	const char *usual = p->default_value;

	return (p->flags & ALM_SECRET) == 0 && value->text != NULL &&
	       (usual == NULL || strcmp(usual, value->text) != 0);
}

static void extend_version(struct plugin *plugin, const struct alm_value *values)
{
	const uint64_t none = UINT64_C(0xcbf29ce484222325);
	struct buffer version = { 0 };
	uint64_t hash = none;

	for (size_t i = 0; plugin->table.settings[i].name != NULL; i++) {
		if (changes_results(&plugin->table.settings[i], &values[i])) {
			hash = hash_value(hash, &plugin->table.settings[i], values[i].text);
		}
	}
	if (hash != none) {
		buffer_printf(&version, "%s+settings.%08x", plugin->table.version,
			(unsigned)(hash ^ hash >> 32));
		plugin->table.version = buffer_text(&version);
	}
}

/* Values and version live as long as the plugin's code, which is never unmapped. */
int setting_load(struct plugin *plugin, struct error *err)
{
	const struct alm_param *p = plugin->table.settings;
	struct alm_value *values;
	size_t count = 0;

	for (; p != NULL && p[count].name != NULL; count++) {
		if (count >= CHECK_LIST_MAX) {
			return error_set(err,
				"more than %d settings; is the last one's name NULL?",
				CHECK_LIST_MAX);
		}
		if (check_setting(plugin, &p[count], err) < 0) {
			return error_prefix(err, "setting '%s': ", p[count].name);
		}
	}
	if (count == 0) {
		return 0;
	}
	values = memory_array(count, sizeof(*values));
	plugin->host->settings = values;
	for (size_t i = 0; i < count; i++) {
		if (load_value(plugin, &p[i], &values[i], err) < 0) {
			return -1;
		}
	}
	extend_version(plugin, values);
	return 0;
}

/* -- For people and programs ------------------------------------------------------ */

void setting_help(const struct plugin *plugin, struct buffer *out)
{
	const struct alm_param *p = plugin->table.settings;

	for (; p != NULL && p->name != NULL; p++) {
		char env[SETTING_ENV_MAX];

		setting_env(env, plugin->table.name, p->name);
		buffer_printf(
			out, "  %s\n      plugin %s: %s", env, plugin->table.name, p->help);
		if (p->default_value != NULL) {
			buffer_printf(out, " [%s]", p->default_value);
		}
		buffer_putc(out, '\n');
	}
}

static void put_member(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, ", \"%s\": ", name);
	json_text(out, text);
}

static void put_choices(struct buffer *out, const char *const *choices)
{
	struct buffer words = { 0 };

	for (size_t i = 0; choices != NULL && choices[i] != NULL; i++) {
		buffer_printf(&words, "%s%s", i > 0 ? " " : "", choices[i]);
	}
	put_member(out, "choices", choices != NULL ? buffer_text(&words) : NULL);
	buffer_finish(&words);
}

static void put_setting(struct buffer *out, const struct plugin *plugin,
	const struct alm_param *p, const struct alm_value *value)
{
	bool secret = (p->flags & ALM_SECRET) != 0;
	char env[SETTING_ENV_MAX];

	setting_env(env, plugin->table.name, p->name);
	buffer_puts(out, ",\n  {\"env\": ");
	json_text(out, env);
	put_member(out, "env_else", NULL);
	put_member(out, "flag", NULL);
	put_member(out, "plugin", plugin->table.name);
	put_member(out, "type", value_type_name(p->type));
	put_member(out, "default", p->default_value);
	put_member(out, "value", secret && value->text != NULL ? "(secret)" : value->text);
	put_choices(out, p->choices);
	if (p->min != 0 || p->max != 0) {
		buffer_printf(out, ", \"min\": %lld, \"max\": %lld", (long long)p->min,
			(long long)p->max);
	}
	buffer_printf(out, ", \"secret\": %s", secret ? "true" : "false");
	put_member(out, "help", p->help);
	buffer_putc(out, '}');
}

void setting_json(const struct plugin *plugin, struct buffer *out)
{
	const struct alm_param *p = plugin->table.settings;

	for (size_t i = 0; p != NULL && p[i].name != NULL; i++) {
		put_setting(out, plugin, &p[i], &plugin->host->settings[i]);
	}
}
