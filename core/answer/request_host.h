/* What plugins may ask of a request without the database. All [loop]. */
#ifndef ALMANAC_ANSWER_REQUEST_HOST_H
#define ALMANAC_ANSWER_REQUEST_HOST_H

#include <almanac/plugin.h>

/* Fills in param and request. */
void request_host(struct alm_host *host);

/* alm->answer->fail() */
int request_fail(struct alm_request *request, int status, const char *format, ...)
	ALM_PRINTF(3, 4);

#endif
