#include "ingest/write/load.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "ingest/write/transaction.h"

enum {
	TRIES = 6,          /* of a transaction after conflicts */
	FIRST_PAUSE_MS = 20 /* before the second try, doubled each time */
};

/* State of an object of several batches. */
enum part { PART_NONE, PART_OPEN, PART_FAILED };

struct load {
	struct transaction *tx;
	enum part part;
	struct error part_error;
	size_t bytes, bytes_max; /* of the object's batches in the open transaction */
	bool between;            /* parts before are committed */
	/* URIs of objects that the database refused: their archives must not be recorded as
	 * ingested. */
	char **failed;
	size_t failed_count;
};

struct load *load_create(struct transaction *tx, size_t bytes)
{
	struct load *load = memory_new(struct load);

	load->tx = tx;
	load->bytes_max = bytes;
	return load;
}

void load_destroy(struct load *load)
{
	if (load == NULL) {
		return;
	}
	for (size_t i = 0; i < load->failed_count; i++) {
		free(load->failed[i]);
	}
	free(load->failed);
	free(load);
}

void load_abort(struct load *load)
{
	transaction_rollback(load->tx);
	load->part = PART_NONE;
	load->between = false;
}

/* -- Failures of objects ------------------------------------------------ */

static void fail_batch(struct load *load, struct batch *batch, const struct error *why)
{
	batch->outcome = BATCH_FAILED;
	batch->error = *why;
	load->failed =
		memory_resize(load->failed, load->failed_count + 1, sizeof(*load->failed));
	load->failed[load->failed_count++] = memory_copy_text(batch->uri, strlen(batch->uri));
}

static bool has_failed_member(const struct load *load, const struct batch *archive)
{
	size_t length = strlen(archive->uri);

	for (size_t i = 0; i < load->failed_count; i++) {
		if (strncmp(load->failed[i], archive->uri, length) == 0 &&
			load->failed[i][length] == '!') {
			return true;
		}
	}
	return false;
}

/* Fails the batches that are known not to be storable. Returns their number. */
static size_t refuse_batches(struct load *load, struct batch *const *batches, size_t count)
{
	size_t refused = 0;

	for (size_t i = 0; i < count; i++) {
		struct batch *batch = batches[i];
		struct error why = { 0 };

		if (batch->outcome != BATCH_TAKEN || batch->source == NULL) {
			continue;
		}
		if (strcmp(batch->source, BATCH_ARCHIVE) == 0 &&
			has_failed_member(load, batch)) {
			error_set(&why, "a file in it could not be stored");
		}
		if (error_is_set(&why) || transaction_refuses(load->tx, batch->source, &why)) {
			fail_batch(load, batch, &why);
			refused++;
		}
	}
	return refused;
}

/* -- Whole objects ------------------------------------------------------ */

/* Whether to repeat a transaction after a conflict, when it has paused; *tries counts. */
static bool should_retry(const struct load *load, int *tries)
{
	const long ms = (long)FIRST_PAUSE_MS << *tries;
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (++*tries == TRIES || transaction_failure(load->tx) != SESSION_AGAIN) {
		return false;
	}
	nanosleep(&pause, NULL);
	return true;
}

static int store_with_retries(
	struct load *load, struct batch *const *batches, size_t count, struct error *err)
{
	int tries = 0;

	while (transaction_add(load->tx, batches, count, STATIONS_SHARED, err) < 0 ||
		transaction_commit(load->tx, batches, count, false, err) < 0) {
		transaction_rollback(load->tx);
		if (!should_retry(load, &tries)) {
			return -1;
		}
	}
	return 0;
}

/* Stores a changed batch, if its last attempt failed for a reason of its own. */
static int retry_after_change(
	struct load *load, struct batch *batch, int status, struct error *err)
{
	struct batch *const batches[] = { batch };

	if (status == 0 || transaction_failure(load->tx) == SESSION_BROKEN) {
		return status;
	}
	return store_with_retries(load, batches, 1, err);
}

/* Records the failure of an object. A database whose encoding is not UTF-8 may not represent
 * the names: they are written in ASCII then, or left out. Whatever comes of that, the object is
 * in the report and the run continues. */
static int record_failure(struct load *load, struct batch *batch, int status)
{
	struct error ignored = { 0 };

	if (status < 0) {
		batch_make_ascii(batch);
		status = retry_after_change(load, batch, status, &ignored);
	}
	if (status < 0) {
		batch->rejects_held = 0;
		error_set(&batch->error, "it failed for a reason that cannot be stored");
		status = retry_after_change(load, batch, status, &ignored);
	}
	return status < 0 && transaction_failure(load->tx) == SESSION_BROKEN ? -1 : 0;
}

static int store_one(struct load *load, struct batch *batch, struct error *err)
{
	struct batch *const batches[] = { batch };
	struct batch original;
	int status;

	refuse_batches(load, batches, 1);
	status = store_with_retries(load, batches, 1, err);
	if (status == 0 || transaction_failure(load->tx) == SESSION_BROKEN) {
		return status;
	}
	if (batch->outcome != BATCH_FAILED) {
		fail_batch(load, batch, err);
		status = retry_after_change(load, batch, status, err);
	}
	original = *batch; /* the report shows the original texts */
	status = record_failure(load, batch, status);
	batch->uri = original.uri;
	batch->error = original.error;
	batch->rejects = original.rejects;
	batch->rejects_held = original.rejects_held;
	return status;
}

int load_batches(
	struct load *load, struct batch *const *batches, size_t count, struct error *err)
{
	assert(load->part == PART_NONE);
	if (count == 1) {
		return store_one(load, batches[0], err);
	}
	refuse_batches(load, batches, count);
	do {
		if (store_with_retries(load, batches, count, err) == 0) {
			return 0;
		}
		if (transaction_failure(load->tx) == SESSION_BROKEN) {
			return -1;
		}
	} while (refuse_batches(load, batches, count) > 0);
	for (size_t i = 0; i < count; i++) {
		if (store_one(load, batches[i], err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* -- Objects of several batches ------------------------------------------ */

/* Commits the parts so far, if they are many and the others can follow on their own. */
static int commit_between(struct load *load, const struct batch *batch, struct error *err)
{
	if (load->bytes < load->bytes_max || !batch->read || !transaction_can_pause(load->tx)) {
		return 0;
	}
	if (transaction_commit(load->tx, NULL, 0, false, err) < 0) {
		return -1;
	}
	load->between = true;
	return 0;
}

static int add_part(struct load *load, struct batch *batch, struct error *err)
{
	struct batch *const batches[] = { batch };
	const bool begins = batch->first || load->between;

	load->bytes = (begins ? 0 : load->bytes) + batch->memory;
	load->between = false;
	if (transaction_add(
		    load->tx, batches, 1, begins ? STATIONS_ALONE : STATIONS_WITHIN, err) < 0 ||
		transaction_store_rejects(load->tx, batch, err) < 0) {
		return -1;
	}
	return batch->last ? transaction_commit(load->tx, batches, 1, true, err)
			   : commit_between(load, batch, err);
}

/* Rolls back; the rest of the object is only awaited. */
static void fail_object(struct load *load, const struct error *why)
{
	transaction_rollback(load->tx);
	load->part = PART_FAILED;
	load->between = false;
	load->part_error = *why;
}

int load_part(struct load *load, struct batch *batch, struct error *err)
{
	struct error why = { 0 };

	if (batch->first) {
		assert(load->part == PART_NONE);
		load->part = PART_OPEN;
	}
	if (load->part == PART_OPEN && batch->outcome == BATCH_FAILED) {
		fail_object(load, &batch->error);
	} else if (load->part == PART_OPEN && add_part(load, batch, &why) < 0) {
		if (transaction_failure(load->tx) == SESSION_BROKEN) {
			*err = why;
			load_abort(load);
			return -1;
		}
		fail_object(load, &why);
	}
	if (batch->last && load->part == PART_FAILED) {
		fail_batch(load, batch, &load->part_error);
		load->part = PART_NONE;
		return store_one(load, batch, err);
	}
	load->part = batch->last ? PART_NONE : load->part;
	return 0;
}

/* -- Objects that are gone ----------------------------------------------- */

int load_remove(struct load *load, struct array *ids, bool (*stop)(void *), void *arg,
	struct error *err)
{
	int tries = 0, count = 1;

	assert(load->part == PART_NONE);
	while (count != 0 && !stop(arg)) {
		count = transaction_remove(load->tx, ids, err);
		if (count > 0) {
			tries = 0;
		} else if (count < 0 && !should_retry(load, &tries)) {
			return -1;
		}
	}
	return 0;
}
