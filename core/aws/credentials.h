/* AWS credentials: where they come from, and keeping them fresh. */
#ifndef ALMANAC_AWS_CREDENTIALS_H
#define ALMANAC_AWS_CREDENTIALS_H

#include <time.h>

#include "base/error.h"

/* Starts as zero. The texts are the holder's, and wiped by credentials_finish(). */
struct credentials {
	char *id;             /* NULL: there are none */
	char *secret, *token; /* token NULL: a user's own credentials */
	time_t expires;       /* 0: never; may be over already */
};

void credentials_finish(struct credentials *credentials);

/* Copies; what `to` held is finished. */
void credentials_copy(struct credentials *to, const struct credentials *from);

/* A copy; NULL of NULL. */
char *credentials_text(const char *text);

#endif
