/* Stored blocks of which an object says less than before, nothing any more, or counts more or
 * less than it did: they become what the objects that are left amount to. [writer] */
#ifndef ALMANAC_INGEST_STORE_REVISE_H
#define ALMANAC_INGEST_STORE_REVISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "ingest/store/array.h"
#include "ingest/store/dirty.h"
#include "ingest/store/origins.h"
#include "ingest/store/session.h"

/* A block to look at. */
struct revision {
	const char *station, *element; /* element NULL: what is said of the station itself */
	int year;
	int32_t origin;       /* whose days go; REVISE_NONE: nobody's, only places changed */
	const uint8_t *stays; /* bitmap of the days that do not; NULL: all go */
};

enum { REVISE_NONE = -1 };

/* Embedded by its owner; all zero is empty. */
struct revise {
	struct revision *list;
	size_t count, capacity;
	struct arena arena; /* of the texts and bitmaps */
	int64_t changed;    /* blocks that are others now, or gone */
	struct array
		suspects; /* stations that may be left with nothing; one may be in it twice */
};

void revise_finish(struct revise *revise);

/* The transaction has ended. */
void revise_clear(struct revise *revise);

/* Adds one; texts and bitmap are copied. */
void revise_add(struct revise *revise, const struct revision *revision);

/* Does all that were added, and forgets them. Stations that change are added to `changed`,
 * their years to `touched`. */
int revise_run(struct revise *revise, struct session *session, struct origins *origins,
	struct dirty *dirty, struct array *changed, struct error *err);

/* Makes stations (`ids`) what is said of them, likewise. */
int revise_stations(struct session *session, struct array *ids, struct dirty *dirty,
	struct array *changed, struct error *err);

/* Removes those of the suspects of which nothing is said any more. Their statistics must be
 * gone.
 */
int revise_suspects(struct revise *revise, struct session *session, struct error *err);

#endif
