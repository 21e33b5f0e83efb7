#include "server/fingerprint.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum { PIECE_SIZE = 64 * 1024 };

/* Adds the content of a file, or its path if it cannot be read. */
static void add_file(XXH3_state_t *state, const char *path)
{
	static char piece[PIECE_SIZE]; /* used once, at start-up */
	FILE *file = fopen(path, "rb");
	size_t length;

	if (file == NULL) {
		XXH3_64bits_update(state, path, strlen(path));
		return;
	}
	while ((length = fread(piece, 1, sizeof(piece), file)) > 0) {
		XXH3_64bits_update(state, piece, length);
	}
	fclose(file);
}

uint64_t fingerprint_make(const struct registry *registry)
{
	XXH3_state_t *state = XXH3_createState();
	uint64_t fingerprint;

	XXH3_64bits_reset(state);
	add_file(state, "/proc/self/exe");
	for (size_t i = 0; i < registry->plugin_count; i++) {
		add_file(state, registry->plugins[i]->path);
	}
	fingerprint = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return fingerprint;
}
