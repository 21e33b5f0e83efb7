/* Revalidation: replies that hold only while the stored data are those they were made of, and
 * so wait for a version check. All [loop]. */
#ifndef ALMANAC_DOCUMENT_REVALIDATE_H
#define ALMANAC_DOCUMENT_REVALIDATE_H

#include "reply/problem.h"
#include "route/request.h"

/* Conditional request: if one of its entity tags is that of the answer, replies 304 once the
 * data are known to be current, else calls `otherwise`. False: no tag is; nothing was done. */
bool conditional_answer(
	struct alm_request *request, void (*otherwise)(struct alm_request *request));

/* Response cache: if it has the answer, replies with it once the data are known to be current,
 * perhaps at once, else calls `otherwise`. False: it has no such answer; nothing was done. */
bool cached_answer(struct alm_request *request, void (*otherwise)(struct alm_request *request));

/* Refusal for data that the catalog does not have, a station, an element or a statistic, which
 * may have been stored since it was read: calls `refuse`, which replies, if the catalog is
 * current, else dispatches the request again with a newer one. */
typedef void revalidate_refuse_fn(struct alm_request *request, void *arg);
void revalidate(struct alm_request *request, revalidate_refuse_fn *refuse, void *arg);

/* The same, to refuse with the violations. */
void revalidate_violations(struct alm_request *request, const struct violations *violations);

#endif
