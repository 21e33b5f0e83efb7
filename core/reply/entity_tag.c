#include "reply/entity_tag.h"

#include <stddef.h>
#include <string.h>

#define BLANKS " \t"

/* Tag without quotes (opaque-tag of the grammar). */
struct opaque {
	const char *text;
	size_t length;
};

/* etagc: what may be between the quotes. */
static bool is_inner(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
}

/* Reads the next tag of the list, and moves *rest behind it. False: the list has ended, or, if
 * *rest is not at its end, breaks the grammar. */
static bool next(const char **rest, struct opaque *tag)
{
	const char *p = *rest + strspn(*rest, BLANKS ",");

	*rest = p;
	if (strncmp(p, "W/", 2) == 0) {
		p += 2;
	}
	if (*p++ != '"') {
		return false;
	}
	tag->text = p;
	while (is_inner(*p)) {
		p++;
	}
	tag->length = (size_t)(p - tag->text);
	if (*p++ != '"') {
		return false;
	}
	p += strspn(p, BLANKS);
	if (*p != ',' && *p != '\0') {
		return false;
	}
	*rest = p;
	return true;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(text, word, length) == 0;
}

/* Whether it is a mark that a proxy appends: a separator and the name of a coding. */
static bool is_mark(const char *text, size_t length)
{
	static const char *const separators[] = { "--", "-", ";" };
	static const char *const codings[] = { "gzip", "br", "zstd", "deflate" };

	for (size_t s = 0; s < sizeof(separators) / sizeof(separators[0]); s++) {
		size_t skipped = strlen(separators[s]);

		if (length <= skipped || memcmp(text, separators[s], skipped) != 0) {
			continue;
		}
		for (size_t c = 0; c < sizeof(codings) / sizeof(codings[0]); c++) {
			if (is_word(text + skipped, length - skipped, codings[c])) {
				return true;
			}
		}
	}
	return false;
}

static bool is_same(const struct opaque *listed, const struct opaque *ours)
{
	return listed->length >= ours->length &&
	       memcmp(listed->text, ours->text, ours->length) == 0 &&
	       (listed->length == ours->length ||
		       is_mark(listed->text + ours->length, listed->length - ours->length));
}

bool entity_tag_is_listed(const char *list, const char *tag)
{
	struct opaque ours = { tag + 1, strlen(tag) - 2 }, listed;
	bool found = false;

	while (next(&list, &listed)) {
		found = found || is_same(&listed, &ours);
	}
	return found && *list == '\0';
}

bool entity_tag_is_any(const char *list)
{
	list += strspn(list, BLANKS);
	return *list == '*' && list[1 + strspn(list + 1, BLANKS)] == '\0';
}

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
