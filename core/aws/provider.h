/* AWS credential providers, in the order of the default chain: environment, web identity,
 * container, instance. They block: [worker] and the commands, never a loop. */
#ifndef ALMANAC_AWS_PROVIDER_H
#define ALMANAC_AWS_PROVIDER_H

#include <stdbool.h>
#include <time.h>

#include "aws/credentials.h"
#include "base/error.h"

/* Fetches credentials from the first provider that is configured. Credentials without an id
 * after success: none is configured, and requests go unsigned. Does not cache. */
int credentials_fetch(struct credentials *credentials, struct error *err);

/* Whether a container's credentials URL may be requested, with its token: any host by https; by
 * http only loopback and the agents of ECS and EKS. */
bool provider_is_trusted(const char *url);

/* A time of expiry: ISO 8601, in UTC unless it has an offset. A malformed one counts as long
 * past (PROVIDER_UNREADABLE), so that the credentials are used but soon refreshed. */
enum { PROVIDER_UNREADABLE = 1 };
time_t provider_time(const char *text);

#endif
