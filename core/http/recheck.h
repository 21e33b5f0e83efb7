/* Stations and elements that the catalog does not know may have been stored a moment
 * ago: before a request is refused for them, the database is asked whether it is newer.
 * All [loop]. */
#ifndef ALMANAC_HTTP_RECHECK_H
#define ALMANAC_HTTP_RECHECK_H

#include "http/problem.h"
#include "http/request.h"

/* Replies with the flaws if the catalog is up to date, else dispatches the request
 * again with the next one. */
void recheck_flaws(struct alm_request *request, const struct flaws *flaws);

#endif
