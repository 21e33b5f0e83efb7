#include "ingest/store/blocks.h"

#include "ingest/store/copy.h"
#include "ingest/store/rows.h"

static const char copy_added[] =
	"copy block (" ROWS_BLOCK_COLUMNS ") from stdin (format binary)";

static const char make_stage[] = "create temporary table if not exists stage_block "
				 "(like block) on commit drop";

/* Empties it of rows that this transaction staged before. */
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
	"quality_flags = excluded.quality_flags, source_flags = excluded.source_flags, "
	"origin = excluded.origin, times = excluded.times, minimum = excluded.minimum, "
	"maximum = excluded.maximum";

#define KEYS "unnest($1::text[], $2::smallint[], $3::text[]) as t (id, year, element) "
#define SAME "b.station_id = t.id and b.year = t.year and b.element = t.element"

static const char remove_blocks[] = "delete from block b using " KEYS "where " SAME;

static const char move_blocks[] =
	"update block b set origin = t.origin from unnest($1::text[], $2::smallint[], "
	"$3::text[], $4::integer[]) as t (id, year, element, origin) where " SAME;

static const char remove_parts[] = "delete from block_part b using " KEYS "where " SAME;

static const char copy_parts[] =
	"copy block_part (" ROWS_PART_COLUMNS ") from stdin (format binary)";

void blocks_finish(struct blocks *blocks)
{
	if (blocks->copying) {
		session_copy_abandon(blocks->session);
	}
	buffer_finish(&blocks->added);
	buffer_finish(&blocks->changed);
	buffer_finish(&blocks->parts);
	arrays_finish(blocks->removed, BLOCKS_KEY);
	arrays_finish(blocks->reparted, BLOCKS_KEY);
	arrays_finish(blocks->moved, BLOCKS_KEY + 1);
	changed_days_finish(&blocks->days);
}

/* -- One block ----------------------------------------------------------- */

static void put_key(struct array *columns, const struct stored_key *key)
{
	array_text(&columns[0], key->station);
	array_integer(&columns[1], key->year);
	array_text(&columns[2], key->element);
}

static void put_parts(struct blocks *blocks, const struct stored_key *key,
	const struct parts *parts, const struct merge_view *view)
{
	for (size_t i = 0; i < parts->count && parts_origin(parts) == PARTS_SEVERAL; i++) {
		const struct part *part = &parts->list[i];
		bool same = merge_is_equal(&part->view, view);

		if (blocks->parts.length == 0) {
			copy_header(&blocks->parts);
		}
		rows_part(&blocks->parts, key->station, key->year, key->element,
			part->origin->id, same ? NULL : &part->view);
	}
}

static int add_row(struct blocks *blocks, const struct stored_key *key,
	const struct merge_view *view, int32_t origin, struct error *err)
{
	if (!blocks->copying) {
		if (session_copy_start(blocks->session, copy_added, err) < 0) {
			return -1;
		}
		blocks->copying = true;
		copy_header(&blocks->added);
	}
	rows_block(&blocks->added, key->station, key->element, view, origin);
	blocks->count_added++;
	return session_copy_rows(blocks->session, &blocks->added, err);
}

static void change_row(struct blocks *blocks, const struct stored_key *key,
	const struct merge_view *view, int32_t origin)
{
	if (blocks->changed.length == 0) {
		copy_header(&blocks->changed);
	}
	rows_block(&blocks->changed, key->station, key->element, view, origin);
}

static void move_row(struct blocks *blocks, const struct stored_key *key, int32_t origin)
{
	put_key(blocks->moved, key);
	if (origin == PARTS_SEVERAL) {
		array_text(&blocks->moved[BLOCKS_KEY], NULL);
	} else {
		array_integer(&blocks->moved[BLOCKS_KEY], origin);
	}
}

int blocks_put(struct blocks *blocks, const struct stored_key *key, const struct parts *parts,
	const struct merge_view *view, const struct merge_view *stored, int32_t origin,
	const char *by, struct error *err)
{
	int32_t now = parts_origin(parts);
	bool changed;

	if (stored == NULL) {
		put_parts(blocks, key, parts, view);
		return add_row(blocks, key, view, now, err) < 0 ? -1 : 1;
	}
	changed = parts->count == 0 || !merge_is_equal(stored, view);
	if (changed) {
		changed_days_add(&blocks->days, key, stored, view, by);
	}
	if (changed || parts->changed) {
		if (origin == PARTS_SEVERAL) {
			put_key(blocks->reparted, key);
		}
		put_parts(blocks, key, parts, view);
	}
	if (parts->count == 0) {
		put_key(blocks->removed, key);
	} else if (changed) {
		change_row(blocks, key, view, now);
	} else if (now != origin) {
		move_row(blocks, key, now);
	}
	blocks->count_changed += changed;
	return changed;
}

/* -- Writing ------------------------------------------------------------- */

static int write_changed(struct blocks *blocks, struct error *err)
{
	struct session *session = blocks->session;
	const struct statement statements[] = {
		{ "making a temporary table", make_stage, 0, NULL, 0 },
		{ "emptying a temporary table", empty_stage, 0, NULL, 0 },
	};

	if (blocks->changed.length == 0) {
		return 0;
	}
	if (session_run(session, statements, 2, NULL, err) < 0 ||
		session_copy_start(session, copy_changed, err) < 0 ||
		session_copy_end(session, &blocks->changed, err) < 0) {
		return -1;
	}
	return session_execute(session, "storing changed blocks", merge_stage, err);
}

static int write_keys(struct blocks *blocks, const char *what, const char *sql,
	struct array *columns, int count, struct error *err)
{
	const char *arguments[BLOCKS_KEY + 1];
	int status = 0;

	if (columns[0].text.length > 0) {
		array_arguments(columns, count, arguments);
		status = session_query(blocks->session, what, sql, count, arguments, NULL, err);
	}
	for (int i = 0; i < count; i++) {
		array_clear(&columns[i]);
	}
	return status;
}

int blocks_flush(struct blocks *blocks, struct error *err)
{
	struct session *session = blocks->session;

	if (blocks->copying && session_copy_end(session, &blocks->added, err) < 0) {
		return -1;
	}
	blocks->copying = false;
	if (write_changed(blocks, err) < 0 ||
		write_keys(blocks, "removing blocks", remove_blocks, blocks->removed,
			BLOCKS_KEY, err) < 0 ||
		write_keys(blocks, "moving blocks", move_blocks, blocks->moved, BLOCKS_KEY + 1,
			err) < 0 ||
		write_keys(blocks, "removing parts of blocks", remove_parts, blocks->reparted,
			BLOCKS_KEY, err) < 0 ||
		changed_days_flush(&blocks->days, session, blocks->run_id, err) < 0) {
		return -1;
	}
	if (blocks->parts.length == 0) {
		return 0;
	}
	return session_copy_start(session, copy_parts, err) < 0
		       ? -1
		       : session_copy_end(session, &blocks->parts, err);
}
