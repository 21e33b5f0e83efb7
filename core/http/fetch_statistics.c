/* Statistics: the rows of a station between two periods. */
#include "db/wire.h"
#include "http/fetch_batch.h"

static const int32_t *part_keys(const struct stat_fetch *fetch, size_t part)
{
	return fetch->parts[part].station->periods[fetch->calculator] +
	       fetch->parts[part].first_period;
}

static void take_statistic(struct fetch *fetch, int64_t head, const PGresult *result, int row)
{
	struct stat_fetch *of = (struct stat_fetch *)fetch;
	size_t part = batch_key(fetch, head);
	const int32_t *keys = part_keys(of, part);
	int32_t key = batch_detail(head);
	int low = 0, high = of->parts[part].rows;

	(void)result;
	while (low < high) {
		int middle = low + (high - low) / 2;

		if (keys[middle] < key) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (low < of->parts[part].rows && keys[low] == key) {
		of->rows[of->part_starts[part] + (size_t)low] = row;
	} else {
		of->strays++;
	}
}

static struct fetch_batch *find_batch(
	struct fetcher *fetcher, const struct stat_fetch *fetch, size_t weight)
{
	struct fetch_batch *batch = batch_first(fetcher);

	while (batch != NULL && !batch_has_room(batch, fetch->statement, weight)) {
		batch = batch->next;
	}
	if (batch == NULL) {
		batch = batch_open(fetcher, fetch->statement);
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
		rows += (size_t)fetch->parts[i].rows;
	}
	return rows;
}

void fetch_statistics(struct fetcher *fetcher, struct stat_fetch *fetch)
{
	size_t weight = count_rows(fetch);
	struct fetch_batch *batch = find_batch(fetcher, fetch, weight);

	fetch->fetch.take = take_statistic;
	for (size_t i = 0; i < fetch->part_count; i++) {
		const int32_t *keys = part_keys(fetch, i);

		wire_array_int4(&batch->args[1], keys[0]);
		wire_array_int4(&batch->args[2], keys[fetch->parts[i].rows - 1]);
	}
	batch_add(batch, &fetch->fetch, fetch->parts, fetch->part_count, weight);
}
