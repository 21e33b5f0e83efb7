#include "ingest/batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* One mention of a station. */
struct entry {
	const char *id;
	size_t parcel;
	const struct parcel_station *station;  /* or NULL */
	const struct alm_station *description; /* or NULL */
};

struct report {
	struct parcel_block *block;
	size_t parcel;
};

static size_t count_entries(struct parcel *const *parcels, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++) {
		total += parcels[i]->station_count + parcels[i]->description_count;
	}
	return total;
}

static size_t list_entries(struct parcel *const *parcels, size_t count, struct entry *entries)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct parcel *parcel = parcels[i];

		if (parcel->outcome != PARCEL_TAKEN) {
			continue;
		}
		for (size_t k = 0; k < parcel->station_count; k++) {
			const struct parcel_station *s = &parcel->stations[k];

			entries[n++] = (struct entry){ .id = s->id, .parcel = i, .station = s };
		}
		for (size_t k = 0; k < parcel->description_count; k++) {
			const struct alm_station *d = &parcel->descriptions[k];

			entries[n++] =
				(struct entry){ .id = d->id, .parcel = i, .description = d };
		}
	}
	return n;
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	return order != 0 ? order : (a->parcel > b->parcel) - (a->parcel < b->parcel);
}

static void describe(struct batch_station *station, const struct alm_station *from)
{
	struct alm_station *to = &station->description;

	station->described = true;
	to->name = from->name != NULL && *from->name != '\0' ? from->name : to->name;
	to->latitude = isnan(from->latitude) ? to->latitude : from->latitude;
	to->longitude = isnan(from->longitude) ? to->longitude : from->longitude;
	to->elevation = isnan(from->elevation) ? to->elevation : from->elevation;
	to->country =
		from->country != NULL && *from->country != '\0' ? from->country : to->country;
	to->state = from->state != NULL && *from->state != '\0' ? from->state : to->state;
	to->wmo_id = from->wmo_id != NULL && *from->wmo_id != '\0' ? from->wmo_id : to->wmo_id;
}

static int compare_reports(const void *left, const void *right)
{
	const struct report *a = left, *b = right;
	int order = (a->block->year > b->block->year) - (a->block->year < b->block->year);

	if (order == 0) {
		order = strcmp(a->block->element->code, b->block->element->code);
	}
	return order != 0 ? order : (a->parcel > b->parcel) - (a->parcel < b->parcel);
}

/* Several parcels report of the station: their blocks, sorted together. */
static void sort_reports(struct batch *batch, struct batch_station *station,
	const struct entry *entries, size_t count)
{
	struct report *reports = memory_array(station->report_count, sizeof(*reports));
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct parcel_station *from = entries[i].station;

		for (size_t k = 0; from != NULL && k < from->block_count; k++) {
			reports[n++] = (struct report){ from->blocks[k], entries[i].parcel };
		}
	}
	qsort(reports, n, sizeof(*reports), compare_reports);
	station->reports = arena_alloc(&batch->arena, n * sizeof(struct parcel_block *));
	for (size_t i = 0; i < n; i++) {
		station->reports[i] = reports[i].block;
	}
	free(reports);
}

static void make_station(struct batch *batch, struct batch_station *station,
	const struct entry *entries, size_t count)
{
	size_t reporting = 0;

	station->id = entries[0].id;
	station->description = (struct alm_station){
		.id = station->id, .latitude = NAN, .longitude = NAN, .elevation = NAN
	};
	for (size_t i = 0; i < count; i++) {
		const struct parcel_station *from = entries[i].station;

		if (entries[i].description != NULL) {
			describe(station, entries[i].description);
		}
		if (from != NULL && from->block_count > 0) {
			reporting++;
			station->reports = from->blocks; /* sorted already */
			station->report_count += from->block_count;
		}
	}
	if (reporting > 1) {
		sort_reports(batch, station, entries, count);
	}
}

void batch_init(struct batch *batch, struct parcel *const *parcels, size_t count)
{
	struct entry *entries =
		memory_array(count_entries(parcels, count), sizeof(struct entry));
	size_t n = list_entries(parcels, count, entries);

	*batch = (struct batch){ 0 };
	arena_init(&batch->arena);
	batch->stations = arena_alloc(&batch->arena, n * sizeof(*batch->stations));
	qsort(entries, n, sizeof(*entries), compare_entries);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && strcmp(entries[i].id, entries[end].id) == 0;) {
			end++;
		}
		make_station(
			batch, &batch->stations[batch->station_count++], entries + i, end - i);
	}
	free(entries);
}

void batch_finish(struct batch *batch)
{
	arena_finish(&batch->arena);
}

static int compare_id(const void *id, const void *station)
{
	return strcmp(id, ((const struct batch_station *)station)->id);
}

struct batch_station *batch_find(const struct batch *batch, const char *id)
{
	return bsearch(id, batch->stations, batch->station_count, sizeof(*batch->stations),
		compare_id);
}
