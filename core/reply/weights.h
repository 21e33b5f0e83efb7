/* Lists of what a client likes, each with a weight: Accept and Accept-Encoding (RFC 9110,
 * 12.4.2). [any] */
#ifndef ALMANAC_REPLY_WEIGHTS_H
#define ALMANAC_REPLY_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>

enum { WEIGHT_MOST = 1000 };

struct weighted {
	const char *text; /* without parameters and white space around it */
	size_t length;
	int weight; /* thousandths; 0: not wanted */
};

/* Takes the next item off the front of *rest. Items whose weight is none ("q=2", "q = 1") are
 * passed over: to guess what they mean could bring the client what it cannot read. False:
 * there is none. */
bool weights_next(const char **rest, struct weighted *item);

/* Whether the item is the word, in any letter case. */
bool weighted_is(const struct weighted *item, const char *word);

#endif
