#include "reply/entity_tag.h"

#include <stddef.h>
#include <string.h>

#define BLANKS " \t"

/* A tag without its quotes. */
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

/* Takes the next tag off the front of *rest, and the comma behind it. False: there is none, or
 * what is there is none; then *rest is not at its end. */
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

/* What proxies append: a separator and the name of their coding. */
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
