#include "ingest/parcel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/ledger.h"

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

void parcel_put_etag(struct parcel *parcel, const char *etag)
{
	if (etag != NULL && etag[0] != '\0') {
		parcel->etag = arena_copy(&parcel->arena, etag, strlen(etag));
	}
}
