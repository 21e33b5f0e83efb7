#include "ingest/write/places.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/settings.h"
#include "ingest/store/array.h"
#include "ingest/store/origins.h"

enum { NO_PLACE = 0 /* not known, or of an object that is gone */ };

static const char select_places[] =
	"select coalesce(o.place, 0), o.origin is not null from unnest($1::text[]) "
	"with ordinality as t (uri, n) left join origin o on o.uri = t.uri order by t.n";

static const char select_top[] = "select coalesce(max(place), 0) from origin";

/* An object of the input list. */
struct listed {
	const struct object *object;
	int64_t place, before; /* NO_PLACE: none yet */
	bool stored;           /* in the table origin */
};

struct places {
	struct transaction *tx;
	const struct objects *objects;
	const struct ledger *ledger;
	struct listed *list; /* in the order of the whole list */
	size_t count;
	int64_t top;       /* the highest place there is */
	const char **uris; /* sorted */
};

/* -- Places -------------------------------------------------------------- */

/* The lowest place that ranks the object above the one before it. */
static int64_t lowest_place_after(const struct listed *before, const struct object *object)
{
	return before->place + (origins_compare_uris(object->uri, before->object->uri) <= 0);
}

/* The place of the next object that has one; NO_PLACE: none has. */
static int64_t next_place(const struct places *places, size_t i)
{
	while (i < places->count && places->list[i].place == NO_PLACE) {
		i++;
	}
	return i < places->count ? places->list[i].place : NO_PLACE;
}

/* The place of an object that comes without others: it ranks above all stored ones. Objects of
 * S3 notifications are ordered by name only. */
static int64_t newest_place(const struct places *places)
{
	if (places->objects->exact) {
		return places->top > 0 ? places->top : 1;
	}
	return places->top + 1;
}

static int64_t choose_place(const struct places *places, size_t i)
{
	const struct listed *listed = &places->list[i], *before = i > 0 ? listed - 1 : NULL;
	bool follows = before != NULL && before->object->argument == listed->object->argument;
	int64_t lowest = before != NULL ? lowest_place_after(before, listed->object) : 1;
	int64_t next = follows ? NO_PLACE : next_place(places, i + 1);
	int64_t place = listed->place;

	if (places->objects->exact) {
		return newest_place(places);
	}
	if (place == NO_PLACE) {
		place = follows || (before != NULL && next != NO_PLACE) ? lowest
			: next != NO_PLACE                              ? next
									: newest_place(places);
	}
	return place > lowest ? place : lowest;
}

static bool is_in_order(const struct listed *listed, const struct listed *before)
{
	return listed->place > before->place ||
	       (listed->place == before->place &&
		       origins_compare_uris(listed->object->uri, before->object->uri) > 0);
}

/* Keeps the places of objects that are in order, and of S3 notifications; assigns the others.
 * Returns whether any is new. */
static bool place_objects(struct places *places)
{
	bool any = false;

	for (size_t i = 0; i < places->count; i++) {
		struct listed *listed = &places->list[i];
		bool keeps =
			i == 0 || places->objects->exact || is_in_order(listed, listed - 1);

		listed->before = listed->place;
		if (listed->place == NO_PLACE || !keeps) {
			listed->place = choose_place(places, i);
			any = true;
		}
		places->top = listed->place > places->top ? listed->place : places->top;
	}
	return any;
}

/* -- Objects that are gone ----------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_listed(const struct places *places, const char *uri)
{
	return bsearch(&uri, places->uris, places->count, sizeof(*places->uris),
		       compare_texts) != NULL;
}

/* Files in a listed archive are not gone: reading the archive decides. */
static bool is_in_list(const struct places *places, const char *uri)
{
	bool found = is_listed(places, uri);
	char *copy;

	if (found || strchr(uri, '!') == NULL) {
		return found;
	}
	copy = memory_copy_text(uri, strlen(uri));
	for (char *mark = copy; !found && (mark = strchr(mark, '!')) != NULL; mark++) {
		*mark = '\0';
		found = is_listed(places, copy);
		*mark = '!';
	}
	free(copy);
	return found;
}

/* Whether an object was below a listed directory or prefix, but is not in the list. */
static bool is_gone(const struct places *places, const struct ledger_entry *entry)
{
	const struct objects *objects = places->objects;

	for (size_t i = 0; i < objects->root_count; i++) {
		const char *root = objects->roots[i].uri;

		if (strncmp(entry->uri, root, strlen(root)) == 0) {
			return !is_in_list(places, entry->uri);
		}
	}
	return false;
}

/* -- Assigning places ---------------------------------------------------- */

static void init(struct places *places, struct transaction *tx, const struct objects *objects,
	const struct ledger *ledger)
{
	*places = (struct places){ .tx = tx,
		.objects = objects,
		.ledger = ledger,
		.count = objects->count + objects->others };
	places->list = memory_array(places->count, sizeof(*places->list));
	for (size_t i = 0; i < places->count; i++) {
		places->list[objects->list[i].number].object = &objects->list[i];
	}
	places->uris = memory_array(places->count, sizeof(*places->uris));
	for (size_t i = 0; i < places->count; i++) {
		places->uris[i] = places->list[i].object->uri;
	}
	qsort(places->uris, places->count, sizeof(*places->uris), compare_texts);
}

static void finish(struct places *places)
{
	free(places->list);
	free(places->uris);
}

/* Whether places have to change, by the ledger as it was read. */
static bool needs_update(struct places *places)
{
	size_t count;
	const struct ledger_entry *entries = ledger_entries(places->ledger, &count);

	for (size_t i = 0; i < places->count; i++) {
		const struct ledger_entry *entry =
			ledger_find_any(places->ledger, places->list[i].object->uri);

		places->list[i].place = entry != NULL ? entry->place : NO_PLACE;
	}
	if (place_objects(places)) {
		return true;
	}
	for (size_t i = 0; i < count && places->objects->root_count > 0; i++) {
		if (entries[i].place != NO_PLACE && is_gone(places, &entries[i])) {
			return true;
		}
	}
	return false;
}

/* Reads the current places, under the exclusive lock. */
static int read_places(struct places *places, struct error *err)
{
	struct array uris = { 0 };
	PGresult *results[2];
	int status;

	for (size_t i = 0; i < places->count; i++) {
		array_text(&uris, places->list[i].object->uri);
	}
	const char *argument = array_argument(&uris);
	const struct statement statements[] = {
		{ "reading the order", select_places, 1, &argument, 0 },
		{ "reading the order", select_top, 0, NULL, 0 },
	};

	status = session_run(transaction_session(places->tx), statements, 2, results, err);
	for (size_t i = 0; status == 0 && i < places->count; i++) {
		places->list[i].place = strtoll(PQgetvalue(results[0], (int)i, 0), NULL, 10);
		places->list[i].stored = *PQgetvalue(results[0], (int)i, 1) == 't';
	}
	if (status == 0) {
		places->top = strtoll(PQgetvalue(results[1], 0, 0), NULL, 10);
		PQclear(results[0]);
		PQclear(results[1]);
	}
	array_finish(&uris);
	return status;
}

static void add_place(struct array columns[2], const char *uri, int64_t place)
{
	array_text(&columns[0], uri);
	array_integer(&columns[1], place);
}

static int find_new_places(void *arg, struct transaction_places *to, struct error *err)
{
	struct places *places = arg;
	size_t count;
	const struct ledger_entry *entries = ledger_entries(places->ledger, &count);

	if (read_places(places, err) < 0) {
		return -1;
	}
	place_objects(places);
	for (size_t i = 0; i < places->count; i++) {
		const struct listed *listed = &places->list[i];

		if (!listed->stored) {
			add_place(to->added, listed->object->uri, listed->place);
		} else if (listed->place != listed->before) {
			add_place(to->moved, listed->object->uri, listed->place);
		}
	}
	for (size_t i = 0; i < count && places->objects->root_count > 0; i++) {
		if (entries[i].place != NO_PLACE && is_gone(places, &entries[i])) {
			add_place(to->moved, entries[i].uri, NO_PLACE);
		}
	}
	return 0;
}

int places_assign(struct transaction *tx, const struct objects *objects,
	const struct ledger *ledger, struct error *err)
{
	struct places places;
	int status = 0;

	init(&places, tx, objects, ledger);
	if (needs_update(&places)) {
		status = transaction_assign_places(tx, find_new_places, &places, err);
	}
	finish(&places);
	return status;
}

static bool is_mine(const struct shard *shard, const char *uri)
{
	const char *name = uri + strlen(uri);

	while (name > uri && name[-1] != '/' && name[-1] != '!') {
		name--;
	}
	return shard_has(shard, name);
}

static void list_gone(
	const struct objects *objects, const struct ledger *ledger, struct array *ids)
{
	struct places places;
	size_t count;
	const struct ledger_entry *entries = ledger_entries(ledger, &count);

	if (objects->root_count == 0) {
		return;
	}
	init(&places, NULL, objects, ledger);
	for (size_t i = 0; i < count; i++) {
		if (is_gone(&places, &entries[i]) && is_mine(&objects->shard, entries[i].uri)) {
			array_integer(ids, entries[i].origin);
		}
	}
	finish(&places);
}

/* -- Removing ------------------------------------------------------------ */

enum removal places_choose_removal(const struct settings *settings)
{
	static const char *const names[] = { [REMOVE_NOTHING] = "nothing",
		[REMOVE_DAYS] = "days",
		[REMOVE_OBJECTS] = "objects" };
	const char *name = settings_text(settings, SETTING_REMOVE);
	enum removal removal = REMOVE_OBJECTS;

	while (removal > REMOVE_NOTHING && strcmp(name, names[removal]) != 0) {
		removal--;
	}
	return removal;
}

static int remove_all(const struct prune *prune, struct array *ids, struct error *err)
{
	int status = 0;

	if (ids->text.length > 0) {
		status = load_remove(prune->load, ids, prune->stop, prune->arg, err);
	}
	array_finish(ids);
	return status;
}

/* Whether the whole content was read. */
static bool is_read(const struct batch *batch)
{
	bool archive = batch->source != NULL && strcmp(batch->source, BATCH_ARCHIVE) == 0;

	return archive ? batch->read_through : batch->outcome == BATCH_TAKEN;
}

int places_prune_archives(const struct prune *prune, struct batch *const *batches, size_t count,
	struct error *err)
{
	struct array ids = { 0 };

	for (size_t i = 0; i < count && prune->removal != REMOVE_NOTHING; i++) {
		const struct ledger_entry *entry;
		size_t at = 0;

		while (is_read(batches[i]) && (entry = ledger_next_unseen(prune->ledger,
						       batches[i]->uri, &at)) != NULL) {
			if (is_mine(&prune->objects->shard, entry->uri)) {
				array_integer(&ids, entry->origin);
			}
		}
	}
	return remove_all(prune, &ids, err);
}

int places_prune_listed(const struct prune *prune, struct error *err)
{
	struct array ids = { 0 };

	if (prune->removal == REMOVE_OBJECTS) {
		list_gone(prune->objects, prune->ledger, &ids);
	}
	return remove_all(prune, &ids, err);
}
