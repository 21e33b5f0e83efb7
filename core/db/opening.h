/* A connection that is opened while its owner does something else. */
#ifndef ALMANAC_DB_OPENING_H
#define ALMANAC_DB_OPENING_H

#include "db/connect.h"

struct db_opening;

/* db_connect_patiently() on a thread. What is pointed to must live until
 * db_opening_finish(). */
struct db_opening *db_opening_start(const struct db_target *target, const atomic_bool *cancel);

/* Waits for what it returned. Frees the opening. */
PGconn *db_opening_finish(struct db_opening *opening, struct error *err);

#endif
