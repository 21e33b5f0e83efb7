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
#include "ingest/input/digest.h"
#include "ingest/input/label.h"
#include "ingest/input/layers.h"

enum {
	TAR_BLOCK = 512,
	/* End record of a zip (APPNOTE, 4.3.16): */
	RECORD = 22,
	RECORD_FILES = 10,
	RECORD_SIZE = 12,
	RECORD_START = 16,
	RECORD_COMMENT = 20,
	/* zip64 locator and end record (4.3.15, 4.3.14): */
	LOCATOR = 20,
	LOCATOR_RECORD = 8,
	LARGE = 56,
	LARGE_FILES = 32,
	LARGE_SIZE = 40,
	LARGE_START = 48,
	/* A zip's end record with the longest comment, behind zip64's and its locator: */
	ARCHIVE_TAIL = LARGE + LOCATOR + RECORD + 65535,
	CHUNK = 64 * 1024,
	NAME_MAX_BYTES = 4096
};

/* -- The end of archives -------------------------------------------------- */

/* Checks whether an archive ends as its format requires: libarchive accepts a tar that
 * is cut between two files, and ignores what follows the end. Zero at first. */
struct archive_end {
	int64_t length;  /* bytes so far */
	int64_t zeros;   /* offset of the zeros at the end */
	bool keeps_tail; /* a zip */
	char *tail;      /* the last bytes, up to twice ARCHIVE_TAIL; NULL at first */
	size_t tail_used;
};

static void keep_tail(struct archive_end *end, const char *bytes, size_t length)
{
	size_t kept;

	if (end->tail == NULL) {
		end->tail = memory_resize(NULL, 2 * ARCHIVE_TAIL, 1);
	}
	if (length >= ARCHIVE_TAIL) {
		bytes += length - ARCHIVE_TAIL;
		length = ARCHIVE_TAIL;
	}
	if (end->tail_used + length > 2 * ARCHIVE_TAIL) {
		kept = ARCHIVE_TAIL;
		memmove(end->tail, end->tail + end->tail_used - kept, kept);
		end->tail_used = kept;
	}
	memcpy(end->tail + end->tail_used, bytes, length);
	end->tail_used += length;
}

static void track_bytes(struct archive_end *end, const char *bytes, size_t length)
{
	size_t used = length;

	while (used > 0 && bytes[used - 1] == '\0') {
		used--;
	}
	if (used > 0) {
		end->zeros = end->length + (int64_t)used;
	}
	end->length += (int64_t)length;
	if (end->keeps_tail) {
		keep_tail(end, bytes, length);
	}
}

/* -- tar ---------------------------------------------------------------- */

/* `mark`: where libarchive found the end. One of the two blocks of zeros that POSIX requires
 * proves that no file is missing. */
static int check_tar_end(const struct archive_end *end, int64_t mark, struct error *err)
{
	if (end->length - mark < TAR_BLOCK) {
		error_set(err,
			"the archive ends after a file, without the blocks of zeros that a tar ends "
			"with: it is truncated, and files may be missing");
		return error_hint(err, "get it again, or make it anew with tar");
	}
	if (end->zeros > mark) {
		error_set(err,
			"the archive ends at byte %lld, and something follows that is not read",
			(long long)mark);
		return error_hint(err,
			"of several archives, one behind the other, only the first "
			"would be read: make them separate files");
	}
	return 0;
}

/* -- zip ---------------------------------------------------------------- */

static uint32_t read16(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static uint32_t read32(const char *p)
{
	return read16(p) | read16(p + 2) << 16;
}

static uint64_t read64(const char *p)
{
	return read32(p) | (uint64_t)read32(p + 4) << 32;
}

/* The end record, whose comment ends with the file; NULL: none. */
static const char *find_record(const struct archive_end *end)
{
	for (size_t i = end->tail_used >= RECORD ? end->tail_used - RECORD + 1 : 0; i-- > 0;) {
		const char *p = end->tail + i;

		if (memcmp(p, "PK\5\6", 4) == 0 &&
			i + RECORD + read16(p + RECORD_COMMENT) == end->tail_used) {
			return p;
		}
	}
	return NULL;
}

/* The central directory, according to the end record; `end`: its real end. */
struct directory {
	uint64_t files, size, start;
	int64_t end;
};

/* Replaces *to by the zip64 record, if there is one. Some writers have it for the number of
 * files alone. */
static void read_large(const struct archive_end *end, const char *record, struct directory *to)
{
	const char *locator = record - LOCATOR;
	int64_t begin = end->length - (int64_t)end->tail_used; /* of the tail */
	uint64_t at;

	if (record - end->tail < LOCATOR + LARGE || memcmp(locator, "PK\6\7", 4) != 0) {
		return;
	}
	at = read64(locator + LOCATOR_RECORD);
	if (at < (uint64_t)begin ||
		at - (uint64_t)begin > (uint64_t)(locator - LARGE - end->tail)) {
		return;
	}
	record = end->tail + (at - (uint64_t)begin);
	if (memcmp(record, "PK\6\6", 4) == 0) {
		*to = (struct directory){ read64(record + LARGE_FILES),
			read64(record + LARGE_SIZE), read64(record + LARGE_START),
			(int64_t)at };
	}
}

static struct directory read_directory(const struct archive_end *end, const char *record)
{
	struct directory directory = { read16(record + RECORD_FILES),
		read32(record + RECORD_SIZE), read32(record + RECORD_START),
		end->length - (int64_t)end->tail_used + (record - end->tail) };

	read_large(end, record, &directory);
	return directory;
}

/* `files`: number of files found. */
static int check_zip_end(const struct archive_end *end, int64_t files, struct error *err)
{
	const char *record = find_record(end);
	struct directory directory;

	if (record == NULL) {
		error_set(err,
			"the archive does not end with the directory that a zip ends with: "
			"it is truncated, or something was added to it");
		return error_hint(err, "get it again, or make it anew");
	}
	directory = read_directory(end, record);
	if (directory.start + directory.size != (uint64_t)directory.end) {
		error_set(err,
			"the archive's directory does not fit the file: it is said to end at byte "
			"%llu, and ends at byte %lld",
			(unsigned long long)(directory.start + directory.size),
			(long long)directory.end);
		return error_hint(err,
			"of several archives, one behind the other, only one would "
			"be read: make them separate files");
	}
	if ((uint64_t)files < directory.files) {
		return error_set(err,
			"the archive's directory names %llu files, and %lld are there",
			(unsigned long long)directory.files, (long long)files);
	}
	return 0;
}

struct unpack {
	struct stream *stream;
	struct layers *layers;
	struct expansion_limits limits;
	struct archive *archive;
	bool seeks;         /* the archive is not read sequentially */
	bool started;       /* there is a current member */
	bool fatal;         /* reading failed finally, see `error` */
	bool source_failed; /* `error` is of the input of libarchive */
	struct error error;
	int64_t members;
	struct digest *digest;     /* of the current member */
	int64_t expanded;          /* bytes of all members */
	struct archive_end end;    /* of the input of libarchive */
	locale_t utf8;             /* 0: not available */
	char stem[NAME_MAX_BYTES]; /* name of a single member */
	char name[NAME_MAX_BYTES];
	char label[LABEL_PATH_MAX];
	char chunk[CHUNK];
};

/* -- Input of libarchive ------------------------------------------------- */

static ssize_t read_source(struct archive *archive, void *arg, const void **bytes)
{
	struct unpack *unpack = arg;
	ssize_t n = layers_read(unpack->layers, unpack->chunk, CHUNK, &unpack->error);

	*bytes = unpack->chunk;
	if (n < 0) {
		unpack->source_failed = true;
		archive_set_error(archive, EIO, "%s", unpack->error.text);
	} else if (!unpack->seeks) {
		track_bytes(&unpack->end, unpack->chunk, (size_t)n);
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

static bool is_format(const char *magic, const char *name)
{
	return magic != NULL && strcmp(magic, name) == 0;
}

/* Enables the formats: "raw", one member of any content, only for a compressed file that does
 * not begin as an archive. */
static void enable_formats(struct unpack *unpack)
{
	struct archive *archive = unpack->archive;
	const char *magic = layers_magic(unpack->layers);

	archive_read_support_format_tar(archive);
	archive_read_support_format_zip(archive);
	archive_read_support_format_empty(archive);
	if (!is_format(magic, "zip") && !is_format(magic, "tar")) {
		archive_read_support_format_raw(archive);
	}
	unpack->end.keeps_tail = is_format(magic, "zip");
	unpack->seeks = is_format(magic, "zip") && layers_count(unpack->layers) == 0 &&
			stream_size(unpack->stream) >= 0;
	if (unpack->seeks) {
		archive_read_set_seek_callback(archive, seek_source);
	}
}

/* -- Errors ------------------------------------------------------------- */

/* Sets *err to the failure of libarchive or of its input. */
static void set_archive_error(struct unpack *unpack, struct error *err)
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

/* Keeps an error after which nothing can be read. Returns -1. */
static int fail_finally(struct unpack *unpack, const struct error *err)
{
	unpack->error = *err;
	unpack->fatal = true;
	return -1;
}

static int check_expansion(struct unpack *unpack, struct error *err)
{
	if (expansion_check(&unpack->limits, unpack->stream, unpack->expanded, err) < 0) {
		return fail_finally(unpack, err);
	}
	return 0;
}

/* -- The rest of the input ----------------------------------------------- */

/* Reads the rest behind the end, to verify checksums of the compression. */
static int read_rest(struct unpack *unpack, struct error *err)
{
	ssize_t n;

	do {
		n = layers_read(unpack->layers, unpack->chunk, CHUNK, err);
		if (n > 0) {
			track_bytes(&unpack->end, unpack->chunk, (size_t)n);
		}
	} while (n > 0);
	return n < 0 ? -1 : 0;
}

/* Reads the tail of an archive that was not read sequentially. */
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
		return check_tar_end(&unpack->end, mark, err);
	}
	if (format == ARCHIVE_FORMAT_ZIP) {
		return check_zip_end(&unpack->end, unpack->members, err);
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

struct unpack *unpack_open(struct stream *stream, const char *name,
	const struct expansion_limits *limits, struct error *err)
{
	struct unpack *unpack = memory_new(struct unpack);

	unpack->stream = stream;
	unpack->limits = *limits;
	unpack->digest = digest_create();
	unpack->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	unpack->layers = layers_open(stream, limits, err);
	if (unpack->layers == NULL) {
		unpack_close(unpack);
		return NULL;
	}
	write_stem(unpack->stem, name, layers_count(unpack->layers));
	unpack->archive = archive_read_new();
	if (unpack->archive == NULL) {
		abort(); /* out of memory, as memory_array() does */
	}
	enable_formats(unpack);
	if (archive_read_open(unpack->archive, unpack, NULL, read_source, NULL) != ARCHIVE_OK) {
		set_archive_error(unpack, err);
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
		free(unpack->end.tail);
		digest_destroy(unpack->digest);
		if (unpack->utf8 != (locale_t)0) {
			freelocale(unpack->utf8);
		}
		free(unpack);
	}
}

/* -- Members ------------------------------------------------------------ */

static const char *file_name(const char *path)
{
	const char *part = path;

	for (const char *p = path; *p != '\0'; p++) {
		if ((*p == '/' || *p == '\\') && p[1] != '\0') {
			part = p + 1;
		}
	}
	return part;
}

static bool is_single(const struct unpack *unpack)
{
	return archive_format(unpack->archive) == ARCHIVE_FORMAT_RAW;
}

static void name_member(struct unpack *unpack, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	if (is_single(unpack)) {
		path = unpack->stem;
	} else if (path == NULL) { /* not representable in the locale */
		path = archive_entry_pathname_utf8(entry);
	}
	if (path == NULL) {
		path = "";
	}
	label_write(unpack->label, sizeof(unpack->label), path);
	snprintf(unpack->name, sizeof(unpack->name), "%s", file_name(path));
}

static enum unpack_kind member_kind(const struct unpack *unpack, struct archive_entry *entry)
{
	if (is_single(unpack)) {
		return UNPACK_SINGLE;
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

/* Reads the rest of a member, which counts for the expansion limit too. Damage in it is
 * reported elsewhere or of no interest. */
static int skip_rest(struct unpack *unpack)
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

	if (unpack->fatal || skip_rest(unpack) < 0) {
		*err = unpack->error;
		return -1;
	}
	result = archive_read_next_header(unpack->archive, entry);
	if (result == ARCHIVE_EOF) {
		return check_end(unpack, err) < 0 ? fail_finally(unpack, err) : 0;
	}
	if (result < ARCHIVE_WARN ||
		result == ARCHIVE_RETRY) { /* no header where one is required */
		set_archive_error(unpack, err);
		return fail_finally(unpack, err);
	}
	if (++unpack->members > UNPACK_MEMBERS_MAX) {
		error_set(err, "the archive has more than %d members", UNPACK_MEMBERS_MAX);
		error_hint(err, "unpack it and name the directory");
		return fail_finally(unpack, err);
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
		member->kind = member_kind(unpack, entry);
	}
	return result;
}

/* Runs in a UTF-8 locale: libarchive drops names that the locale cannot represent. */
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
		set_archive_error(unpack, err);
		return n <= ARCHIVE_FATAL ? fail_finally(unpack, err) : -1;
	}
	digest_add(unpack->digest, to, (size_t)n);
	unpack->expanded += n;
	return check_expansion(unpack, err) < 0 ? -1 : n;
}

int unpack_digest(void *arg, char *to, int64_t *size, struct error *err)
{
	const struct unpack *unpack = arg;

	if (is_single(unpack)) {
		return stream_digest(unpack->stream, to, size, err);
	}
	digest_write(unpack->digest, to);
	*size = digest_size(unpack->digest);
	return 0;
}
