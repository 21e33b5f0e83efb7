/* Validators: entity tags of answers (RFC 9110, 8.8.3), known before a query. A tag is a hash
 * of the dataset version, the request, format and coding, program and plugins: answers with the
 * same tag have the same bytes. [loop] */
#ifndef ALMANAC_DOCUMENT_VALIDATOR_H
#define ALMANAC_DOCUMENT_VALIDATOR_H

#include <stdbool.h>

#include "catalog/dataset.h"
#include "reply/entity_tag.h"

struct alm_request;

/* Identity of the data of the answer. False: they are of several versions, or of none, and the
 * answer must not be stored. */
bool validator_data(const struct alm_request *request, struct dataset_id *id);

/* Writes the strong tag, in quotes, of the answer from the request's catalog in
 * request->coding. False: the route's answers have none. */
bool validator_write(struct alm_request *request, char etag[ENTITY_TAG_TEXT]);

/* The same in each coding that the request accepts. */
bool validator_write_all(struct alm_request *request, struct entity_tags *tags);

/* Whether If-None-Match has a tag of the answer; sets request->coding to the coding of the tag.
 * Not for
 * "*", which needs an answer. */
bool validator_matches(struct alm_request *request);

#endif
