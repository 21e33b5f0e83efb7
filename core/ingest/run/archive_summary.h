/* What came of the members of one archive. [worker] */
#ifndef ALMANAC_INGEST_RUN_ARCHIVE_SUMMARY_H
#define ALMANAC_INGEST_RUN_ARCHIVE_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/parse/batch.h"

enum { TALLY_LABEL_MAX = 256 }; /* a reason has to have room beside it */

/* Members that are to be told of. */
struct archive_summary_list {
	int64_t count;
	char labels[REJECT_CONTENT_MAX + 1]; /* as many as fit */
};

/* Starts as zero. */
struct archive_summary {
	int64_t members; /* taken in, or known already */
	int64_t failed;
	char first_label[TALLY_LABEL_MAX]; /* of those that failed, or its beginning */
	struct error first;
	struct archive_summary_list unread, repeated;
	uint64_t *met; /* hashes of labels, by hash; 0: free */
	size_t met_count, met_size;
};

void archive_summary_finish(struct archive_summary *summary);

/* Whether the archive has had a member of this name before, which this one takes the place of,
 * as it does when the archive is unpacked. (By a hash: at worst a member is read again that is
 * known already.) */
bool archive_summary_meet(struct archive_summary *summary, const char *label);

void archive_summary_failed(
	struct archive_summary *summary, const char *label, const struct error *err);

/* A member that is nothing to be read. */
void archive_summary_unread(struct archive_summary *summary, const char *label);

/* -1 unless everything that was in the archive is stored now. */
int archive_summary_judge(const struct archive_summary *summary, struct error *err);

/* Puts the counts into the archive's own parcel; what was not read, or covered by another,
 * becomes a reject of line 0. */
void archive_summary_write(const struct archive_summary *summary, struct batch *batch);

#endif
