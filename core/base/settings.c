#include "base/settings.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/settings_table.h"
#include "base/url_hide.h"

struct settings {
	char *text[SETTING_COUNT];
	int64_t integer[SETTING_COUNT];
	bool given[SETTING_COUNT]; /* not the default */
};

static bool is_choice(const char *choices, const char *text)
{
	size_t length = strlen(text);

	for (const char *p = choices; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n == length && memcmp(p, text, n) == 0) {
			return true;
		}
		p += n;
	}
	return false;
}

/* `origin` is how the user knows the setting: "--threads", "ALMANAC_THREADS". */
static int assign(struct settings *settings, enum setting i, const char *text,
	const char *origin, struct error *err)
{
	const struct setting_definition *d = &settings_table[i];
	int64_t integer = 0;

	if (d->kind == SETTING_INTEGER &&
		(!number_parse_integer(text, strlen(text), &integer) || integer < d->min ||
			integer > d->max)) {
		error_set(err, "%s: '%s' is not an integer from %lld to %lld", origin, text,
			(long long)d->min, (long long)d->max);
		return error_hint(err, "%s", d->help);
	}
	if (d->choices != NULL && !is_choice(d->choices, text)) {
		error_set(err, "%s: '%s' is none of: %s", origin, text, d->choices);
		return error_hint(err, "%s", d->help);
	}
	free(settings->text[i]);
	settings->text[i] = memory_copy_text(text, strlen(text));
	settings->integer[i] = integer;
	return 0;
}

/* The environment's value or NULL, and the name of the variable it is in. An empty
 * variable counts as not set. */
static const char *from_environment(const struct setting_definition *d, const char **origin)
{
	const char *names[] = { d->env, d->env_else };

	for (size_t i = 0; i < 2; i++) {
		const char *text = names[i] != NULL ? getenv(names[i]) : NULL;

		if (text != NULL && text[0] != '\0') {
			*origin = names[i];
			return text;
		}
	}
	*origin = d->env;
	return NULL;
}

struct settings *settings_create(struct error *err)
{
	struct settings *settings = memory_new(struct settings);

	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		const char *origin;
		const char *text = from_environment(&settings_table[i], &origin);

		settings->given[i] = text != NULL;
		text = text != NULL ? text : settings_table[i].fallback;
		if (assign(settings, i, text, origin, err) < 0) {
			settings_destroy(settings);
			return NULL;
		}
	}
	return settings;
}

void settings_destroy(struct settings *settings)
{
	if (settings == NULL) {
		return;
	}
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		free(settings->text[i]);
	}
	free(settings);
}

/* The setting whose flag is the first `length` characters, or SETTING_COUNT. */
static enum setting find_flag(const char *name, size_t length, unsigned use)
{
	enum setting i = 0;

	for (; i < SETTING_COUNT; i++) {
		const char *flag = settings_table[i].flag;

		if (flag != NULL && (settings_table[i].use & use) != 0 &&
			strlen(flag) == length && memcmp(flag, name, length) == 0) {
			break;
		}
	}
	return i;
}

/* "database-url" is ALMANAC_DATABASE_URL, which has no flag. */
static bool is_env_of(const char *env, const char *name, size_t length)
{
	static const char prefix[] = "ALMANAC_";
	size_t i = 0;

	if (strncmp(env, prefix, strlen(prefix)) != 0) {
		return false;
	}
	env += strlen(prefix);
	while (i < length &&
		env[i] == (name[i] == '-' ? '_' : toupper((unsigned char)name[i]))) {
		i++;
	}
	return i == length && env[i] == '\0';
}

static int fail_unknown(const char *name, size_t length, struct error *err)
{
	error_set(err, "unknown flag --%.*s", (int)length, name);
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		if (settings_table[i].flag == NULL &&
			is_env_of(settings_table[i].env, name, length)) {
			return error_hint(err,
				"this setting has none: set the environment variable %s",
				settings_table[i].env);
		}
	}
	return error_hint(err, "--help lists the flags");
}

/* Takes the flag at argv[0] and, if it stands apart, its value at argv[1]. Returns
 * how many of both, or -1. */
static int take_flag(struct settings *settings, unsigned use, char **argv, struct error *err)
{
	const char *name = argv[0] + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : argv[1];
	enum setting i = find_flag(name, length, use);

	if (i == SETTING_COUNT) {
		return fail_unknown(name, length, err);
	}
	if (value == NULL) {
		error_set(err, "--%s needs a value", settings_table[i].flag);
		return error_hint(err, "--%s %s: %s", settings_table[i].flag,
			settings_table[i].value_name, settings_table[i].help);
	}
	argv[0][2 + length] = '\0';
	if (assign(settings, i, value, argv[0], err) < 0) {
		return -1;
	}
	settings->given[i] = true;
	return value == argv[1] ? 2 : 1;
}

int settings_flags(
	struct settings *settings, unsigned use, int *argc, char **argv, struct error *err)
{
	int kept = 0, i = 0;

	while (i < *argc && strcmp(argv[i], "--") != 0) {
		int taken = 1;

		if (strncmp(argv[i], "--", 2) == 0) {
			taken = take_flag(settings, use, argv + i, err);
		} else if (argv[i][0] == '-' && argv[i][1] != '\0') {
			error_set(err, "unknown flag %s", argv[i]);
			taken = error_hint(err,
				"flags begin with two hyphens, --help lists them; a name that "
				"begins with one stands after --");
		} else {
			argv[kept++] = argv[i];
		}
		if (taken < 0) {
			return -1;
		}
		i += taken;
	}
	for (i++; i < *argc; i++) {
		argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

const char *settings_text(const struct settings *settings, enum setting setting)
{
	assert(setting < SETTING_COUNT && settings_table[setting].kind == SETTING_TEXT);
	return settings->text[setting];
}

int64_t settings_integer(const struct settings *settings, enum setting setting)
{
	assert(setting < SETTING_COUNT && settings_table[setting].kind == SETTING_INTEGER);
	return settings->integer[setting];
}

bool settings_is_given(const struct settings *settings, enum setting setting)
{
	assert(setting < SETTING_COUNT);
	return settings->given[setting];
}

bool settings_has_env(const char *env)
{
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		const struct setting_definition *d = &settings_table[i];

		if (strcmp(d->env, env) == 0 ||
			(d->env_else != NULL && strcmp(d->env_else, env) == 0)) {
			return true;
		}
	}
	return false;
}

void settings_help(struct buffer *out, unsigned use)
{
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		const struct setting_definition *d = &settings_table[i];

		if ((d->use & use) == 0) {
			continue;
		}
		if (d->flag != NULL) {
			buffer_printf(out, "  --%s %s, %s", d->flag, d->value_name, d->env);
		} else {
			buffer_printf(out, "  %s, %s", d->env, d->env_else);
		}
		buffer_printf(out, "\n      %s", d->help);
		if (d->choices != NULL) {
			buffer_printf(out, " (%s)", d->choices);
		}
		if (d->fallback[0] != '\0') {
			buffer_printf(out, " [%s]", d->fallback);
		}
		buffer_putc(out, '\n');
	}
}

static void put_member(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, ", \"%s\": ", name);
	json_text(out, text);
}

/* The value without what is secret. */
static void put_value(struct buffer *out, const struct setting_definition *d, const char *value)
{
	struct buffer shown = { 0 };

	if (d->secret && value[0] != '\0') {
		buffer_puts(&shown, "(secret)");
	} else if (d->urls) {
		url_hide_words(&shown, value);
	} else {
		buffer_puts(&shown, value);
	}
	put_member(out, "value", buffer_text(&shown));
	buffer_finish(&shown);
}

static void put_setting(struct buffer *out, const struct settings *settings, enum setting i)
{
	const struct setting_definition *d = &settings_table[i];
	const char *value = settings->text[i];

	buffer_puts(out, "{\"env\": ");
	json_text(out, d->env);
	put_member(out, "env_else", d->env_else);
	put_member(out, "flag", d->flag);
	put_member(out, "type", d->kind == SETTING_INTEGER ? "integer" : "text");
	put_member(out, "default", d->fallback);
	put_value(out, d, value);
	put_member(out, "choices", d->choices);
	if (d->kind == SETTING_INTEGER) {
		buffer_printf(out, ", \"min\": %lld, \"max\": %lld", (long long)d->min,
			(long long)d->max);
	}
	buffer_printf(out, ", \"secret\": %s", d->secret ? "true" : "false");
	put_member(out, "help", d->help);
	buffer_putc(out, '}');
}

void settings_json(const struct settings *settings, struct buffer *out)
{
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		buffer_puts(out, i > 0 ? ",\n  " : "  ");
		put_setting(out, settings, i);
	}
}
