/* Kinds of problems: one for each status of a refusal or failure. [any] */
#ifndef ALMANAC_REPLY_STATUS_H
#define ALMANAC_REPLY_STATUS_H

#include <stddef.h>

/* What a status means here; one table for answers and documentation. */
struct problem_kind {
	int status;
	const char *slug; /* type leads to /problems/<slug> */
	const char *title;
	const char *meaning, *remedy; /* for a person; `` around names */
};
const struct problem_kind *problem_kinds(size_t *count);

/* NULL: the status has none. */
const struct problem_kind *problem_kind_find(int status);

#endif
