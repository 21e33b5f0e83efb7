/* "Did you mean ...?" for ids of stations. All [loop]. */
#ifndef ALMANAC_ROUTE_NEAREST_STATION_H
#define ALMANAC_ROUTE_NEAREST_STATION_H

#include "base/arena.h"
#include "catalog/catalog.h"
#include "route/request.h"

enum { NEAREST_STATIONS_MOST = 5 };

/* Ids in the catalog that differ from `id` by few letters changed, added, dropped or
 * swapped, in any letter case, and then those that begin like it: the nearest first,
 * NULL-terminated, all in the arena. However many stations there are, it takes a
 * millisecond or two at most. */
const char *const *nearest_stations(
	const struct catalog *catalog, const char *id, struct arena *arena);

/* "; did you mean A, B?", or "" if the list is empty. */
const char *nearest_question(const char *const *list, struct arena *arena);

/* The same; if the list is empty and `id` looks like a name, where names can be searched for.
 * `request` may be NULL. */
const char *nearest_advice(const struct alm_request *request, const char *const *list,
	const char *id, struct arena *arena);

/* Replies with the 404. */
void nearest_reply(struct alm_request *request, const struct catalog *catalog, const char *id);

#endif
