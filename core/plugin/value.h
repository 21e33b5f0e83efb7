/* Values of declared parameters: of settings and of statistics. [any] */
#ifndef ALMANAC_PLUGIN_VALUE_H
#define ALMANAC_PLUGIN_VALUE_H

#include <almanac/plugin.h>

#include "base/error.h"

/* Years that ALM_YEARS may hold: those that can be stored. */
enum { VALUE_YEAR_MIN = 1700, VALUE_YEAR_MAX = 2199, VALUE_YEAR_DIGITS = 4 };

/* Parses a text, which *value refers to from then on. -1: *err says what is wrong with it,
 * as "is not an integer". Not for stations and elements. */
int value_parse(const struct alm_param *p, const char *text, struct alm_value *value,
	struct error *err);

/* Whether a declared text, NULL for none, is a value of its parameter; `what`: "default". */
int value_check(
	const struct alm_param *p, const char *what, const char *text, struct error *err);

/* "text" for ALM_TEXT. */
const char *value_type_name(uint32_t type);

#endif
