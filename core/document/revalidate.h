/* Refusals for want of data: what the catalog does not know, a station, an element or a
 * statistic, may have been stored a moment ago. Before a request is refused for it, the
 * database is asked whether it is newer. All [loop]. */
#ifndef ALMANAC_DOCUMENT_REVALIDATE_H
#define ALMANAC_DOCUMENT_REVALIDATE_H

#include "reply/problem.h"
#include "route/request.h"

/* Calls `refuse`, which replies, if the catalog is up to date, else dispatches the request
 * again with the next one. */
typedef void revalidate_refuse_fn(struct alm_request *request, void *arg);
void revalidate(struct alm_request *request, revalidate_refuse_fn *refuse, void *arg);

/* Replies with the flaws if the catalog is up to date, else dispatches the request
 * again with the next one. */
void revalidate_violations(struct alm_request *request, const struct violations *violations);

#endif
