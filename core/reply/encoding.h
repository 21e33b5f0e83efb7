/* Content codings of answers (RFC 9110, 8.4): negotiation, and encoding slice by slice. */
#ifndef ALMANAC_REPLY_ENCODING_H
#define ALMANAC_REPLY_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* In order of preference, the best last. */
enum encoding { ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_ZSTD, ENCODINGS };

/* [any] Its name in Content-Encoding. */
const char *encoding_name(enum encoding encoding);

/* [any] The coding, up to `last`, to which Accept-Encoding (NULL: not sent) gives the greatest
 * weight, the later of two with the same. IDENTITY if it accepts none: an answer that the
 * client may be able to read is better than a 406. */
enum encoding encoding_negotiate(const char *accept, enum encoding last);

/* [any] Whether Accept-Encoding (or NULL) accepts the coding; IDENTITY: always. */
bool encoding_is_accepted(const char *accept, enum encoding encoding);

/* [any] Whether a body of that length is worth encoding. */
bool encoding_worth(size_t length);

/* [any] Whether content of that type (NULL: none) becomes shorter by it. */
bool encoding_suits(const char *media_type);

/* An encoder holds some 270 KiB for gzip, 600 KiB for zstd. One thread at a time. */
struct encoder;
struct encoder *encoder_create(enum encoding encoding); /* not IDENTITY */
void encoder_destroy(struct encoder *encoder);          /* NULL is fine */

/* Encodes the bytes. Output may be delayed until later bytes; with `last` it is complete. */
void encoder_feed(struct encoder *encoder, const char *bytes, size_t length, bool last,
	struct buffer *out);

/* [any] Encodes a body in place; not IDENTITY. */
void encoding_encode(enum encoding encoding, struct buffer *body);

#endif
