#include "ingest/run/job.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/settings.h"
#include "base/utf8.h"
#include "config.h"
#include "db/connect.h"
#include "ingest/input/increments.h"
#include "ingest/input/label.h"
#include "ingest/input/objects.h"
#include "ingest/run/progress.h"
#include "ingest/run/queue.h"
#include "ingest/run/reader.h"
#include "ingest/run/survey.h"
#include "ingest/run/watch.h"
#include "ingest/store/ledger.h"
#include "ingest/write/calculators.h"
#include "ingest/write/load.h"
#include "ingest/write/places.h"
#include "schema/migrate.h"

enum {
	MEBI = 1024 * 1024,
	TRANSACTION_BATCHES = 256, /* of one transaction */
	REPORT_MS = 500,           /* before the deadline, for the row of the run */
	/* Divisors of SETTING_INGEST_MEMORY: workers, queue, open transaction. */
	WORKERS_SHARE = 2,
	QUEUE_SHARE = 4,
	TRANSACTION_SHARE = 4,
	OBJECT_SHARES = 16 /* of the transaction's memory: how much of an object it takes in */
};

struct job {
	const struct job_request *request;
	struct report *report;
	struct watch_limits limits;
	struct objects objects;
	size_t done;                 /* finished objects of the list */
	struct selection *selection; /* NULL: everything */

	PGconn *conn;
	int64_t run_id;
	struct calculators *calculators;
	int64_t computing; /* clock_ms() at which a unit of recomputation began; 0: none */
	struct prune prune;
	struct transaction *tx;
	struct load *load;

	struct ledger *ledger;
	struct queue *queue;
	struct reader *reader;
	struct watch *watch;

	/* The batches of the next transaction. */
	struct batch *pending[TRANSACTION_BATCHES];
	size_t pending_count, pending_bytes;
	struct batch *next; /* popped, for the transaction after it */
};

static bool is_over(const struct job *job)
{
	return watch_is_over(&job->limits);
}

static bool stop_pruning(void *arg)
{
	return is_over(arg);
}

/* Deadline of statements, which leaves time for the row of the run. */
static int64_t statement_deadline(const struct job *job)
{
	return job->limits.deadline != 0 ? job->limits.deadline - REPORT_MS : 0;
}

static void record_duration(struct job *job, int64_t since)
{
	int64_t took = clock_ms() - since;

	if (took > atomic_load(&job->limits.unit)) {
		atomic_store(&job->limits.unit, took);
	}
}

/* Called between two units of recomputation: whether to stop. */
static bool stop_computing(void *arg)
{
	struct job *job = arg;

	if (job->computing != 0) {
		record_duration(job, job->computing);
		job->report->advanced = true;
	}
	if (is_over(job)) {
		return true;
	}
	job->computing = clock_ms();
	return false;
}

/* -- The row of the run -------------------------------------------------- */

static const char insert_run[] =
	"insert into ingest_run (program_version) values ($1) returning run_id";

static const char update_run[] =
	"update ingest_run set finished_at = now(), outcome = $2, report = $3::jsonb "
	"where run_id = $1::bigint";

static int begin_run(struct job *job, struct error *err)
{
	const char *version = ALMANAC_VERSION;
	const struct statement statement = { "beginning the run", insert_run, 1, &version, 0 };
	struct session session = { .conn = job->conn, .deadline = statement_deadline(job) };
	PGresult *result;

	if (session_run_alone(&session, &statement, &result, err) < 0) {
		return -1;
	}
	job->run_id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return 0;
}

/* Reconnects once after a lost connection, if there is time, so that the row tells the failure.
 */
static void reconnect(struct job *job)
{
	struct db_opened opened = { .limits = { .cancel = &job->limits.over } };
	struct error ignored = { 0 };

	watch_socket(job->watch, -1);
	PQfinish(job->conn);
	job->conn = is_over(job) ? NULL : db_open(job->request->target, &opened, &ignored);
}

static int update_run_row(struct job *job, const char *report)
{
	char run_id[24];
	const char *arguments[] = { run_id, report_outcome_name(job->report->outcome), report };
	const struct statement statement = { "ending the run", update_run, 3, arguments, 0 };
	struct session session = { .conn = job->conn };
	struct error ignored = { 0 };

	snprintf(run_id, sizeof(run_id), "%lld", (long long)job->run_id);
	return session_run_alone(&session, &statement, NULL, &ignored);
}

/* Writes the row; in ASCII if the encoding of the database does not represent all names. */
static void end_run(struct job *job)
{
	struct buffer json = { 0 }, ascii = { 0 };

	if (PQstatus(job->conn) != CONNECTION_OK) {
		reconnect(job);
	}
	if (job->conn != NULL) {
		report_json(job->report, &json);
		if (update_run_row(job, buffer_text(&json)) < 0) {
			json_put_ascii(&ascii, json.data, json.length);
			update_run_row(job, buffer_text(&ascii));
		}
	}
	buffer_finish(&ascii);
	buffer_finish(&json);
}

/* -- Storing batches ----------------------------------------------------- */

/* Reports and frees a batch. Objects are finished in the order of the list, which has no
 * members of archives. */
static void finish_batch(struct job *job, struct batch *batch)
{
	report_batch(job->report, batch);
	if (batch->last) {
		if (job->done < job->objects.count &&
			strcmp(job->objects.list[job->done].uri, batch->uri) == 0) {
			job->done++;
		}
		progress_object(job->request->progress, batch, job->done, job->report->lines);
	}
	batch_destroy(batch);
}

/* Stores the entity tags of objects that were downloaded but unchanged. */
static int store_etags(struct job *job, struct error *err)
{
	for (size_t i = 0; i < job->pending_count; i++) {
		const struct batch *batch = job->pending[i];

		if (batch->outcome == BATCH_SKIPPED && batch->etag != NULL &&
			ledger_store_etag(transaction_session(job->tx), batch->uri, batch->etag,
				err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Stores the pending objects; skipped ones are only reported. */
static int store_objects(struct job *job, struct error *err)
{
	struct batch *kept[TRANSACTION_BATCHES];
	size_t count = 0;
	int status = 0;

	for (size_t i = 0; i < job->pending_count; i++) {
		if (job->pending[i]->outcome != BATCH_SKIPPED) {
			kept[count++] = job->pending[i];
		}
	}
	status = places_prune_archives(&job->prune, job->pending, job->pending_count, err);
	if (status == 0 && count > 0) {
		status = load_batches(job->load, kept, count, err);
	}
	if (status == 0) {
		status = store_etags(job, err);
	}
	for (size_t i = 0; i < job->pending_count; i++) {
		if (status == 0) {
			finish_batch(job, job->pending[i]);
		} else {
			batch_destroy(job->pending[i]);
		}
	}
	job->pending_count = 0;
	job->pending_bytes = 0;
	progress_flush(job->request->progress);
	return status;
}

static int store_batch_of_many(struct job *job, struct error *err)
{
	struct batch *batch = job->pending[0];
	int status = load_part(job->load, batch, err);

	job->pending_count = 0;
	job->pending_bytes = 0;
	if (status == 0 && batch->last) {
		status = places_prune_archives(&job->prune, &batch, 1, err);
	}
	if (status == 0) {
		finish_batch(job, batch);
		progress_flush(job->request->progress);
	} else {
		batch_destroy(batch);
	}
	return status;
}

static bool is_whole(const struct batch *batch)
{
	return batch->first && batch->last;
}

/* Collects the next batch, waiting for it, and whole objects that are ready, as many as fit.
 * Returns whether there is any. */
static bool collect_batches(struct job *job, size_t bytes)
{
	struct batch *batch = job->next;

	job->next = NULL;
	if (batch == NULL) {
		batch = queue_pop(job->queue, true);
	}
	while (batch != NULL) {
		job->pending[job->pending_count++] = batch;
		job->pending_bytes += batch->memory;
		if (!is_whole(batch) || job->pending_count == TRANSACTION_BATCHES ||
			job->pending_bytes >= bytes) {
			break;
		}
		batch = queue_pop(job->queue, false);
		if (batch != NULL && !is_whole(batch)) {
			job->next = batch;
			break;
		}
	}
	return job->pending_count > 0;
}

static int store_all(struct job *job, size_t batch_bytes, struct error *err)
{
	while (!is_over(job) && collect_batches(job, batch_bytes)) {
		int64_t begun = clock_ms();
		int status;

		status = is_whole(job->pending[0]) ? store_objects(job, err)
						   : store_batch_of_many(job, err);
		if (status < 0) {
			return -1;
		}
		record_duration(job, begun);
	}
	load_abort(job->load);
	return 0;
}

/* -- The run ------------------------------------------------------------- */

static size_t memory_share(const struct job *job, size_t share)
{
	return (size_t)settings_integer(job->request->settings, SETTING_INGEST_MEMORY) * MEBI /
	       share;
}

static int list_objects(struct job *job, struct error *err)
{
	const struct job_request *request = job->request;

	job->objects.aws = request->aws;
	job->objects.s3_unsigned =
		strcmp(settings_text(request->settings, SETTING_S3_UNSIGNED), "yes") == 0;
	job->objects.stop = &job->limits.over;
	job->objects.shard = request->shard;
	job->objects.exact = request->exact;
	if (objects_expand(&job->objects, request->uris, request->uri_count,
		    settings_text(request->settings, SETTING_STDIN_NAME), err) < 0) {
		return -1;
	}
	if (job->objects.count == 0 && job->objects.others == 0) {
		return error_set(err, "there is nothing to read");
	}
	return 0;
}

/* Rewrites all URIs in ASCII, in every run, if the encoding of the database is not UTF-8 and
 * may not represent them. */
static void convert_uris(struct job *job)
{
	const char *encoding = PQparameterStatus(job->conn, "server_encoding");

	if (encoding == NULL || strcmp(encoding, "UTF8") == 0 ||
		strcmp(encoding, "SQL_ASCII") == 0) {
		return;
	}
	for (size_t i = 0; i < job->objects.count; i++) {
		struct object *object = &job->objects.list[i];
		struct buffer ascii = { 0 };
		char uri[LABEL_URI_MAX];

		utf8_put_ascii(&ascii, object->uri);
		label_write(uri, sizeof(uri), buffer_text(&ascii));
		buffer_finish(&ascii);
		free(object->uri);
		object->uri = memory_copy_text(uri, strlen(uri));
	}
}

/* Lists the objects and connects concurrently: listing a bucket takes about as long. */
static int open_input(struct job *job, struct error *err)
{
	struct db_opening *opening = db_opening_start(job->request->target, &job->limits.over);
	struct error refusal = { 0 };
	int listed = list_objects(job, err);

	job->conn = db_opening_finish(opening, &refusal);
	if (listed < 0) {
		return -1;
	}
	if (job->conn == NULL) {
		*err = refusal;
		return -1;
	}
	convert_uris(job);
	watch_socket(job->watch, PQsocket(job->conn));
	return migrate_check(job->conn, err);
}

struct taken {
	const struct ledger_entry *entries;
	size_t count, at;
};

/* Name of the next object that an earlier run has taken, files in archives apart. */
static const char *next_taken(void *arg)
{
	struct taken *taken = arg;

	while (taken->at < taken->count) {
		const struct ledger_entry *entry = &taken->entries[taken->at++];
		const char *slash = strrchr(entry->uri, '/');

		if (entry->known && strchr(entry->uri, '!') == NULL) {
			return slash != NULL ? slash + 1 : entry->uri;
		}
	}
	return NULL;
}

static void report_gaps(const struct job *job)
{
	const size_t count = job->objects.count + job->objects.others;
	const char **names = memory_array(count, sizeof(*names));
	struct taken taken = { 0 };

	for (size_t i = 0; i < count; i++) {
		names[i] = job->objects.list[i].name;
	}
	taken.entries = ledger_entries(job->ledger, &taken.count);
	increments_report_gaps(names, count, next_taken, &taken);
	free(names);
}

/* Tells the selection where stations are, if that decides. */
static int complete_selection(struct job *job, struct error *err)
{
	if (job->selection == NULL) {
		return 0;
	}
	if (selection_needs_places(job->selection) &&
		survey_run(&(struct survey){ .registry = job->request->registry,
				   .objects = &job->objects,
				   .conn = job->conn,
				   .aws = job->request->aws,
				   .settings = job->request->settings },
			job->selection, err) < 0) {
		return -1;
	}
	return selection_complete(job->selection, err);
}

static int start_reading(struct job *job, struct error *err)
{
	const struct job_request *request = job->request;
	const struct settings *settings = request->settings;
	const struct reader_config config = { .source = settings_text(settings, SETTING_SOURCE),
		.workers = (unsigned)settings_integer(settings, SETTING_WORKERS),
		.memory = memory_share(job, WORKERS_SHARE),
		.max_rejects = settings_integer(settings, SETTING_MAX_REJECTS),
		.max_line_bytes = (size_t)settings_integer(settings, SETTING_MAX_LINE_BYTES),
		.max_expanded_bytes =
			settings_integer(settings, SETTING_MAX_EXPANDED_BYTES) * MEBI,
		.max_expansion = settings_integer(settings, SETTING_MAX_EXPANSION),
		.max_spool_bytes = settings_integer(settings, SETTING_MAX_SPOOL) * MEBI,
		.empty_goes = job->prune.removal == REMOVE_OBJECTS,
		.selection = job->selection,
		.aws = request->aws };

	if (complete_selection(job, err) < 0) {
		return -1;
	}
	job->ledger = ledger_load(job->conn, err);
	if (job->ledger == NULL) {
		return -1;
	}
	report_gaps(job);
	progress_start(request->progress, job->objects.count, job->objects.bytes);
	job->queue = queue_create(job->objects.count, memory_share(job, QUEUE_SHARE));
	job->reader = reader_start(
		&config, request->registry, &job->objects, job->queue, job->ledger, err);
	if (job->reader == NULL) {
		return -1;
	}
	watch_reader(job->watch, job->reader);
	return 0;
}

/* Starts the workers, then checks what the writer needs. */
static int start(struct job *job, struct error *err)
{
	job->prune.removal = places_choose_removal(job->request->settings);
	if (selection_read(
		    job->request->settings, job->request->registry, &job->selection, err) < 0) {
		return -1;
	}
	job->watch = watch_start(&job->limits, job->request->progress, err);
	if (job->watch == NULL || open_input(job, err) < 0 || start_reading(job, err) < 0) {
		return -1;
	}
	job->calculators = calculators_load(job->conn, job->request->registry, err);
	return job->calculators != NULL ? begin_run(job, err) : -1;
}

static int ingest(struct job *job, struct error *err)
{
	int status;

	job->tx = transaction_create(job->conn, statement_deadline(job), job->request->registry,
		job->run_id, job->prune.removal, calculators_known(job->calculators));
	job->load = load_create(job->tx, OBJECT_SHARES * memory_share(job, TRANSACTION_SHARE));
	job->prune = (struct prune){ .removal = job->prune.removal,
		.load = job->load,
		.objects = &job->objects,
		.ledger = job->ledger,
		.stop = stop_pruning,
		.arg = job };
	status = calculators_update(job->calculators, job->tx, stop_computing, job, err);
	if (status == 0 && !is_over(job)) {
		status = places_assign(job->tx, &job->objects, job->ledger, err);
	}
	if (status == 0) {
		status = store_all(job, memory_share(job, TRANSACTION_SHARE), err);
	}
	/* An object that could not be read may contain what seems to be gone. */
	if (status == 0 && !is_over(job) && job->report->failures.count == 0) {
		status = places_prune_listed(&job->prune, err);
	}
	return status < 0 ? -1 : 0;
}

static void stop_reading(struct job *job)
{
	if (job->reader != NULL) {
		reader_stop(job->reader);
		watch_reader(job->watch, NULL);
	}
	reader_join(job->reader);
	for (size_t i = 0; i < job->pending_count; i++) {
		batch_destroy(job->pending[i]);
	}
	batch_destroy(job->next);
	queue_destroy(job->queue);
	ledger_destroy(job->ledger);
}

static void complete_report(struct job *job)
{
	struct report *report = job->report;

	for (size_t i = job->done; i < job->objects.count; i++) {
		report_add(report, &report->remaining, job->objects.list[i].uri, 0, "", "");
	}
	for (size_t i = 0; i < job->objects.note_count; i++) {
		report_add(report, &report->notes, job->objects.notes[i].uri, 0,
			job->objects.notes[i].reason, "");
	}
	if (job->tx != NULL) {
		report->stored = *transaction_totals(job->tx);
	}
}

/* The watchdog uses progress and connection: it ends first. */
static void clean_up(struct job *job)
{
	watch_stop(job->watch);
	progress_end(job->request->progress);
	load_destroy(job->load);
	transaction_destroy(job->tx);
	calculators_destroy(job->calculators);
	PQfinish(job->conn);
	objects_finish(&job->objects);
	selection_destroy(job->selection);
}

/* Names the timeout: the reason alone would not say why the run did not wait longer. */
static void explain_timeout(const struct job *job, struct error *err)
{
	const atomic_bool *cancel = job->request->cancel;

	if (job->limits.deadline != 0 && watch_is_over(&job->limits) &&
		(cancel == NULL || !atomic_load(cancel))) {
		error_prefix(err, "the time was over: ");
	}
}

enum report_outcome job_run(const struct job_request *request, struct report *report)
{
	struct job job = { .request = request, .report = report };
	struct error err = { 0 };
	int64_t begun = clock_ms();
	bool prepared;

	job.limits.cancel = request->cancel;
	job.limits.deadline = request->deadline;
	job.limits.overdue = request->overdue;
	prepared = start(&job, &err) == 0;
	if (!prepared || ingest(&job, &err) < 0) {
		explain_timeout(&job, &err);
		report->error = err;
	}
	stop_reading(&job);
	complete_report(&job);
	report->seconds = (double)(clock_ms() - begun) / 1000;
	report_set_outcome(report);
	if (prepared) {
		end_run(&job);
	}
	clean_up(&job);
	return report->outcome;
}
