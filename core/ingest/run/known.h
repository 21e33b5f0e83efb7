/* What need not be taken in again, or not even be fetched. */
#ifndef ALMANAC_INGEST_RUN_KNOWN_H
#define ALMANAC_INGEST_RUN_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "ingest/input/objects.h"
#include "ingest/run/take.h"
#include "ingest/store/ledger.h"

/* Whether it was taken in before, just as it would be now; entry NULL: never. */
bool known_same(const struct ledger_entry *entry, int64_t size, const char *hash,
	const char *source, const char *version);

/* Whether its tag says that it has not changed, and what read it then would read it now. */
bool known_unchanged(const struct take_config *config, const struct object *object,
	const struct ledger_entry *entry);

#endif
