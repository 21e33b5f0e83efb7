#include "ingest/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/connect.h"
#include "ingest/session.h"

static const char select_taken[] =
	"select uri, size, hash, source, source_version, members, etag from "
	"ingest_object "
	"where outcome = 'taken' and source is not null and source_version is not null "
	"order by uri";

enum {
	COLUMN_URI,
	COLUMN_SIZE,
	COLUMN_HASH,
	COLUMN_SOURCE,
	COLUMN_VERSION,
	COLUMN_MEMBERS,
	COLUMN_ETAG
};

struct ledger {
	PGresult *result;             /* owns the texts */
	struct ledger_entry *entries; /* by uri */
	size_t count;
};

static void read_entry(struct ledger *ledger, int row)
{
	const PGresult *r = ledger->result;

	ledger->entries[row] = (struct ledger_entry){
		.uri = PQgetvalue(r, row, COLUMN_URI),
		.size = strtoll(PQgetvalue(r, row, COLUMN_SIZE), NULL, 10),
		.hash = PQgetvalue(r, row, COLUMN_HASH),
		.source = PQgetvalue(r, row, COLUMN_SOURCE),
		.source_version = PQgetvalue(r, row, COLUMN_VERSION),
		.members = strtoll(PQgetvalue(r, row, COLUMN_MEMBERS), NULL, 10),
		.etag = PQgetvalue(r, row, COLUMN_ETAG), /* "" of null */
	};
}

struct ledger *ledger_load(PGconn *conn, struct error *err)
{
	PGresult *result = PQexec(conn, select_taken);
	struct ledger *ledger;

	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		db_error(err, "reading the ledger", conn, result);
		PQclear(result);
		return NULL;
	}
	ledger = memory_new(struct ledger);
	ledger->result = result;
	ledger->count = (size_t)PQntuples(result);
	ledger->entries = memory_array(ledger->count, sizeof(*ledger->entries));
	for (size_t i = 0; i < ledger->count; i++) {
		read_entry(ledger, (int)i);
	}
	return ledger;
}

void ledger_destroy(struct ledger *ledger)
{
	if (ledger != NULL) {
		PQclear(ledger->result);
		free(ledger->entries);
		free(ledger);
	}
}

static int compare_entry(const void *uri, const void *entry)
{
	return strcmp(uri, ((const struct ledger_entry *)entry)->uri);
}

const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *uri)
{
	return bsearch(
		uri, ledger->entries, ledger->count, sizeof(*ledger->entries), compare_entry);
}

int ledger_store_etag(
	struct session *session, const char *uri, const char *etag, struct error *err)
{
	const char *arguments[] = { uri, etag };
	const struct statement statement = { "writing the ledger",
		"update ingest_object set etag = $2 where uri = $1 and etag is distinct from $2",
		2, arguments, 0 };

	return session_run_alone(session, &statement, NULL, err);
}
