#include "ingest/input/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "ingest/input/archive_end.h"
#include "ingest/input/digest.h"
#include "ingest/input/label.h"
#include "ingest/input/layers.h"

enum { CHUNK = 64 * 1024, NAME_MAX_BYTES = 4096 };

struct unpack {
	struct stream *stream;
	struct layers *layers;
	struct expansion_limits limits;
	struct archive *archive;
	bool seeks;         /* the archive is not read from its beginning to its end */
	bool started;       /* there is a current member */
	bool fatal;         /* nothing more can be read, for the reason `error` */
	bool source_failed; /* `error` is of what libarchive reads */
	struct error error;
	int64_t members;
	struct digest *digest;     /* of the current member */
	int64_t expanded;          /* bytes read of all members */
	struct archive_end end;    /* of what libarchive reads */
	locale_t utf8;             /* 0: there is none */
	char stem[NAME_MAX_BYTES]; /* the object's name, if its only member is alone */
	char name[NAME_MAX_BYTES];
	char label[LABEL_PATH_MAX];
	char chunk[CHUNK];
};

/* -- What libarchive reads ---------------------------------------------- */

static ssize_t read_source(struct archive *archive, void *arg, const void **bytes)
{
	struct unpack *unpack = arg;
	ssize_t n = layers_read(unpack->layers, unpack->chunk, CHUNK, &unpack->error);

	*bytes = unpack->chunk;
	if (n < 0) {
		unpack->source_failed = true;
		archive_set_error(archive, EIO, "%s", unpack->error.text);
	} else if (!unpack->seeks) {
		archive_end_add(&unpack->end, unpack->chunk, (size_t)n);
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

static bool is(const char *magic, const char *name)
{
	return magic != NULL && strcmp(magic, name) == 0;
}

/* What begins as an archive is one; only what was compressed, and does not, is one member
 * whatever it is. */
static void support(struct unpack *unpack)
{
	struct archive *archive = unpack->archive;
	const char *magic = layers_magic(unpack->layers);

	archive_read_support_format_tar(archive);
	archive_read_support_format_zip(archive);
	archive_read_support_format_empty(archive);
	if (!is(magic, "zip") && !is(magic, "tar")) {
		archive_read_support_format_raw(archive);
	}
	unpack->end.keeps_tail = is(magic, "zip");
	unpack->seeks = is(magic, "zip") && layers_count(unpack->layers) == 0 &&
			stream_size(unpack->stream) >= 0;
	if (unpack->seeks) {
		archive_read_set_seek_callback(archive, seek_source);
	}
}

/* -- Errors ------------------------------------------------------------- */

/* Says what libarchive, or what is below it, had to say. */
static void explain(struct unpack *unpack, struct error *err)
{
	const char *reason = archive_error_string(unpack->archive);
	size_t length;

	if (unpack->source_failed) {
		*err = unpack->error;
		return;
	}
	reason = reason != NULL ? reason : "it ends too early";
	length = strcspn(reason, "\n"); /* some of libarchive's reasons are lines */
	error_set(err, "the archive is corrupt or truncated: %.*s (near byte %lld%s%s)",
		(int)length, reason, (long long)stream_offset(unpack->stream),
		unpack->started ? ", in " : "", unpack->started ? unpack->label : "");
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
	if (expansion_check(&unpack->limits, unpack->stream, unpack->expanded, err) < 0) {
		return fail_for_good(unpack, err);
	}
	return 0;
}

/* -- The end ------------------------------------------------------------ */

/* libarchive stops where it has found the end. What is left belongs to the check sums around
 * it, and to nothing else. */
static int read_rest(struct unpack *unpack, struct error *err)
{
	ssize_t n;

	do {
		n = layers_read(unpack->layers, unpack->chunk, CHUNK, err);
		if (n > 0) {
			archive_end_add(&unpack->end, unpack->chunk, (size_t)n);
		}
	} while (n > 0);
	return n < 0 ? -1 : 0;
}

/* Where it was not read in order. */
static int read_tail(struct unpack *unpack, struct error *err)
{
	int64_t size = stream_size(unpack->stream);

	unpack->end.length = size > ARCHIVE_TAIL ? size - ARCHIVE_TAIL : 0;
	stream_seek(unpack->stream, unpack->end.length);
	return read_rest(unpack, err);
}

static int check_end(struct unpack *unpack, struct error *err)
{
	int format = archive_format(unpack->archive) & ARCHIVE_FORMAT_BASE_MASK;
	int64_t mark = archive_read_header_position(unpack->archive);

	if ((unpack->seeks ? read_tail(unpack, err) : read_rest(unpack, err)) < 0) {
		return -1;
	}
	if (format == ARCHIVE_FORMAT_TAR) {
		return archive_end_tar(&unpack->end, mark, err);
	}
	if (format == ARCHIVE_FORMAT_ZIP) {
		return archive_end_zip(&unpack->end, unpack->members, err);
	}
	return 0;
}

/* -- Opening ------------------------------------------------------------ */

/* "x.txt.gz" holds "x.txt". */
static size_t cut_suffix(const char *name, size_t length)
{
	static const char *const suffixes[] = { ".gz", ".xz", ".bz2", ".zst", ".lz4", ".Z" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t n = strlen(suffixes[i]);

		if (length > n && strncasecmp(name + length - n, suffixes[i], n) == 0) {
			return length - n;
		}
	}
	return length;
}

static void write_stem(char *to, const char *name, unsigned layers)
{
	size_t length = strlen(name);

	for (unsigned i = 0; i < layers; i++) {
		length = cut_suffix(name, length);
	}
	snprintf(to, NAME_MAX_BYTES, "%.*s", (int)length, name);
}

static int open_archive(struct unpack *unpack, const char *name, struct error *err)
{
	unpack->layers = layers_open(unpack->stream, &unpack->limits, err);
	if (unpack->layers == NULL) {
		return -1;
	}
	write_stem(unpack->stem, name, layers_count(unpack->layers));
	unpack->archive = archive_read_new();
	if (unpack->archive == NULL) {
		abort(); /* out of memory, as memory_array() does */
	}
	support(unpack);
	if (archive_read_open(unpack->archive, unpack, NULL, read_source, NULL) != ARCHIVE_OK) {
		explain(unpack, err);
		return -1;
	}
	return 0;
}

struct unpack *unpack_open(struct stream *stream, const char *name,
	const struct expansion_limits *limits, struct error *err)
{
	struct unpack *unpack = memory_new(struct unpack);

	unpack->stream = stream;
	unpack->limits = *limits;
	unpack->digest = digest_create();
	unpack->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (open_archive(unpack, name, err) < 0) {
		unpack_close(unpack);
		return NULL;
	}
	return unpack;
}

void unpack_close(struct unpack *unpack)
{
	if (unpack != NULL) {
		archive_read_free(unpack->archive);
		layers_close(unpack->layers);
		archive_end_finish(&unpack->end);
		digest_destroy(unpack->digest);
		if (unpack->utf8 != (locale_t)0) {
			freelocale(unpack->utf8);
		}
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

/* What is left of a member counts too: it may be the bomb. That it is damaged is of no interest
 * to who has not read it, or has been told already. */
static int drain(struct unpack *unpack)
{
	struct error ignored = { 0 };
	char *chunk;
	ssize_t n;

	if (!unpack->started) {
		return 0;
	}
	chunk = memory_resize(NULL, CHUNK, 1);
	do {
		n = unpack_read(unpack, chunk, CHUNK, &ignored);
	} while (n > 0);
	free(chunk);
	unpack->started = false;
	return unpack->fatal ? -1 : 0;
}

static int next_entry(struct unpack *unpack, struct archive_entry **entry, struct error *err)
{
	int result;

	if (unpack->fatal || drain(unpack) < 0) {
		*err = unpack->error;
		return -1;
	}
	result = archive_read_next_header(unpack->archive, entry);
	if (result == ARCHIVE_EOF) {
		return check_end(unpack, err) < 0 ? fail_for_good(unpack, err) : 0;
	}
	if (result < ARCHIVE_WARN ||
		result == ARCHIVE_RETRY) { /* no header where one must be */
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

static int next_member(struct unpack *unpack, struct unpack_member *member, struct error *err)
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

/* In a locale of UTF-8: libarchive drops names of zip that the locale has no characters for. */
int unpack_next(struct unpack *unpack, struct unpack_member *member, struct error *err)
{
	locale_t before = uselocale(unpack->utf8);
	int result = next_member(unpack, member, err);

	uselocale(before);
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
