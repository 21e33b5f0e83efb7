/* The entity tags of an answer, and which of them a client has (RFC 9110, 8.8.3 and 13.1.2).
 * [any] */
#ifndef ALMANAC_REPLY_IF_NONE_MATCH_H
#define ALMANAC_REPLY_IF_NONE_MATCH_H

#include <stdbool.h>

#include "http/exchange.h"
#include "reply/encoding.h"

enum { ENTITY_TAG_LENGTH = 34, ENTITY_TAG_TEXT = ENTITY_TAG_LENGTH + 1 };

/* Tags of an answer by which a client may know it: of each coding that it accepts, "" of the
 * others. A cache that asks for several clients has several; none is told to give one of them
 * what it cannot read. */
struct entity_tags {
	char text[ENCODINGS][ENTITY_TAG_TEXT];
};

/* Whether `If-None-Match` says "*": any answer there is, but no problem. */
bool if_none_match_is_any(const struct exchange *exchange);

/* The coding of a tag that `If-None-Match` lists; -1: none, or there is no such header. */
int if_none_match_find(const struct exchange *exchange, const struct entity_tags *tags);

/* The same; for "*" the coding of the answer there is, `own`. */
int if_none_match_find_or(
	const struct exchange *exchange, const struct entity_tags *tags, enum encoding own);

#endif
