#include "ingest/write/calculators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/connect.h"
#include "ingest/parse/batch.h"
#include "ingest/write/transaction.h"
#include "plugin/registry.h"
#include "schema/stat_table.h"

/* "Computed": all rows are of the declared definition, in its own table, and of the stored
 * data. */
static const char select_calculators[] =
	"select name, definition, computed_definition is not distinct from definition "
	"and computed_table is not distinct from 'stat_' || name and not stale, "
	"exists (select from block) from calculator order by name";

/* Progress of a recomputation. A process without the calculator that changes data meanwhile
 * resets it, so that the next run starts over; otherwise that run, or one at the same time,
 * continues behind the last station. */
static const char mark_begun[] =
	"update calculator set computing_definition = $2, "
	"computed_until = case when computing_definition = $2 then computed_until else '' end "
	"where name = $1 and definition = $2 returning computed_until";
static const char mark_until[] =
	"update calculator set computed_until = $4 "
	"where name = $1 and computing_definition = $2 and computed_until in ($3, $4)";

enum { COLUMN_NAME, COLUMN_DEFINITION, COLUMN_COMPUTED, COLUMN_HAS_BLOCKS };

enum { DEFINITION_MAX = 33 };

struct calculator {
	const struct stat_view *stat; /* its rows */
	char definition[DEFINITION_MAX];
	bool computed;
};

struct calculators {
	struct calculator *list; /* by index of registry->stored */
	size_t count;
	struct array known;
	bool has_blocks; /* without blocks there is nothing to compute */
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
		stat, calculator->stat->of->plugin->table.version, calculator->definition);
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
	calculator->computed = *PQgetvalue(result, row, COLUMN_COMPUTED) == 't';
	return 0;
}

static int check_input(
	const struct alm_stat *stat, const PGresult *elements, int row, struct error *err)
{
	for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
		if (strcmp(PQgetvalue(elements, row, 0), i->code) != 0 ||
			(strcmp(PQgetvalue(elements, row, 1), i->unit) == 0 &&
				strtol(PQgetvalue(elements, row, 2), NULL, 10) ==
					i->decimals)) {
			continue;
		}
		error_set(err,
			"statistic '%s' takes element %s in %s with %d decimals, but the database "
			"stores it in %s with %s",
			stat->name, i->code, i->unit, (int)i->decimals,
			PQgetvalue(elements, row, 1), PQgetvalue(elements, row, 2));
		return error_hint(err, "use a statistic that is made for what is stored");
	}
	return 0;
}

/* Results of values in another unit or scale than a statistic reckons with would be wrong. */
static int check_inputs(PGconn *conn, const struct registry *registry, struct error *err)
{
	PGresult *elements = PQexec(conn, "select code, unit, decimals from element");
	int status = PQresultStatus(elements) == PGRES_TUPLES_OK
			     ? 0
			     : db_error(err, "reading elements", conn, elements);

	for (size_t i = 0; i < registry->stat_count; i++) {
		for (int row = 0; status == 0 && row < PQntuples(elements); row++) {
			status = check_input(&registry->stats[i].stat, elements, row, err);
		}
	}
	PQclear(elements);
	return status;
}

struct calculators *calculators_load(
	PGconn *conn, const struct registry *registry, struct error *err)
{
	struct calculators *calculators = memory_new(struct calculators);
	PGresult *result = PQexec(conn, select_calculators);
	int status = 0;

	calculators->count = registry->stored_count;
	calculators->list = memory_array(calculators->count, sizeof(*calculators->list));
	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		status = db_error(err, "reading the declared statistics", conn, result);
	} else {
		status = check_inputs(conn, registry, err);
	}
	for (size_t i = 0; status == 0 && i < calculators->count; i++) {
		calculators->list[i].stat = registry->stored[i];
		array_text(&calculators->known, registry->stored[i]->name);
		status = match(&calculators->list[i], result, err);
	}
	calculators->has_blocks =
		PQntuples(result) > 0 && *PQgetvalue(result, 0, COLUMN_HAS_BLOCKS) == 't';
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
	return &calculators->known;
}

/* Marks the start of a recomputation; *station (STATION_ID_MAX + 1 bytes) gets the station
 * behind which it continues. */
static int mark_begin(const struct calculator *calculator, struct transaction *tx,
	char *station, struct error *err)
{
	const char *arguments[] = { calculator->stat->stat.name, calculator->definition };
	const struct statement statement = { "marking statistics", mark_begun, 2, arguments,
		0 };
	PGresult *result;

	if (session_run_alone(transaction_session(tx), &statement, &result, err) < 0) {
		return -1;
	}
	if (PQntuples(result) > 0) {
		snprintf(station, STATION_ID_MAX + 1, "%s", PQgetvalue(result, 0, 0));
	}
	PQclear(result);
	return 0;
}

static int mark_progress(const struct calculator *calculator, struct transaction *tx,
	const char *before, const char *station, struct error *err)
{
	const char *arguments[] = { calculator->stat->stat.name, calculator->definition, before,
		station };
	const struct statement statement = { "marking statistics", mark_until, 4, arguments,
		0 };

	return session_run_alone(transaction_session(tx), &statement, NULL, err);
}

/* Recomputes all stations. A run that is stopped or killed is continued by the next one. */
static int compute_all(const struct calculator *calculator, struct transaction *tx,
	char *station, bool (*stop)(void *arg), void *arg, struct error *err)
{
	char before[STATION_ID_MAX + 1];
	int count;

	if (mark_begin(calculator, tx, station, err) < 0) {
		return -1;
	}
	do {
		if (stop(arg)) {
			return 1;
		}
		memcpy(before, station, sizeof(before));
		count = transaction_recompute(tx, calculator->stat->stat.name, station, err);
		if (count > 0 && mark_progress(calculator, tx, before, station, err) < 0) {
			return -1;
		}
	} while (count > 0);
	return count;
}

int calculators_update(struct calculators *calculators, struct transaction *tx,
	bool (*stop)(void *arg), void *arg, struct error *err)
{
	for (size_t i = 0; i < calculators->count; i++) {
		const struct calculator *calculator = &calculators->list[i];
		char station[STATION_ID_MAX + 1] = "";
		int status = 0;

		if (calculator->computed) {
			continue;
		}
		if (calculators->has_blocks) {
			status = compute_all(calculator, tx, station, stop, arg, err);
		}
		if (status != 0) {
			return status;
		}
		if (transaction_publish(tx, calculator->stat->stat.name, calculator->definition,
			    station, err) < 0) {
			return -1;
		}
	}
	return 0;
}
