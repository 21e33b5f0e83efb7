#include "ingest/calculators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/connect.h"
#include "db/stat_table.h"
#include "ingest/parcel.h"
#include "ingest/transact.h"
#include "plugin/registry.h"

static const char select_calculators[] =
	"select name, definition, computed_definition, exists (select from block) "
	"from calculator order by name";

/* While rows are computed there is an empty text, and a process without the
 * calculator that changes data meanwhile makes it null again: then the rows are not
 * what they should be, and the next run begins anew. Otherwise it goes on behind the last
 * station. */
static const char mark_begun[] =
	"update calculator set computed_definition = '', computing_definition = $2, "
	"computed_until = case when computed_definition = '' and computing_definition = $2 "
	"then computed_until else '' end where name = $1 returning coalesce(computed_until, '')";
static const char mark_until[] = "update calculator set computed_until = $2 "
				 "where name = $1 and computed_definition = ''";
static const char mark_computed[] =
	"update calculator set computed_definition = $2, computing_definition = null, "
	"computed_until = null where name = $1 and "
	"(computed_definition = '' or not exists (select from block))";

enum { COLUMN_NAME, COLUMN_DEFINITION, COLUMN_COMPUTED, COLUMN_HAS_BLOCKS };

enum { DEFINITION_MAX = 33 };

struct calculator {
	const struct plugin_stat *stat;
	char definition[DEFINITION_MAX];
	bool computed;
};

struct calculators {
	struct calculator *list; /* the registry's */
	size_t count;
	struct array known;
	bool others;     /* the database has calculators that the registry has not */
	bool has_blocks; /* without any there is nothing to compute */
};

static int find_row(const PGresult *result, const char *name)
{
	for (int row = 0; row < PQntuples(result); row++) {
		if (strcmp(PQgetvalue(result, row, COLUMN_NAME), name) == 0) {
			return row;
		}
	}
	return -1;
}

static int match(struct calculator *calculator, const PGresult *result, struct error *err)
{
	const struct alm_stat *stat = &calculator->stat->stat;
	int row = find_row(result, stat->name);

	stat_table_definition(
		stat, calculator->stat->plugin->table.version, calculator->definition);
	if (row < 0) {
		error_set(err, "the database has no table for the statistic '%s'", stat->name);
		return error_hint(err, "run `almanac migrate` with the same plugins");
	}
	if (strcmp(PQgetvalue(result, row, COLUMN_DEFINITION), calculator->definition) != 0) {
		error_set(err,
			"the database has another version of the statistic '%s' than this "
			"program's plugin",
			stat->name);
		return error_hint(err, "run `almanac migrate` with the same plugins");
	}
	calculator->computed =
		strcmp(PQgetvalue(result, row, COLUMN_COMPUTED), calculator->definition) == 0;
	return 0;
}

static int match_all(struct calculators *calculators, const struct registry *registry,
	const PGresult *result, struct error *err)
{
	int rows = PQntuples(result);

	calculators->count = registry->stat_count;
	calculators->list = memory_array(calculators->count, sizeof(*calculators->list));
	calculators->others = (size_t)rows > calculators->count;
	calculators->has_blocks = rows > 0 && *PQgetvalue(result, 0, COLUMN_HAS_BLOCKS) == 't';
	for (size_t i = 0; i < calculators->count; i++) {
		calculators->list[i].stat = &registry->stats[i];
		array_text(&calculators->known, registry->stats[i].stat.name);
		if (match(&calculators->list[i], result, err) < 0) {
			return -1;
		}
	}
	return 0;
}

struct calculators *calculators_load(
	PGconn *conn, const struct registry *registry, struct error *err)
{
	struct calculators *calculators = memory_new(struct calculators);
	PGresult *result = PQexec(conn, select_calculators);
	int status;

	if (PQresultStatus(result) == PGRES_TUPLES_OK) {
		status = match_all(calculators, registry, result, err);
	} else {
		status = db_error(err, "reading what statistics are declared", conn, result);
	}
	PQclear(result);
	if (status < 0) {
		calculators_destroy(calculators);
		return NULL;
	}
	return calculators;
}

void calculators_destroy(struct calculators *calculators)
{
	if (calculators != NULL) {
		array_finish(&calculators->known);
		free(calculators->list);
		free(calculators);
	}
}

struct array *calculators_known(struct calculators *calculators)
{
	return calculators->others ? &calculators->known : NULL;
}

/* `station`: what the statement returns, if it does (STATION_ID_MAX + 1 bytes); NULL: nothing.
 */
static int mark(const struct calculator *calculator, struct transact *transact, const char *sql,
	const char *text, char *station, struct error *err)
{
	const char *arguments[] = { calculator->stat->stat.name, text };
	const struct statement statement = { "marking statistics", sql, 2, arguments, 0 };
	PGresult *result;

	if (session_run_alone(transact_session(transact), &statement, &result, err) < 0) {
		return -1;
	}
	if (station != NULL && PQntuples(result) > 0) {
		snprintf(station, STATION_ID_MAX + 1, "%s", PQgetvalue(result, 0, 0));
	}
	PQclear(result);
	return 0;
}

/* Whoever is stopped, or killed, goes on behind the last station that was finished. */
static int compute_all(const struct calculator *calculator, struct transact *transact,
	bool (*stop)(void *arg), void *arg, struct error *err)
{
	char station[STATION_ID_MAX + 1] = "";
	int count;

	if (mark(calculator, transact, mark_begun, calculator->definition, station, err) < 0) {
		return -1;
	}
	do {
		if (stop(arg)) {
			return 1;
		}
		count = transact_recompute(transact, calculator->stat->stat.name, station, err);
		if (count > 0 &&
			mark(calculator, transact, mark_until, station, NULL, err) < 0) {
			return -1;
		}
	} while (count > 0);
	return count;
}

int calculators_update(struct calculators *calculators, struct transact *transact,
	bool (*stop)(void *arg), void *arg, struct error *err)
{
	for (size_t i = 0; i < calculators->count; i++) {
		struct calculator *calculator = &calculators->list[i];
		int status = 0;

		if (calculator->computed) {
			continue;
		}
		if (calculators->has_blocks) {
			status = compute_all(calculator, transact, stop, arg, err);
		}
		if (status != 0) {
			return status;
		}
		if (mark(calculator, transact, mark_computed, calculator->definition, NULL,
			    err) < 0) {
			return -1;
		}
	}
	return 0;
}
