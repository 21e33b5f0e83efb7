#include "ingest/write/completion.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row that says the same already is left alone. */
static const char store_objects[] =
	"insert into ingest_object as o (run_id, uri, size, hash, source, source_version, "
	"lines, observations, rejects, members, outcome, error, etag) "
	"select $1::bigint, * from unnest($2::text[], $3::bigint[], $4::text[], "
	"$5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], "
	"$11::text[], $12::text[], $13::text[]) on conflict (uri) do update set "
	"run_id = excluded.run_id, taken_at = excluded.taken_at, size = excluded.size, "
	"hash = excluded.hash, source = excluded.source, "
	"source_version = excluded.source_version, lines = excluded.lines, "
	"observations = excluded.observations, rejects = excluded.rejects, "
	"members = excluded.members, outcome = excluded.outcome, error = excluded.error, "
	"etag = excluded.etag "
	"where (o.size, o.hash, o.source, o.source_version, o.lines, o.observations, "
	"o.rejects, o.members, o.outcome, o.error, o.etag) is distinct from (excluded.size, "
	"excluded.hash, excluded.source, excluded.source_version, excluded.lines, "
	"excluded.observations, excluded.rejects, excluded.members, excluded.outcome, "
	"excluded.error, excluded.etag)";

/* $1 are the objects, $2 and $3 their rejected lines. */
static const char remove_rejects[] =
	"delete from reject r where r.uri = any ($1::text[]) and not exists (select from "
	"unnest($2::text[], $3::bigint[]) as n (uri, line) "
	"where n.uri = r.uri and n.line = r.line)";

static const char store_rejects[] =
	"insert into reject as r (uri, line, reason, content) "
	"select distinct on (uri, line) * from unnest($1::text[], $2::bigint[], $3::text[], "
	"$4::text[]) as n (uri, line, reason, content) "
	"on conflict (uri, line) do update set reason = excluded.reason, "
	"content = excluded.content "
	"where (r.reason, r.content) is distinct from (excluded.reason, excluded.content)";

static const char outdate_calculators[] =
	"update calculator set stale = true, computing_definition = null, computed_until = null "
	"where name <> all ($1::text[]) and (not stale or computing_definition is not null)";

/* Whoever is here waits for others that are, and for nobody else. */
static const char make_version[] =
	"with v as (update dataset_version set version = version + 1, "
	"changed_at = clock_timestamp() returning version), "
	"s as (update station set version = v.version from v "
	"where station_id = any ($1::text[])) "
	"select version, pg_notify('almanac', version::text) from v";

enum { OBJECT_COLUMNS = 12, OBJECT_ARGUMENTS, REJECT_COLUMNS = 4, STATEMENTS_MAX = 6 };

/* -- Objects ------------------------------------------------------------ */

/* An archive may hold a name twice: the last one counts. */
static bool is_superseded(const struct settle *settle, size_t i)
{
	for (size_t k = i + 1; k < settle->count; k++) {
		if (strcmp(settle->batches[i]->uri, settle->batches[k]->uri) == 0) {
			return true;
		}
	}
	return false;
}

static void put_object(struct array *columns, const struct batch *batch)
{
	bool failed = batch->outcome == BATCH_FAILED;

	array_text(&columns[0], batch->uri);
	array_integer(&columns[1], batch->size);
	array_text(&columns[2], batch->hash);
	array_text(&columns[3], batch->source);
	array_text(&columns[4], batch->source_version);
	array_integer(&columns[5], batch->lines);
	array_integer(&columns[6], failed ? 0 : batch->observations);
	array_integer(&columns[7], batch->reject_count);
	array_integer(&columns[8], batch->members);
	array_text(&columns[9], failed ? "failed" : "taken");
	array_text(&columns[10], failed ? batch->error.text : NULL);
	array_text(&columns[11], failed ? NULL : batch->etag);
}

static void put_rejects(struct array *columns, const struct batch *batch)
{
	for (size_t i = 0; i < batch->rejects_held; i++) {
		const struct batch_reject *reject = &batch->rejects[i];

		array_text(&columns[0], batch->uri);
		array_integer(&columns[1], reject->line);
		array_text(&columns[2], reject->reason);
		array_text(&columns[3], reject->content);
	}
}

static void list_arguments(const char **arguments, struct array *columns, int count)
{
	for (int i = 0; i < count; i++) {
		arguments[i] = array_argument(&columns[i]);
	}
}

static void finish_columns(struct array *columns, int count)
{
	for (int i = 0; i < count; i++) {
		array_finish(&columns[i]);
	}
}

/* -- Rejects of big objects --------------------------------------------- */

int complete_rejects(struct session *session, const struct batch *batch, struct error *err)
{
	struct array columns[REJECT_COLUMNS] = { 0 };
	const char *arguments[REJECT_COLUMNS];
	const char *uri = batch->uri;
	const struct statement statements[] = {
		{ "removing rejects", "delete from reject where uri = $1", 1, &uri, 0 },
		{ "storing rejects", store_rejects, REJECT_COLUMNS, arguments, 0 },
	};
	size_t first = batch->first ? 0 : 1;
	size_t end = batch->rejects_held > 0 ? 2 : 1;
	int status = 0;

	put_rejects(columns, batch);
	list_arguments(arguments, columns, REJECT_COLUMNS);
	if (first < end) {
		status = session_run(session, statements + first, end - first, NULL, err);
	}
	finish_columns(columns, REJECT_COLUMNS);
	return status;
}

/* -- All of it ---------------------------------------------------------- */

struct plan {
	struct statement statements[STATEMENTS_MAX];
	size_t count;
	size_t version; /* index of the statement that returns it */
};

static void plan_add(
	struct plan *plan, const char *what, const char *sql, int argc, const char *const *argv)
{
	assert(plan->count < STATEMENTS_MAX);
	plan->statements[plan->count++] = (struct statement){ what, sql, argc, argv, 0 };
}

static int run_plan(
	struct session *session, const struct plan *plan, int64_t *version, struct error *err)
{
	PGresult *results[STATEMENTS_MAX];

	if (session_run(session, plan->statements, plan->count, results, err) < 0) {
		return -1;
	}
	if (plan->version < plan->count && PQntuples(results[plan->version]) == 1) {
		*version = strtoll(PQgetvalue(results[plan->version], 0, 0), NULL, 10);
	}
	for (size_t i = 0; i < plan->count; i++) {
		PQclear(results[i]);
	}
	return 0;
}

/* The statements' arguments, and what owns them. */
struct arguments {
	struct array objects[OBJECT_COLUMNS], rejects[REJECT_COLUMNS];
	char run_id[24];
	const char *store_objects[OBJECT_ARGUMENTS];
	const char *store_rejects[REJECT_COLUMNS];
	const char *remove_rejects[3];
	const char *stations, *calculators;
};

static void prepare_arguments(struct arguments *arguments, const struct settle *settle)
{
	for (size_t i = 0; i < settle->count; i++) {
		if (!is_superseded(settle, i)) {
			put_object(arguments->objects, settle->batches[i]);
			put_rejects(arguments->rejects, settle->batches[i]);
		}
	}
	snprintf(arguments->run_id, sizeof(arguments->run_id), "%" PRId64, settle->run_id);
	arguments->store_objects[0] = arguments->run_id;
	list_arguments(arguments->store_objects + 1, arguments->objects, OBJECT_COLUMNS);
	list_arguments(arguments->store_rejects, arguments->rejects, REJECT_COLUMNS);
	arguments->remove_rejects[0] = arguments->store_objects[1]; /* uris */
	arguments->remove_rejects[1] = arguments->store_rejects[0];
	arguments->remove_rejects[2] = arguments->store_rejects[1];
	arguments->stations = array_argument(settle->stations);
	if (settle->calculators != NULL) {
		arguments->calculators = array_argument(settle->calculators);
	}
}

static struct plan make_plan(const struct settle *settle, const struct arguments *arguments)
{
	struct plan plan = { .version = STATEMENTS_MAX };

	if (settle->count > 0) {
		plan_add(&plan, "writing the ledger", store_objects, OBJECT_ARGUMENTS,
			arguments->store_objects);
	}
	if (settle->count > 0 && !settle->rejects_stored) {
		plan_add(&plan, "removing rejects", remove_rejects, 3,
			arguments->remove_rejects);
	}
	if (arguments->rejects[0].text.length > 0 && !settle->rejects_stored) {
		plan_add(&plan, "storing rejects", store_rejects, REJECT_COLUMNS,
			arguments->store_rejects);
	}
	if (settle->changed && settle->calculators != NULL) {
		plan_add(&plan, "marking statistics", outdate_calculators, 1,
			&arguments->calculators);
	}
	if (settle->changed) {
		plan.version = plan.count;
		plan_add(&plan, "making a version", make_version, 1, &arguments->stations);
	}
	plan_add(&plan, "committing", "commit", 0, NULL);
	return plan;
}

int complete_commit(struct session *session, const struct settle *settle, int64_t *version,
	struct error *err)
{
	struct arguments arguments = { 0 };
	struct plan plan;
	int status;

	prepare_arguments(&arguments, settle);
	plan = make_plan(settle, &arguments);
	status = run_plan(session, &plan, version, err);
	finish_columns(arguments.objects, OBJECT_COLUMNS);
	finish_columns(arguments.rejects, REJECT_COLUMNS);
	return status;
}
