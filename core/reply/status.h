/* Problem types: one for each error status. [any] */
#ifndef ALMANAC_REPLY_STATUS_H
#define ALMANAC_REPLY_STATUS_H

#include <stddef.h>

/* Problem type; one table for answers and for the pages of /problems. */
struct problem_kind {
	int status;
	const char *slug; /* type leads to /problems/<slug> */
	const char *title;
	const char *meaning, *remedy; /* texts of its page; `` around names */
};
/* All, in order of status. */
const struct problem_kind *problem_kinds(size_t *count);

/* NULL: the status has none. */
const struct problem_kind *problem_kind_find(int status);

#endif
