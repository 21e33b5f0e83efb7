/* What comes from files that are not there any more: it stays, or goes. [writer] */
#ifndef ALMANAC_INGEST_WRITE_PRUNE_H
#define ALMANAC_INGEST_WRITE_PRUNE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ingest/input/objects.h"
#include "ingest/parse/batch.h"
#include "ingest/store/ledger.h"
#include "ingest/write/load.h"
#include "ingest/write/transact.h"

struct settings;

struct prune {
	enum transact_removal removal;
	struct load *load;
	const struct objects *objects;
	const struct ledger *ledger;
	bool (*stop)(void *arg); /* asked now and then whether the rest has to wait */
	void *arg;
};

/* Of SETTING_REMOVE. */
enum transact_removal prune_choose(const struct settings *settings);

/* Before the parcels are stored, since nobody looks again once an archive is known: files that
 * were in these archives, or in what is no archive any more. */
int prune_archives(const struct prune *prune, struct batch *const *batches, size_t count,
	struct error *err);

/* After everything is stored, so that what only has another name now is never missing: files
 * that were in directories or below prefixes. */
int prune_listed(const struct prune *prune, struct error *err);

#endif
