/* Answers from the response cache, given if the data are still those that they tell. [loop] */
#ifndef ALMANAC_DOCUMENT_CACHED_ANSWER_H
#define ALMANAC_DOCUMENT_CACHED_ANSWER_H

#include <stdbool.h>

struct alm_request;

/* Whether there is such an answer. It is sent once the version check has said that the data are
 * the same, which it may do at once; else `otherwise` is called. */
bool cached_answer(struct alm_request *request, void (*otherwise)(struct alm_request *request));

#endif
