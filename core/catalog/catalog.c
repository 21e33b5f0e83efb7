#include "catalog/catalog.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "catalog/catalog_data.h"

enum { DESTROYED_INLINE = 2000 /* stations: 0.1 ms */ };

/* -- Finding ------------------------------------------------------------ */

size_t catalog_seek_station(const struct catalog *catalog, const char *id)
{
	size_t low = 0, high = catalog->station_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(catalog->stations[middle]->id, id) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

long catalog_find_station(const struct catalog *catalog, const char *id)
{
	size_t i = catalog_seek_station(catalog, id);

	return i < catalog->station_count && strcmp(catalog->stations[i]->id, id) == 0 ? (long)i
										       : -1;
}

/* Index into small_ids of the first id from `id` on, without regard to letter case. */
static size_t seek_small(const struct catalog *catalog, const char *id)
{
	size_t low = 0, high = catalog->small_id_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcasecmp(catalog->stations[catalog->small_ids[middle]]->id, id) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

long catalog_match_station(const struct catalog *catalog, const char *id)
{
	long exact = catalog_find_station(catalog, id), found = -1;
	char large[CATALOG_STATION_ID_MAX + 1];
	size_t length = strlen(id);

	if (exact >= 0 || length > CATALOG_STATION_ID_MAX) {
		return exact;
	}
	for (size_t i = 0; i <= length; i++) {
		large[i] = (char)toupper((unsigned char)id[i]);
	}
	found = catalog_find_station(catalog, large);
	for (size_t i = seek_small(catalog, id); i < catalog->small_id_count; i++) {
		uint32_t station = catalog->small_ids[i];

		if (strcasecmp(catalog->stations[station]->id, id) != 0) {
			break;
		}
		if (found >= 0) {
			return -1;
		}
		found = (long)station;
	}
	return found;
}

long catalog_find_element(const struct catalog *catalog, const char *code)
{
	for (size_t i = 0; i < catalog->element_count; i++) {
		if (strcasecmp(catalog->elements[i].code, code) == 0) {
			return (long)i;
		}
	}
	return -1;
}

long catalog_find_calculator(const struct catalog *catalog, const char *name)
{
	for (size_t i = 0; i < catalog->calculator_count; i++) {
		if (strcmp(catalog->calculators[i].name, name) == 0) {
			return (long)i;
		}
	}
	return -1;
}

/* -- Holding ------------------------------------------------------------ */

/* The mutable part of a catalog: reference counts change though readers have it const. */
static struct catalog_data *data_of(const struct catalog *catalog)
{
	union {
		const struct catalog *catalog;
		struct catalog_data *data;
	} cast = { .catalog = catalog };

	return cast.data;
}

static struct station_data *station_data_of(const struct catalog_station *station)
{
	union {
		const struct catalog_station *station;
		struct station_data *data;
	} cast = { .station = station };

	return cast.data;
}

struct catalog_data *catalog_create(void)
{
	struct catalog_data *data = memory_new(struct catalog_data);

	atomic_init(&data->holders, 1);
	arena_init(&data->arena);
	return data;
}

const char *catalog_heads(const struct catalog *catalog, size_t *length)
{
	*length = data_of(catalog)->heads_length;
	return data_of(catalog)->heads;
}

const struct catalog *catalog_hold(const struct catalog *catalog)
{
	atomic_fetch_add_explicit(&data_of(catalog)->holders, 1, memory_order_relaxed);
	return catalog;
}

static void destroy(struct catalog_data *data)
{
	union {
		const struct catalog_station *const *list;
		void *memory;
	} stations = { .list = data->catalog.stations };

	for (size_t i = 0; i < data->catalog.station_count; i++) {
		station_release(stations.list[i]);
	}
	free(stations.memory);
	arena_finish(&data->arena);
	free(data->heads);
	free(data);
}

static void *run_destroy(void *data)
{
	destroy(data);
	return NULL;
}

/* Frees a catalog of many stations on a detached thread: it would block the caller for too
 * long. */
static void destroy_in_background(struct catalog_data *data)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int code = 1;

	if (data->catalog.station_count > DESTROYED_INLINE) {
		pthread_attr_init(&attributes);
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
		code = pthread_create(&thread, &attributes, run_destroy, data);
		pthread_attr_destroy(&attributes);
	}
	if (code != 0) {
		destroy(data);
	}
}

/* Drops a reference; true: it was the last. Orders other threads' accesses before those of
 * the last holder. */
static bool drop(atomic_uint *holders)
{
	return atomic_fetch_sub_explicit(holders, 1, memory_order_acq_rel) == 1;
}

void catalog_release(const struct catalog *catalog)
{
	if (catalog != NULL && drop(&data_of(catalog)->holders)) {
		destroy_in_background(data_of(catalog));
	}
}

struct station_data *station_hold(const struct catalog_station *station)
{
	struct station_data *data = station_data_of(station);

	atomic_fetch_add_explicit(&data->holders, 1, memory_order_relaxed);
	return data;
}

void station_release(const struct catalog_station *station)
{
	if (drop(&station_data_of(station)->holders)) {
		free(station_data_of(station));
	}
}

/* Of several with equal periods, as after a plugin has changed, those that are computed. */
static bool is_better(const struct catalog_calculator *a, const struct catalog_calculator *b)
{
	return a->period->months != b->period->months ? a->period->months > b->period->months
						      : a->table != NULL;
}

long catalog_find_rows(const struct catalog *catalog, const char *statistic, uint32_t kind)
{
	long found = -1;

	for (size_t i = 0; i < catalog->calculator_count; i++) {
		const struct catalog_calculator *calculator = &catalog->calculators[i];

		if (strcmp(calculator->statistic, statistic) == 0 &&
			(kind == 0 || calculator->period->bit == kind) &&
			(found < 0 || is_better(calculator, &catalog->calculators[found]))) {
			found = (long)i;
		}
	}
	return found;
}

bool catalog_has_statistic(const struct catalog *catalog, const char *statistic)
{
	return catalog_find_rows(catalog, statistic, 0) >= 0;
}
