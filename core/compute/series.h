/* A station's days from a text file, for `almanac check`: a line
 * "date,TMAX,TMIN,..." and then a line a day, "2014-12-31,281,,0", in the elements'
 * stored integers; nothing between commas is reported as missing, days without a
 * line are not reported. Lines that begin with '#' are comments. */
#ifndef ALMANAC_COMPUTE_SERIES_H
#define ALMANAC_COMPUTE_SERIES_H

#include <almanac/plugin.h>

#include "base/error.h"

struct series;

/* The record has one array per input, in that order; an input that the file lacks
 * is an error, as are days out of order. NULL: *err says file, line and why. */
struct series *series_read(const char *path, const struct alm_input *inputs, struct error *err);
void series_destroy(struct series *series);

const struct alm_record *series_record(const struct series *series);

#endif
