/* First steps of a transaction: stations of the write set are added, locked and described, and
 * their stored blocks read. Concurrent ingestions meet here: all add first, then lock, each in
 * order of id, so that they cannot deadlock. [writer] */
#ifndef ALMANAC_INGEST_STORE_STATIONS_H
#define ALMANAC_INGEST_STORE_STATIONS_H

#include <libpq-fe.h>

#include "base/error.h"
#include "ingest/store/session.h"
#include "ingest/store/write_set.h"

enum stations_begin {
	STATIONS_SHARED, /* begin a transaction, concurrent with others */
	STATIONS_ALONE,  /* begin an exclusive one, of several write sets, which cannot lock in
			    order */
	STATIONS_WITHIN  /* continue the open transaction */
};

int stations_begin(struct session *session, enum stations_begin how, struct error *err);

/* Inserts missing stations and sets write_set_station.added. */
int stations_add(struct session *session, struct write_set *set, struct error *err);

/* Statement that updates the descriptions of stations ($1) from their parts. Returns the ids of
 * changed ones, and for stations_report_moves() how far they have moved. */
extern const char stations_describe[];

/* Logs a warning for each station of the result of that statement that has moved by more than
 * 10 km. */
void stations_report_moves(const PGresult *described);

/* Locks and describes stations and sets write_set_station.fresh and .description, whose texts
 * belong to *known, the caller's to clear. */
int stations_lock(
	struct session *session, struct write_set *set, PGresult **known, struct error *err);

/* Reads the stored blocks of the write set with their origins, in its order: see stored.h.
 * *blocks stays NULL if there are none. */
int stations_blocks(struct session *session, const struct write_set *set, PGresult **blocks,
	struct error *err);

/* Columns that stations_parse() needs. */
#define STATIONS_COLUMNS \
	"station_id, name, latitude, longitude, elevation, country, state, wmo_id"

/* Parses a row of a text result, which owns the texts. */
struct alm_station stations_parse(const PGresult *result, int row);

#endif
