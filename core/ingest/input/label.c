#include "ingest/input/label.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "ingest/input/digest.h"

static void write_digest(char to[DIGEST_TEXT + 1], const char *path)
{
	struct digest *digest = digest_create();

	digest_add(digest, path, strlen(path));
	digest_write(digest, to);
	digest_destroy(digest);
}

void label_write(char *to, size_t room, const char *path)
{
	struct buffer shown = { 0 };
	char digest[DIGEST_TEXT + 1];
	size_t length;

	assert(room > LABEL_DIGEST_MAX);
	utf8_put(&shown, path);
	length = shown.length;
	if (length < room) {
		memcpy(to, buffer_text(&shown), length + 1);
	} else {
		write_digest(digest, path);
		length = utf8_whole(shown.data, room - LABEL_DIGEST_MAX);
		snprintf(to, room, "%.*s...%s", (int)length, shown.data, digest);
	}
	buffer_finish(&shown);
}
