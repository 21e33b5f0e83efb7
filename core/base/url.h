/* Percent-encoding (RFC 3986, 2.1) and the '+' of HTML forms. [any thread] */
#ifndef ALMANAC_BASE_URL_H
#define ALMANAC_BASE_URL_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"

enum url_part {
	URL_PATH, /* '+' is a plus */
	URL_QUERY /* '+' is a space */
};

struct url_text {
	const char *text; /* NUL-terminated */
	size_t length;
};

/* Decodes to the arena. Returns NULL, or what is wrong: a malformed %XX, a NUL, or bytes
 * that are not UTF-8. */
const char *url_decode(struct arena *arena, enum url_part part, const char *text, size_t length,
	struct url_text *decoded);

/* The decoded byte at text[*i]; advances *i to its last character. A malformed %XX stands
 * for itself. */
int url_byte(const char *text, size_t length, size_t *i);

/* Encodes all but unreserved characters as %XX, for path segments and queries alike. */
void url_encode(struct buffer *out, const char *text, size_t length);

#endif
