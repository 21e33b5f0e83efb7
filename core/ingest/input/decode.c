#include "ingest/input/decode.h"

#include <archive.h>
#include <archive_entry.h>
#include <bzlib.h>
#include <errno.h>
#include <limits.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/memory.h"

/* The rest of the input and of the room for output. */
struct codec_io {
	const char *in;
	size_t in_left;
	char *out;
	size_t out_left;
	bool ended; /* nothing comes after this input */
};

enum codec_result {
	CODEC_BAD = -1,
	CODEC_MORE, /* input or room is exhausted */
	CODEC_END   /* end of a member; another may follow */
};

struct codec {
	const char *name; /* as magic_name() has it */
	bool padded;      /* zeros may follow the last member */
	void *(*create)(void);
	void (*destroy)(void *state);
	void (*reset)(void *state); /* for another member */
	/* CODEC_BAD: *reason says why. */
	enum codec_result (*step)(void *state, struct codec_io *io, const char **reason);
};

/* Limits of decoder memory: xz -9 needs 65 MiB, zstd --ultra 128 MiB. */
enum { WINDOW_LOG = 27, XZ_BYTES_MAX = 256 * 1024 * 1024, CHUNK = 64 * 1024 };

/* Aborts without memory, as memory_array() does. */
static void require_memory(bool made)
{
	if (!made) {
		abort();
	}
}

static unsigned limit_length(size_t length)
{
	return length < INT_MAX ? (unsigned)length : INT_MAX;
}

/* -- gzip (RFC 1952) ---------------------------------------------------- */

enum { GZIP_ONLY = 15 + 16 /* inflateInit2(): largest window, gzip header and trailer */ };

static void *gzip_create(void)
{
	z_stream *stream = memory_new(z_stream);

	require_memory(inflateInit2(stream, GZIP_ONLY) == Z_OK);
	return stream;
}

static void gzip_destroy(void *state)
{
	inflateEnd(state);
	free(state);
}

static void gzip_reset(void *state)
{
	inflateReset(state);
}

static enum codec_result gzip_step(void *state, struct codec_io *io, const char **reason)
{
	z_stream *stream = state;
	unsigned in = limit_length(io->in_left), out = limit_length(io->out_left);
	int result;

	stream->next_in = (z_const Bytef *)(uintptr_t)io->in;
	stream->avail_in = in;
	stream->next_out = (Bytef *)io->out;
	stream->avail_out = out;
	result = inflate(stream, Z_NO_FLUSH);
	io->in += in - stream->avail_in;
	io->in_left -= in - stream->avail_in;
	io->out += out - stream->avail_out;
	io->out_left -= out - stream->avail_out;
	if (result == Z_STREAM_END) {
		return CODEC_END;
	}
	if (result == Z_OK || result == Z_BUF_ERROR) {
		return CODEC_MORE;
	}
	*reason = stream->msg != NULL ? stream->msg : zError(result);
	return CODEC_BAD;
}

/* -- bzip2 -------------------------------------------------------------- */

static void *bzip2_create(void)
{
	bz_stream *stream = memory_new(bz_stream);

	require_memory(BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK);
	return stream;
}

static void bzip2_destroy(void *state)
{
	BZ2_bzDecompressEnd(state);
	free(state);
}

static void bzip2_reset(void *state)
{
	BZ2_bzDecompressEnd(state);
	memset(state, 0, sizeof(bz_stream));
	require_memory(BZ2_bzDecompressInit(state, 0, 0) == BZ_OK);
}

static enum codec_result bzip2_step(void *state, struct codec_io *io, const char **reason)
{
	bz_stream *stream = state;
	unsigned in = limit_length(io->in_left), out = limit_length(io->out_left);
	int result;

	stream->next_in = (char *)(uintptr_t)io->in;
	stream->avail_in = in;
	stream->next_out = io->out;
	stream->avail_out = out;
	result = BZ2_bzDecompress(stream);
	io->in += in - stream->avail_in;
	io->in_left -= in - stream->avail_in;
	io->out += out - stream->avail_out;
	io->out_left -= out - stream->avail_out;
	if (result == BZ_STREAM_END) {
		return CODEC_END;
	}
	if (result == BZ_OK) {
		return CODEC_MORE;
	}
	*reason = result == BZ_DATA_ERROR_MAGIC ? "they do not begin as such data do"
		  : result == BZ_MEM_ERROR      ? "there is not enough memory"
						: "a check sum is wrong";
	return CODEC_BAD;
}

/* -- xz ----------------------------------------------------------------- */

/* liblzma reads all streams of a file and their padding as one member. */
static void xz_begin(lzma_stream *stream)
{
	lzma_ret result = lzma_stream_decoder(stream, XZ_BYTES_MAX, LZMA_CONCATENATED);

	require_memory(result == LZMA_OK);
}

static void *xz_create(void)
{
	lzma_stream *stream = memory_new(lzma_stream);

	*stream = (lzma_stream)LZMA_STREAM_INIT;
	xz_begin(stream);
	return stream;
}

static void xz_destroy(void *state)
{
	lzma_end(state);
	free(state);
}

static void xz_reset(void *state)
{
	xz_begin(state);
}

static const char *describe_xz_error(lzma_ret result)
{
	switch (result) {
	case LZMA_FORMAT_ERROR:
		return "they do not begin as such data do";
	case LZMA_MEMLIMIT_ERROR:
		return "more than 256 MiB of memory would be needed for them";
	case LZMA_OPTIONS_ERROR:
		return "they are of a kind that is not known";
	case LZMA_MEM_ERROR:
		return "there is not enough memory";
	default:
		return "a check sum or a length is wrong";
	}
}

static enum codec_result xz_step(void *state, struct codec_io *io, const char **reason)
{
	lzma_stream *stream = state;
	lzma_ret result;

	stream->next_in = (const uint8_t *)io->in;
	stream->avail_in = io->in_left;
	stream->next_out = (uint8_t *)io->out;
	stream->avail_out = io->out_left;
	result = lzma_code(stream, io->ended ? LZMA_FINISH : LZMA_RUN);
	io->in += io->in_left - stream->avail_in;
	io->in_left = stream->avail_in;
	io->out += io->out_left - stream->avail_out;
	io->out_left = stream->avail_out;
	if (result == LZMA_STREAM_END) {
		return CODEC_END;
	}
	if (result == LZMA_OK || result == LZMA_BUF_ERROR) {
		return CODEC_MORE;
	}
	*reason = describe_xz_error(result);
	return CODEC_BAD;
}

/* -- zstd (RFC 8878) ---------------------------------------------------- */

static void *zstd_create(void)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();

	require_memory(context != NULL);
	ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG);
	return context;
}

static void zstd_destroy(void *state)
{
	ZSTD_freeDCtx(state);
}

static void zstd_reset(void *state)
{
	ZSTD_DCtx_reset(state, ZSTD_reset_session_only);
}

static enum codec_result zstd_step(void *state, struct codec_io *io, const char **reason)
{
	ZSTD_inBuffer in = { io->in, io->in_left, 0 };
	ZSTD_outBuffer out = { io->out, io->out_left, 0 };
	size_t result = ZSTD_decompressStream(state, &out, &in);

	io->in += in.pos;
	io->in_left -= in.pos;
	io->out += out.pos;
	io->out_left -= out.pos;
	if (ZSTD_isError(result)) {
		*reason = ZSTD_getErrorName(result);
		return CODEC_BAD;
	}
	return result == 0 ? CODEC_END : CODEC_MORE;
}

/* -- LZ4 (frames) ------------------------------------------------------- */

static void *lz4_create(void)
{
	LZ4F_dctx *context = NULL;

	require_memory(!LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)));
	return context;
}

static void lz4_destroy(void *state)
{
	LZ4F_freeDecompressionContext(state);
}

static void lz4_reset(void *state)
{
	LZ4F_resetDecompressionContext(state);
}

static enum codec_result lz4_step(void *state, struct codec_io *io, const char **reason)
{
	size_t in = io->in_left, out = io->out_left;
	size_t result = LZ4F_decompress(state, io->out, &out, io->in, &in, NULL);

	if (LZ4F_isError(result)) {
		*reason = LZ4F_getErrorName(result);
		return CODEC_BAD;
	}
	io->in += in;
	io->in_left -= in;
	io->out += out;
	io->out_left -= out;
	return result == 0 ? CODEC_END : CODEC_MORE;
}

/* -- The table ------------------------------------------------------------ */

static const struct codec codecs[] = {
	{ "gzip", true, gzip_create, gzip_destroy, gzip_reset, gzip_step },
	{ "bzip2", false, bzip2_create, bzip2_destroy, bzip2_reset, bzip2_step },
	{ "xz", false, xz_create, xz_destroy, xz_reset, xz_step },
	{ "zstd", false, zstd_create, zstd_destroy, zstd_reset, zstd_step },
	{ "lz4", false, lz4_create, lz4_destroy, lz4_reset, lz4_step },
};

static const struct codec *find_codec(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		if (strcmp(codecs[i].name, name) == 0) {
			return &codecs[i];
		}
	}
	return NULL;
}

/* -- compress (.Z), by libarchive ----------------------------------------- */

/* A decoder of what compress(1) wrote. The format has no checksum and no end mark: truncation
 * cannot be detected. */
struct uncompress {
	lines_read_fn *read;
	void *arg;
	struct archive *archive; /* NULL: not opened yet */
	bool empty;
	struct error error; /* of `read` */
	char chunk[CHUNK];
};

static struct uncompress *uncompress_create(lines_read_fn *read, void *arg)
{
	struct uncompress *uncompress = memory_new(struct uncompress);

	uncompress->read = read;
	uncompress->arg = arg;
	return uncompress;
}

static void uncompress_destroy(struct uncompress *uncompress)
{
	if (uncompress != NULL) {
		archive_read_free(uncompress->archive);
		free(uncompress);
	}
}

static ssize_t read_bytes(struct archive *archive, void *arg, const void **bytes)
{
	struct uncompress *uncompress = arg;
	ssize_t n =
		uncompress->read(uncompress->arg, uncompress->chunk, CHUNK, &uncompress->error);

	*bytes = uncompress->chunk;
	if (n < 0) {
		archive_set_error(archive, EIO, "%s", uncompress->error.text);
	}
	return n;
}

static int uncompress_fail(const struct uncompress *uncompress, struct error *err)
{
	const char *reason = archive_error_string(uncompress->archive);

	if (error_is_set(&uncompress->error)) {
		*err = uncompress->error;
		return -1;
	}
	return error_set(err, "the compress data are corrupt: %s",
		reason != NULL ? reason : "they end too early");
}

static int uncompress_begin(struct uncompress *uncompress, struct error *err)
{
	struct archive_entry *entry;
	int result;

	uncompress->archive = archive_read_new();
	if (uncompress->archive == NULL) {
		abort(); /* out of memory, as memory_array() does */
	}
	archive_read_support_filter_compress(uncompress->archive);
	archive_read_support_format_raw(uncompress->archive);
	archive_read_support_format_empty(uncompress->archive);
	if (archive_read_open(uncompress->archive, uncompress, NULL, read_bytes, NULL) !=
		ARCHIVE_OK) {
		return uncompress_fail(uncompress, err);
	}
	result = archive_read_next_header(uncompress->archive, &entry);
	uncompress->empty = result == ARCHIVE_EOF;
	return result == ARCHIVE_OK || uncompress->empty ? 0 : uncompress_fail(uncompress, err);
}

static ssize_t uncompress_read(
	struct uncompress *uncompress, char *to, size_t room, struct error *err)
{
	ssize_t n;

	if (uncompress->archive == NULL && uncompress_begin(uncompress, err) < 0) {
		return -1;
	}
	if (uncompress->empty) {
		return 0;
	}
	n = archive_read_data(uncompress->archive, to, room);
	return n < 0 ? uncompress_fail(uncompress, err) : n;
}

/* -- Members --------------------------------------------------------------- */

struct decode {
	lines_read_fn *read;
	void *arg;
	const struct codec *codec; /* NULL: compress */
	void *state;
	struct uncompress *uncompress;
	struct codec_io io;
	bool at_member_end; /* before the next member */
	bool has_output;    /* the current member has produced output */
	int64_t members;    /* complete members */
	int64_t end;        /* end of the last one, in bytes of the input */
	int64_t bytes_read; /* bytes of the input */
	char chunk[CHUNK];
};

static const char compress_name[] = "compress";

bool decode_knows(const char *name)
{
	return name != NULL && (find_codec(name) != NULL || strcmp(name, compress_name) == 0);
}

struct decode *decode_create(const char *name, lines_read_fn *read, void *arg)
{
	struct decode *decode = memory_new(struct decode);

	decode->read = read;
	decode->arg = arg;
	decode->codec = find_codec(name);
	if (decode->codec != NULL) {
		decode->state = decode->codec->create();
	} else {
		decode->uncompress = uncompress_create(read, arg);
	}
	return decode;
}

void decode_destroy(struct decode *decode)
{
	if (decode == NULL) {
		return;
	}
	if (decode->codec != NULL) {
		decode->codec->destroy(decode->state);
	}
	uncompress_destroy(decode->uncompress);
	free(decode);
}

/* Reads input if there is none left and it has not ended. */
static int fill_input(struct decode *decode, struct error *err)
{
	ssize_t n;

	if (decode->io.in_left > 0 || decode->io.ended) {
		return 0;
	}
	n = decode->read(decode->arg, decode->chunk, CHUNK, err);
	if (n < 0) {
		return -1;
	}
	decode->io.ended = n == 0;
	decode->io.in = decode->chunk;
	decode->io.in_left = (size_t)n;
	decode->bytes_read += n;
	return 0;
}

/* Returns 1 if another member follows, or bytes that must be one. */
static int next_member(struct decode *decode, struct error *err)
{
	struct codec_io *io = &decode->io;

	do {
		if (fill_input(decode, err) < 0) {
			return -1;
		}
		while (decode->codec->padded && io->in_left > 0 && *io->in == '\0') {
			io->in++;
			io->in_left--;
		}
		if (io->in_left > 0) {
			decode->codec->reset(decode->state);
			decode->at_member_end = decode->has_output = false;
			return 1;
		}
	} while (!io->ended);
	return 0;
}

static int fail_corrupt(const struct decode *decode, const char *reason, struct error *err)
{
	const char *name = decode->codec->name;

	if (decode->members > 0 && !decode->has_output) {
		error_set(err,
			"the %s data end at byte %lld, and what follows is no such data: %s",
			name, (long long)decode->end, reason);
		return error_hint(err, "the file is damaged, or something was added to it");
	}
	return error_set(err, "the %s data are corrupt: %s", name, reason);
}

/* One step of the codec. */
static int decode_step(struct decode *decode, struct error *err)
{
	struct codec_io *io = &decode->io;
	size_t in = io->in_left, out = io->out_left;
	const char *reason = "";
	enum codec_result result = decode->codec->step(decode->state, io, &reason);
	bool stuck = io->in_left == in && io->out_left == out;

	decode->has_output |= io->out_left < out;
	if (result == CODEC_BAD) {
		return fail_corrupt(decode, reason, err);
	}
	if (result == CODEC_END) {
		decode->at_member_end = true;
		decode->members++;
		decode->end = decode->bytes_read - (int64_t)io->in_left;
	} else if (stuck && io->ended) {
		return error_set(err, "the %s data end too early: the file is truncated",
			decode->codec->name);
	} else if (stuck && in > 0) {
		return fail_corrupt(decode, "they do not go on", err);
	}
	return 0;
}

ssize_t decode_read(void *arg, char *to, size_t room, struct error *err)
{
	struct decode *decode = arg;

	if (decode->uncompress != NULL) {
		return uncompress_read(decode->uncompress, to, room, err);
	}
	decode->io.out = to;
	decode->io.out_left = room;
	while (decode->io.out_left == room) {
		int more = decode->at_member_end ? next_member(decode, err) : 1;

		if (more <= 0) {
			return more;
		}
		if (fill_input(decode, err) < 0 || decode_step(decode, err) < 0) {
			return -1;
		}
	}
	return (ssize_t)(room - decode->io.out_left);
}
