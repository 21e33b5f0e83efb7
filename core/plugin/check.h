/* Whether a plugin's declarations are sound. Each returns 0, or -1 with *err saying
 * which declaration and what is wrong with it; the caller adds the plugin's path. */
#ifndef ALMANAC_PLUGIN_CHECK_H
#define ALMANAC_PLUGIN_CHECK_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum {
	CHECK_NAME_MAX = 32, /* of plugins, sources, calculators */
	CHECK_LIST_MAX = 64, /* params, fields, columns, elements' choices */
	CHECK_ELEMENTS_MAX = 1024,
	CHECK_STATE_MAX = 16 * 1024 * 1024 /* bytes of a state */
};

int check_route(const struct alm_route *route, struct error *err);
/* The part of check_route() that is about what the route answers; its lists are sound. */
int check_answer(const struct alm_route *route, struct error *err);
int check_source(const struct alm_source *source, struct error *err);
int check_asset(const struct alm_asset *asset, struct error *err);
int check_stat(const struct alm_stat *stat, struct error *err);

/* 1 to `most` of a-z, 0-9, '_', not beginning with a digit. NULL is no name. */
bool check_is_name(const char *name, size_t most);

/* A path, whose {names} are parameters of the route. */
int check_path(const struct alm_route *route, struct error *err);

/* Parameters: names, types, bounds, texts. */
int check_params(const struct alm_param *params, struct error *err);

/* An element code, as <almanac/plugin.h> says. */
bool check_is_code(const char *code);

/* Whether a text that people need is there. */
int check_text(const char *text, const char *what, struct error *err);

/* Likewise for a text that may be missing, and may have line ends. */
int check_prose(const char *text, const char *what, struct error *err);

#endif
