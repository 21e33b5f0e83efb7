/* Content codings of answers (RFC 9110, 8.4): which one a client likes, and writing it piece
 * by piece. */
#ifndef ALMANAC_REPLY_ENCODING_H
#define ALMANAC_REPLY_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* The better ones come later. */
enum encoding { ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_ZSTD, ENCODINGS };

/* [any] As in Content-Encoding. */
const char *encoding_name(enum encoding encoding);

/* [any] What an Accept-Encoding header (NULL: none was sent) likes best among what there is, up
 * to `most`: the later one where it likes two alike. IDENTITY also if it likes nothing there
 * is, since an answer that can be read after all is better than none. */
enum encoding encoding_negotiate(const char *accept, enum encoding most);

/* [any] Whether an Accept-Encoding header (or NULL) allows it; IDENTITY always. */
bool encoding_is_accepted(const char *accept, enum encoding encoding);

/* [any] Whether so many bytes are worth the trouble. */
bool encoding_worth(size_t length);

/* An encoder holds some 270 KiB for gzip, 600 KiB for zstd. One thread at a time. */
struct encoder;
struct encoder *encoder_create(enum encoding encoding); /* not IDENTITY */
void encoder_destroy(struct encoder *encoder);          /* NULL is fine */

/* Adds to `out` what the bytes become, which may be nothing yet; with `last`, all of it and
 * the end. */
void encoder_feed(struct encoder *encoder, const char *bytes, size_t length, bool last,
	struct buffer *out);

/* [any] Encodes all of a body in its place; not IDENTITY. */
void encoding_encode(enum encoding encoding, struct buffer *body);

#endif
