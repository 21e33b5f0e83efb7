/* An object as the ledger has it: table ingest_object. */
#ifndef ALMANAC_INGEST_PARSE_LEDGER_ENTRY_H
#define ALMANAC_INGEST_PARSE_LEDGER_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

/* A successfully taken object. An archive of which every member was taken has an
 * entry of its own, under its own URI, with source "archive" and the size and hash
 * of its bytes as stored; `members` counts them. */
struct ledger_entry {
	const char *uri;
	int64_t size;
	const char *hash;
	const char *source, *source_version;
	int64_t members;       /* 0 unless it is an archive */
	const char *etag;      /* of what was fetched; "": none */
	const char *selection; /* of which it was read; "": all of it */
	bool known;            /* false: it was never taken in, or failed last time */
	int32_t origin;
	int64_t place; /* see table origin */
};

#endif
