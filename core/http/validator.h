/* Entity tags (RFC 9110, 8.8.3): what an answer is, known before anything is asked of the
 * database. Two answers have the same tag if and only if they are the same bytes: it is made
 * of the dataset version, what is asked for, format and coding, and of the program and the
 * plugins that answer. [loop] */
#ifndef ALMANAC_HTTP_VALIDATOR_H
#define ALMANAC_HTTP_VALIDATOR_H

#include <stdbool.h>

#include "db/dataset.h"

struct alm_request;

enum { VALIDATOR_LENGTH = 34, VALIDATOR_TEXT = VALIDATOR_LENGTH + 1 };

/* Identity of the data that the answer is made of. False: they are of different versions, or of
 * none, so that the answer must not be kept. */
bool validator_data(const struct alm_request *request, struct dataset_id *id);

/* The strong tag, in quotes, of what the request would be answered from its catalog in
 * request->coding. False: the route's answers have none. */
bool validator_write(struct alm_request *request, char etag[VALIDATOR_TEXT]);

/* Whether the request has `If-None-Match`, and that lists the tag. */
bool validator_is_listed(const struct alm_request *request, const char *etag);

/* Whether the request has `If-None-Match`, and one of its tags is that of the answer in one
 * of the codings it could be sent in (then request->coding is set to that). */
bool validator_matches(struct alm_request *request);

#endif
