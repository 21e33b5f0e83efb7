#include "ingest/store/ledger.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/connect.h"
#include "ingest/store/session.h"

static const char select_taken[] =
	"select g.uri, o.size, o.hash, o.source, o.source_version, o.members, o.etag, "
	"g.origin, g.place, o.selection from origin g left join ingest_object o on o.uri = g.uri and "
	"o.outcome = 'taken' and o.source is not null and o.source_version is not null "
	"order by g.uri";

enum {
	COLUMN_URI,
	COLUMN_SIZE,
	COLUMN_HASH,
	COLUMN_SOURCE,
	COLUMN_VERSION,
	COLUMN_MEMBERS,
	COLUMN_ETAG,
	COLUMN_ORIGIN,
	COLUMN_PLACE,
	COLUMN_SELECTION
};

struct ledger {
	PGresult *result;             /* owns the texts */
	struct ledger_entry *entries; /* by uri */
	size_t count;
	atomic_bool *seen; /* by entry */
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
		.known = !PQgetisnull(r, row, COLUMN_SIZE),
		.origin = (int32_t)strtol(PQgetvalue(r, row, COLUMN_ORIGIN), NULL, 10),
		.place = strtoll(PQgetvalue(r, row, COLUMN_PLACE), NULL, 10),
		.selection = PQgetvalue(r, row, COLUMN_SELECTION), /* "" of null */
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
	ledger->seen = memory_array(ledger->count, sizeof(*ledger->seen));
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
		free(ledger->seen);
		free(ledger);
	}
}

static int compare_entry(const void *uri, const void *entry)
{
	return strcmp(uri, ((const struct ledger_entry *)entry)->uri);
}

const struct ledger_entry *ledger_find_any(const struct ledger *ledger, const char *uri)
{
	return bsearch(
		uri, ledger->entries, ledger->count, sizeof(*ledger->entries), compare_entry);
}

const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *uri)
{
	const struct ledger_entry *entry = ledger_find_any(ledger, uri);

	return entry != NULL && entry->known ? entry : NULL;
}

const struct ledger_entry *ledger_entries(const struct ledger *ledger, size_t *count)
{
	*count = ledger->count;
	return ledger->entries;
}

void ledger_mark_seen(const struct ledger *ledger, const char *uri)
{
	const struct ledger_entry *entry = ledger_find_any(ledger, uri);

	if (entry != NULL) {
		atomic_store(&ledger->seen[entry - ledger->entries], true);
	}
}

/* Index of the first entry of a file in the archive, or behind them. */
static size_t find_members(const struct ledger *ledger, const char *archive, size_t length)
{
	size_t low = 0, high = ledger->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *uri = ledger->entries[middle].uri;
		int order = strncmp(uri, archive, length);

		if (order < 0 || (order == 0 && (unsigned char)uri[length] < '!')) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

const struct ledger_entry *ledger_next_unseen(
	const struct ledger *ledger, const char *archive, size_t *at)
{
	size_t length = strlen(archive);

	for (*at = *at > 0 ? *at : find_members(ledger, archive, length); *at < ledger->count;
		(*at)++) {
		const struct ledger_entry *entry = &ledger->entries[*at];

		if (strncmp(entry->uri, archive, length) != 0 || entry->uri[length] != '!') {
			return NULL;
		}
		if (!atomic_load(&ledger->seen[*at])) {
			(*at)++;
			return entry;
		}
	}
	return NULL;
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
