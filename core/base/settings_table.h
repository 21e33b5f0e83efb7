/* The table of settings, for settings.c. */
#ifndef ALMANAC_BASE_SETTINGS_TABLE_H
#define ALMANAC_BASE_SETTINGS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/settings.h"

enum setting_kind { SETTING_TEXT, SETTING_INTEGER };

struct setting_definition {
	const char *env, *env_else; /* env_else is looked at when env is not set */
	const char *flag;           /* without "--"; NULL: environment only */
	const char *fallback;
	const char *value_name; /* in the help */
	const char *help;
	const char *choices; /* TEXT: space-separated; NULL: any */
	int64_t min, max;    /* INTEGER */
	enum setting_kind kind;
	unsigned use; /* enum setting_use */
	bool secret;
	bool urls; /* TEXT: words, some of them URLs, which may hold secrets */
};

extern const struct setting_definition settings_table[SETTING_COUNT];

#endif
