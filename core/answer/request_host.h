/* What plugins may ask of a request without the database. */
#ifndef ALMANAC_ANSWER_REQUEST_HOST_H
#define ALMANAC_ANSWER_REQUEST_HOST_H

#include <almanac/plugin.h>

/* Fills alloc, count, text, integer, number, texts, fail and fail_param. */
void request_host(struct alm_host *host);

#endif
