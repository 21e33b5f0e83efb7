/* Weighted lists: Accept and Accept-Encoding (RFC 9110, 12.4.2). [any] */
#ifndef ALMANAC_REPLY_WEIGHTS_H
#define ALMANAC_REPLY_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>

enum { WEIGHT_MAX = 1000 };

struct weighted {
	const char *text; /* without parameters and white space around it */
	size_t length;
	int weight; /* thousandths; 0: not acceptable */
};

/* Reads the next item of the list, and moves *rest behind it. Items with an invalid weight
 * ("q=2", "q = 1") are skipped: a guess could send the client what it cannot read. False: there
 * is none. */
bool weights_next(const char **rest, struct weighted *item);

/* Whether the item is the word; letter case does not count. */
bool weighted_is(const struct weighted *item, const char *word);

#endif
