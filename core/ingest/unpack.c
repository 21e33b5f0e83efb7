#include "ingest/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "ingest/digest.h"
#include "ingest/gunzip.h"
#include "ingest/label.h"
#include "ingest/magic.h"

enum { CHUNK = 64 * 1024, NAME_MAX_BYTES = 4096, MEBI = 1024 * 1024 };

/* Small files may well be very compressible. */
static const int64_t EXPANSION_FROM = (int64_t)64 * MEBI;

struct unpack {
	struct stream *stream;
	struct gunzip *gunzip; /* between stream and archive; or NULL */
	struct unpack_limits limits;
	struct archive *archive;
	bool started;       /* there is a current member */
	bool fatal;         /* nothing more can be read, for the reason `error` */
	bool source_failed; /* `error` is of stream or gunzip */
	struct error error;
	int64_t members;
	struct digest *digest;     /* of the current member */
	int64_t expanded;          /* bytes read of all members */
	char stem[NAME_MAX_BYTES]; /* the object's name, if its only member is alone */
	char name[NAME_MAX_BYTES];
	char label[LABEL_PATH_MAX];
	char chunk[CHUNK];
};

/* -- What libarchive reads ---------------------------------------------- */

static ssize_t read_source(struct archive *archive, void *arg, const void **bytes)
{
	struct unpack *unpack = arg;
	ssize_t n = unpack->gunzip != NULL
			    ? gunzip_read(unpack->gunzip, unpack->chunk, CHUNK, &unpack->error)
			    : stream_read(unpack->stream, unpack->chunk, CHUNK, &unpack->error);

	*bytes = unpack->chunk;
	if (n < 0) {
		unpack->source_failed = true;
		archive_set_error(archive, EIO, "%s", unpack->error.text);
	}
	return n;
}

static la_int64_t seek_source(struct archive *archive, void *arg, la_int64_t offset, int whence)
{
	struct unpack *unpack = arg;
	int64_t from = whence == SEEK_SET   ? 0
		       : whence == SEEK_CUR ? stream_offset(unpack->stream)
					    : stream_size(unpack->stream);

	if (offset < -from) {
		archive_set_error(archive, EINVAL, "an offset before the beginning");
		return ARCHIVE_FATAL;
	}
	stream_seek(unpack->stream, from + offset);
	return from + offset;
}

/* `magic` is what the object begins with. What begins as an archive is one, and no
 * compressed file; only there does `raw` make one member of anything. */
static void support(struct unpack *unpack, const char *magic)
{
	struct archive *archive = unpack->archive;

	archive_read_support_format_tar(archive);
	archive_read_support_format_zip(archive);
	archive_read_support_format_empty(archive);
	if (magic != NULL && strcmp(magic, "zip") == 0) {
		if (stream_size(unpack->stream) >= 0) {
			archive_read_set_seek_callback(archive, seek_source);
		}
		return;
	}
	if (magic != NULL && strcmp(magic, "tar") == 0) {
		return;
	}
	archive_read_support_format_raw(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_compress(archive);
	if (magic != NULL && strcmp(magic, "gzip") == 0) {
		unpack->gunzip = gunzip_create(stream_read, unpack->stream);
	}
}

/* -- Errors ------------------------------------------------------------- */

/* Says what libarchive, or what is below it, had to say. */
static void explain(struct unpack *unpack, struct error *err)
{
	const char *reason = archive_error_string(unpack->archive);

	if (unpack->source_failed) {
		*err = unpack->error;
		return;
	}
	error_set(err, "the archive is corrupt or truncated: %s (near byte %lld%s%s)",
		reason != NULL ? reason : "it ends too early",
		(long long)stream_offset(unpack->stream), unpack->started ? ", in " : "",
		unpack->started ? unpack->label : "");
}

/* Remembers an error after which nothing more can be read. Returns -1. */
static int fail_for_good(struct unpack *unpack, const struct error *err)
{
	unpack->error = *err;
	unpack->fatal = true;
	return -1;
}

static int check_expansion(struct unpack *unpack, struct error *err)
{
	int64_t size = stream_size(unpack->stream);

	size = size > 0 ? size : stream_offset(unpack->stream);
	if (unpack->expanded > unpack->limits.bytes) {
		error_set(err, "it expands to more than %lld MiB",
			(long long)(unpack->limits.bytes / MEBI));
		error_hint(err, "if it is meant to, raise --max-expanded-mib");
		return fail_for_good(unpack, err);
	}
	if (unpack->expanded > EXPANSION_FROM &&
		unpack->expanded / unpack->limits.expansion > size) {
		error_set(err, "it expands to more than %lld times its size",
			(long long)unpack->limits.expansion);
		error_hint(err, "if it is meant to, raise --max-expansion");
		return fail_for_good(unpack, err);
	}
	return 0;
}

/* -- Opening ------------------------------------------------------------ */

/* "x.txt.gz" holds "x.txt". */
static void write_stem(char *to, const char *name)
{
	static const char *const suffixes[] = { ".gz", ".xz", ".bz2", ".zst", ".lz4", ".Z" };
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t n = strlen(suffixes[i]);

		if (length > n && strcasecmp(name + length - n, suffixes[i]) == 0) {
			length -= n;
			break;
		}
	}
	snprintf(to, NAME_MAX_BYTES, "%.*s", (int)length, name);
}

struct unpack *unpack_open(struct stream *stream, const char *name,
	const struct unpack_limits *limits, struct error *err)
{
	struct unpack *unpack = memory_new(struct unpack);
	size_t length;
	const char *head = stream_head(stream, &length);

	unpack->stream = stream;
	unpack->limits = *limits;
	unpack->digest = digest_create();
	write_stem(unpack->stem, name);
	unpack->archive = archive_read_new();
	if (unpack->archive == NULL) {
		abort(); /* out of memory, as memory_array() does */
	}
	support(unpack, magic_name(head, length));
	if (archive_read_open(unpack->archive, unpack, NULL, read_source, NULL) != ARCHIVE_OK) {
		explain(unpack, err);
		unpack_close(unpack);
		return NULL;
	}
	return unpack;
}

void unpack_close(struct unpack *unpack)
{
	if (unpack != NULL) {
		archive_read_free(unpack->archive);
		gunzip_destroy(unpack->gunzip);
		digest_destroy(unpack->digest);
		free(unpack);
	}
}

/* -- Members ------------------------------------------------------------ */

static const char *last_part(const char *path)
{
	const char *part = path;

	for (const char *p = path; *p != '\0'; p++) {
		if ((*p == '/' || *p == '\\') && p[1] != '\0') {
			part = p + 1;
		}
	}
	return part;
}

static bool is_alone(const struct unpack *unpack)
{
	return archive_format(unpack->archive) == ARCHIVE_FORMAT_RAW;
}

static void name_member(struct unpack *unpack, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	if (is_alone(unpack)) {
		path = unpack->stem;
	} else if (path == NULL) { /* not in the characters of this locale */
		path = archive_entry_pathname_utf8(entry);
	}
	if (path == NULL) {
		path = "";
	}
	label_write(unpack->label, sizeof(unpack->label), path);
	snprintf(unpack->name, sizeof(unpack->name), "%s", last_part(path));
}

static enum unpack_kind kind_of(const struct unpack *unpack, struct archive_entry *entry)
{
	if (is_alone(unpack)) {
		return UNPACK_ALONE;
	}
	if (archive_entry_is_encrypted(entry)) {
		return UNPACK_ENCRYPTED;
	}
	if (archive_entry_filetype(entry) != AE_IFREG ||
		archive_entry_hardlink(entry) != NULL) {
		return UNPACK_SPECIAL;
	}
	return unpack->name[0] == '.' ? UNPACK_HIDDEN : UNPACK_FILE;
}

/* What is left of a member counts too: it may be the bomb. */
static int drain(struct unpack *unpack, struct error *err)
{
	char *chunk;
	ssize_t n;

	if (!unpack->started) {
		return 0;
	}
	chunk = memory_resize(NULL, CHUNK, 1);
	do {
		n = unpack_read(unpack, chunk, CHUNK, err);
	} while (n > 0);
	free(chunk);
	unpack->started = false;
	return unpack->fatal ? -1 : 0;
}

static int next_entry(struct unpack *unpack, struct archive_entry **entry, struct error *err)
{
	int result;

	if (unpack->fatal || drain(unpack, err) < 0) {
		*err = unpack->error;
		return -1;
	}
	result = archive_read_next_header(unpack->archive, entry);
	if (result == ARCHIVE_EOF) {
		return 0;
	}
	if (result < ARCHIVE_WARN) {
		explain(unpack, err);
		return fail_for_good(unpack, err);
	}
	if (++unpack->members > UNPACK_MEMBERS_MAX) {
		error_set(err, "the archive has more than %d members", UNPACK_MEMBERS_MAX);
		error_hint(err, "unpack it and name the directory");
		return fail_for_good(unpack, err);
	}
	return 1;
}

int unpack_next(struct unpack *unpack, struct unpack_member *member, struct error *err)
{
	struct archive_entry *entry = NULL;
	int result;

	do {
		result = next_entry(unpack, &entry, err);
	} while (result > 0 && archive_entry_filetype(entry) == AE_IFDIR);
	if (result > 0) {
		name_member(unpack, entry);
		digest_reset(unpack->digest);
		unpack->started = true;
		member->label = unpack->label;
		member->name = unpack->name;
		member->kind = kind_of(unpack, entry);
	}
	return result;
}

ssize_t unpack_read(void *arg, char *to, size_t room, struct error *err)
{
	struct unpack *unpack = arg;
	ssize_t n;

	if (unpack->fatal) {
		*err = unpack->error;
		return -1;
	}
	n = archive_read_data(unpack->archive, to, room);
	if (n < 0) {
		explain(unpack, err);
		return n <= ARCHIVE_FATAL ? fail_for_good(unpack, err) : -1;
	}
	digest_add(unpack->digest, to, (size_t)n);
	unpack->expanded += n;
	return check_expansion(unpack, err) < 0 ? -1 : n;
}

int unpack_digest(void *arg, char *to, int64_t *size, struct error *err)
{
	const struct unpack *unpack = arg;

	if (is_alone(unpack)) {
		return stream_digest(unpack->stream, to, size, err);
	}
	digest_write(unpack->digest, to);
	*size = digest_size(unpack->digest);
	return 0;
}
