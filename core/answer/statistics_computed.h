/* ALM_STATISTICS with ALM_COMPUTED: rows that are computed for the request. [loop] */
#ifndef ALMANAC_ANSWER_STATISTICS_COMPUTED_H
#define ALMANAC_ANSWER_STATISTICS_COMPUTED_H

#include <almanac/plugin.h>
#include <stdint.h>

#include "document/stat_choice.h"

/* `rules`: bits that values must satisfy. Returns 0, or -1: replied. */
int statistics_compute(struct alm_request *request, const struct alm_selection *selection,
	const struct stat_choice *choice, uint8_t rules, double min_coverage);

#endif
