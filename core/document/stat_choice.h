/* What a request for a statistic chooses (ALM_COMPUTED): kind of period and parameters. All
 * [loop]. */
#ifndef ALMANAC_DOCUMENT_STAT_CHOICE_H
#define ALMANAC_DOCUMENT_STAT_CHOICE_H

#include <almanac/plugin.h>
#include <stdbool.h>

#include "catalog/catalog.h"
#include "plugin/stat_view.h"
#include "route/request.h"

struct stat_choice {
	/* NULL: of a statistic that is not loaded here, or, unless stored, of no period it has
	 */
	const struct stat_view *view;
	const struct alm_value *params; /* by parameter; in the request's memory */
	uint32_t kind;                  /* ALM_MONTH ...; 0: its longest stored */
	bool stored;                    /* its rows are read, not computed */
};

/* Of the request's parameters, which have been parsed. */
struct stat_choice stat_choice_read(struct alm_request *request);

/* The view, as if the catalog had it; in the request's memory. */
const struct catalog_calculator *stat_choice_calculator(
	struct alm_request *request, const struct stat_view *view);

#endif
