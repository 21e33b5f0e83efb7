/* The first steps of a transaction: the stations of a batch are added, locked and
 * described, and what is stored of them is read. Two ingestions at once meet here:
 * whoever adds or locks a station first is ahead, the other waits. All of them add
 * first, then lock, each in order of id, so that they never wait in a circle.
 * [writer] */
#ifndef ALMANAC_INGEST_STORE_STATIONS_H
#define ALMANAC_INGEST_STORE_STATIONS_H

#include <libpq-fe.h>

#include "base/error.h"
#include "ingest/store/session.h"
#include "ingest/store/write_set.h"

/* The statement by which a transaction lets others run beside it. */
extern const char stations_lock_shared[];

enum stations_begin {
	STATIONS_SHARED, /* begin a transaction beside others */
	STATIONS_ALONE,  /* begin one that takes several batches: others wait, since it
			  * cannot lock in order */
	STATIONS_WITHIN  /* the transaction has begun */
};

int stations_begin(struct session *session, enum stations_begin how, struct error *err);

/* Adds; write_set_station.added says which are new. */
int stations_add(struct session *session, struct write_set *set, struct error *err);

/* The statement that makes stations ($1) what their parts amount to. It returns the ids of
 * those that change. */
extern const char stations_settle[];

/* Locks, describes, and finds out which are fresh. `description` is what is stored
 * of the station then; its texts belong to *known, the caller's to clear. */
int stations_lock(
	struct session *session, struct write_set *set, PGresult **known, struct error *err);

/* Reads the stored blocks that the batch reports of, with their origins, in its order: see
 * stored.h. *blocks stays NULL if there are none. */
int stations_blocks(struct session *session, const struct write_set *set, PGresult **blocks,
	struct error *err);

/* What stations_parse() needs. */
#define STATIONS_COLUMNS \
	"station_id, name, latitude, longitude, elevation, country, state, wmo_id"

/* A row of a text result. The texts are the result's. */
struct alm_station stations_parse(const PGresult *result, int row);

#endif
