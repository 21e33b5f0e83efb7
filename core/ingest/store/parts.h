/* What each of several objects says of one block, and what follows from that: where they
 * disagree about a day, the one that counts most. [writer] */
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
	struct merge *own; /* what the view shows, if it is not somebody else's */
};

/* Embedded by its owner; all zero is empty. */
struct parts {
	int year;
	struct part *list; /* in no order before parts_merge() */
	size_t count, capacity;
	bool changed; /* one came, went, or says something else */
	struct merge merged;
};

void parts_finish(struct parts *parts);

/* Starts on another block. */
void parts_clear(struct parts *parts, int year);

/* Adds what is stored; the view lives as long as the parts are looked at. */
void parts_add(struct parts *parts, const struct origin *origin, const struct merge_view *view);

/* Memory for the view of a part that is to be added: it is the next one's. */
struct merge *parts_memory(struct parts *parts);

/* The object says this now; `adds`: beside what it has said before. The view lives likewise. */
void parts_report(struct parts *parts, const struct origin *origin,
	const struct merge_view *view, bool adds);

/* The object says nothing any more; of days that are not in the bitmap, unless it is NULL. */
void parts_withdraw(struct parts *parts, int32_t origin, const uint8_t *stays);

/* Sorts the parts, the one that counts most last, leaves out what nobody needs, and returns
 * what they amount to. There is nothing if no part is left. */
struct merge_view parts_merge(struct parts *parts);

/* What the block's row says of its origin: 0 to INT32_MAX, or PARTS_SEVERAL. */
enum { PARTS_SEVERAL = -1 };
int32_t parts_origin(const struct parts *parts);

#endif
