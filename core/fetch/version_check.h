/* Version check: asks the database which data are the newest, once for all requests of a loop
 * turn. Requests that come while a question is under way share the next one, so that none is
 * answered by what was true before it came. For fetch.c. All [loop]. */
#ifndef ALMANAC_FETCH_VERSION_CHECK_H
#define ALMANAC_FETCH_VERSION_CHECK_H

#include "fetch/pending.h"

struct services;
struct version_check;

struct version_check *version_check_create(struct services *services);
/* No request waits for it. */
void version_check_destroy(struct version_check *check);

/* fetch->done is called with the identity of the newest data. */
void version_check_join(struct version_check *check, struct fetch *fetch);

/* Sends the question of the requests that wait; once a turn of the loop. */
void version_check_send(struct version_check *check);

/* A look at most SETTING_MAX_STALENESS ago: its answer, on which a request may rely without
 * another. False: there is none, or data are known to be newer. */
bool version_check_recent(const struct version_check *check, struct dataset_id *id);

/* A statement that was sent at `asked`, uv_hrtime(), found data of this identity. */
void version_check_saw(struct version_check *check, struct dataset_id id, uint64_t asked);

/* Other data than `id` have been heard of: what was seen before is not relied on. */
void version_check_heard(struct version_check *check, struct dataset_id id);

/* Answers the requests that were not asked for: the database is not there. */
void version_check_end(struct version_check *check);

#endif
