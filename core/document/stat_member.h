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
		STAT_VALUE,
		STAT_DAYS,
		STAT_MISSING,
		STAT_LONGEST_GAP,
		STAT_WMO,
		STAT_NCEI
	} kind;
	size_t index; /* of the column or input */
};

/* False: the calculator's rows have no such member. */
bool stat_member_find(const struct catalog_calculator *calculator, const char *name,
	struct stat_member *member);

/* All members of its rows, as they would be declared: what the host counts and judges is on
 * request. Returns how many; the lists are in the arena. */
size_t stat_member_list(const struct catalog_calculator *calculator, struct arena *arena,
	const struct member **members, const struct stat_member **places);

/* `rule`: null what does not satisfy it. */
enum stat_rule { STAT_RULE_NONE, STAT_RULE_WMO, STAT_RULE_NCEI };
void stat_member_read(const struct stat_layout *layout, const struct stat_member *member,
	const void *row, const struct catalog_station *station, enum stat_rule rule,
	struct cell *cell);

/* Bit i: the member rests on the calculator's inputs[i]. */
uint32_t stat_member_inputs(
	const struct catalog_calculator *calculator, const struct stat_member *member);

/* Least share of days with a value, over the inputs of these bits. */
double stat_row_coverage(const struct stat_layout *layout, const void *row, uint32_t inputs);

#endif
