/* AWS credentials. */
#ifndef ALMANAC_AWS_CREDENTIALS_H
#define ALMANAC_AWS_CREDENTIALS_H

#include <time.h>

#include "base/error.h"

/* Zero at first. The texts belong to the holder; credentials_finish() wipes them. */
struct credentials {
	char *id;             /* NULL: there are none */
	char *secret, *token; /* token NULL: a user's own credentials */
	time_t expires;       /* 0: never; may be in the past */
};

void credentials_finish(struct credentials *credentials);

/* Copies `from`; the old content of `to` is finished. */
void credentials_copy(struct credentials *to, const struct credentials *from);

/* Copies a text; NULL of NULL. */
char *credentials_text(const char *text);

#endif
