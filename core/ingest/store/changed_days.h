/* Changed days: values that were stored before and are replaced, withdrawn, or marked otherwise
 * by a quality flag (table changed_days). [writer] */
#ifndef ALMANAC_INGEST_STORE_CHANGED_DAYS_H
#define ALMANAC_INGEST_STORE_CHANGED_DAYS_H

#include <stdint.h>

#include "base/error.h"
#include "ingest/store/array.h"
#include "ingest/store/merge.h"
#include "ingest/store/session.h"
#include "ingest/store/stored.h"

enum { CHANGED_DAYS_COLUMNS = 9 };

/* Embedded by its owner; all zero is empty. */
struct changed_days {
	struct array columns[CHANGED_DAYS_COLUMNS]; /* a row for each block with changed days */
};

void changed_days_finish(struct changed_days *days);

/* Adds the days of a block that had a value and have another, or another quality flag. `uri`:
 * the object by which they changed; NULL: none, only precedence did. */
void changed_days_add(struct changed_days *days, const struct stored_key *key,
	const struct merge_view *before, const struct merge_view *after, const char *uri);

/* Writes and forgets them. */
int changed_days_flush(
	struct changed_days *days, struct session *session, int64_t run_id, struct error *err);

#endif
