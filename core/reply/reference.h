/* References to other URLs of this server that hold wherever a proxy has put it (RFC
 * 3986, 5.2): relative to the URL that the client asked for, of which a prefix may have been
 * taken away on its way here. [any] */
#ifndef ALMANAC_REPLY_REFERENCE_H
#define ALMANAC_REPLY_REFERENCE_H

#include <stddef.h>

#include "base/buffer.h"

/* The path of a request target, without query. "http://host/path?query" (RFC 9112, 3.2.2)
 * counts as
 * "/path?query". NULL: it has none ("*"). */
const char *reference_path(const char *target, size_t *length);

/* What leads from a request target to "/": "./", "../" and so on. "/" itself if the target (or
 * NULL) has no path, since then nobody knows from where. */
void reference_put_root(struct buffer *out, const char *target);

/* What leads from a request target to itself: its last segment and query. */
void reference_put_self(struct buffer *out, const char *target);

/* The last segment of a path so that it is one in a reference: percent-encoded. */
void reference_put_segment(struct buffer *out, const char *path, size_t length);

/* A path in its one form: what needs no encoding has none, everything else has (RFC
 * 3986, 6.2.2). An encoded slash stays one. */
void reference_put_path(struct buffer *out, const char *path, size_t length);

#endif
