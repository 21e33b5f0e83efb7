#include "ingest/write/load.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "ingest/write/transact.h"

enum {
	TRIES = 6,       /* of a transaction that others are in the way of */
	FIRST_PAUSE = 20 /* ms before the second try; twice as long before each other */
};

/* Where an object of several parcels stands. */
enum part { PART_NONE, PART_OPEN, PART_FAILED };

struct load {
	struct transact *transact;
	enum part part;
	struct error part_error;
	/* Objects that turned out only here not to be storable: their archives must not
	 * be remembered as taken in. */
	char **failed;
	size_t failed_count;
};

struct load *load_create(struct transact *transact)
{
	struct load *load = memory_new(struct load);

	load->transact = transact;
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
	transact_rollback(load->transact);
	load->part = PART_NONE;
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

/* Fails the parcels of which it is known that they cannot be stored. Returns how
 * many these are. */
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
		if (error_is_set(&why) ||
			transact_refuse(load->transact, batch->source, &why)) {
			fail_batch(load, batch, &why);
			refused++;
		}
	}
	return refused;
}

/* -- Whole objects ------------------------------------------------------ */

static void pause_ms(int64_t ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static int try_once(
	struct load *load, struct batch *const *batches, size_t count, struct error *err)
{
	if (transact_add(load->transact, batches, count, STATIONS_SHARED, err) < 0 ||
		transact_commit(load->transact, batches, count, false, err) < 0) {
		transact_rollback(load->transact);
		return -1;
	}
	return 0;
}

static int try_often(
	struct load *load, struct batch *const *batches, size_t count, struct error *err)
{
	int64_t pause = FIRST_PAUSE;

	for (int tries = 1; try_once(load, batches, count, err) < 0; tries++) {
		if (tries == TRIES || transact_failure(load->transact) != SESSION_AGAIN) {
			return -1;
		}
		pause_ms(pause);
		pause *= 2;
	}
	return 0;
}

/* Stores what a parcel has become, if the last attempt at it failed for a reason of its own. */
static int try_again(struct load *load, struct batch *batch, int status, struct error *err)
{
	struct batch *const batches[] = { batch };

	if (status == 0 || transact_failure(load->transact) == SESSION_BROKEN) {
		return status;
	}
	return try_often(load, batches, 1, err);
}

/* Not even that it failed can be stored of some: a database whose encoding is not UTF-8 may
 * have no place for the names. It gets them in ASCII then, or without a word of others.
 * Whatever comes of that, the object is in the report, and the run goes on. */
static int record_failure(struct load *load, struct batch *batch, int status)
{
	struct error ignored = { 0 };

	if (status < 0) {
		batch_make_ascii(batch);
		status = try_again(load, batch, status, &ignored);
	}
	if (status < 0) {
		batch->rejects_held = 0;
		error_set(&batch->error, "it failed for a reason that cannot be stored");
		status = try_again(load, batch, status, &ignored);
	}
	return status < 0 && transact_failure(load->transact) == SESSION_BROKEN ? -1 : 0;
}

static int store_one(struct load *load, struct batch *batch, struct error *err)
{
	struct batch *const batches[] = { batch };
	struct batch said;
	int status;

	refuse_batches(load, batches, 1);
	status = try_often(load, batches, 1, err);
	if (status == 0 || transact_failure(load->transact) == SESSION_BROKEN) {
		return status;
	}
	if (batch->outcome != BATCH_FAILED) {
		fail_batch(load, batch, err);
		status = try_again(load, batch, status, err);
	}
	said = *batch; /* the report can hold what the database cannot */
	status = record_failure(load, batch, status);
	batch->uri = said.uri;
	batch->error = said.error;
	batch->rejects = said.rejects;
	batch->rejects_held = said.rejects_held;
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
		if (try_often(load, batches, count, err) == 0) {
			return 0;
		}
		if (transact_failure(load->transact) == SESSION_BROKEN) {
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

/* -- Objects of several parcels ----------------------------------------- */

static int add_part(struct load *load, struct batch *batch, struct error *err)
{
	struct batch *const batches[] = { batch };

	if (transact_add(load->transact, batches, 1,
		    batch->first ? STATIONS_ALONE : STATIONS_WITHIN, err) < 0 ||
		transact_rejects(load->transact, batch, err) < 0) {
		return -1;
	}
	return batch->last ? transact_commit(load->transact, batches, 1, true, err) : 0;
}

/* The rest of the object is only waited for. */
static void fail_part(struct load *load, const struct error *why)
{
	transact_rollback(load->transact);
	load->part = PART_FAILED;
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
		fail_part(load, &batch->error);
	} else if (load->part == PART_OPEN && add_part(load, batch, &why) < 0) {
		if (transact_failure(load->transact) == SESSION_BROKEN) {
			*err = why;
			load_abort(load);
			return -1;
		}
		fail_part(load, &why);
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
	int64_t pause = FIRST_PAUSE;
	int tries = 0, count = 1;

	assert(load->part == PART_NONE);
	while (count != 0 && !stop(arg)) {
		count = transact_remove(load->transact, ids, err);
		if (count > 0) {
			tries = 0;
			pause = FIRST_PAUSE;
		}
		if (count < 0) {
			if (++tries == TRIES ||
				transact_failure(load->transact) != SESSION_AGAIN) {
				return -1;
			}
			pause_ms(pause);
			pause *= 2;
		}
	}
	return 0;
}
