/* Blocks put one after the other: the record of a station that calculators see. */
#ifndef ALMANAC_COMPUTE_RECORD_H
#define ALMANAC_COMPUTE_RECORD_H

#include <almanac/plugin.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded by its owner; all zero is an empty record. Memory is kept from one
 * station to the next. */
struct record {
	struct alm_record view; /* of the others below */
	struct alm_station station;
	struct alm_element *elements; /* by input */
	struct alm_series *series;    /* by input */
	int32_t *values;              /* the inputs' arrays, one after the other */
	size_t capacity;
};

/* A record of these inputs; they must live as long as it. */
void record_init(struct record *record, const struct alm_input *inputs);
void record_finish(struct record *record);

/* Whole years, nothing reported yet. The texts of `station` stay the caller's. */
void record_start(struct record *record, const struct alm_station *station, int first_year,
	int last_year);

/* One year of one input, as in a block: BLOCK_MISSING, BLOCK_NOT_REPORTED. A value
 * with a quality flag counts as missing; `quality` NULL: there are none. */
void record_add(struct record *record, size_t input, int year, const int32_t *values,
	const char *quality);

#endif
