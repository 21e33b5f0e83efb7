/* Observations to blocks: what one object says, sorted by station, year and
 * element. One line at a time is undone if it turns out wrong. [worker] */
#ifndef ALMANAC_INGEST_PARSE_ASSEMBLE_H
#define ALMANAC_INGEST_PARSE_ASSEMBLE_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/parse/batch.h"

struct assemble;

/* What may be wrong with an observation. */
enum assemble_problem {
	ASSEMBLE_FINE,
	ASSEMBLE_NO_STATION, /* none is current */
	ASSEMBLE_NO_ELEMENT, /* the index is beyond the source's table */
	ASSEMBLE_BAD_DAY,    /* not in BATCH_YEAR_MIN to BATCH_YEAR_MAX */
	ASSEMBLE_BAD_VALUE,  /* beyond the element's bounds, without a quality flag */
	ASSEMBLE_BAD_FLAG,   /* no printable ASCII character */
	ASSEMBLE_RESERVED,   /* a reserved member is not 0 */
	ASSEMBLE_TWICE       /* the object has said something of that day already */
};

struct assemble *assemble_create(void);
void assemble_destroy(struct assemble *assemble); /* NULL is fine */

/* Starts on an object of that source. `parcel`, also of the calls below, gets the
 * blocks and lends its arena until assemble_hand_over(). */
void assemble_open(
	struct assemble *assemble, const struct alm_source *source, struct batch *batch);

/* Makes a station current. The id is a valid one. */
void assemble_station(struct assemble *assemble, const char *id, size_t length);

/* Makes no station current. */
void assemble_no_station(struct assemble *assemble);

/* Id of the current station, or NULL. */
const char *assemble_current(const struct assemble *assemble);

/* Adds observations of the current station. If one is wrong, it is at *at: all before it
 * are added, it and those behind it are not. */
enum assemble_problem assemble_add(struct assemble *assemble,
	const struct alm_observation *values, size_t count, size_t *at);

/* What was added since the last of these calls stays; the current station, if
 * there is one, is stored even if nothing was added. Returns the values added. */
size_t assemble_keep(struct assemble *assemble);

/* Whether anything was added since. */
bool assemble_has_added(const struct assemble *assemble);

/* What was added since is taken back. */
void assemble_undo(struct assemble *assemble);

/* Puts what is kept into the parcel and goes on with the next, which may be NULL
 * after the last one. Days are found twice across parcels too, and blocks are whole
 * in the first only. */
void assemble_hand_over(struct assemble *assemble, struct batch *next);

/* Bytes held outside the parcel: they grow with the number of blocks handed over. */
size_t assemble_memory(const struct assemble *assemble);

/* Forgets what was handed over, so that its days are no longer found twice. */
void assemble_forget(struct assemble *assemble);

#endif
