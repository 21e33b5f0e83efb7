/* What all use of AWS in this process shares: credentials that stay fresh. */
#ifndef ALMANAC_AWS_AWS_H
#define ALMANAC_AWS_AWS_H

#include <stdbool.h>

#include "aws/credentials.h"
#include "base/error.h"

struct aws;

/* Looks for nothing yet. */
struct aws *aws_create(void);
void aws_destroy(struct aws *aws); /* NULL is fine */

/* [any, but no loop] The credentials of now, copied to `credentials` (zero, or of an earlier
 * call). Blocks when they have to be fetched: the first time, and when less than five minutes
 * of theirs are left. If that fails, those there are serve as long as they are good. Without an
 * id: there are none anywhere, and requests go unsigned. */
int aws_credentials(struct aws *aws, struct credentials *credentials, struct error *err);

/* [any] Says that AWS took credentials of aws_credentials() for expired: the next
 * aws_credentials() fetches others, unless somebody has done so already. Returns whether to ask
 * again with what it gives then: not if others were fetched for that reason a moment ago. */
bool aws_refused(struct aws *aws, const struct credentials *credentials);

#endif
