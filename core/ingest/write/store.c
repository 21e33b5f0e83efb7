#include "ingest/write/store.h"

#include <string.h>

#include "ingest/statistics/recompute.h"
#include "ingest/store/blocks.h"
#include "ingest/store/merge.h"
#include "ingest/store/parts.h"

/* The work on one batch. */
struct store {
	struct write_set *set;
	struct stored_blocks *stored;
	const struct origins *origins;
	const struct store_how *how;
	struct blocks blocks;
	struct parts parts;
};

/* The reports on one year and element: `count` of them. */
struct group {
	struct write_set_station *station;
	const struct write_set_report *reports;
	size_t count;
};

static struct merge_view merge_group(struct store *store, const struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct merge_view view = merge_view_batch(group->reports[i].block);

		parts_report(
			&store->parts, group->reports[i].origin, &view, group->reports[i].adds);
	}
	return parts_merge(&store->parts);
}

static int store_group(struct store *store, const struct group *group, struct error *err)
{
	const struct batch_block *block = group->reports[0].block;
	const struct stored_key key = { group->station->id, block->element->code, block->year };
	int32_t origin = PARTS_SEVERAL;
	struct merge_view stored, view;
	int found, changed;

	found = stored_find(store->stored, &key, store->origins, &store->parts, &origin, err);
	if (found < 0) {
		return -1;
	}
	stored = merge_view(&store->stored->merge);
	view = merge_group(store, group);
	changed = blocks_put(&store->blocks, &key, &store->parts, &view,
		found > 0 ? &stored : NULL, origin, err);
	if (changed <= 0) {
		return changed;
	}
	group->station->changed = true;
	if (group->station->fresh && store->how->at_hand) {
		recompute_block(store->how->derive, key.element, &view);
	} else {
		dirty_add(store->how->dirty, key.station, view.year);
	}
	return 0;
}

static bool is_same_block(const struct batch_block *a, const struct batch_block *b)
{
	return a->year == b->year &&
	       (a->element == b->element || strcmp(a->element->code, b->element->code) == 0);
}

static int store_station(
	struct store *store, struct write_set_station *station, struct error *err)
{
	const struct write_set_report *reports = station->reports;
	const size_t count = station->report_count;
	const bool at_hand = station->fresh && store->how->at_hand && count > 0;

	if (at_hand) {
		recompute_begin(store->how->derive, &station->description,
			reports[0].block->year, reports[count - 1].block->year);
	}
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1;
			end < count && is_same_block(reports[i].block, reports[end].block);) {
			end++;
		}
		const struct group group = { station, reports + i, end - i };

		if (store_group(store, &group, err) < 0) {
			return -1;
		}
	}
	if (at_hand) {
		recompute_end(store->how->derive);
	}
	return 0;
}

static int store_all(struct store *store, struct error *err)
{
	for (size_t i = 0; i < store->set->station_count; i++) {
		if (store_station(store, &store->set->stations[i], err) < 0) {
			return -1;
		}
	}
	return blocks_flush(&store->blocks, err);
}

int store_blocks(struct session *session, struct write_set *set, struct stored_blocks *stored,
	const struct origins *origins, const struct store_how *how, struct store_counts *counts,
	struct error *err)
{
	struct store store = { .set = set,
		.stored = stored,
		.origins = origins,
		.how = how,
		.blocks = { .session = session } };
	int status = store_all(&store, err);

	if (status == 0) {
		counts->added = store.blocks.count_added;
		counts->changed = store.blocks.count_changed;
	}
	blocks_finish(&store.blocks);
	parts_finish(&store.parts);
	return status;
}
