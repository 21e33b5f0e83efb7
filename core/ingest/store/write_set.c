#include "ingest/store/write_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/station.h"

/* One occurrence of a station in a batch. */
struct entry {
	const char *id;
	size_t batch;
	const struct batch_station *station;   /* or NULL */
	const struct alm_station *description; /* or NULL */
	const struct batch *from;
};

/* A report and the index of its batch. */
struct report {
	struct write_set_report report;
	size_t batch;
};

static size_t count_entries(struct batch *const *batches, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++) {
		total += batches[i]->station_count + batches[i]->description_count;
	}
	return total;
}

static size_t list_entries(struct batch *const *batches, size_t count, struct entry *entries)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct batch *batch = batches[i];

		if (batch->origin == NULL) {
			continue;
		}
		for (size_t k = 0; k < batch->station_count; k++) {
			const struct batch_station *s = &batch->stations[k];

			entries[n++] = (struct entry){
				.id = s->id, .batch = i, .station = s, .from = batch
			};
		}
		for (size_t k = 0; k < batch->description_count; k++) {
			const struct alm_station *d = &batch->descriptions[k];

			entries[n++] = (struct entry){
				.id = d->id, .batch = i, .description = d, .from = batch
			};
		}
	}
	return n;
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	return order != 0 ? order : (a->batch > b->batch) - (a->batch < b->batch);
}

static int compare_reports(const void *left, const void *right)
{
	const struct report *a = left, *b = right;
	const struct batch_block *x = a->report.block, *y = b->report.block;
	int order = (x->year > y->year) - (x->year < y->year);

	if (order == 0) {
		order = strcmp(x->element->code, y->element->code);
	}
	return order != 0 ? order : (a->batch > b->batch) - (a->batch < b->batch);
}

/* Collects the blocks of all batches that report of the station. */
static void list_reports(struct write_set *set, struct write_set_station *station,
	const struct entry *entries, size_t count)
{
	struct report *reports = memory_array(station->report_count, sizeof(*reports));
	size_t n = 0, reporting = 0;

	for (size_t i = 0; i < count; i++) {
		const struct batch_station *from = entries[i].station;

		reporting += from != NULL && from->block_count > 0;
		for (size_t k = 0; from != NULL && k < from->block_count; k++) {
			reports[n++] =
				(struct report){ { from->blocks[k], entries[i].from->origin,
							 entries[i].from->adds },
					entries[i].batch };
		}
	}
	if (reporting > 1) { /* a single batch is sorted already */
		qsort(reports, n, sizeof(*reports), compare_reports);
	}
	station->reports = arena_take(&set->arena, n * sizeof(*station->reports));
	for (size_t i = 0; i < n; i++) {
		station->reports[i] = reports[i].report;
	}
	free(reports);
}

/* A batch that describes the station, or names it without a day, has a row for its description.
 */
static void list_description(
	struct write_set *set, struct write_set_station *station, const struct entry *entry)
{
	struct write_set_description *last = &set->descriptions[set->description_count];
	bool again = set->description_count > 0 && last[-1].origin == entry->from->origin &&
		     strcmp(last[-1].id, entry->id) == 0;

	if (entry->description == NULL && entry->station->block_count > 0) {
		return;
	}
	station->described = true;
	if (!again) {
		*last = (struct write_set_description){ .id = entry->id,
			.origin = entry->from->origin };
		set->description_count++;
	}
	last = &set->descriptions[set->description_count - 1];
	last->station = entry->description != NULL ? entry->description : last->station;
}

static void make_station(struct write_set *set, struct write_set_station *station,
	const struct entry *entries, size_t count)
{
	station->id = entries[0].id;
	station->description = station_complete((struct alm_station){
		.id = station->id, .latitude = NAN, .longitude = NAN, .elevation = NAN });
	for (size_t i = 0; i < count; i++) {
		list_description(set, station, &entries[i]);
		if (entries[i].station != NULL) {
			station->report_count += entries[i].station->block_count;
		}
	}
	if (station->report_count > 0) {
		list_reports(set, station, entries, count);
	}
}

void write_set_init(struct write_set *set, struct batch *const *batches, size_t count)
{
	struct entry *entries =
		memory_array(count_entries(batches, count), sizeof(struct entry));
	size_t n = list_entries(batches, count, entries);

	*set = (struct write_set){ 0 };
	arena_init(&set->arena);
	set->stations = arena_alloc(&set->arena, n * sizeof(*set->stations));
	set->descriptions = arena_alloc(&set->arena, n * sizeof(*set->descriptions));
	qsort(entries, n, sizeof(*entries), compare_entries);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && strcmp(entries[i].id, entries[end].id) == 0;) {
			end++;
		}
		make_station(set, &set->stations[set->station_count++], entries + i, end - i);
	}
	free(entries);
}

void write_set_finish(struct write_set *set)
{
	arena_finish(&set->arena);
}

static int compare_id(const void *id, const void *station)
{
	return strcmp(id, ((const struct write_set_station *)station)->id);
}

struct write_set_station *write_set_find(const struct write_set *set, const char *id)
{
	return bsearch(
		id, set->stations, set->station_count, sizeof(*set->stations), compare_id);
}
