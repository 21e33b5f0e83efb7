/* A part of what is to be read, so that several machines may each take one. */
#ifndef ALMANAC_INGEST_INPUT_SHARD_H
#define ALMANAC_INGEST_INPUT_SHARD_H

#include <stdbool.h>

#include "base/error.h"

struct settings;

struct shard {
	unsigned index, count; /* count 0 or 1: everything */
};

/* Of SETTING_SHARD, else of the variables that AWS Batch gives the jobs of an array. */
int shard_choose(const struct settings *settings, struct shard *shard, struct error *err);

/* "2/16". */
int shard_parse(const char *text, struct shard *shard, struct error *err);

/* Whether an object, or a file in an archive, is of this part. It goes by the name without what
 * follows the first dot: files of one name, a station's for example, are read by one machine
 * and in order, so that the parts together store what one run would. */
bool shard_has(const struct shard *shard, const char *name);

/* Whether an object is read by every part, each of which takes what is its own in it: an
 * archive, by its name. */
bool shard_divides(const struct shard *shard, const char *name);

#endif
