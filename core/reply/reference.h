/* Relative references to URLs of this server (RFC 3986, 5.2). They are relative to the URL of
 * the request, and so hold behind a proxy that removes a prefix of the path. [any] */
#ifndef ALMANAC_REPLY_REFERENCE_H
#define ALMANAC_REPLY_REFERENCE_H

#include <stddef.h>

#include "base/buffer.h"

/* The path of a request target, without query; also of one in absolute form,
 * "http://host/path?query" (RFC 9112, 3.2.2). NULL: it has none ("*"). */
const char *reference_path(const char *target, size_t *length);

/* Writes the reference from a request target to "/": "./", "../" and so on; "/" if the target
 * (or NULL) has no path. */
void reference_put_root(struct buffer *out, const char *target);

/* Writes the reference from a request target to itself: its last segment and query. */
void reference_put_self(struct buffer *out, const char *target);

/* Writes the last segment of a path, percent-encoded for a reference. */
void reference_put_segment(struct buffer *out, const char *path, size_t length);

/* Writes a path with normalized percent-encoding (RFC 3986, 6.2.2). An encoded slash stays
 * encoded. */
void reference_put_path(struct buffer *out, const char *path, size_t length);

#endif
