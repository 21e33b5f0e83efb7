#include "ingest/parse/parcel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "ingest/input/label.h"
#include "ingest/parse/ledger_entry.h"

struct parcel *parcel_create(void)
{
	struct parcel *parcel = memory_new(struct parcel);

	arena_init(&parcel->arena);
	return parcel;
}

void parcel_destroy(struct parcel *parcel)
{
	if (parcel != NULL) {
		arena_finish(&parcel->arena);
		free(parcel);
	}
}

struct parcel *parcel_make(const char *uri, enum parcel_outcome outcome)
{
	struct parcel *parcel = parcel_create();

	parcel->uri = arena_copy(&parcel->arena, uri, strlen(uri));
	parcel->first = parcel->last = true;
	parcel->outcome = outcome;
	return parcel;
}

struct parcel *parcel_make_failed(const char *uri, const struct error *err)
{
	struct parcel *parcel = parcel_make(uri, PARCEL_FAILED);

	parcel->error = *err;
	return parcel;
}

struct parcel *parcel_make_skipped(const struct ledger_entry *entry)
{
	struct parcel *parcel = parcel_make(entry->uri, PARCEL_SKIPPED);

	parcel->source = arena_copy(&parcel->arena, entry->source, strlen(entry->source));
	parcel->source_version = arena_copy(
		&parcel->arena, entry->source_version, strlen(entry->source_version));
	parcel->size = entry->size;
	parcel->members = entry->members;
	snprintf(parcel->hash, sizeof(parcel->hash), "%s", entry->hash);
	return parcel;
}

struct parcel *parcel_make_others(const char *uri)
{
	struct parcel *parcel = parcel_make(uri, PARCEL_SKIPPED);

	parcel->source = PARCEL_ARCHIVE;
	return parcel;
}

void parcel_fail(struct parcel *parcel, const struct error *err)
{
	parcel->outcome = PARCEL_FAILED;
	parcel->error = *err;
	parcel->station_count = parcel->description_count = 0;
	parcel->hash[0] = '\0';
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

void parcel_make_ascii(struct parcel *parcel)
{
	struct arena *arena = &parcel->arena;
	struct parcel_reject *rejects = NULL;
	char uri[LABEL_URI_MAX];

	label_write(uri, sizeof(uri), copy_ascii(arena, parcel->uri));
	parcel->uri = arena_copy(arena, uri, strlen(uri));
	error_set(&parcel->error, "%s", copy_ascii(arena, parcel->error.text));
	if (parcel->rejects_held > 0) {
		rejects = arena_alloc(arena, parcel->rejects_held * sizeof(*rejects));
	}
	for (size_t i = 0; i < parcel->rejects_held; i++) {
		rejects[i] = parcel->rejects[i];
		rejects[i].reason = copy_ascii(arena, rejects[i].reason);
		rejects[i].content = copy_ascii(arena, rejects[i].content);
	}
	parcel->rejects = rejects;
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

void parcel_put_etag(struct parcel *parcel, const char *etag)
{
	if (etag != NULL && etag[0] != '\0' && is_storable(etag)) {
		parcel->etag = arena_copy(&parcel->arena, etag, strlen(etag));
	}
}
