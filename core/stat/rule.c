#include "stat/rule.h"

#include <string.h>

#include "stat/words.h"

/* -- WMO-No. 1203, 4.4.1 ------------------------------------------------ */

/* A month breaks a rule with this many days missing, or this many in a row. */
enum { WMO_MISSING = 11, WMO_RUN = 5, NCEI_MISSING = 6, NCEI_RUN = 4 };

static bool is_total(uint32_t method)
{
	return method == ALM_SUM || method == ALM_COUNT;
}

static bool is_complete_wmo(const struct coverage *coverage, uint32_t method)
{
	if (is_total(method)) {
		return coverage->missing == 0;
	}
	return coverage->month_missing < WMO_MISSING && coverage->month_gap < WMO_RUN;
}

static const char *wants_wmo(uint32_t method)
{
	return is_total(method)
		       ? "no day missing"
		       : "no month with 11 or more days missing, or 5 or more in a row";
}

/* -- NCEI's summaries: readme of GSOM and GSOY -------------------------- */

static bool is_complete_ncei(const struct coverage *coverage, uint32_t method)
{
	(void)method;
	return coverage->month_missing < NCEI_MISSING && coverage->month_gap < NCEI_RUN;
}

static const char *wants_ncei(uint32_t method)
{
	(void)method;
	return "no month with more than 5 days missing, or more than 3 in a row";
}

/* -- ETCCDI: 15 days of a year, 3 of a month, no void month -------------- */

enum { ETCCDI_MONTH = 3, ETCCDI_YEAR = 15 };

/* The months of a season cannot lack more than a year may. */
static bool is_complete_etccdi(const struct coverage *coverage, uint32_t method)
{
	(void)method;
	return coverage->month_missing <= ETCCDI_MONTH && coverage->missing <= ETCCDI_YEAR;
}

static const char *wants_etccdi(uint32_t method)
{
	(void)method;
	return "no month with more than 3 days missing, no year with more than 15";
}

/* -- The table ---------------------------------------------------------- */

#define AS_ROW(name, title, source) { #name, title, source, is_complete_##name, wants_##name },
#define AS_CHOICE(name, title, source) #name,

const struct stat_rule stat_rules[] = { STAT_RULES(AS_ROW) };
const char *const stat_rule_choices[] = { "none", STAT_RULES(AS_CHOICE) NULL };
const size_t stat_rule_count = sizeof(stat_rules) / sizeof(stat_rules[0]);

_Static_assert(sizeof(stat_rules) / sizeof(stat_rules[0]) <= STAT_RULES_MAX,
	"sets of rules are bits of a byte");

size_t stat_rule_find(const char *name, size_t length)
{
	size_t i = 0;

	while (i < stat_rule_count && (strlen(stat_rules[i].name) != length ||
					      memcmp(stat_rules[i].name, name, length) != 0)) {
		i++;
	}
	return i;
}

uint8_t stat_rule_set(const char *list)
{
	uint8_t set = 0;

	for (size_t i = 0; i < stat_rule_count; i++) {
		set |= words_have(list, stat_rules[i].name) ? (uint8_t)(1u << i) : 0;
	}
	return set;
}
