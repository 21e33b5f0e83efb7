#include "reply/if_none_match.h"

#include "reply/entity_tag.h"

bool if_none_match_is_any(const struct exchange *exchange)
{
	const char *list = exchange->header[HEADER_IF_NONE_MATCH];

	return list != NULL && entity_tag_is_any(list);
}

int if_none_match_find(const struct exchange *exchange, const struct entity_tags *tags)
{
	const char *list = exchange->header[HEADER_IF_NONE_MATCH];

	for (int e = 0; list != NULL && e < ENCODINGS; e++) {
		if (tags->text[e][0] != '\0' && entity_tag_is_listed(list, tags->text[e])) {
			return e;
		}
	}
	return -1;
}

int if_none_match_find_or(
	const struct exchange *exchange, const struct entity_tags *tags, enum encoding own)
{
	return if_none_match_is_any(exchange) ? (int)own : if_none_match_find(exchange, tags);
}
