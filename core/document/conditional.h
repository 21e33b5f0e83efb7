/* Requests for what the client may have already. [loop] */
#ifndef ALMANAC_DOCUMENT_CONDITIONAL_H
#define ALMANAC_DOCUMENT_CONDITIONAL_H

#include <stdbool.h>

struct alm_request;

/* If the client has the answer: replies 304 once it is sure that the stored data are still
 * the same, or calls `otherwise`. False: the client has not; nothing was done. */
bool conditional_answer(
	struct alm_request *request, void (*otherwise)(struct alm_request *request));

#endif
