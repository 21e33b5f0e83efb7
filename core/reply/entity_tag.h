/* Entity tags of answers, and If-None-Match (RFC 9110, 8.8.3 and 13.1.2). [any] */
#ifndef ALMANAC_REPLY_ENTITY_TAG_H
#define ALMANAC_REPLY_ENTITY_TAG_H

#include <stdbool.h>

#include "http/exchange.h"
#include "reply/encoding.h"

enum { ENTITY_TAG_LENGTH = 34, ENTITY_TAG_TEXT = ENTITY_TAG_LENGTH + 1 };

/* Tags of an answer in each coding that the client accepts, "" for the others: a shared cache
 * has answers of several codings, and must not be told to use one that the client cannot
 * decode. */
struct entity_tags {
	char text[ENCODINGS][ENTITY_TAG_TEXT];
};

/* Whether a list of tags has `tag`, which is strong and in quotes. Weak comparison ("W/" is
 * ignored). A tag that a proxy has marked because it has compressed the answer ("tag-gzip" of
 * Apache, "tag--gzip" of Jetty) is the same tag. A list that breaks the grammar has none. */
bool entity_tag_is_listed(const char *list, const char *tag);

/* Whether a list is "*". */
bool entity_tag_is_any(const char *list);

/* Whether If-None-Match is "*": it matches any answer, but no problem. */
bool if_none_match_is_any(const struct exchange *exchange);

/* The coding of a tag that If-None-Match lists; -1: none. */
int if_none_match_find(const struct exchange *exchange, const struct entity_tags *tags);

/* The same; for "*", the coding of the answer, `own`. */
int if_none_match_find_or(
	const struct exchange *exchange, const struct entity_tags *tags, enum encoding own);

#endif
