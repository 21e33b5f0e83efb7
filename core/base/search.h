/* Binary search. */
#ifndef ALMANAC_BASE_SEARCH_H
#define ALMANAC_BASE_SEARCH_H

#include <stddef.h>

/* Sets the variable `index` (size_t) to the least index below `count` at which `condition`, an
 * expression of `index`, holds, or to `count` if there is none. The condition must hold at
 * every index above one at which it holds. */
#define search_first(index, count, condition) \
	do { \
		size_t search_low = 0, search_high = (count); \
		while (search_low < search_high) { \
			(index) = search_low + (search_high - search_low) / 2; \
			if (condition) { \
				search_high = (index); \
			} else { \
				search_low = (index) + 1; \
			} \
		} \
		(index) = search_low; \
	} while (0)

#endif
