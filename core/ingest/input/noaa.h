/* Names of what NOAA publishes, noaa://ghcn-daily/by_year/2026, and where that is. [any] */
#ifndef ALMANAC_INGEST_INPUT_NOAA_H
#define ALMANAC_INGEST_INPUT_NOAA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { NOAA_URI_MAX = 256, NOAA_URIS_MAX = 2 };

struct noaa_place {
	char uris[NOAA_URIS_MAX][NOAA_URI_MAX]; /* of public buckets, or https */
	size_t count;
	bool last_may_lack; /* there may be nothing at the last one yet */
};

/* Resolves a name, in the given year. -1: *err says which names there are. */
int noaa_resolve(const char *name, int year, struct noaa_place *place, struct error *err);

#endif
