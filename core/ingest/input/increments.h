/* Increments: objects whose names hold two dates, PREFIX20200101_to_20200102.tar.gz, and whose
 * content is what changed between them. Those of a prefix count in the order of their dates. */
#ifndef ALMANAC_INGEST_INPUT_INCREMENTS_H
#define ALMANAC_INGEST_INPUT_INCREMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct increment {
	const char *name; /* begins with the prefix */
	size_t prefix;    /* its length */
	int from, to;     /* dates as numbers: 20200101 */
	size_t place;     /* in the list of names */
	bool listed;      /* it is of that list, and not of an earlier run */
};

/* Whether a name is one of an increment. */
bool increments_parse(const char *name, struct increment *increment);

/* Puts the increments of a list of names, of which any may be NULL, into the order of their
 * dates: in each prefix, among the places that they have. order[i] becomes the index of the
 * name that belongs at place i. */
void increments_sort(const char *const *names, size_t count, size_t *order);

/* Names of objects that earlier runs have taken, one a call; NULL: that was the last one. */
typedef const char *increments_next_fn(void *arg);

/* Logs a warning for each name of the list that begins later than all before it end, those of
 * earlier runs included. */
void increments_report_gaps(
	const char *const *names, size_t count, increments_next_fn *next, void *arg);

#endif
