#include "ingest/write/order.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/store/origins.h"

enum { UNKNOWN = 0 /* also the place of what is gone */ };

static const char select_places[] =
	"select coalesce(o.place, 0), o.origin is not null from unnest($1::text[]) "
	"with ordinality as t (uri, n) left join origin o on o.uri = t.uri order by t.n";

static const char select_top[] = "select coalesce(max(place), 0) from origin";

/* An object of the list. */
struct listed {
	const struct object *object;
	int64_t place, before; /* UNKNOWN: none yet */
	bool stored;           /* the table has it */
};

struct order {
	struct transact *transact;
	const struct objects *objects;
	const struct ledger *ledger;
	struct listed *list; /* in the order of the whole list */
	size_t count;
	int64_t top;       /* the highest place there is */
	const char **uris; /* sorted */
};

/* -- Places -------------------------------------------------------------- */

/* The lowest place at which the object counts more than the one before it. */
static int64_t after(const struct listed *before, const struct object *object)
{
	return before->place + (origins_compare_uris(object->uri, before->object->uri) <= 0);
}

/* The place of the next object that has one; UNKNOWN: none has. */
static int64_t next_place(const struct order *order, size_t i)
{
	while (i < order->count && order->list[i].place == UNKNOWN) {
		i++;
	}
	return i < order->count ? order->list[i].place : UNKNOWN;
}

/* What comes without others counts more than all that is there. What S3 tells of has no order
 * but that of the names. */
static int64_t newest(const struct order *order)
{
	if (order->objects->exact) {
		return order->top > 0 ? order->top : 1;
	}
	return order->top + 1;
}

static int64_t choose(const struct order *order, size_t i)
{
	const struct listed *listed = &order->list[i], *before = i > 0 ? listed - 1 : NULL;
	bool follows = before != NULL && before->object->argument == listed->object->argument;
	int64_t lowest = before != NULL ? after(before, listed->object) : 1;
	int64_t next = follows ? UNKNOWN : next_place(order, i + 1);
	int64_t place = listed->place;

	if (order->objects->exact) {
		return newest(order);
	}
	if (place == UNKNOWN) {
		place = follows || (before != NULL && next != UNKNOWN) ? lowest
			: next != UNKNOWN                              ? next
								       : newest(order);
	}
	return place > lowest ? place : lowest;
}

static bool is_after(const struct listed *listed, const struct listed *before)
{
	return listed->place > before->place ||
	       (listed->place == before->place &&
		       origins_compare_uris(listed->object->uri, before->object->uri) > 0);
}

/* Those that are in order keep their places. What S3 tells of keeps them anyway. Returns
 * whether anything is new. */
static bool place_all(struct order *order)
{
	bool any = false;

	for (size_t i = 0; i < order->count; i++) {
		struct listed *listed = &order->list[i];
		bool keeps = i == 0 || order->objects->exact || is_after(listed, listed - 1);

		listed->before = listed->place;
		if (listed->place == UNKNOWN || !keeps) {
			listed->place = choose(order, i);
			any = true;
		}
		order->top = listed->place > order->top ? listed->place : order->top;
	}
	return any;
}

/* -- What is gone -------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_uris(struct order *order)
{
	order->uris = memory_array(order->count, sizeof(*order->uris));
	for (size_t i = 0; i < order->count; i++) {
		order->uris[i] = order->list[i].object->uri;
	}
	qsort(order->uris, order->count, sizeof(*order->uris), compare_texts);
}

static bool is_listed(const struct order *order, const char *uri)
{
	return bsearch(&uri, order->uris, order->count, sizeof(*order->uris), compare_texts) !=
	       NULL;
}

/* Files in an archive of the list are as gone as the archive says. */
static bool is_in_list(const struct order *order, const char *uri)
{
	bool found = is_listed(order, uri);
	char *copy;

	if (found || strchr(uri, '!') == NULL) {
		return found;
	}
	copy = memory_copy_text(uri, strlen(uri));
	for (char *mark = copy; !found && (mark = strchr(mark, '!')) != NULL; mark++) {
		*mark = '\0';
		found = is_listed(order, copy);
		*mark = '!';
	}
	free(copy);
	return found;
}

static bool is_below(const struct objects *objects, const char *uri)
{
	for (size_t i = 0; i < objects->root_count; i++) {
		const char *root = objects->roots[i].uri;

		if (strncmp(uri, root, strlen(root)) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_gone(const struct order *order, const struct ledger_entry *entry)
{
	return is_below(order->objects, entry->uri) && !is_in_list(order, entry->uri);
}

/* -- Finding out --------------------------------------------------------- */

static void init(struct order *order, struct transact *transact, const struct objects *objects,
	const struct ledger *ledger)
{
	*order = (struct order){ .transact = transact,
		.objects = objects,
		.ledger = ledger,
		.count = objects->count + objects->others };
	order->list = memory_array(order->count, sizeof(*order->list));
	for (size_t i = 0; i < order->count; i++) {
		order->list[objects->list[i].number].object = &objects->list[i];
	}
	sort_uris(order);
}

static void finish(struct order *order)
{
	free(order->list);
	free(order->uris);
}

/* As the ledger was read. */
static bool is_needed(struct order *order)
{
	size_t count;
	const struct ledger_entry *entries = ledger_entries(order->ledger, &count);

	for (size_t i = 0; i < order->count; i++) {
		const struct ledger_entry *entry =
			ledger_look(order->ledger, order->list[i].object->uri);

		order->list[i].place = entry != NULL ? entry->place : UNKNOWN;
	}
	if (place_all(order)) {
		return true;
	}
	for (size_t i = 0; i < count && order->objects->root_count > 0; i++) {
		if (entries[i].place != UNKNOWN && is_gone(order, &entries[i])) {
			return true;
		}
	}
	return false;
}

/* As it is now, when nobody else can change it. */
static int read_places(struct order *order, struct error *err)
{
	struct array uris = { 0 };
	PGresult *results[2];
	int status;

	for (size_t i = 0; i < order->count; i++) {
		array_text(&uris, order->list[i].object->uri);
	}
	const char *argument = array_argument(&uris);
	const struct statement statements[] = {
		{ "reading the order", select_places, 1, &argument, 0 },
		{ "reading the order", select_top, 0, NULL, 0 },
	};

	status = transact_read(order->transact, statements, 2, results, err);
	for (size_t i = 0; status == 0 && i < order->count; i++) {
		order->list[i].place = strtoll(PQgetvalue(results[0], (int)i, 0), NULL, 10);
		order->list[i].stored = *PQgetvalue(results[0], (int)i, 1) == 't';
	}
	if (status == 0) {
		order->top = strtoll(PQgetvalue(results[1], 0, 0), NULL, 10);
		PQclear(results[0]);
		PQclear(results[1]);
	}
	array_finish(&uris);
	return status;
}

static void put_place(struct array columns[2], const char *uri, int64_t place)
{
	array_text(&columns[0], uri);
	array_integer(&columns[1], place);
}

static int find_places(void *arg, struct transact_places *places, struct error *err)
{
	struct order *order = arg;
	size_t count;
	const struct ledger_entry *entries = ledger_entries(order->ledger, &count);

	if (read_places(order, err) < 0) {
		return -1;
	}
	place_all(order);
	for (size_t i = 0; i < order->count; i++) {
		const struct listed *listed = &order->list[i];

		if (!listed->stored) {
			put_place(places->added, listed->object->uri, listed->place);
		} else if (listed->place != listed->before) {
			put_place(places->moved, listed->object->uri, listed->place);
		}
	}
	for (size_t i = 0; i < count && order->objects->root_count > 0; i++) {
		if (entries[i].place != UNKNOWN && is_gone(order, &entries[i])) {
			put_place(places->moved, entries[i].uri, UNKNOWN);
		}
	}
	return 0;
}

int order_objects(struct transact *transact, const struct objects *objects,
	const struct ledger *ledger, struct error *err)
{
	struct order order;
	int status = 0;

	init(&order, transact, objects, ledger);
	if (is_needed(&order)) {
		status = transact_order(transact, find_places, &order, err);
	}
	finish(&order);
	return status;
}

bool order_is_mine(const struct shard *shard, const char *uri)
{
	const char *name = uri + strlen(uri);

	while (name > uri && name[-1] != '/' && name[-1] != '!') {
		name--;
	}
	return shard_has(shard, name);
}

void order_gone(const struct objects *objects, const struct ledger *ledger, struct array *ids)
{
	struct order order;
	size_t count;
	const struct ledger_entry *entries = ledger_entries(ledger, &count);

	if (objects->root_count == 0) {
		return;
	}
	init(&order, NULL, objects, ledger);
	for (size_t i = 0; i < count; i++) {
		if (is_gone(&order, &entries[i]) &&
			order_is_mine(&objects->shard, entries[i].uri)) {
			array_integer(ids, entries[i].origin);
		}
	}
	finish(&order);
}
