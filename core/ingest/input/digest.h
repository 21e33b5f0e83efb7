/* XXH3-128 digest (libxxhash), computed incrementally, to detect changed objects. No protection
 * against forgery. */
#ifndef ALMANAC_INGEST_INPUT_DIGEST_H
#define ALMANAC_INGEST_INPUT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_TEXT = 32 }; /* hexadecimal digits */

struct digest;

struct digest *digest_create(void);
void digest_destroy(struct digest *digest); /* NULL is fine */

void digest_reset(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t length);

/* Bytes added since the last reset. */
int64_t digest_size(const struct digest *digest);

/* Writes DIGEST_TEXT digits (XXH128_canonicalFromHash order) and a NUL. */
void digest_write(const struct digest *digest, char *to);

#endif
