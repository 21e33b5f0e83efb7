#include "ingest/write/completion.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows that would not change are not written. */
static const char store_objects[] =
	"insert into ingest_object as o (run_id, uri, size, hash, source, source_version, "
	"lines, observations, rejects, members, outcome, error, etag, selection) "
	"select $1::bigint, * from unnest($2::text[], $3::bigint[], $4::text[], "
	"$5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], "
	"$11::text[], $12::text[], $13::text[], $14::text[]) on conflict (uri) do update set "
	"run_id = excluded.run_id, taken_at = excluded.taken_at, size = excluded.size, "
	"hash = excluded.hash, source = excluded.source, "
	"source_version = excluded.source_version, lines = excluded.lines, "
	"observations = excluded.observations, rejects = excluded.rejects, "
	"members = excluded.members, outcome = excluded.outcome, error = excluded.error, "
	"etag = excluded.etag, selection = excluded.selection "
	"where (o.size, o.hash, o.source, o.source_version, o.lines, o.observations, "
	"o.rejects, o.members, o.outcome, o.error, o.etag, o.selection) is distinct from (excluded.size, "
	"excluded.hash, excluded.source, excluded.source_version, excluded.lines, "
	"excluded.observations, excluded.rejects, excluded.members, excluded.outcome, "
	"excluded.error, excluded.etag, excluded.selection)";

/* $1: URIs of objects; $2, $3: their rejected lines. */
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

static const char mark_stale[] =
	"update calculator set stale = true, computing_definition = null, computed_until = null "
	"where name <> all ($1::text[]) and (not stale or computing_definition is not null)";

/* The row lock serialises commits, the shortest possible time. */
static const char make_version[] =
	"with v as (update dataset_version set version = version + 1, "
	"changed_at = clock_timestamp() returning version), "
	"s as (update station set version = v.version from v "
	"where station_id = any ($1::text[])) "
	"select version, pg_notify('almanac', version::text) from v";

enum { OBJECT_COLUMNS = 13, OBJECT_ARGUMENTS, REJECT_COLUMNS = 4, STATEMENTS_MAX = 6 };

/* -- Objects ------------------------------------------------------------ */

/* Whether a later batch has the same name, as an archive may have a name twice: the last
 * counts. */
static bool is_superseded(const struct completion *completion, size_t i)
{
	for (size_t k = i + 1; k < completion->count; k++) {
		if (strcmp(completion->batches[i]->uri, completion->batches[k]->uri) == 0) {
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
	array_text(&columns[12], batch->selection);
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

/* -- Rejects of objects of several batches ------------------------------- */

int completion_store_rejects(
	struct session *session, const struct batch *batch, struct error *err)
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
	array_arguments(columns, REJECT_COLUMNS, arguments);
	if (first < end) {
		status = session_run(session, statements + first, end - first, NULL, err);
	}
	arrays_finish(columns, REJECT_COLUMNS);
	return status;
}

/* -- Commit -------------------------------------------------------------- */

struct script {
	struct statement statements[STATEMENTS_MAX];
	size_t count;
	size_t version; /* index of the statement that returns it */
};

static void script_add(struct script *script, const char *what, const char *sql, int argc,
	const char *const *argv)
{
	assert(script->count < STATEMENTS_MAX);
	script->statements[script->count++] = (struct statement){ what, sql, argc, argv, 0 };
}

static int run_script(struct session *session, const struct script *script, int64_t *version,
	struct error *err)
{
	PGresult *results[STATEMENTS_MAX];

	if (session_run(session, script->statements, script->count, results, err) < 0) {
		return -1;
	}
	if (script->version < script->count && PQntuples(results[script->version]) == 1) {
		*version = strtoll(PQgetvalue(results[script->version], 0, 0), NULL, 10);
	}
	session_clear(results, script->count);
	return 0;
}

/* The arguments of the statements and their memory. */
struct arguments {
	struct array objects[OBJECT_COLUMNS], rejects[REJECT_COLUMNS];
	char run_id[24];
	const char *store_objects[OBJECT_ARGUMENTS];
	const char *store_rejects[REJECT_COLUMNS];
	const char *remove_rejects[3];
	const char *stations, *calculators;
};

static void prepare_arguments(struct arguments *arguments, const struct completion *completion)
{
	for (size_t i = 0; i < completion->count; i++) {
		if (!is_superseded(completion, i)) {
			put_object(arguments->objects, completion->batches[i]);
			put_rejects(arguments->rejects, completion->batches[i]);
		}
	}
	snprintf(arguments->run_id, sizeof(arguments->run_id), "%" PRId64, completion->run_id);
	arguments->store_objects[0] = arguments->run_id;
	array_arguments(arguments->objects, OBJECT_COLUMNS, arguments->store_objects + 1);
	array_arguments(arguments->rejects, REJECT_COLUMNS, arguments->store_rejects);
	arguments->remove_rejects[0] = arguments->store_objects[1]; /* uris */
	arguments->remove_rejects[1] = arguments->store_rejects[0];
	arguments->remove_rejects[2] = arguments->store_rejects[1];
	arguments->stations = array_argument(completion->stations);
	if (completion->calculators != NULL) {
		arguments->calculators = array_argument(completion->calculators);
	}
}

static struct script make_script(
	const struct completion *completion, const struct arguments *arguments)
{
	struct script script = { .version = STATEMENTS_MAX };

	if (completion->count > 0) {
		script_add(&script, "writing the ledger", store_objects, OBJECT_ARGUMENTS,
			arguments->store_objects);
	}
	if (completion->count > 0 && !completion->rejects_stored) {
		script_add(&script, "removing rejects", remove_rejects, 3,
			arguments->remove_rejects);
	}
	if (arguments->rejects[0].text.length > 0 && !completion->rejects_stored) {
		script_add(&script, "storing rejects", store_rejects, REJECT_COLUMNS,
			arguments->store_rejects);
	}
	if (completion->changed && completion->calculators != NULL) {
		script_add(
			&script, "marking statistics", mark_stale, 1, &arguments->calculators);
	}
	if (completion->changed) {
		script.version = script.count;
		script_add(&script, "making a version", make_version, 1, &arguments->stations);
	}
	script_add(&script, "committing", "commit", 0, NULL);
	return script;
}

int completion_commit(struct session *session, const struct completion *completion,
	int64_t *version, struct error *err)
{
	struct arguments arguments = { 0 };
	struct script script;
	int status;

	prepare_arguments(&arguments, completion);
	script = make_script(completion, &arguments);
	status = run_script(session, &script, version, err);
	arrays_finish(arguments.objects, OBJECT_COLUMNS);
	arrays_finish(arguments.rejects, REJECT_COLUMNS);
	return status;
}
