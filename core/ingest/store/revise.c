#include "ingest/store/revise.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "catalog/block.h"
#include "ingest/store/blocks.h"
#include "ingest/store/parts.h"
#include "ingest/store/stations.h"
#include "ingest/store/stored.h"

enum { SMALLEST = 64 };

static const char lock_stations[] =
	"select station_id from station where station_id = any ($1::text[]) "
	"order by station_id for update";

static const char select_blocks[] =
	"select distinct on (b.station_id, b.year, b.element) " STORED_COLUMNS
	", " STORED_ORIGIN
	" from unnest($1::text[], $2::smallint[], $3::text[]) as t (id, year, element) "
	"join block b on b.station_id = t.id and b.year = t.year and b.element = t.element "
	"order by b.station_id, b.year, b.element";

static const char remove_descriptions[] =
	"delete from station_part p using unnest($1::text[], $2::integer[]) as t (id, origin) "
	"where p.station_id = t.id and p.origin = t.origin";

static const char remove_stations[] =
	"delete from station s where s.station_id = any ($1::text[]) "
	"and not exists (select from block b where b.station_id = s.station_id) "
	"and not exists (select from station_part p where p.station_id = s.station_id)";

void revise_finish(struct revise *revise)
{
	arena_finish(&revise->arena);
	array_finish(&revise->suspects);
	free(revise->list);
	*revise = (struct revise){ 0 };
}

static void forget(struct revise *revise)
{
	revise->count = 0;
	arena_reset(&revise->arena);
}

void revise_clear(struct revise *revise)
{
	forget(revise);
	revise->changed = 0;
	array_clear(&revise->suspects);
}

void revise_add(struct revise *revise, const struct revision *revision)
{
	struct arena *arena = &revise->arena;
	struct revision *to;

	if (revise->count == revise->capacity) {
		revise->capacity = revise->capacity * 2 + SMALLEST;
		revise->list =
			memory_resize(revise->list, revise->capacity, sizeof(*revise->list));
	}
	to = &revise->list[revise->count++];
	*to = *revision;
	to->station = arena_copy(arena, revision->station, strlen(revision->station));
	if (revision->element != NULL) {
		to->element = arena_copy(arena, revision->element, strlen(revision->element));
	}
	if (revision->stays != NULL) {
		uint8_t *stays = arena_take(arena, BLOCK_BITMAP);

		memcpy(stays, revision->stays, BLOCK_BITMAP);
		to->stays = stays;
	}
}

/* -- Blocks -------------------------------------------------------------- */

static struct stored_key revision_key(const struct revision *revision)
{
	return (struct stored_key){ revision->station, revision->element, revision->year };
}

/* Descriptions of stations come first. */
static int compare(const void *a, const void *b)
{
	const struct revision *x = a, *y = b;
	const struct stored_key left = revision_key(x), right = revision_key(y);

	if (x->element == NULL || y->element == NULL) {
		return (x->element != NULL) - (y->element != NULL);
	}
	return stored_compare(&left, &right);
}

static size_t count_descriptions(const struct revise *revise)
{
	size_t count = 0;

	while (count < revise->count && revise->list[count].element == NULL) {
		count++;
	}
	return count;
}

static int read_blocks(const struct revision *list, size_t count, struct session *session,
	PGresult **blocks, struct error *err)
{
	struct array columns[BLOCKS_KEY] = { 0 };
	const char *arguments[BLOCKS_KEY];
	int status;

	for (size_t i = 0; i < count; i++) {
		array_text(&columns[0], list[i].station);
		array_integer(&columns[1], list[i].year);
		array_text(&columns[2], list[i].element);
	}
	array_arguments(columns, BLOCKS_KEY, arguments);
	const struct statement statement = { "reading blocks", select_blocks, BLOCKS_KEY,
		arguments, 1 };

	status = session_run(session, &statement, 1, blocks, err);
	arrays_finish(columns, BLOCKS_KEY);
	return status;
}

/* State of revise_run(). */
struct context {
	struct revise *revise;
	struct origins *origins;
	struct dirty *dirty;
	struct array *changed;
	struct stored_blocks stored;
	struct parts parts;
	struct blocks blocks;
};

/* The object whose days are withdrawn; NULL: only places changed. */
static const char *find_uri(const struct context *context, const struct revision *revision)
{
	return revision->origin > ORIGIN_UNKNOWN &&
			       origins_has(context->origins, revision->origin)
		       ? origins_find(context->origins, revision->origin)->uri
		       : NULL;
}

/* Applies the revisions of one block. */
static int revise_block(
	struct context *context, const struct revision *list, size_t count, struct error *err)
{
	const struct stored_key key = revision_key(list);
	struct merge_view stored, view;
	int32_t origin;
	int status;

	status = stored_find(
		&context->stored, &key, context->origins, &context->parts, &origin, err);
	if (status <= 0) {
		return status;
	}
	for (size_t i = 0; i < count; i++) {
		parts_withdraw(&context->parts, list[i].origin, list[i].stays);
	}
	stored = merge_view(&context->stored.merge);
	view = parts_merge(&context->parts);
	status = blocks_put(&context->blocks, &key, &context->parts, &view, &stored, origin,
		find_uri(context, &list[count - 1]), err);
	if (status > 0) {
		dirty_add(context->dirty, key.station, key.year);
		array_text(context->changed, key.station);
	}
	if (context->parts.count == 0) {
		array_text(&context->revise->suspects, key.station);
	}
	return status < 0 ? -1 : 0;
}

static int revise_blocks(struct context *context, struct session *session,
	const struct revision *list, size_t count, struct error *err)
{
	int status = read_blocks(list, count, session, &context->stored.blocks, err);

	if (status == 0) {
		status = stored_read_parts(&context->stored, session, context->origins, err);
	}
	for (size_t i = 0, end; i < count && status == 0; i = end) {
		for (end = i + 1; end < count && compare(&list[i], &list[end]) == 0;) {
			end++;
		}
		status = revise_block(context, list + i, end - i, err);
	}
	return status == 0 ? blocks_flush(&context->blocks, err) : -1;
}

/* -- Descriptions -------------------------------------------------------- */

int revise_stations(struct session *session, struct array *ids, struct dirty *dirty,
	struct array *changed, struct error *err)
{
	const char *argument = array_argument(ids);
	PGresult *rows;

	if (session_query(session, "describing stations", stations_describe, 1, &argument,
		    &rows, err) < 0) {
		return -1;
	}
	stations_report_moves(rows);
	for (int row = 0; row < PQntuples(rows); row++) {
		const char *id = PQgetvalue(rows, row, 0);

		array_text(changed, id);
		dirty_add_all(dirty, id);
	}
	PQclear(rows);
	return 0;
}

static int revise_descriptions(
	struct context *context, struct session *session, size_t count, struct error *err)
{
	const struct revision *list = context->revise->list;
	struct array ids = { 0 }, origins = { 0 };
	int status;

	for (size_t i = 0; i < count; i++) {
		array_text(&ids, list[i].station);
		array_integer(&origins, list[i].origin);
		array_text(&context->revise->suspects, list[i].station);
	}
	const char *arguments[] = { array_argument(&ids), array_argument(&origins) };
	status = session_query(
		session, "removing descriptions", remove_descriptions, 2, arguments, NULL, err);
	if (status == 0) {
		status = revise_stations(session, &ids, context->dirty, context->changed, err);
	}
	array_finish(&ids);
	array_finish(&origins);
	return status;
}

/* -- Both ---------------------------------------------------------------- */

static int lock_all_stations(
	const struct revise *revise, struct session *session, struct error *err)
{
	struct array ids = { 0 };
	int status;

	for (size_t i = 0; i < revise->count; i++) {
		if (i == 0 ||
			strcmp(revise->list[i].station, revise->list[i - 1].station) != 0) {
			array_text(&ids, revise->list[i].station);
		}
	}
	const char *argument = array_argument(&ids);
	status = session_query(
		session, "locking stations", lock_stations, 1, &argument, NULL, err);
	array_finish(&ids);
	return status;
}

int revise_run(struct revise *revise, struct session *session, struct origins *origins,
	struct dirty *dirty, struct array *changed, struct error *err)
{
	struct context context = { .revise = revise,
		.origins = origins,
		.dirty = dirty,
		.changed = changed,
		.blocks = { .session = session, .run_id = revise->run_id } };
	size_t descriptions;
	int status;

	if (revise->count == 0) {
		return 0;
	}
	qsort(revise->list, revise->count, sizeof(*revise->list), compare);
	descriptions = count_descriptions(revise);
	status = lock_all_stations(revise, session, err);
	if (status == 0 && descriptions > 0) {
		status = revise_descriptions(&context, session, descriptions, err);
	}
	if (status == 0 && descriptions < revise->count) {
		status = revise_blocks(&context, session, revise->list + descriptions,
			revise->count - descriptions, err);
	}
	revise->changed += context.blocks.count_changed;
	stored_finish(&context.stored);
	parts_finish(&context.parts);
	blocks_finish(&context.blocks);
	forget(revise);
	return status;
}

int revise_suspects(struct revise *revise, struct session *session, struct error *err)
{
	const char *argument = array_argument(&revise->suspects);
	if (revise->suspects.text.length == 0) {
		return 0;
	}
	array_clear(&revise->suspects);
	return session_query(
		session, "removing stations", remove_stations, 1, &argument, NULL, err);
}
