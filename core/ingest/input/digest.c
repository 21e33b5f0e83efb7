#include "ingest/input/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/memory.h"

struct digest {
	XXH3_state_t *state;
	int64_t size;
};

struct digest *digest_create(void)
{
	struct digest *digest = memory_new(struct digest);

	digest->state = XXH3_createState(); /* aligned as required */
	if (digest->state == NULL) {
		abort(); /* as memory_array() does */
	}
	digest_reset(digest);
	return digest;
}

void digest_destroy(struct digest *digest)
{
	if (digest != NULL) {
		XXH3_freeState(digest->state);
		free(digest);
	}
}

void digest_reset(struct digest *digest)
{
	XXH3_128bits_reset(digest->state);
	digest->size = 0;
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
	XXH3_128bits_update(digest->state, bytes, length);
	digest->size += (int64_t)length;
}

int64_t digest_size(const struct digest *digest)
{
	return digest->size;
}

void digest_write(const struct digest *digest, char *to)
{
	XXH128_hash_t hash = XXH3_128bits_digest(digest->state);

	snprintf(to, DIGEST_TEXT + 1, "%016" PRIx64 "%016" PRIx64, hash.high64, hash.low64);
}
