/* Statistics of one station, computed for a request by the plugin's code on a worker thread. */
#ifndef ALMANAC_ANSWER_COMPUTED_H
#define ALMANAC_ANSWER_COMPUTED_H

#include <almanac/plugin.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "fetch/stat_layout.h"
#include "plugin/stat_view.h"
#include "stat/period.h"

struct computed;

/* [loop] What follows; not called if the client has gone, or an answer was sent. */
typedef void computed_fn(struct alm_request *request, struct computed *computed, void *arg);

/* In the request's memory. */
struct computed {
	const struct stat_view *view;
	const struct alm_value *params; /* by parameter */
	const char *station;            /* id */
	int32_t first_day, last_day;    /* periods that begin on these days; calendar: all */
	uint32_t part;                  /* 0: all */
	/* The result, in the request's memory, too. */
	const struct alm_record *record;
	size_t count;
	const char *rows;             /* of `layout` */
	const struct period *periods; /* of each */
	struct stat_layout layout;    /* wide; without a statement */
	int32_t first_reported, last_reported;
	/* computed.c's */
	computed_fn *then;
	void *arg;
	struct buffer own_rows, own_periods;
};

/* Begins: the first members, up to `part`, are set. -1: replied. */
int computed_start(
	struct alm_request *request, struct computed *computed, computed_fn *then, void *arg);

/* The row i. */
static inline const void *computed_row(const struct computed *computed, size_t i)
{
	return computed->rows + i * computed->layout.size;
}

#endif
