/* Sorted run: records in ascending order of their places, compressed, in a file of TMPDIR that
 * has no name and vanishes with the process. [worker] */
#ifndef ALMANAC_INGEST_PARSE_SORTED_RUN_H
#define ALMANAC_INGEST_PARSE_SORTED_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* One observation: see scatter.h for what its place is made of. */
struct record {
	uint64_t key; /* place, and the source flag in the last RECORD_FLAG_BITS */
	int32_t value;
	uint16_t time;
	char measurement, quality;
};

enum { RECORD_FLAG_BITS = 8 };

static inline uint64_t record_place(const struct record *record)
{
	return record->key >> RECORD_FLAG_BITS;
}

/* Bytes of TMPDIR that the runs of one object take. */
struct run_space {
	int64_t limit, used;
};

struct sorted_run;

/* Starts to write an empty one. NULL: *err. */
struct sorted_run *sorted_run_create(struct run_space *space, struct error *err);

/* Gives its space back. NULL is fine. */
void sorted_run_destroy(struct sorted_run *run);

/* Appends records, none of a lower place than those before. */
int sorted_run_append(
	struct sorted_run *run, const struct record *records, size_t count, struct error *err);

/* Ends the writing; reading starts with the first records. */
int sorted_run_finish(struct sorted_run *run, struct error *err);

/* Reads the next records, valid until the next call. Returns their number, 0 at the end. */
long sorted_run_read(struct sorted_run *run, const struct record **records, struct error *err);

#endif
