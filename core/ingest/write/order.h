/* Which of the objects counts more where they disagree: the one that is later in the list of
 * the last run that had both in it; of those that no run has had together, the one that came
 * later. Kept as places (table origin), which also tell what is gone. */
#ifndef ALMANAC_INGEST_WRITE_ORDER_H
#define ALMANAC_INGEST_WRITE_ORDER_H

#include <stdbool.h>

#include "base/error.h"
#include "ingest/input/objects.h"
#include "ingest/store/array.h"
#include "ingest/store/ledger.h"
#include "ingest/write/transact.h"

/* Gives the objects of the list, of all its parts, their places, and 0 to what the ledger has
 * below its directories and prefixes but the list has not. In most runs there is nothing to do.
 */
int order_objects(struct transact *transact, const struct objects *objects,
	const struct ledger *ledger, struct error *err);

/* Those that are gone, of this shard: an int4 array of their origins. */
void order_gone(const struct objects *objects, const struct ledger *ledger, struct array *ids);

/* Whether what is gone is this shard's to remove. */
bool order_is_mine(const struct shard *shard, const char *uri);

#endif
