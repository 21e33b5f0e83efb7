/* Ledger of ingested objects (table ingest_object). */
#ifndef ALMANAC_INGEST_STORE_LEDGER_H
#define ALMANAC_INGEST_STORE_LEDGER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/parse/ledger_entry.h"

struct ledger;
struct session;

/* Reads the table; blocks. Immutable afterwards but for marks: [any] thread may search. */
struct ledger *ledger_load(PGconn *conn, struct error *err);
void ledger_destroy(struct ledger *ledger);

/* Finds an ingested object; NULL: never ingested, or failed last time. */
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *uri);

/* All objects with stored data, by URI, including failed ones. */
const struct ledger_entry *ledger_entries(const struct ledger *ledger, size_t *count);

/* Finds an object with stored data, including a failed one; NULL: none. */
const struct ledger_entry *ledger_find_any(const struct ledger *ledger, const char *uri);

/* Marks a file in an archive as present. [any] */
void ledger_mark_seen(const struct ledger *ledger, const char *uri);

/* The next entry of a file in the archive without such a mark, from index *at on (0 at first);
 * NULL: none. */
const struct ledger_entry *ledger_next_unseen(
	const struct ledger *ledger, const char *archive, size_t *at);

/* Stores a new entity tag of unchanged content. Blocks. */
int ledger_store_etag(
	struct session *session, const char *uri, const char *etag, struct error *err);

#endif
