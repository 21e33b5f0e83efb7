/* Members of the rows of statistics: which there are, and where each is found in a row in
 * memory. All [loop]. */
#ifndef ALMANAC_DOCUMENT_STAT_MEMBER_H
#define ALMANAC_DOCUMENT_STAT_MEMBER_H

#include "catalog/catalog.h"
#include "document/member.h"
#include "fetch/stat_layout.h"

/* Where a member is found. */
struct stat_member {
	enum stat_member_kind {
		STAT_STATION,
		STAT_YEAR,
		STAT_PART, /* month or season */
		STAT_DATE,
		STAT_MONTH,
		STAT_DAY_OF_MONTH, /* of a day of the calendar */
		STAT_VALUE,
		STAT_DAYS,
		STAT_MISSING,
		STAT_LONGEST_GAP,
		STAT_VERDICT
	} kind;
	size_t index;  /* of the column or input */
	size_t rule;   /* of a verdict: index into stat_rules */
	uint32_t type; /* of a STAT_VALUE: ALM_NUMBER, ALM_INTEGER, ALM_DATE */
};

/* False: the calculator's rows have no such member. */
bool stat_member_find(const struct catalog_calculator *calculator, const char *name,
	struct stat_member *member);

/* All members of its rows, as they would be declared: what the host counts and judges is on
 * request. Returns how many; the lists are in the arena. */
size_t stat_member_list(const struct catalog_calculator *calculator, struct arena *arena,
	const struct member **members, const struct stat_member **places);

/* `rules`: bits of stat_rules; null what does not satisfy them. */
void stat_member_read(const struct stat_layout *layout, const struct stat_member *member,
	const void *row, const char *station, uint8_t rules, struct cell *cell);

/* Sets those of `inputs`, one for each of the calculator's, that the member needs. */
void stat_member_inputs(const struct catalog_calculator *calculator,
	const struct stat_member *member, bool *inputs);

/* Inputs of the members, which are shown, compared or sorted by: one flag for each of the
 * calculator's; if that rests on none, all. */
bool *stat_member_judged(const struct catalog_calculator *calculator, struct arena *arena,
	const struct stat_member *places, const unsigned *members, size_t count);

/* Least share of days with a value, over the inputs that are set. */
double stat_row_coverage(const struct stat_layout *layout, const void *row, const bool *inputs);

#endif
