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
#include "db/opening.h"
#include "ingest/input/label.h"
#include "ingest/input/objects.h"
#include "ingest/run/progress.h"
#include "ingest/run/queue.h"
#include "ingest/run/reader.h"
#include "ingest/run/watch.h"
#include "ingest/store/ledger.h"
#include "ingest/write/calculators.h"
#include "ingest/write/load.h"
#include "ingest/write/order.h"
#include "ingest/write/prune.h"

enum {
	MEBI = 1024 * 1024,
	BATCH_PARCELS = 256, /* of one transaction */
	LAST_WORDS = 500,    /* ms before the deadline for the run's own row */
	/* Shares of SETTING_INGEST_MEMORY: what workers hold, the queue, a transaction. */
	WORKERS_SHARE = 2,
	QUEUE_SHARE = 4,
	BATCH_SHARE = 4
};

struct job {
	const struct job_request *request;
	struct report *report;
	struct watch_limits limits;
	struct objects objects;
	size_t done; /* objects of the list that are finished */

	PGconn *conn;
	int64_t run_id;
	struct calculators *calculators;
	int64_t computing; /* since when one of them is computed anew, clock_ms(); 0: not */
	struct prune prune;
	struct transact *transact;
	struct load *load;

	struct ledger *ledger;
	struct queue *queue;
	struct reader *reader;
	struct watch *watch;

	/* The transaction that is being put together. */
	struct batch *batch[BATCH_PARCELS];
	size_t batch_count, batch_bytes;
	struct batch *next; /* popped, but for the one after it */
};

static bool is_over(const struct job *job)
{
	return watch_is_over(&job->limits);
}

static bool is_ending(void *arg)
{
	return is_over(arg);
}

/* When statements have to be over, so that there is time left for the run's own row. */
static int64_t find_deadline(const struct job *job)
{
	return job->limits.deadline != 0 ? job->limits.deadline - LAST_WORDS : 0;
}

static void measure_unit(struct job *job, int64_t since)
{
	int64_t took = clock_ms() - since;

	if (took > atomic_load(&job->limits.unit)) {
		atomic_store(&job->limits.unit, took);
	}
}

/* Between two units of computing statistics anew: whether the next may not begin. */
static bool stop_computing(void *arg)
{
	struct job *job = arg;

	if (job->computing != 0) {
		measure_unit(job, job->computing);
		job->report->advanced = true;
	}
	if (is_over(job)) {
		return true;
	}
	job->computing = clock_ms();
	return false;
}

/* -- The run's row ------------------------------------------------------ */

static const char insert_run[] =
	"insert into ingest_run (program_version) values ($1) returning run_id";

static const char update_run[] =
	"update ingest_run set finished_at = now(), outcome = $2, report = $3::jsonb "
	"where run_id = $1::bigint";

static int begin_run(struct job *job, struct error *err)
{
	const char *version = ALMANAC_VERSION;
	const struct statement statement = { "beginning the run", insert_run, 1, &version, 0 };
	struct session session = { .conn = job->conn, .deadline = find_deadline(job) };
	PGresult *result;

	if (session_run_alone(&session, &statement, &result, err) < 0) {
		return -1;
	}
	job->run_id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return 0;
}

/* A connection that broke is tried once more if there is time, so that the row tells what
 * happened. If that fails too there is nobody to be told. */
static void reconnect(struct job *job)
{
	struct db_opened opened = { .limits = { .cancel = &job->limits.over } };
	struct error ignored = { 0 };

	watch_socket(job->watch, -1);
	PQfinish(job->conn);
	job->conn = is_over(job) ? NULL : db_open(job->request->target, &opened, &ignored);
}

static int update_row(struct job *job, const char *report)
{
	char run_id[24];
	const char *arguments[] = { run_id, report_outcome_name(job->report->outcome), report };
	const struct statement statement = { "ending the run", update_run, 3, arguments, 0 };
	struct session session = { .conn = job->conn };
	struct error ignored = { 0 };

	snprintf(run_id, sizeof(run_id), "%lld", (long long)job->run_id);
	return session_run_alone(&session, &statement, NULL, &ignored);
}

/* Not every encoding of a database has the characters of all names. */
static void end_run(struct job *job)
{
	struct buffer json = { 0 }, ascii = { 0 };

	if (PQstatus(job->conn) != CONNECTION_OK) {
		reconnect(job);
	}
	if (job->conn != NULL) {
		report_json(job->report, &json);
		if (update_row(job, buffer_text(&json)) < 0) {
			json_put_ascii(&ascii, json.data, json.length);
			update_row(job, buffer_text(&ascii));
		}
	}
	buffer_finish(&ascii);
	buffer_finish(&json);
}

/* -- Storing what comes ------------------------------------------------- */

/* The list's objects are finished in its order; members of archives are none of
 * them. */
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

/* Of what was fetched although it had not changed. */
static int store_etags(struct job *job, struct error *err)
{
	for (size_t i = 0; i < job->batch_count; i++) {
		const struct batch *batch = job->batch[i];

		if (batch->outcome == BATCH_SKIPPED && batch->etag != NULL &&
			ledger_store_etag(transact_session(job->transact), batch->uri,
				batch->etag, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Stores the batch, but for what was skipped, which only is reported. */
static int store_batch(struct job *job, struct error *err)
{
	struct batch *kept[BATCH_PARCELS];
	size_t count = 0;
	int status = 0;

	for (size_t i = 0; i < job->batch_count; i++) {
		if (job->batch[i]->outcome != BATCH_SKIPPED) {
			kept[count++] = job->batch[i];
		}
	}
	status = prune_archives(&job->prune, job->batch, job->batch_count, err);
	if (status == 0 && count > 0) {
		status = load_batches(job->load, kept, count, err);
	}
	if (status == 0) {
		status = store_etags(job, err);
	}
	for (size_t i = 0; i < job->batch_count; i++) {
		if (status == 0) {
			finish_batch(job, job->batch[i]);
		} else {
			batch_destroy(job->batch[i]);
		}
	}
	job->batch_count = 0;
	job->batch_bytes = 0;
	progress_flush(job->request->progress);
	return status;
}

static int store_part(struct job *job, struct error *err)
{
	struct batch *batch = job->batch[0];
	int status = load_part(job->load, batch, err);

	job->batch_count = 0;
	job->batch_bytes = 0;
	if (status == 0 && batch->last) {
		status = prune_archives(&job->prune, &batch, 1, err);
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

/* Fills the batch: the next parcel, waiting for it, and whole objects that are
 * there already, as many as fit. Returns whether there is anything. */
static bool gather(struct job *job, size_t bytes)
{
	struct batch *batch = job->next;

	job->next = NULL;
	if (batch == NULL) {
		batch = queue_pop(job->queue, true);
	}
	while (batch != NULL) {
		job->batch[job->batch_count++] = batch;
		job->batch_bytes += batch->memory;
		if (!is_whole(batch) || job->batch_count == BATCH_PARCELS ||
			job->batch_bytes >= bytes) {
			break;
		}
		batch = queue_pop(job->queue, false);
		if (batch != NULL && !is_whole(batch)) {
			job->next = batch;
			break;
		}
	}
	return job->batch_count > 0;
}

static int store_all(struct job *job, size_t batch_bytes, struct error *err)
{
	while (!is_over(job) && gather(job, batch_bytes)) {
		int64_t begun = clock_ms();
		int status;

		status = is_whole(job->batch[0]) ? store_batch(job, err) : store_part(job, err);
		if (status < 0) {
			return -1;
		}
		measure_unit(job, begun);
	}
	load_abort(job->load);
	return 0;
}

/* -- From beginning to end ---------------------------------------------- */

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

/* A database whose encoding is another than UTF-8 may have no place for a name: all are written
 * in ASCII there, in every run. */
static void fit_uris(struct job *job)
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

/* Listing a bucket takes about as long as connecting: both at once. */
static int find_input(struct job *job, struct error *err)
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
	fit_uris(job);
	watch_socket(job->watch, PQsocket(job->conn));
	return db_check_schema(job->conn, err);
}

static struct reader_config configure_reader(const struct job *job)
{
	const struct settings *settings = job->request->settings;

	return (struct reader_config){ .source = settings_text(settings, SETTING_SOURCE),
		.workers = (unsigned)settings_integer(settings, SETTING_WORKERS),
		.memory = memory_share(job, WORKERS_SHARE),
		.max_rejects = settings_integer(settings, SETTING_MAX_REJECTS),
		.max_line_bytes = (size_t)settings_integer(settings, SETTING_MAX_LINE_BYTES),
		.max_expanded_bytes =
			settings_integer(settings, SETTING_MAX_EXPANDED_BYTES) * MEBI,
		.max_expansion = settings_integer(settings, SETTING_MAX_EXPANSION),
		.max_spool_bytes = settings_integer(settings, SETTING_MAX_SPOOL) * MEBI,
		.empty_goes = job->prune.removal == TRANSACT_OBJECTS,
		.aws = job->request->aws };
}

static int start_reading(struct job *job, struct error *err)
{
	const struct reader_config config = configure_reader(job);

	job->ledger = ledger_load(job->conn, err);
	if (job->ledger == NULL) {
		return -1;
	}
	progress_start(job->request->progress, job->objects.count, job->objects.bytes);
	job->queue = queue_create(job->objects.count, memory_share(job, QUEUE_SHARE));
	job->reader = reader_start(
		&config, job->request->registry, &job->objects, job->queue, job->ledger, err);
	if (job->reader == NULL) {
		return -1;
	}
	watch_reader(job->watch, job->reader);
	return 0;
}

/* The workers read while the writer sees to what else must be right before it
 * begins. */
static int prepare(struct job *job, struct error *err)
{
	job->prune.removal = prune_choose(job->request->settings);
	job->watch = watch_start(&job->limits, job->request->progress, err);
	if (job->watch == NULL || find_input(job, err) < 0 || start_reading(job, err) < 0) {
		return -1;
	}
	job->calculators = calculators_load(job->conn, job->request->registry, err);
	return job->calculators != NULL ? begin_run(job, err) : -1;
}

static int take_in(struct job *job, struct error *err)
{
	int status;

	job->transact = transact_create(job->conn, find_deadline(job), job->request->registry,
		job->run_id, job->prune.removal, calculators_known(job->calculators));
	job->load = load_create(job->transact);
	job->prune = (struct prune){ .removal = job->prune.removal,
		.load = job->load,
		.objects = &job->objects,
		.ledger = job->ledger,
		.stop = is_ending,
		.arg = job };
	status = calculators_update(job->calculators, job->transact, stop_computing, job, err);
	if (status == 0 && !is_over(job)) {
		status = order_objects(job->transact, &job->objects, job->ledger, err);
	}
	if (status == 0) {
		status = store_all(job, memory_share(job, BATCH_SHARE), err);
	}
	/* What could not be read may be what is missed. */
	if (status == 0 && !is_over(job) && job->report->failures.count == 0) {
		status = prune_listed(&job->prune, err);
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
	for (size_t i = 0; i < job->batch_count; i++) {
		batch_destroy(job->batch[i]);
	}
	batch_destroy(job->next);
	queue_destroy(job->queue);
	ledger_destroy(job->ledger);
}

static void report_rest(struct job *job)
{
	struct report *report = job->report;

	for (size_t i = job->done; i < job->objects.count; i++) {
		report_add(report, &report->remaining, job->objects.list[i].uri, 0, "", "");
	}
	for (size_t i = 0; i < job->objects.note_count; i++) {
		report_add(report, &report->notes, job->objects.notes[i].uri, 0,
			job->objects.notes[i].reason, "");
	}
	if (job->transact != NULL) {
		report->stored = *transact_totals(job->transact);
	}
}

/* The watch looks at the progress, and cuts the connection: it ends before them. */
static void clean_up(struct job *job)
{
	watch_stop(job->watch);
	progress_end(job->request->progress);
	load_destroy(job->load);
	transact_destroy(job->transact);
	calculators_destroy(job->calculators);
	PQfinish(job->conn);
	objects_finish(&job->objects);
}

/* Whoever waits for what does not come is told so when the time is over: the reason alone would
 * not say why it was not waited for. */
static void explain(const struct job *job, struct error *err)
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
	prepared = prepare(&job, &err) == 0;
	if (!prepared || take_in(&job, &err) < 0) {
		explain(&job, &err);
		report->error = err;
	}
	stop_reading(&job);
	report_rest(&job);
	report->seconds = (double)(clock_ms() - begun) / 1000;
	report_judge(report);
	if (prepared) {
		end_run(&job);
	}
	clean_up(&job);
	return report->outcome;
}
