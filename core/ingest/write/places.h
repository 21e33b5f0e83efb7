/* Places of objects: their precedence where they disagree about a day. The object with the
 * higher place wins: the one later in the list of the last run with both, or, if no run had
 * both, the one read later. Also removes what objects reported that are gone. [writer] */
#ifndef ALMANAC_INGEST_WRITE_PLACES_H
#define ALMANAC_INGEST_WRITE_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ingest/input/objects.h"
#include "ingest/parse/batch.h"
#include "ingest/store/ledger.h"
#include "ingest/write/load.h"
#include "ingest/write/transaction.h"

struct settings;

/* Assigns places to the objects of the list, of all its shards, and NO_PLACE (0) to objects of
 * the ledger that are gone from its directories and prefixes. Most runs need no statement. */
int places_assign(struct transaction *tx, const struct objects *objects,
	const struct ledger *ledger, struct error *err);

struct prune {
	enum removal removal;
	struct load *load;
	const struct objects *objects;
	const struct ledger *ledger;
	bool (*stop)(void *arg); /* called between transactions; true: leave the rest */
	void *arg;
};

/* The value of SETTING_REMOVE. */
enum removal places_choose_removal(const struct settings *settings);

/* Removes files that are gone from these archives, or from what is no archive any more. Call it
 * before the batches are stored: an archive in the ledger is not read again. */
int places_prune_archives(const struct prune *prune, struct batch *const *batches, size_t count,
	struct error *err);

/* Removes files that are gone from directories and prefixes. Call it after all is stored, so
 * that a renamed file is never missing. */
int places_prune_listed(const struct prune *prune, struct error *err);

#endif
