/* Statistics: the rows of a station between two periods. */
#include "db/wire.h"
#include "fetch/fetch_batch.h"
#include "fetch/stat_layout.h"

/* Keys of the periods that the run has. */
static const int32_t *run_keys(const struct stat_fetch *fetch, size_t part)
{
	return fetch->parts[part].station->periods[fetch->calculator] + fetch->runs[part].first;
}

static void take_statistic(struct fetch *fetch, int64_t head, const PGresult *result, int row)
{
	struct stat_fetch *of = (struct stat_fetch *)fetch;
	size_t part = batch_key(fetch, head);
	struct stat_run *run = &of->runs[part];
	const int32_t *keys = run_keys(of, part);
	int32_t key = batch_detail(head);
	size_t low = 0, high = run->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (keys[middle] < key) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (low < run->count && keys[low] == key &&
		stat_layout_read(
			of->layout, result, row, key, run->rows + low * of->layout->size)) {
		run->found++;
	} else {
		of->strays++;
	}
}

static struct fetch_batch *find_batch(
	struct fetcher *fetcher, const struct stat_fetch *fetch, size_t weight)
{
	const struct statement *statement = &fetch->layout->kept.statement;
	struct fetch_batch *batch = batch_first(fetcher);

	while (batch != NULL && !batch_has_room(batch, statement, weight)) {
		batch = batch->next;
	}
	if (batch == NULL) {
		batch = batch_open(fetcher, statement);
		wire_array_begin(&batch->args[0], WIRE_TEXT);
		wire_array_begin(&batch->args[1], WIRE_INT4);
		wire_array_begin(&batch->args[2], WIRE_INT4);
	}
	return batch;
}

static size_t count_rows(const struct stat_fetch *fetch)
{
	size_t rows = 0;

	for (size_t i = 0; i < fetch->part_count; i++) {
		rows += fetch->runs[i].count;
	}
	return rows;
}

void fetch_statistics(struct fetcher *fetcher, struct stat_fetch *fetch)
{
	size_t weight = count_rows(fetch);
	struct fetch_batch *batch = find_batch(fetcher, fetch, weight);

	fetch->fetch.take = take_statistic;
	for (size_t i = 0; i < fetch->part_count; i++) {
		const int32_t *keys = run_keys(fetch, i);

		wire_array_int4(&batch->args[1], keys[0]);
		wire_array_int4(&batch->args[2], keys[fetch->runs[i].count - 1]);
	}
	batch_add(batch, &fetch->fetch, fetch->parts, fetch->part_count, weight);
}
