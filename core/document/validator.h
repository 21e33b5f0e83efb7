/* Entity tags (RFC 9110, 8.8.3): what an answer is, known before anything is asked of the
 * database. Answers with the same tag are the same bytes: it is made
 * of the dataset version, what is asked for, format and coding, and of the program and the
 * plugins that answer. [loop] */
#ifndef ALMANAC_DOCUMENT_VALIDATOR_H
#define ALMANAC_DOCUMENT_VALIDATOR_H

#include <stdbool.h>

#include "catalog/dataset.h"
#include "reply/entity_tag.h"

struct alm_request;

/* Identity of the data that the answer is made of. False: they are of different versions, or of
 * none, so that the answer must not be kept. */
bool validator_data(const struct alm_request *request, struct dataset_id *id);

/* The strong tag, in quotes, of what the request would be answered from its catalog in
 * request->coding. False: the route's answers have none. */
bool validator_write(struct alm_request *request, char etag[ENTITY_TAG_TEXT]);

/* The same in each coding that the request accepts. */
bool validator_write_all(struct alm_request *request, struct entity_tags *tags);

/* Whether the client knows by its tag what it asks for; then request->coding is set to that of
 * the tag. "*" is not known before there is an answer. */
bool validator_matches(struct alm_request *request);

#endif
