/* Dataset identity: version number and random bits. The number orders the commits of one
 * history; after a failover that loses commits, a restore, or in a new database it repeats
 * with other data, which the bits of each commit tell apart (migrations/0006_identity.sql).
 * Data are equal if and only if both are. [any] */
#ifndef ALMANAC_CATALOG_DATASET_H
#define ALMANAC_CATALOG_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "db/wire.h"

struct dataset_id {
	int64_t version;
	int64_t bits;
};

static inline bool dataset_same(struct dataset_id a, struct dataset_id b)
{
	return a.version == b.version && a.bits == b.bits;
}

/* Reads a UUID in binary format, 16 bytes. */
static inline struct dataset_id dataset_read(const char *uuid)
{
	return (struct dataset_id){ wire_int8(uuid), wire_int8(uuid + 8) };
}

/* Parses a UUID as text, 36 characters; other texts give an identity that no data have. */
struct dataset_id dataset_parse(const char *uuid);

#endif
