/* Shared AWS state of the process: credentials, kept fresh. */
#ifndef ALMANAC_AWS_AWS_H
#define ALMANAC_AWS_AWS_H

#include <stdbool.h>

#include "aws/credentials.h"
#include "base/error.h"

struct aws;

/* Fetches nothing yet. */
struct aws *aws_create(void);
void aws_destroy(struct aws *aws); /* NULL is fine */

/* Copies the current credentials to `credentials` (zero, or of an earlier call). Blocks while
 * they are fetched: on first use, and when they expire within five minutes. If that fails,
 * those at hand serve until they expire. Without an id: there are none, and requests go
 * unsigned. [any but a loop] */
int aws_credentials(struct aws *aws, struct credentials *credentials, struct error *err);

/* Reports that AWS refused credentials as expired: the next aws_credentials() fetches others,
 * unless another thread has done so. Returns whether a retry makes sense: not right after
 * another refusal. [any] */
bool aws_refused(struct aws *aws, const struct credentials *credentials);

#endif
