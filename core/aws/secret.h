/* Secrets of AWS Secrets Manager. */
#ifndef ALMANAC_AWS_SECRET_H
#define ALMANAC_AWS_SECRET_H

#include <stdatomic.h>

#include "aws/aws.h"
#include "base/error.h"

/* User and password in the format of RDS: a JSON object with "username" and "password". Zero at
 * first; secret_finish() wipes the texts. */
struct secret {
	char *user, *password;
};

/* Fetches the current version of a secret, by name or ARN. Blocks for about 20 s at most; ends
 * soon once `stop` (or NULL) is set by [any]. */
int secret_fetch(struct aws *aws, const char *id, const atomic_bool *stop,
	struct secret *secret, struct error *err);
void secret_finish(struct secret *secret);

#endif
