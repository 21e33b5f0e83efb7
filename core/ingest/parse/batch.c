#include "ingest/parse/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "ingest/input/label.h"
#include "ingest/parse/ledger_entry.h"

struct batch *batch_create(void)
{
	struct batch *batch = memory_new(struct batch);

	arena_init(&batch->arena);
	return batch;
}

void batch_destroy(struct batch *batch)
{
	if (batch != NULL) {
		arena_finish(&batch->arena);
		free(batch);
	}
}

struct batch *batch_make(const char *uri, enum batch_outcome outcome)
{
	struct batch *batch = batch_create();

	batch->uri = arena_copy(&batch->arena, uri, strlen(uri));
	batch->first = batch->last = true;
	batch->outcome = outcome;
	return batch;
}

struct batch *batch_make_failed(const char *uri, const struct error *err)
{
	struct batch *batch = batch_make(uri, BATCH_FAILED);

	batch->error = *err;
	return batch;
}

struct batch *batch_make_skipped(const struct ledger_entry *entry)
{
	struct batch *batch = batch_make(entry->uri, BATCH_SKIPPED);

	batch->source = arena_copy(&batch->arena, entry->source, strlen(entry->source));
	batch->source_version =
		arena_copy(&batch->arena, entry->source_version, strlen(entry->source_version));
	batch->size = entry->size;
	batch->members = entry->members;
	snprintf(batch->hash, sizeof(batch->hash), "%s", entry->hash);
	return batch;
}

struct batch *batch_make_others(const char *uri)
{
	struct batch *batch = batch_make(uri, BATCH_SKIPPED);

	batch->source = BATCH_ARCHIVE;
	return batch;
}

void batch_fail(struct batch *batch, const struct error *err)
{
	batch->outcome = BATCH_FAILED;
	batch->error = *err;
	batch->station_count = batch->description_count = 0;
	batch->hash[0] = '\0';
}

static const char *copy_ascii(struct arena *arena, const char *text)
{
	struct buffer ascii = { 0 };
	const char *copy;

	if (text == NULL) {
		return NULL;
	}
	utf8_put_ascii(&ascii, text);
	copy = arena_copy(arena, buffer_text(&ascii), ascii.length);
	buffer_finish(&ascii);
	return copy;
}

void batch_make_ascii(struct batch *batch)
{
	struct arena *arena = &batch->arena;
	struct batch_reject *rejects = NULL;
	char uri[LABEL_URI_MAX];

	label_write(uri, sizeof(uri), copy_ascii(arena, batch->uri));
	batch->uri = arena_copy(arena, uri, strlen(uri));
	error_set(&batch->error, "%s", copy_ascii(arena, batch->error.text));
	if (batch->rejects_held > 0) {
		rejects = arena_alloc(arena, batch->rejects_held * sizeof(*rejects));
	}
	for (size_t i = 0; i < batch->rejects_held; i++) {
		rejects[i] = batch->rejects[i];
		rejects[i].reason = copy_ascii(arena, rejects[i].reason);
		rejects[i].content = copy_ascii(arena, rejects[i].content);
	}
	batch->rejects = rejects;
}

/* Visible ASCII: all that RFC 9110 lets new ones be, and every database has it. */
static bool is_storable(const char *etag)
{
	for (; *etag != '\0'; etag++) {
		unsigned char c = (unsigned char)*etag;

		if (c < 0x20 || c >= 0x7F) {
			return false;
		}
	}
	return true;
}

void batch_put_etag(struct batch *batch, const char *etag)
{
	if (etag != NULL && etag[0] != '\0' && is_storable(etag)) {
		batch->etag = arena_copy(&batch->arena, etag, strlen(etag));
	}
}
