#include "ingest/store/origins.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SMALLEST = 64, COLUMN_ID = 0, COLUMN_URI, COLUMN_PLACE, COLUMN_WHOLE };

static const struct origin unknown = { .id = ORIGIN_UNKNOWN, .place = -1, .uri = "" };

/* $2: names that may be the archives of $1. */
static const char insert_origins[] =
	"insert into origin (uri, place, whole) "
	"select t.uri, coalesce(max(a.place), 1), bool_or(t.whole) "
	"from unnest($1::text[], $2::text[], $3::boolean[]) as t (uri, archive, whole) "
	"left join origin a on a.uri = t.archive "
	"where not exists (select from origin o where o.uri = t.uri) group by t.uri "
	"order by t.uri on conflict (uri) do nothing";

static const char update_origins[] =
	"update origin o set whole = t.whole from unnest($1::text[], $2::text[], $3::boolean[]) "
	"as t (uri, archive, whole) where o.uri = t.uri and o.whole <> t.whole";

/* The row lock admits one transaction at a time to an object. */
static const char select_by_uri[] =
	"select origin, uri, place, whole from origin where uri = any ($1::text[]) order by uri "
	"for no key update";

static const char select_by_id[] =
	"select origin, uri, place, whole from origin where origin = any ($1::integer[])";

void origins_finish(struct origins *origins)
{
	arena_finish(&origins->arena);
	free(origins->list);
	*origins = (struct origins){ 0 };
}

void origins_clear(struct origins *origins)
{
	origins->count = 0;
	arena_reset(&origins->arena);
}

static int compare_ids(const void *a, const void *b)
{
	const struct origin *x = *(struct origin *const *)a, *y = *(struct origin *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static const struct origin *find(const struct origins *origins, int32_t id)
{
	struct origin wanted = { .id = id }, *key = &wanted;
	struct origin **found;

	if (id == ORIGIN_UNKNOWN) {
		return &unknown;
	}
	if (origins->count == 0) {
		return NULL;
	}
	found = bsearch(
		&key, origins->list, origins->count, sizeof(*origins->list), compare_ids);
	return found != NULL ? *found : NULL;
}

bool origins_has(const struct origins *origins, int32_t id)
{
	return find(origins, id) != NULL;
}

const struct origin *origins_find(const struct origins *origins, int32_t id)
{
	const struct origin *origin = find(origins, id);

	assert(origin != NULL);
	return origin;
}

static int sort_rank(char c)
{
	return c == '/' ? 1 : (unsigned char)c;
}

int origins_compare_uris(const char *a, const char *b)
{
	while (*a == *b && *a != '\0') {
		a++;
		b++;
	}
	return sort_rank(*a) - sort_rank(*b);
}

int origins_compare(const struct origin *a, const struct origin *b)
{
	int order = (a->place > b->place) - (a->place < b->place);

	return order != 0 ? order : origins_compare_uris(a->uri, b->uri);
}

static struct origin *make(struct origins *origins, const PGresult *rows, int row)
{
	const char *uri = PQgetvalue(rows, row, COLUMN_URI);
	struct origin *origin = arena_alloc(&origins->arena, sizeof(*origin));

	*origin = (struct origin){ .id = (int32_t)strtol(
					   PQgetvalue(rows, row, COLUMN_ID), NULL, 10),
		.place = strtoll(PQgetvalue(rows, row, COLUMN_PLACE), NULL, 10),
		.whole = *PQgetvalue(rows, row, COLUMN_WHOLE) == 't',
		.uri = arena_copy(&origins->arena, uri, strlen(uri)) };
	return origin;
}

/* Adds origins; those in the list already stay as they are. The rows are distinct. */
static void add_rows(struct origins *origins, const PGresult *rows)
{
	size_t total = origins->count, most = total + (size_t)PQntuples(rows);

	if (most > origins->capacity) {
		origins->capacity = most + SMALLEST;
		origins->list =
			memory_resize(origins->list, origins->capacity, sizeof(*origins->list));
	}
	for (int row = 0; row < PQntuples(rows); row++) {
		struct origin *origin = make(origins, rows, row);

		if (find(origins, origin->id) == NULL) {
			origins->list[total++] = origin;
		}
	}
	origins->count = total;
	if (total > 0) {
		qsort(origins->list, total, sizeof(*origins->list), compare_ids);
	}
}

/* -- Origins of batches -------------------------------------------------- */

static int compare_uri(const void *uri, const void *origin)
{
	return strcmp(uri, (*(struct origin *const *)origin)->uri);
}

static int compare_uris(const void *a, const void *b)
{
	return strcmp((*(struct origin *const *)a)->uri, (*(struct origin *const *)b)->uri);
}

/* Sets the origin of each batch; one is missing only if another run removed it meanwhile. */
static int set_origins(struct origins *origins, struct session *session,
	struct batch *const *batches, size_t count, struct error *err)
{
	struct origin **sorted = memory_array(origins->count, sizeof(*sorted));
	int status = 0;

	memcpy(sorted, origins->list, origins->count * sizeof(*sorted));
	qsort(sorted, origins->count, sizeof(*sorted), compare_uris);
	for (size_t i = 0; i < count; i++) {
		struct origin **found =
			batches[i]->outcome == BATCH_TAKEN
				? bsearch(batches[i]->uri, sorted, origins->count,
					  sizeof(*sorted), compare_uri)
				: NULL;

		batches[i]->origin = found != NULL ? *found : NULL;
		if (found == NULL && batches[i]->outcome == BATCH_TAKEN) {
			snprintf(session->state, sizeof(session->state), "%s", SESSION_RETRY);
			status = error_set(err, "another run has removed it");
		}
	}
	free(sorted);
	return status;
}

/* One row for each possible name of the archive. */
static void list_batch(struct array columns[3], const struct batch *batch)
{
	struct buffer archive = { 0 };
	const char *whole = batch->whole ? "t" : "f", *mark = batch->uri;

	array_text(&columns[0], batch->uri);
	array_text(&columns[1], NULL);
	array_text(&columns[2], whole);
	while ((mark = strchr(mark, '!')) != NULL) {
		archive.length = 0;
		buffer_append(&archive, batch->uri, (size_t)(mark - batch->uri));
		array_text(&columns[0], batch->uri);
		array_text(&columns[1], buffer_text(&archive));
		array_text(&columns[2], whole);
		mark++;
	}
	buffer_finish(&archive);
}

int origins_assign(struct origins *origins, struct session *session,
	struct batch *const *batches, size_t count, struct error *err)
{
	struct array columns[3] = { 0 };
	const char *arguments[3];
	PGresult *results[3];
	int status;

	for (size_t i = 0; i < count; i++) {
		if (batches[i]->outcome == BATCH_TAKEN) {
			list_batch(columns, batches[i]);
		}
	}
	array_arguments(columns, 3, arguments);
	const struct statement statements[] = {
		{ "adding origins", insert_origins, 3, arguments, 0 },
		{ "updating origins", update_origins, 3, arguments, 0 },
		{ "reading origins", select_by_uri, 1, arguments, 0 },
	};
	status = session_run(session, statements, 3, results, err);
	if (status == 0) {
		add_rows(origins, results[2]);
		session_clear(results, 3);
		status = set_origins(origins, session, batches, count, err);
	}
	arrays_finish(columns, 3);
	return status;
}

int origins_load(
	struct origins *origins, struct session *session, struct array *ids, struct error *err)
{
	const char *argument = array_argument(ids);
	PGresult *rows;

	if (ids->text.length == 0) {
		return 0;
	}
	if (session_query(session, "reading origins", select_by_id, 1, &argument, &rows, err) <
		0) {
		return -1;
	}
	add_rows(origins, rows);
	PQclear(rows);
	return 0;
}
