/* Parts of a block: what each of several objects reports of it, merged by precedence. [writer]
 */
#ifndef ALMANAC_INGEST_STORE_PARTS_H
#define ALMANAC_INGEST_STORE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/block.h"
#include "ingest/store/merge.h"
#include "ingest/store/origins.h"

struct part {
	const struct origin *origin;
	struct merge_view view;
	struct merge *own; /* own memory of the view; NULL or unused: another owner */
};

/* Embedded by its owner; all zero is empty. */
struct parts {
	int year;
	struct part *list; /* unordered before parts_merge() */
	size_t count, capacity;
	bool changed; /* a part was added, removed or changed */
	struct merge merged;
};

void parts_finish(struct parts *parts);

/* Empties the parts for another block. */
void parts_clear(struct parts *parts, int year);

/* Adds a stored part; the view must live until parts_clear(). */
void parts_add(struct parts *parts, const struct origin *origin, const struct merge_view *view);

/* Memory for the view of the next part to be added. */
struct merge *parts_memory(struct parts *parts);

/* Sets what the object reports now; `adds`: in addition to its part. The view must live until
 * parts_clear(). */
void parts_report(struct parts *parts, const struct origin *origin,
	const struct merge_view *view, bool adds);

/* Withdraws the days of an object, but for those in the bitmap (NULL: all). */
void parts_withdraw(struct parts *parts, int32_t origin, const uint8_t *stays);

/* Sorts the parts by precedence, drops unnecessary ones, and returns the merged days, valid
 * until the next change. Without a part there is nothing. */
struct merge_view parts_merge(struct parts *parts);

/* The origin for the block's row: 0 to INT32_MAX, or PARTS_SEVERAL, also for one part that
 * withdraws days: the row does not have these. */
enum { PARTS_SEVERAL = -1 };
int32_t parts_origin(const struct parts *parts);

#endif
