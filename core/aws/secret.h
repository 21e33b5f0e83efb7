/* AWS Secrets Manager. */
#ifndef ALMANAC_AWS_SECRET_H
#define ALMANAC_AWS_SECRET_H

#include <stdatomic.h>

#include "aws/aws.h"
#include "base/error.h"

/* User and password as RDS and its rotation keep them: a JSON object with "username" and
 * "password". Starts as zero; the texts are wiped by secret_finish(). */
struct secret {
	char *user, *password;
};

/* The current version of a secret, by name or ARN. Blocks, for some 20 s at most; once `cancel`
 * (NULL: nobody sets it) is true not for long. */
int secret_fetch(struct aws *aws, const char *id, const atomic_bool *cancel,
	struct secret *secret, struct error *err);
void secret_finish(struct secret *secret);

#endif
