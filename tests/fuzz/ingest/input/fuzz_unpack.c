/* Compressed files and archives, whole and damaged: whatever the size of the pieces in which
 * they are read, the same comes out, within the limits. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/utf8.h"
#include "ingest/input/digest.h"
#include "ingest/input/label.h"
#include "ingest/input/magic.h"
#include "ingest/input/unpack.h"

enum { MEBI = 1024 * 1024, LARGE = 64 * 1024, SMALL = 77 };

static const struct expansion_limits limits = { .bytes = MEBI, .expansion = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What came out of an object. */
struct outcome {
	char digest[DIGEST_TEXT + 1]; /* of labels and contents */
	struct error err;
	int64_t bytes, members, damaged;
};

static void read_member(struct unpack *unpack, const struct unpack_member *member, size_t piece,
	struct digest *digest, struct outcome *outcome)
{
	static char bytes[LARGE];
	struct error err = { 0 };
	ssize_t n = 1;

	assert(strlen(member->label) < LABEL_PATH_MAX);
	assert(utf8_is_plain(member->label, strlen(member->label)));
	digest_add(digest, member->label, strlen(member->label) + 1);
	outcome->members++;
	if (member->kind != UNPACK_FILE && member->kind != UNPACK_SINGLE) {
		return;
	}
	while (n > 0) {
		n = unpack_read(unpack, bytes, piece, &err);
		if (n > 0) {
			digest_add(digest, bytes, (size_t)n);
			outcome->bytes += n;
		}
	}
	assert((n < 0) == error_is_set(&err));
	outcome->damaged += n < 0;
	assert(utf8_is_plain(err.text, strlen(err.text)) || err.text[0] != '\0');
}

static void read_all(const char *path, size_t piece, struct outcome *outcome)
{
	char copy[64];
	struct object object = { .uri = copy, .path = copy, .name = copy };
	struct stream_run run = { 0 };
	struct digest *digest = digest_create();
	struct unpack_member member;
	struct stream *stream;
	struct unpack *unpack;
	int more = 1;

	snprintf(copy, sizeof(copy), "%s", path);
	stream = stream_open(&object, &run, NULL, &outcome->err);
	assert(stream != NULL);
	unpack = unpack_open(stream, "x.txt.gz", &limits, &outcome->err);
	while (unpack != NULL && more > 0) {
		more = unpack_next(unpack, &member, &outcome->err);
		if (more > 0) {
			read_member(unpack, &member, piece, digest, outcome);
		}
	}
	assert((unpack == NULL || more < 0) == error_is_set(&outcome->err));
	assert(outcome->bytes <= limits.bytes);
	digest_write(digest, outcome->digest);
	digest_destroy(digest);
	unpack_close(unpack);
	stream_close(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome large = { 0 }, small = { 0 };
	char path[64];
	int fd;

	if (magic_name((const char *)data, size) == NULL) {
		return 0;
	}
	fd = memfd_create("object", MFD_CLOEXEC);
	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_all(path, LARGE, &large);
	read_all(path, SMALL, &small);
	close(fd);
	if (!error_is_set(&large.err)) {
		assert(!error_is_set(&small.err) && large.members == small.members);
		assert(large.damaged == small.damaged);
	}
	/* How much comes out of a member that is damaged depends on the pieces. */
	if (!error_is_set(&large.err) && large.damaged == 0) {
		assert(large.bytes == small.bytes && strcmp(large.digest, small.digest) == 0);
	}
	return 0;
}
