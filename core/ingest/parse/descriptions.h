/* What one object says of stations: name, place, identifiers. [worker] */
#ifndef ALMANAC_INGEST_PARSE_DESCRIPTIONS_H
#define ALMANAC_INGEST_PARSE_DESCRIPTIONS_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "ingest/parse/batch.h"

enum {
	DESCRIPTION_TEXT_MAX = 200,       /* bytes of a name and the like */
	DESCRIPTION_ELEVATION_MIN = -500, /* m; the shore of the Dead Sea is at -430 */
	DESCRIPTION_ELEVATION_MAX = 9000
};

/* Embedded by its owner; all zero is empty. */
struct descriptions {
	struct description *list;
	size_t count, capacity;
	size_t kept; /* those of lines before the current one */
};

void descriptions_finish(struct descriptions *descriptions);

/* What keeps a text from being a station id (see struct alm_station), or what one is made of;
 * NULL if it is one. */
const char *descriptions_id_flaw(const char *id, size_t length);

/* Whether the struct's size is one that a plugin of this ABI can have. */
bool descriptions_is_sized(const struct alm_station *station);

/* Adds a copy, sized and complete, in the parcel's arena. If something of it cannot be stored,
 * nothing is added and the reason returned, a constant; NULL otherwise. */
const char *descriptions_add(struct descriptions *descriptions, struct arena *arena,
	const struct alm_station *given);

/* What was added since the last of these calls stays, or is taken back. */
static inline void descriptions_keep(struct descriptions *descriptions)
{
	descriptions->kept = descriptions->count;
}

static inline bool descriptions_has_added(const struct descriptions *descriptions)
{
	return descriptions->count > descriptions->kept;
}

/* Whether there are any. */
static inline bool descriptions_hold(const struct descriptions *descriptions)
{
	return descriptions->count > 0;
}

static inline void descriptions_undo(struct descriptions *descriptions)
{
	descriptions->count = descriptions->kept;
}

/* Starts anew. */
static inline void descriptions_clear(struct descriptions *descriptions)
{
	descriptions->count = descriptions->kept = 0;
}

/* Puts what is kept into the parcel whose arena it is in, and starts anew. */
void descriptions_hand_over(struct descriptions *descriptions, struct batch *batch);

#endif
