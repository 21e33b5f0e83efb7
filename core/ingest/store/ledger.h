/* What has been taken in already: table ingest_object. */
#ifndef ALMANAC_INGEST_STORE_LEDGER_H
#define ALMANAC_INGEST_STORE_LEDGER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/parse/ledger_entry.h"

struct ledger;
struct session;

/* Reads the table; blocks. Read-only afterwards, so [any] thread may look. */
struct ledger *ledger_load(PGconn *conn, struct error *err);
void ledger_destroy(struct ledger *ledger);

/* NULL if it was never taken in, or failed last time. */
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *uri);

/* All that something may be stored of, by URI, also what is not known. */
const struct ledger_entry *ledger_entries(const struct ledger *ledger, size_t *count);

/* NULL if nothing is stored of it. */
const struct ledger_entry *ledger_look(const struct ledger *ledger, const char *uri);

/* The object is there, in an archive. [any] */
void ledger_see(const struct ledger *ledger, const char *uri);

/* The next entry of a file in the archive that was not seen, from *at on, 0 at first; NULL:
 * there is none. */
const struct ledger_entry *ledger_unseen(
	const struct ledger *ledger, const char *archive, size_t *at);

/* The object has another tag now, but the same content. Blocks. */
int ledger_store_etag(
	struct session *session, const char *uri, const char *etag, struct error *err);

#endif
