#include "ingest/store/batch.h"

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
	const struct parcel *from;
};

/* A report, and whose it is. */
struct report {
	struct batch_report report;
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

		if (parcel->origin == NULL) {
			continue;
		}
		for (size_t k = 0; k < parcel->station_count; k++) {
			const struct parcel_station *s = &parcel->stations[k];

			entries[n++] = (struct entry){
				.id = s->id, .parcel = i, .station = s, .from = parcel
			};
		}
		for (size_t k = 0; k < parcel->description_count; k++) {
			const struct alm_station *d = &parcel->descriptions[k];

			entries[n++] = (struct entry){
				.id = d->id, .parcel = i, .description = d, .from = parcel
			};
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

static int compare_reports(const void *left, const void *right)
{
	const struct report *a = left, *b = right;
	const struct parcel_block *x = a->report.block, *y = b->report.block;
	int order = (x->year > y->year) - (x->year < y->year);

	if (order == 0) {
		order = strcmp(x->element->code, y->element->code);
	}
	return order != 0 ? order : (a->parcel > b->parcel) - (a->parcel < b->parcel);
}

/* The blocks of all parcels that report of the station, together. */
static void list_reports(struct batch *batch, struct batch_station *station,
	const struct entry *entries, size_t count)
{
	struct report *reports = memory_array(station->report_count, sizeof(*reports));
	size_t n = 0, reporting = 0;

	for (size_t i = 0; i < count; i++) {
		const struct parcel_station *from = entries[i].station;

		reporting += from != NULL && from->block_count > 0;
		for (size_t k = 0; from != NULL && k < from->block_count; k++) {
			reports[n++] =
				(struct report){ { from->blocks[k], entries[i].from->origin,
							 entries[i].from->adds },
					entries[i].parcel };
		}
	}
	if (reporting > 1) { /* those of one parcel are sorted already */
		qsort(reports, n, sizeof(*reports), compare_reports);
	}
	station->reports = arena_take(&batch->arena, n * sizeof(*station->reports));
	for (size_t i = 0; i < n; i++) {
		station->reports[i] = reports[i].report;
	}
	free(reports);
}

/* A parcel that describes the station, or mentions it without a day, says that there is one. */
static void list_description(
	struct batch *batch, struct batch_station *station, const struct entry *entry)
{
	struct batch_description *last = &batch->descriptions[batch->description_count];
	bool again = batch->description_count > 0 && last[-1].origin == entry->from->origin &&
		     strcmp(last[-1].id, entry->id) == 0;

	if (entry->description == NULL && entry->station->block_count > 0) {
		return;
	}
	station->described = true;
	if (!again) {
		*last = (struct batch_description){ .id = entry->id,
			.origin = entry->from->origin };
		batch->description_count++;
	}
	last = &batch->descriptions[batch->description_count - 1];
	last->station = entry->description != NULL ? entry->description : last->station;
}

static void make_station(struct batch *batch, struct batch_station *station,
	const struct entry *entries, size_t count)
{
	station->id = entries[0].id;
	station->description = (struct alm_station){
		.id = station->id, .latitude = NAN, .longitude = NAN, .elevation = NAN
	};
	for (size_t i = 0; i < count; i++) {
		list_description(batch, station, &entries[i]);
		if (entries[i].station != NULL) {
			station->report_count += entries[i].station->block_count;
		}
	}
	if (station->report_count > 0) {
		list_reports(batch, station, entries, count);
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
	batch->descriptions = arena_alloc(&batch->arena, n * sizeof(*batch->descriptions));
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
