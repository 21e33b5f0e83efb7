#include "ingest/write/prune.h"

#include <string.h>

#include "base/settings.h"
#include "ingest/store/array.h"
#include "ingest/write/order.h"

enum transact_removal prune_choose(const struct settings *settings)
{
	static const char *const names[] = { [TRANSACT_NOTHING] = "nothing",
		[TRANSACT_DAYS] = "days",
		[TRANSACT_OBJECTS] = "objects" };
	const char *name = settings_text(settings, SETTING_REMOVE);
	enum transact_removal removal = TRANSACT_OBJECTS;

	while (removal > TRANSACT_NOTHING && strcmp(name, names[removal]) != 0) {
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

/* Whether all that is in it now has been seen. */
static bool is_read(const struct batch *batch)
{
	bool archive = batch->source != NULL && strcmp(batch->source, BATCH_ARCHIVE) == 0;

	return archive ? batch->read_through : batch->outcome == BATCH_TAKEN;
}

int prune_archives(const struct prune *prune, struct batch *const *batches, size_t count,
	struct error *err)
{
	struct array ids = { 0 };

	for (size_t i = 0; i < count && prune->removal != TRANSACT_NOTHING; i++) {
		const struct ledger_entry *entry;
		size_t at = 0;

		while (is_read(batches[i]) &&
			(entry = ledger_unseen(prune->ledger, batches[i]->uri, &at)) != NULL) {
			if (order_is_mine(&prune->objects->shard, entry->uri)) {
				array_integer(&ids, entry->origin);
			}
		}
	}
	return remove_all(prune, &ids, err);
}

int prune_listed(const struct prune *prune, struct error *err)
{
	struct array ids = { 0 };

	if (prune->removal == TRANSACT_OBJECTS) {
		order_gone(prune->objects, prune->ledger, &ids);
	}
	return remove_all(prune, &ids, err);
}
