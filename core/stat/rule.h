/* Completeness rules. One table: the choices of the parameter `rule`, columns of tables,
 * members of answers and the texts about them are all made from it. */
#ifndef ALMANAC_STAT_RULE_H
#define ALMANAC_STAT_RULE_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stat/coverage.h"

/* The table: name (a column y has the verdict y_NAME), what y is complete under, and in words
 * of the parameter `rule`; is_complete_NAME() and wants_NAME() are in rule.c. */
#define STAT_RULES(each) \
	each(wmo, "WMO-No. 1203", "WMO-No. 1203") each(ncei, "NCEI's rule", \
		"NCEI's summaries") each(etccdi, "ETCCDI's rule", "ETCCDI")

struct stat_rule {
	const char *name, *title, *source;
	/* Whether an input's days are enough for a column of that method (ALM_MEAN ...). */
	bool (*is_complete)(const struct coverage *coverage, uint32_t method);
	/* What it wants of such a column: "no day missing". */
	const char *(*wants)(uint32_t method);
};

enum { STAT_RULES_MAX = 8 }; /* bits of a set of rules that rows hold */

extern const struct stat_rule stat_rules[];
extern const size_t stat_rule_count;

/* What the parameter `rule` may be, NULL-terminated. */
extern const char *const stat_rule_choices[];

/* Index into the table; stat_rule_count: there is none. */
size_t stat_rule_find(const char *name, size_t length);

/* The rules that a column names, as alm_column.rules, by bit. Unknown names are left out. */
uint8_t stat_rule_set(const char *list);

#endif
