/* Version check: a query for the identity of the newest data, one for all requests of a loop
 * turn. Requests that come while it is under way share the next one, so that none relies on a
 * version that was read before it came. For fetch.c. All [loop]. */
#ifndef ALMANAC_FETCH_VERSION_CHECK_H
#define ALMANAC_FETCH_VERSION_CHECK_H

#include "fetch/pending.h"

struct services;
struct version_check;

struct version_check *version_check_create(struct services *services);
/* No request may wait for it. */
void version_check_destroy(struct version_check *check);

/* Adds the fetch to the next query: fetch->done is called with the identity of the newest data.
 */
void version_check_join(struct version_check *check, struct fetch *fetch);

/* Sends the query if requests wait for one; to be called once an iteration of the loop. */
void version_check_send(struct version_check *check);

/* The identity read at most SETTING_MAX_STALENESS ago, on which a request may rely. False:
 * there is none, or newer data are known of. */
bool version_check_recent(const struct version_check *check, struct dataset_id *id);

/* Tells that a statement sent at `sent`, uv_hrtime(), has read data of this identity. */
void version_check_saw(struct version_check *check, struct dataset_id id, uint64_t sent);

/* Tells that the newest data are `id`: another identity read before is not relied on any more.
 */
void version_check_heard(struct version_check *check, struct dataset_id id);

/* Ends the fetches of the next query with POOL_UNAVAILABLE. */
void version_check_end(struct version_check *check);

#endif
