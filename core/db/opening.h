/* A connection that is opened while its owner does something else. */
#ifndef ALMANAC_DB_OPENING_H
#define ALMANAC_DB_OPENING_H

#include "db/connect.h"

struct db_opening;

/* db_connect() on a thread. The target must live until db_opening_finish(). */
struct db_opening *db_opening_start(const struct db_target *target);

/* Waits for what db_connect() returned. Frees the opening. */
PGconn *db_opening_finish(struct db_opening *opening, struct error *err);

#endif
