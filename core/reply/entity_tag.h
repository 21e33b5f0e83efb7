/* Lists of entity tags (RFC 9110, 8.8.3 and 13.1.2), as If-None-Match has them. [any] */
#ifndef ALMANAC_REPLY_ENTITY_TAG_H
#define ALMANAC_REPLY_ENTITY_TAG_H

#include <stdbool.h>

/* Whether the list has the tag, which is one of ours: strong, in quotes. "W/" before a tag
 * makes no difference here. A tag that a proxy has marked because it has compressed the answer
 * itself
 * ("tag-gzip" of Apache, "tag--gzip" of Jetty) is the one it was made of. A list that breaks
 * the grammar has none. */
bool entity_tag_is_listed(const char *list, const char *tag);

/* Whether it says "*": whatever there is. */
bool entity_tag_is_any(const char *list);

#endif
