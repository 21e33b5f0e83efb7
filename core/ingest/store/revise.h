/* Revisions: stored blocks of which an object withdraws days, or changes its precedence, are
 * merged again from their remaining parts. [writer] */
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

/* A block to be merged again. */
struct revision {
	const char *station, *element; /* element NULL: the description of the station */
	int year;
	int32_t origin; /* whose days are withdrawn; REVISE_NONE: none, only places changed */
	const uint8_t *stays; /* bitmap of days that stay; NULL: none */
};

enum { REVISE_NONE = -1 };

/* Embedded by its owner; but for the run all zero is empty. */
struct revise {
	struct revision *list;
	size_t count, capacity;
	struct arena arena;    /* owns texts and bitmaps */
	int64_t run_id;        /* set by the owner */
	int64_t changed;       /* blocks changed or removed */
	struct array suspects; /* stations that may be left without data, repetitions allowed */
};

void revise_finish(struct revise *revise);

/* Empties the state at the end of a transaction. */
void revise_clear(struct revise *revise);

/* Adds a revision; texts and bitmap are copied. */
void revise_add(struct revise *revise, const struct revision *revision);

/* Applies and forgets the revisions. Changed stations are added to `changed`, their years to
 * `dirty`. */
int revise_run(struct revise *revise, struct session *session, struct origins *origins,
	struct dirty *dirty, struct array *changed, struct error *err);

/* Updates the descriptions of stations (`ids`) from their parts, likewise. */
int revise_stations(struct session *session, struct array *ids, struct dirty *dirty,
	struct array *changed, struct error *err);

/* Removes suspects without any data or description. Their statistics must have been removed. */
int revise_suspects(struct revise *revise, struct session *session, struct error *err);

#endif
