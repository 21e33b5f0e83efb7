/* Spool: records in any order go in and come out in the order of their places, those of one
 * place in the order in which they went in. What does not fit into memory is kept in sorted
 * runs. [worker] */
#ifndef ALMANAC_INGEST_PARSE_SPOOL_H
#define ALMANAC_INGEST_PARSE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/parse/sorted_run.h"

struct spool_limits {
	size_t memory; /* bytes of records held in memory */
	int64_t disk;  /* bytes of the runs */
};

struct spool;

struct spool *spool_create(const struct spool_limits *limits);
void spool_destroy(struct spool *spool); /* NULL is fine */

/* Room for one more record, which the caller fills in. */
struct record *spool_add(struct spool *spool);

/* Records that can still be taken back. */
size_t spool_count(const struct spool *spool);

/* Takes back the last ones: `count` stay. */
void spool_cut(struct spool *spool, size_t count);

/* Makes room: records added before can no longer be taken back. */
int spool_settle(struct spool *spool, struct error *err);

/* Ends the adding. */
int spool_sort(struct spool *spool, struct error *err);

/* The next record in order, valid until the next call; NULL at the end and, with *err set, when
 * it cannot be read. */
const struct record *spool_next(struct spool *spool, struct error *err);

#endif
