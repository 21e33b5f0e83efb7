/* Request dispatch: from a received request to the route that answers it. All [loop]. */
#ifndef ALMANAC_SERVER_DISPATCH_H
#define ALMANAC_SERVER_DISPATCH_H

struct alm_request;

/* Finds the route, checks the parameters and calls the plugin, or replies with a problem. Needs
 * method and target. */
void dispatch_request(struct alm_request *request);

#endif
