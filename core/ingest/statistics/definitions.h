/* The definitions of this process's calculators. Every transaction that writes makes sure that
 * they are the database's, and holds them until it ends: `almanac migrate` waits for it, and
 * whoever began with a plugin of before writes nothing afterwards. [writer] */
#ifndef ALMANAC_INGEST_STATISTICS_DEFINITIONS_H
#define ALMANAC_INGEST_STATISTICS_DEFINITIONS_H

#include "base/error.h"
#include "ingest/store/array.h"
#include "ingest/store/session.h"

struct registry;

/* Embedded by its owner. */
struct definitions {
	struct array names, definitions;
};

void definitions_init(struct definitions *definitions, const struct registry *registry);
void definitions_finish(struct definitions *definitions);

/* Within a transaction. -1: the database failed, or it has another definition; then nothing can
 * be stored any more. */
int definitions_hold(
	struct definitions *definitions, struct session *session, struct error *err);

#endif
