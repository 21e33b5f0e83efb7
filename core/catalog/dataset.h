/* Identity of the stored data at a version. The number orders the versions of one history; a
 * failover that loses commits, a restore or a database made anew repeat it with other data. The
 * random bits that every commit draws tell these apart (migrations/0006_identity.sql): data are
 * the same if and only if both are. [any thread] */
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

/* From a UUID in binary form, 16 bytes. */
static inline struct dataset_id dataset_read(const char *uuid)
{
	return (struct dataset_id){ wire_int8(uuid), wire_int8(uuid + 8) };
}

/* From its text, 36 characters; of anything else some identity that no data have. */
struct dataset_id dataset_parse(const char *uuid);

#endif
