/* AWS credentials: where they come from, and keeping them fresh. */
#ifndef ALMANAC_AWS_KEYS_H
#define ALMANAC_AWS_KEYS_H

#include <time.h>

#include "base/error.h"

/* Starts as zero. The texts are the holder's, and wiped by keys_finish(). */
struct keys {
	char *id;             /* NULL: there are none */
	char *secret, *token; /* token NULL: a user's own keys */
	time_t expires;       /* 0: never; may be over already */
};

void keys_finish(struct keys *keys);

/* Copies; what `to` held is finished. */
void keys_copy(struct keys *to, const struct keys *from);

/* The standard places, in this order: environment, web identity, container, instance. Empty
 * after success: nothing of that is there, requests go unsigned. Blocks; no cache. */
int keys_fetch(struct keys *keys, struct error *err);

#endif
