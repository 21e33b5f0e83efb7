/* Observations to blocks: what one object says, sorted by station, year and
 * element. One line at a time is undone if it turns out wrong. [worker] */
#ifndef ALMANAC_INGEST_PARSE_ASSEMBLE_H
#define ALMANAC_INGEST_PARSE_ASSEMBLE_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/parse/spool.h"

struct assemble;

/* What may be wrong with an observation. */
enum assemble_problem {
	ASSEMBLE_FINE,
	ASSEMBLE_NO_STATION, /* none is current */
	ASSEMBLE_NO_ELEMENT, /* the index is beyond the source's table */
	ASSEMBLE_BAD_TIME,   /* there is no such time of observation */
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
 * in the first only. Of what is spooled it gets nothing. */
void assemble_hand_over(struct assemble *assemble, struct batch *next);

/* Bytes held outside the parcel: they grow with the number of blocks handed over. */
size_t assemble_memory(const struct assemble *assemble);

/* Forgets what was handed over, so that its days are no longer found twice. */
void assemble_forget(struct assemble *assemble);

/* -- Objects that go from station to station -------------------------------
 *
 * Of a day of all stations after another, more blocks are open than fit into memory. The
 * observations of such an object are spooled and sorted, and its blocks made at its end, so
 * that each is handed over once. */

/* Whether the blocks of the current parcel have so few days, or so many that were handed over
 * before, that handing them over would mean to do so again and again. */
bool assemble_is_scattered(const struct assemble *assemble);

/* Spools what is kept of the current parcel, which has no block any more, and all that follows.
 */
void assemble_scatter(struct assemble *assemble, const struct spool_limits *limits);

/* Whether the observations are spooled. */
bool assemble_scatters(const struct assemble *assemble);

/* Makes room for more, after assemble_keep(). `memory`: bytes that the days may take by which
 * those that are given twice are found at once; if they take more, it is only found by
 * assemble_gather(). */
int assemble_settle(struct assemble *assemble, size_t memory, struct error *err);

/* Whether there are so many stations that the spool has to be gathered now. */
bool assemble_is_crowded(const struct assemble *assemble, size_t memory);

/* Ends the spooling. */
int assemble_sort(struct assemble *assemble, struct error *err);

/* Makes blocks of what was spooled. Returns 1 if the parcel has more than `memory` bytes and is
 * to be handed over; 0 at the end; -1 with *err. */
int assemble_gather(struct assemble *assemble, size_t memory, struct error *err);

/* A day that assemble_gather() found twice, of which the first one counts. */
struct assemble_twice {
	size_t count; /* how many there were */
	struct alm_observation first;
	char station[STATION_ID_MAX + 1]; /* of the first */
};

/* Those since assemble_sort(). */
const struct assemble_twice *assemble_found_twice(const struct assemble *assemble);

#endif
