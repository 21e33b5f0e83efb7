/* Dispatch: from a request that has come to the route that answers it. All [loop]. */
#ifndef ALMANAC_SERVER_DISPATCH_H
#define ALMANAC_SERVER_DISPATCH_H

struct alm_request;

/* Finds the route, checks the parameters and calls the plugin, or answers with what
 * is wrong. Method and target are set. */
void dispatch_request(struct alm_request *request);

#endif
