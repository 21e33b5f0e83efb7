#include "ingest/store.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "ingest/copy.h"
#include "ingest/derive.h"
#include "ingest/merge.h"
#include "ingest/rows.h"
#include "ingest/stored.h"

static const char copy_added[] =
	"copy block (" ROWS_BLOCK_COLUMNS ") from stdin (format binary)";

static const char make_stage[] = "create temporary table if not exists stage_block "
				 "(like block) on commit drop";

/* Only what this transaction staged before could be in the way. */
static const char empty_stage[] = "delete from pg_temp.stage_block";

static const char copy_changed[] =
	"copy pg_temp.stage_block (" ROWS_BLOCK_COLUMNS ") from stdin (format binary)";

static const char merge_stage[] =
	"insert into block as b (" ROWS_BLOCK_COLUMNS ") select " ROWS_BLOCK_COLUMNS
	" from pg_temp.stage_block on conflict (station_id, year, element) do update set "
	"reported_days = excluded.reported_days, present_days = excluded.present_days, "
	"longest_gap = excluded.longest_gap, month_present = excluded.month_present, "
	"month_gap = excluded.month_gap, reported = excluded.reported, "
	"base = excluded.base, values = excluded.values, "
	"measurement_flags = excluded.measurement_flags, "
	"quality_flags = excluded.quality_flags, source_flags = excluded.source_flags";

/* The work on one batch. */
struct store {
	struct session *session;
	struct batch *batch;
	const PGresult *blocks;
	int row, rows; /* the next stored block, and their number */
	struct derive *derive;
	bool at_hand;
	struct touched *touched;
	struct store_counts counts;
	struct buffer added, changed; /* rows for COPY */
	bool copying;                 /* the COPY of added rows has begun */
	struct merge stored, merged;
};

/* The reports on one year and element: `count` of them. */
struct group {
	struct batch_station *station;
	struct parcel_block *const *reports;
	size_t count;
};

static int compare_key(const struct stored_key *key, const struct group *group)
{
	const struct parcel_block *block = group->reports[0];
	int order = strcmp(key->station, group->station->id);

	if (order == 0) {
		order = (key->year > block->year) - (key->year < block->year);
	}
	return order != 0 ? order : strcmp(key->element, block->element->code);
}

/* Row of the stored block, or -1. Both are in the same order: those before it are
 * not asked for any more. */
static int find_stored(struct store *store, const struct group *group)
{
	int order = -1;

	while (store->row < store->rows && order < 0) {
		struct stored_key key = stored_key(store->blocks, store->row);

		order = compare_key(&key, group);
		if (order < 0) {
			store->row++;
		}
	}
	return store->row < store->rows && order == 0 ? store->row : -1;
}

static struct merge_view merge_group(
	struct store *store, const struct group *group, const struct merge_view *stored)
{
	if (stored == NULL && group->count == 1) {
		return merge_view_parcel(group->reports[0]);
	}
	merge_clear(&store->merged, group->reports[0]->year);
	if (stored != NULL) {
		merge_lay(&store->merged, stored);
	}
	for (size_t i = 0; i < group->count; i++) {
		merge_report(&store->merged, group->reports[i]);
	}
	return merge_view(&store->merged);
}

static int add_row(struct store *store, const struct group *group,
	const struct merge_view *view, struct error *err)
{
	if (!store->copying) {
		if (session_copy_start(store->session, copy_added, err) < 0) {
			return -1;
		}
		store->copying = true;
		copy_header(&store->added);
	}
	rows_block(&store->added, group->station->id, group->reports[0]->element->code, view);
	store->counts.added++;
	return session_copy_rows(store->session, &store->added, err);
}

static void change_row(
	struct store *store, const struct group *group, const struct merge_view *view)
{
	if (store->counts.changed++ == 0) {
		copy_header(&store->changed);
	}
	rows_block(&store->changed, group->station->id, group->reports[0]->element->code, view);
}

static int store_group(struct store *store, const struct group *group, struct error *err)
{
	int row = find_stored(store, group);
	struct merge_view stored, view;

	if (row < 0) {
		view = merge_group(store, group, NULL);
		if (add_row(store, group, &view, err) < 0) {
			return -1;
		}
	} else {
		if (stored_decode(store->blocks, row, &store->stored, err) < 0) {
			return -1;
		}
		stored = merge_view(&store->stored);
		view = merge_group(store, group, &stored);
		if (merge_is_equal(&stored, &view)) {
			return 0;
		}
		change_row(store, group, &view);
	}
	group->station->changed = true;
	if (group->station->fresh && store->at_hand) {
		derive_block(store->derive, group->reports[0]->element->code, &view);
	} else {
		touched_add(store->touched, group->station->id, view.year);
	}
	return 0;
}

static bool is_same_block(const struct parcel_block *a, const struct parcel_block *b)
{
	return a->year == b->year &&
	       (a->element == b->element || strcmp(a->element->code, b->element->code) == 0);
}

static int store_station(struct store *store, struct batch_station *station, struct error *err)
{
	struct parcel_block *const *reports = station->reports;
	const size_t count = station->report_count;
	const bool at_hand = station->fresh && store->at_hand && count > 0;

	if (at_hand) {
		derive_begin(store->derive, &station->description, reports[0]->year,
			reports[count - 1]->year);
	}
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && is_same_block(reports[i], reports[end]);) {
			end++;
		}
		const struct group group = { station, reports + i, end - i };

		if (store_group(store, &group, err) < 0) {
			return -1;
		}
	}
	if (at_hand) {
		derive_end(store->derive);
	}
	return 0;
}

static int write_changed(struct store *store, struct error *err)
{
	struct session *session = store->session;
	const struct statement statements[] = {
		{ "making a temporary table", make_stage, 0, NULL, 0 },
		{ "emptying a temporary table", empty_stage, 0, NULL, 0 },
	};

	if (session_run(session, statements, 2, NULL, err) < 0 ||
		session_copy_start(session, copy_changed, err) < 0 ||
		session_copy_end(session, &store->changed, err) < 0) {
		return -1;
	}
	return session_execute(session, "storing changed blocks", merge_stage, err);
}

static int store_all(struct store *store, struct error *err)
{
	for (size_t i = 0; i < store->batch->station_count; i++) {
		if (store_station(store, &store->batch->stations[i], err) < 0) {
			return -1;
		}
	}
	if (store->copying && session_copy_end(store->session, &store->added, err) < 0) {
		return -1;
	}
	store->copying = false;
	return store->counts.changed > 0 ? write_changed(store, err) : 0;
}

int store_blocks(struct session *session, struct batch *batch, const PGresult *blocks,
	struct derive *derive, bool at_hand, struct touched *touched,
	struct store_counts *counts, struct error *err)
{
	struct store store = { .session = session,
		.batch = batch,
		.blocks = blocks,
		.rows = blocks != NULL ? PQntuples(blocks) : 0,
		.derive = derive,
		.at_hand = at_hand,
		.touched = touched };
	int status = store_all(&store, err);

	if (store.copying) {
		session_copy_abandon(session);
	}
	buffer_finish(&store.added);
	buffer_finish(&store.changed);
	if (status == 0) {
		*counts = store.counts;
	}
	return status;
}
