/* Request dispatch: from a received request to the route that answers it. All [loop]. */
#ifndef ALMANAC_SERVER_DISPATCH_H
#define ALMANAC_SERVER_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/method.h"

struct alm_request;
struct services;

/* Whether a route takes a method that does not only read, and the body of the request with it.
 * `target` is not terminated. */
bool dispatch_takes(
	const struct services *services, enum method method, const char *target, size_t length);

/* Finds the route, checks the parameters and calls the plugin, or replies with a problem. Needs
 * method and target. */
void dispatch_request(struct alm_request *request);

#endif
