/* Shards: disjoint parts of the input, for several machines. */
#ifndef ALMANAC_INGEST_INPUT_SHARD_H
#define ALMANAC_INGEST_INPUT_SHARD_H

#include <stdbool.h>

#include "base/error.h"

struct settings;

struct shard {
	unsigned index, count; /* count 0 or 1: everything */
};

/* The shard of SETTING_SHARD, else of the variables of an AWS Batch array job. */
int shard_choose(const struct settings *settings, struct shard *shard, struct error *err);

/* Parses a shard, "2/16". */
int shard_parse(const char *text, struct shard *shard, struct error *err);

/* Whether an object, or a file in an archive, is of this shard: by its name up to the first
 * dot, so that files of one name (a station's) are read by one machine in order, and all shards
 * together store what one run would. */
bool shard_has(const struct shard *shard, const char *name);

/* Whether every shard reads the object, each its own members: an archive, by its name. */
bool shard_is_shared(const struct shard *shard, const char *name);

#endif
