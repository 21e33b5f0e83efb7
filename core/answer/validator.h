/* Entity tags (RFC 9110, 8.8.3): what an answer is, known before anything is asked of the
 * database. Answers with the same tag are the same bytes: it is made
 * of the dataset version, what is asked for, format and coding, and of the program and the
 * plugins that answer. [loop] */
#ifndef ALMANAC_ANSWER_VALIDATOR_H
#define ALMANAC_ANSWER_VALIDATOR_H

#include <stdbool.h>

#include "catalog/dataset.h"
#include "reply/encoding.h"

struct alm_request;

enum { VALIDATOR_LENGTH = 34, VALIDATOR_TEXT = VALIDATOR_LENGTH + 1 };

/* Identity of the data that the answer is made of. False: they are of different versions, or of
 * none, so that the answer must not be kept. */
bool validator_data(const struct alm_request *request, struct dataset_id *id);

/* Tags of an answer by which a client may know it: of each coding that it accepts, "" of the
 * others. A cache that asks for several clients has several; none is told to give one of them
 * what it cannot read. */
struct validator_tags {
	char text[ENCODINGS][VALIDATOR_TEXT];
};

/* The strong tag, in quotes, of what the request would be answered from its catalog in
 * request->coding. False: the route's answers have none. */
bool validator_write(struct alm_request *request, char etag[VALIDATOR_TEXT]);

/* The same in each coding that the request accepts. */
bool validator_write_all(struct alm_request *request, struct validator_tags *tags);

/* Whether `If-None-Match` says "*": any answer there is, but no problem. */
bool validator_is_any(const struct alm_request *request);

/* The coding of a tag that `If-None-Match` lists; for "*" that of the answer there is, `own`.
 * -1: none, or there is no such header. */
int validator_find(const struct alm_request *request, const struct validator_tags *tags,
	enum encoding own);

/* Whether the client knows by its tag what it asks for; then request->coding is set to that of
 * the tag. "*" is not known before there is an answer. */
bool validator_matches(struct alm_request *request);

#endif
